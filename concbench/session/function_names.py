"""A user's own function and its items, by name: what can be said of them before an interpreter imports anything."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from concbench.registry import nearest
from concbench.workloads.functions import ALIKE, FILE, HOW, LINES, value_of
from concbench.workloads.workload import UnfitFunction, UnfitItems, is_function

UNFIT = {"unfit function": UnfitFunction, "missing function": UnfitFunction, "unfit items": UnfitItems}
"""What is wrong with a question rather than with measuring it: by the kind of a failure, what is raised."""
FIRST_BYTES = 2**20
"""Bytes of a file of items that are read beforehand: a mistake is mostly in the first lines, and hosts read all."""


def check_function(name: str, folder: Path) -> None:
    """Raise UnfitFunction where a name is that of no function, or its file is not there; paths begin in `folder`.

    >>> check_function("json:dumps", Path())
    >>> check_function("nowhere.py:work", Path())
    Traceback (most recent call last):
    concbench.workloads.workload.UnfitFunction: there is no file nowhere.py
    """
    module, of_a_file, path = name.partition(f"{FILE}:") if f"{FILE}:" in name else name.rpartition(":")
    stem = Path(module).name
    if not of_a_file or not path or not stem:
        raise UnfitFunction(f"{name!r} names no function: {HOW}")
    if of_a_file == ":":
        if "/" in module or os.sep in module:
            raise UnfitFunction(f"{name!r} names no function: a path ends in {FILE}, as {module}{FILE}:{path}")
        return
    if "." in stem:
        raise UnfitFunction(
            f"{stem}{FILE} can't be imported by its name: rename it so that it has no dot before {FILE}"
        )
    missing = _why_missing(f"{module}{FILE}", folder, (FILE,))
    if missing:
        raise UnfitFunction(missing)


def check_items(text: str, folder: Path) -> None:
    """Raise UnfitItems, or UnfitFunction, where a text names no items; of a file the first lines are read."""
    if text.endswith(LINES):
        missing = _why_missing(text, folder, LINES)
        if missing:
            raise UnfitItems(missing)
        _check_lines(text, folder / text)
        return
    if is_function(text):
        check_function(text, folder)
        return
    hint = ""
    if os.path.isfile(folder / text):  # noqa: PTH113 - pathlib's own raises for a name that is too long
        hint = "; write its items as JSON, one a line, or have a function return them"
    raise UnfitItems(
        f"{text!r} is neither a count, nor a JSON-lines file ({' or '.join(LINES)}), nor a function as "
        f"package.module:function{hint}"
    )


def _check_lines(name: str, path: Path) -> None:
    """Raise UnfitItems where the first lines of a file are not JSON, or the file holds none."""
    try:
        with path.open("rb") as file:
            lines = re.split(rb"\r\n|\r|\n", file.read(FIRST_BYTES))
            more = file.read(1) != b""
        if more:
            lines.pop()  # it may go on
        values = [value_of(line.decode(), number, name) for number, line in enumerate(lines, 1) if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UnfitItems(f"the items in {name} can't be read: {error}") from None
    if not values and not more:
        raise UnfitItems(f"{name} holds no items, so there is nothing to run")


def _why_missing(name: str, folder: Path, ends: Iterable[str]) -> str:
    """Why there is no file of a name to read, with the one beside it that was probably meant; empty if there is one."""
    path = folder / name
    if os.path.isfile(path):  # noqa: PTH113 - as above
        return "" if os.access(path, os.R_OK) else f"{name} can't be read: you may not"
    if os.path.exists(path):  # noqa: PTH110 - as above
        return f"{name} is no file"
    if not os.path.isdir(path.parent):  # noqa: PTH112 - as above
        return f"there is no file {name}, and no folder {Path(name).parent}"
    try:
        beside = sorted(each.name for each in path.parent.iterdir() if each.name.endswith(tuple(ends)))
    except OSError:  # one may know of a folder, and not look into it
        beside = []
    near = nearest(path.name, beside, ALIKE)
    hint = f"; did you mean {str(Path(name).with_name(near))!r}?" if near is not None else ""
    return f"there is no file {name}{hint}"
