"""A person's own function as a workload: `package.module:function` or `file.py:function`, plain or `async def`."""

from __future__ import annotations

import importlib
import json
import os
from functools import partial
from math import ceil
from time import perf_counter

from concbench.workloads.examining import TWICE, anything, examine, read, serial_pass, write
from concbench.workloads.kinds import Kind, Tasks, UnfitFunction, UnfitItems
from concbench.workloads.progress import CALLING, CHECKING, IMPORTING, INITIALISING, ITEM, MAKING_ITEMS, Progress

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any

    from concbench.model import Workload

TASKS = 16
"""Where nobody says how many."""
COROUTINE = 0x80
"""The flag of the code of an `async def`, as `inspect.CO_COROUTINE`."""
FILE = ".py"
PROBES = 3
"""So many items, evenly spread, tell about how long all take."""
FEWEST = 8
"""Of the items are run, at least."""
LINES = (".jsonl", ".ndjson")
"""How the name of a file of items ends: a JSON value a line."""
HOW = "write it as package.module:function, or as file.py:function"


class RaisedBefore(Exception):
    """A person's own code raised before any task; the text says where, and the cause is what it raised."""


def imported(name: str) -> Callable[..., Any]:
    """Return the function called `package.module:function`, or `folder/file.py:function`.

    Raises UnfitFunction where there is none, and RaisedBefore where its module raises while it is imported. The folder
    of a file is one that hosts import from, so that workers find the module, too.

    >>> imported("math:factorial")(4)
    24
    """
    file, of_a_file, path = name.partition(f"{FILE}:")
    module_name, _, path = (os.path.basename(file), "", path) if of_a_file else name.partition(":")  # noqa: PTH119 - no host carries pathlib
    if not module_name or not path or module_name.startswith("."):
        raise UnfitFunction(f"{name!r} names no function: {HOW}")
    known_as = f"{file}{FILE}" if of_a_file else module_name
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise RaisedBefore(f"{known_as} can't be imported: {described(error)}") from error
        if of_a_file:
            raise UnfitFunction(f"there is no file {known_as!r} to import {path!r} from") from None
        from concbench.workloads.misspelt import other_module  # here, as below: no host carries it without a mistake

        hint = other_module(error.name)
        raise UnfitFunction(f"there is no module {error.name!r} to import {name!r} from{hint}") from None
    except (Exception, SystemExit) as error:
        raise RaisedBefore(f"{known_as} can't be imported: {described(error)}") from error
    if of_a_file and not is_of(found, file):
        other = getattr(found, "__file__", None) or "built into Python"
        raise UnfitFunction(
            f"{known_as} can't be imported by its name, because {module_name} is {other}: rename the file"
        )
    for part in path.split("."):
        if not hasattr(found, part):
            from concbench.workloads.misspelt import other_name

            module = known_as if of_a_file else f"module {module_name!r}"
            raise UnfitFunction(f"{module} has no {path!r}{other_name(part, found)}")
        found = getattr(found, part)
    if not callable(found):
        raise UnfitFunction(f"{name!r} is of type {type(found).__name__}, and can't be called")
    return found  # type: ignore[no-any-return]  # it is callable, and what it takes and returns is its own affair


