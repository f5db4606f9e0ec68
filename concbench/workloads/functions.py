"""The user's own function as a workload: `package.module:function` or `file.py:function`, plain or `async def`."""

from __future__ import annotations

import importlib
import json
import os
import sys
from functools import partial

from concbench.workloads.workload import Kind, MissingFunction, Tasks, UnfitFunction, UnfitItems

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from concbench.model.case import Workload
    from concbench.workloads.sharing import Shared

TASKS = 16
"""The number of tasks, where none is given."""
COROUTINE = 0x80
"""The flag of the code of an `async def`: `inspect.CO_COROUTINE`."""
FILE = ".py"
LINES = (".jsonl", ".ndjson")
"""How the name of a file of items ends, which holds a JSON value in each line."""
HOW = "write it as package.module:function, or as file.py:function"
INITIALIZER = "initializer"
"""The way of sharing of `sharing.py`, which few hosts carry, in which each worker makes an object of its own."""
ALIKE = 0.75
"""The similarity, from 0 to 1, from which a name was probably meant."""
FEW = 8
"""The most functions of a module that a message names."""


class RaisedBefore(Exception):
    """The user's own code raised before any task; the text says where, and the cause is the error."""


class RaisedOnItem(Exception):
    """The user's own code raised on an item that the text names; the cause is the error."""


class Examined:
    """What a serial pass over a function found out."""

    def __init__(self, expected: Sequence[Any], seconds: float, busy: float) -> None:
        self.expected = expected
        self.seconds = seconds
        """Of the whole pass."""
        self.busy = busy
        """The share of it in which the function computed."""
        self.cores = 1.0
        """How many cores it kept busy."""
        self.starts_threads = False
        """Whether Python code started threads meanwhile."""
        self.every = 1
        """The step from one item of the pass to the next; 1: it was over all items."""
        self.varies = False
        """Whether it returned a different result for an item that it had seen before."""
        self.changes_items = False
        self.unpicklable: str | None = None
        """Why its results can't be pickled, where they can't."""
        self.notes: list[str] = []
        """A sentence on each thing that the user should know."""


def read(path: str) -> Examined:
    """Read what another host of this run has written; only hosts of this run can write into its folder."""
    import pickle

    with open(path, "rb") as file:  # noqa: PTH123 - no host carries pathlib
        fields = pickle.load(file)  # noqa: S301 - this run's own file
    found = Examined(fields["expected"], fields["seconds"], fields["busy"])
    vars(found).update(fields)
    return found


def build(description: Workload) -> Tasks:
    """Call your own function with each item; the expected results are those of one pass over the items."""
    shared = shared_of(description)
    function, coroutine = forms_of(imported(description.name) if shared is None else shared.by(INITIALIZER))
    items = items_of(description)
    expect, init = (
        given and imported(given) for given in (getattr(description, name, None) for name in ("expect", "init"))
    )
    if init is not None:
        init, _ = forms_of(init)
    known = getattr(description, "examined", None)
    if known is not None:
        examined = read(known)
        kept = description.every // examined.every  # fewer may be run than were examined
    else:
        from concbench.event_loops import closing_loops  # here: in a run, another host has examined it
        from concbench.workloads.examination import serial_pass

        with closing_loops():
            if init is not None:
                init()
            examined, kept = serial_pass(function, items), 1
        if shared is not None:
            from concbench.workloads.sharing import here

            here.clear()  # it has been made for this pass
    return Tasks(
        task=function,
        items=items,
        expected=examined.expected[::kept],
        busy=examined.busy,
        coroutine=coroutine,
        check=anything if examined.varies and expect is None else expect,
        init=init,
        init_once=getattr(description, "init_per", None) == "process",
        fresh=examined.changes_items,
        unpicklable=examined.unpicklable,
        shared=shared,
    )


def anything(_item: Any, _result: Any) -> bool:
    """A check that any result passes."""
    return True


FUNCTION = Kind(build=build, sizes={"tasks": TASKS}, tutorial={}, spin=None, busy=1.0, measured=False)
"""The workload of every name that is a function's."""


# The function


