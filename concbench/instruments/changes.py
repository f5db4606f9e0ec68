"""Settings of a program's pools that are changed while it is recorded, to try what was suggested without editing it."""

from __future__ import annotations

from concbench.instruments.call_site import call_site

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

FILE = "changes"
"""In the folder of a trace."""

asked: dict[tuple[str, int], dict[str, Any]] = {}
"""By the file and line that opens a pool: `workers`, `chunksize`, `start_method`."""


def read(folder: str) -> None:
    """Read which settings to change from the folder of a trace, if any are to be."""
    try:
        with open(f"{folder}/{FILE}", encoding="utf-8") as file:  # noqa: PTH123 - as in call_site
            text = file.read()
    except FileNotFoundError:
        return
    from ast import literal_eval  # here, as few traces change anything

    asked.update(literal_eval(text))


def here() -> Mapping[str, Any]:
    """What is to be changed of the pool that the program opens now."""
    if not asked:
        return {}
    file, line, _ = call_site()
    return asked.get((file, line), {})


def with_workers(
    asked_here: Mapping[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any], name: str
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a pool or executor, of which the first is the number of workers, with another one.

    >>> with_workers({"workers": 4}, (2,), {"initializer": None}, "max_workers")
    ((), {'initializer': None, 'max_workers': 4})
    """
    workers = asked_here.get("workers")
    if workers is None:
        return args, kwargs
    if len(args) <= 1:
        return (), {**kwargs, name: workers}
    return (workers, *args[1:]), kwargs


def with_context(
    asked_here: Mapping[str, Any], kwargs: dict[str, Any], name: str, library: str = "multiprocessing"
) -> dict[str, Any]:
    """The same for the context of multiprocessing, or of a library like it, which stands for the start method."""
    method = asked_here.get("start_method")
    if method is None:
        return kwargs
    return {**kwargs, name: __import__(library).get_context(method)}  # imported only where a pool is opened