def described(error: BaseException) -> str:
    """Return what was raised, in a line's words."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def is_of(module: Any, file: str) -> bool:
    """Say whether a module comes from a file, whose path is given without its end, and from wherever one was."""
    wanted = os.path.normcase(os.path.normpath(f"{file}{FILE}"))
    while wanted.startswith(os.pardir + os.sep):
        wanted = wanted[len(os.pardir + os.sep) :]
    path = os.path.normcase(getattr(module, "__file__", None) or "")
    return path == wanted or path.endswith(os.sep + wanted)


def items_of(description: Workload) -> Sequence[Any]:
    """Return the items that are run: of 0, 1, 2, …, the values of a JSON-lines file, or what a function returns."""
    every: int = getattr(description, "every", 1)
    if getattr(description, "items", None) is None:
        return range(0, description.tasks * every, every)
    return all_items(description)[::every]


def all_items(description: Workload) -> Sequence[Any]:
    """Return what the items are taken from; raises UnfitItems, and as `imported` does."""
    source = getattr(description, "items", None)
    if source is None:
        return range(description.tasks)
    if source.endswith(LINES):
        return lines_of(source)
    make = imported(source)
    try:
        made = make()
        found = list(made) if hasattr(made, "__iter__") or hasattr(made, "__getitem__") else None
    except Exception as error:
        raise RaisedBefore(f"{source} raised, and makes the items: {described(error)}") from error
    if found is None:
        raise UnfitItems(f"{source!r} returns one {type(made).__name__}, and no items that could be run one by one")
    if not found:
        raise UnfitItems(f"{source!r} makes no items, so there is nothing to run")
    return found


def lines_of(path: str) -> list[Any]:
    """Return the values of a JSON-lines file; raises UnfitItems with the line that is none."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - no host carries pathlib
            numbered = [(number, line) for number, line in enumerate(file, 1) if line.strip()]
    except FileNotFoundError:
        raise UnfitItems(f"there is no file {path!r} to read items from") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UnfitItems(f"the items in {path} can't be read: {error}") from None
    found = [value_of(line, number, path) for number, line in numbered]
    if not found:
        raise UnfitItems(f"{path} holds no items, so there is nothing to run")
    return found


def value_of(line: str, number: int, path: str) -> Any:
    """Return the value in a line of a file; raises UnfitItems where it is no JSON."""
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        problem = f"{error.msg} at column {error.colno}"
    except RecursionError:
        problem = "it is nested too deeply"
    except ValueError as error:  # a number of too many digits
        problem = str(error)
    raise UnfitItems(f"line {number} of {path} is not JSON: {problem}")


def run_to_the_end(function: Callable[[Any], Coroutine[Any, Any, Any]], item: Any) -> Any:
    """Run a coroutine function as a plain one, with an event loop of its own."""
    import asyncio  # here, so that only a host that runs coroutines carries it

    return asyncio.run(function(item))


def forms_of(function: Callable[[Any], Any]) -> tuple[Callable[[Any], Any], Callable[[Any], Any] | None]:
    """Return the plain form of a function, and its coroutine form where it has one."""
    return (partial(run_to_the_end, function), function) if is_coroutine_function(function) else (function, None)


def is_coroutine_function(function: Any) -> bool:
    """Say whether a function, a method, a partial one or an object that can be called is an `async def`.

    `inspect` knows it, too, and would make every host, and so every forked worker, some MB heavier.

    >>> async def later(): ...
    >>> is_coroutine_function(later), is_coroutine_function(partial(later)), is_coroutine_function(len)
    (True, True, False)
    """
    while isinstance(function, partial):
        function = function.func
    code = getattr(function, "__code__", None) or getattr(getattr(function, "__call__", None), "__code__", None)  # noqa: B004 - it is its code that is asked for
    return code is not None and bool(code.co_flags & COROUTINE)


def build(description: Workload) -> Tasks:
    """Call a function of your own with each item; what it returns when called one by one is what is expected."""
    function, coroutine = forms_of(imported(description.name))
    items = items_of(description)
    expect, init = (
        given and imported(given) for given in (getattr(description, name, None) for name in ("expect", "init"))
    )
    known = getattr(description, "examined", None)
    if known is None and init is not None:
        init()
    examined = read(known) if known is not None else serial_pass(function, items)
    kept = description.every // examined.every if known is not None else 1  # fewer may be run than were examined
    return Tasks(
        task=function,
        items=items,
        expected=examined.expected[::kept],
        busy=examined.busy,
        coroutine=coroutine,
        check=anything if examined.varies and expect is None else expect,
        init=init,
        fresh=examined.changes_items,
        unpicklable=examined.unpicklable,
    )