def imported(name: str) -> Callable[..., Any]:
    """Import the function called `package.module:function`, or `folder/file.py:function`.

    Raises UnfitFunction if there is none, and RaisedBefore if its module raises while it is imported. Hosts have the
    folder of a file on their import path, so that workers find the module, too.

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
            where = f"in {sys.executable}; name the Python that has it with --python"
            raise RaisedBefore(f"{known_as} can't be imported: {described(error)} {where}") from error
        if of_a_file:
            raise MissingFunction(f"there is no file {known_as!r} to import {path!r} from") from None
        hint = _other_module(error.name)
        raise MissingFunction(f"there is no module {error.name!r} to import {name!r} from{hint}") from None
    except (Exception, SystemExit) as error:
        raise RaisedBefore(f"{known_as} can't be imported: {described(error)}") from error
    if of_a_file and not _is_of(found, file):
        other = getattr(found, "__file__", None) or "built into Python"
        raise UnfitFunction(
            f"{known_as} can't be imported by its name, because {module_name} is {other}: rename the file"
        )
    for part in path.split("."):
        if not hasattr(found, part):
            module = known_as if of_a_file else f"module {module_name!r}"
            raise MissingFunction(f"{module} has no {path!r}{_other_name(part, found)}")
        found = getattr(found, part)
    if not callable(found):
        raise UnfitFunction(f"{name!r} is of type {type(found).__name__}, and can't be called")
    return found  # type: ignore[no-any-return]  # it is callable, and what it takes and returns is its own affair


def described(error: BaseException) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _is_of(module: Any, file: str) -> bool:
    """Whether a module comes from a file; its path lacks the ending, and is relative to an unknown folder."""
    wanted = os.path.normcase(os.path.normpath(f"{file}{FILE}"))
    while wanted.startswith(os.pardir + os.sep):
        wanted = wanted[len(os.pardir + os.sep) :]
    path = os.path.normcase(getattr(module, "__file__", None) or "")
    return path == wanted or path.endswith(os.sep + wanted)


def _other_module(missing: str) -> str:
    """A hint at the module that was probably meant, in the same package; or nothing."""
    import pkgutil  # here, as below: only a mistake needs it

    from concbench.registry import nearest

    parent = missing.rpartition(".")[0]
    if parent:
        folders = getattr(sys.modules.get(parent), "__path__", [])
        known = [f"{parent}.{each.name}" for each in pkgutil.iter_modules(folders)]
    else:
        known = [*(each.name for each in pkgutil.iter_modules()), *sys.stdlib_module_names]
    near = nearest(missing, known, ALIKE)
    return f"; did you mean {near!r}?" if near is not None else ""


def _other_name(missing: str, owner: Any) -> str:
    """A hint at what a module or a class has: the nearest name, or all of its functions if they are few."""
    from concbench.registry import nearest

    has = {name: value for name, value in getattr(owner, "__dict__", {}).items() if callable(value)}
    near = nearest(missing, [name for name in has if not name.startswith("_") or missing.startswith("_")], ALIKE)
    if near is not None:
        return f"; did you mean {near!r}?"
    module = getattr(owner, "__name__", None)
    own = [name for name, each in has.items() if name[:1] != "_" and getattr(each, "__module__", None) == module]
    return f"; it has {', '.join(own)}" if 0 < len(own) <= FEW else ""


def forms_of(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any] | None]:
    """The plain form of a function, and its coroutine form, where it has one."""
    if not _is_coroutine_function(function):
        return function, None
    from concbench.event_loops import Driven  # here, so that only a host that runs coroutines carries it

    return Driven(function), function


def _is_coroutine_function(function: Any) -> bool:
    """Whether a function, a method, a partial or a callable object is an `async def`.

    `inspect` knows it, too, but would make every host, and so every forked worker, some MB heavier.

    >>> async def later(): ...
    >>> _is_coroutine_function(later), _is_coroutine_function(partial(later)), _is_coroutine_function(len)
    (True, True, False)
    """
    while isinstance(function, partial):
        function = function.func
    code = getattr(function, "__code__", None) or getattr(getattr(function, "__call__", None), "__code__", None)  # noqa: B004 - its code is wanted
    return code is not None and bool(code.co_flags & COROUTINE)


def shared_of(description: Workload) -> Shared | None:
    """What all tasks of a function read, beside the function; None where nothing is. Raises as `imported` does."""
    name = getattr(description, "shared", None)
    if name is None:
        return None
    from concbench.workloads.sharing import Shared  # here, so that only hosts of such functions carry it

    function, make = imported(description.name), imported(name)
    if _is_coroutine_function(make):
        raise UnfitFunction(f"--shared {name} is an async def, and no loop runs where it is called: write it as a def")
    return Shared(function, make, coroutine=_is_coroutine_function(function))


# The items


def items_of(description: Workload) -> Sequence[Any]:
    """The items that are run: from 0, 1, 2, …, a JSON-lines file, or the function that makes them."""
    every: int = getattr(description, "every", 1)
    if getattr(description, "items", None) is None:
        return range(0, description.tasks * every, every)
    return all_items(description)[::every]


def all_items(description: Workload) -> Sequence[Any]:
    """All items, from which some may be chosen; raises UnfitItems, and as `imported` does."""
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
        raise RaisedBefore(f"{source}, which makes the items, raised {described(error)}") from error
    if found is None:
        raise UnfitItems(f"{source!r} returns a {type(made).__name__}, not items that could be run one by one")
    if not found:
        raise UnfitItems(f"{source!r} makes no items, so there is nothing to run")
    return found


def lines_of(path: str) -> list[Any]:
    """The values of a JSON-lines file; raises UnfitItems, with the line that is not JSON."""
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
    """The value in a line of a file; raises UnfitItems if it is not JSON."""
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        problem = f"{error.msg} at column {error.colno}"
    except RecursionError:
        problem = "it is nested too deeply"
    except ValueError as error:  # a number of too many digits
        problem = str(error)
    raise UnfitItems(f"line {number} of {path} is not JSON: {problem}")
