"""What the tasks of a region are: the name of their function; and, on request, the items, pickled."""

from __future__ import annotations

import os
from struct import Struct

from concbench.instruments.recorder import recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

FILE = "kept"
"""In the folder of a trace: the places whose items are kept."""
SUFFIX = ".items"
HEADER = Struct("=IQ")
"""Before each pickle: how many arguments the call has, and the length of the pickle of the first one."""

asked: set[tuple[str, int]] = set()
"""The file and line of each region whose items are kept."""
_named: set[tuple[int, int]] = set()
"""Regions whose function is known, by process and number."""
_kept: set[tuple[int, int]] = set()


def read(folder: str) -> None:
    """Read which items to keep from the folder of a trace, if any are to be."""
    try:
        with open(f"{folder}/{FILE}", encoding="utf-8") as file:  # noqa: PTH123 - as in call_site
            text = file.read()
    except FileNotFoundError:
        return
    from ast import literal_eval  # here, as few traces keep items

    asked.update(literal_eval(text))


def of_place(number: int, file: str, line: int) -> None:
    """Take note of a region that was opened somewhere."""
    if (file, line) in asked:
        _kept.add((os.getpid(), number))


def seen(number: int, function: Callable[..., Any], calls: Callable[[], Iterable[tuple[Any, ...]]]) -> None:
    """Take note of what a region's tasks are; `calls` gives the arguments of those that were just submitted."""
    region = (recorder.pid, number)
    if region not in _named:
        _named.add(region)
        name = getattr(function, "__qualname__", None)
        module = getattr(function, "__module__", None)
        code = getattr(function, "__code__", None)
        owner = getattr(function, "__self__", None)  # of a method, an object; of a built-in function, its module
        if isinstance(name, str) and isinstance(module, str) and (owner is None or isinstance(owner, type(os))):
            recorder.write(event="task", number=number, at=0, module=module, name=name,
                           file="" if code is None else code.co_filename)  # fmt: skip
    if region in _kept:
        _keep(number, calls())


def _keep(number: int, calls: Iterable[tuple[Any, ...]]) -> None:
    """Append the first argument of each of some calls to the file of their region."""
    import pickle  # here, as few traces keep items

    data = b""
    for arguments in calls:
        pickled = pickle.dumps(arguments[0]) if arguments else b""
        data += HEADER.pack(len(arguments), len(pickled)) + pickled
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
    file = os.open(f"{recorder.folder}/{recorder.pid}-{number}{SUFFIX}", flags, 0o600)
    try:
        while data:
            data = data[os.write(file, data) :]
    finally:
        os.close(file)