def examined(
    description: Workload, into: str, within: float | None = None, *, whole: bool = False, progress: str | None = None
) -> dict[str, Any]:
    """Answer with what one serial pass finds of a function: fields of its workload, sentences, the file of results.

    `within` are the seconds that the pass may about take. Where it would take longer, it is over only some items,
    evenly spread: only these are run, or, where the `whole` is run all the same, only their results are expected.
    `progress` names a file that tells how far it is.
    """
    doing = Progress(progress)
    doing.phase(IMPORTING)
    began = perf_counter()
    function, coroutine = forms_of(imported(description.name))
    importing = perf_counter() - began
    expect = None if description.expect is None else imported(description.expect)
    if description.init is not None:
        doing.phase(INITIALISING)
        made_ready(description.init)
    doing.phase(MAKING_ITEMS)
    of_all = all_items(description)
    doing.phase(CALLING)
    every = 1 if within is None else spread(function, of_all, within, doing)
    items = of_all[::every]
    found = examine(description.name, function, items, doing, every, checked=expect is not None)
    if expect is not None and not found.changes_items:
        doing.phase(CHECKING)
        try_out(expect, items, found.expected, doing)
    if whole and every > 1:
        found.notes.append(counted_only(description.name, len(of_all), len(items)))
    found.every = 1 if whole else every
    number = len(of_all) if whole else len(items)
    file = write(found, description.name, into, every=every if whole else 1, number=number, checked=expect is not None)
    return {
        "found": {
            "tasks": number,
            "task_time": found.seconds / len(items),
            "busy": found.busy,
            "every": found.every,
            "total": len(of_all),
            "coroutine": coroutine is not None,
        },
        "notes": found.notes,
        "importing": importing,
        "file": file,
    }


def counted_only(name: str, number: int, called: int) -> str:
    """Return the sentence on a pass over some of the items, where all of them are run."""
    return (
        f"to call {name} with all {number:,} items beforehand would take too long: it was called with {called:,} of "
        "them, evenly spread, and the results of the others are only counted"
    )


def try_out(
    expect: Callable[[Any, Any], object], items: Sequence[Any], results: Sequence[Any], doing: Progress
) -> None:
    """Ask --expect about the first results: what is wrong with it itself is then known before anything is measured."""
    from concbench.workloads.expectation import is_right  # here: few workloads need it

    for place, (item, result) in enumerate(zip(items[:TWICE], results, strict=False)):
        doing.at[ITEM] = place
        is_right(expect, item, result, place)


def made_ready(init: str) -> None:
    """Call what each worker calls before its first task; raises RaisedBefore, and as `imported` does."""
    make_ready = imported(init)
    try:
        make_ready()
    except Exception as error:
        raise RaisedBefore(f"{init} raised, and each worker is to call it first: {described(error)}") from error


def spread(function: Callable[[Any], Any], items: Sequence[Any], within: float, doing: Progress | None = None) -> int:
    """Return which part of the items takes about so many seconds: each so-manyth, as three of them take.

    A few always remain, however long they take, as there is nothing to run side by side with less.
    """
    import copy  # here: only a host that examines a function needs it

    places = range(0, len(items), -(-len(items) // PROBES))
    taken: list[float] = []
    for place in places:
        if doing is not None:
            doing.at[ITEM] = place
        try:
            probe = copy.deepcopy(items[place])  # it may change what it is called with
            began = perf_counter()
            function(probe)
        except Exception:  # noqa: BLE001 - it is a person's own; the pass that follows names the item that it raises on
            return 1
        taken.append(perf_counter() - began)
    usual = taken[1:] or taken  # the first call may import something, or start threads
    each = sum(usual) / len(usual)
    return min(max(1, ceil(each * len(items) / within)), max(1, len(items) // FEWEST))


FUNCTION = Kind(build=build, sizes={"tasks": TASKS}, tutorial={}, spin=None, busy=1.0, measured=False)
"""What all workloads are whose name is that of a function."""
