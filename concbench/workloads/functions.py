"""A person's own function as a workload: `package.module:function`, called with 0, 1, 2, … and so many tasks."""

from __future__ import annotations

import importlib
from time import perf_counter

from concbench.workloads.kinds import Kind, Tasks, UnfitFunction

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from concbench.model import Workload

TASKS = 16
"""Where nobody says how many."""


def imported(name: str) -> Callable[[Any], Any]:
    """Return the function called `package.module:function`; raises UnfitFunction where there is none.

    What the module raises while it is imported is raised as it is: that is the person's own error, and its traceback
    says where.

    >>> imported("math:factorial")(4)
    24
    """
    module_name, _, path = name.partition(":")
    if not module_name or not path or module_name.startswith("."):
        raise UnfitFunction(f"{name!r} names no function: write it as package.module:function")
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise UnfitFunction(f"there is no module {error.name!r} to import {name!r} from") from None
        raise
    for part in path.split("."):
        if not hasattr(found, part):
            raise UnfitFunction(f"module {module_name!r} has no {path!r}")
        found = getattr(found, part)
    if not callable(found):
        raise UnfitFunction(f"{name!r} is of type {type(found).__name__}, and can't be called")
    return found  # type: ignore[no-any-return]  # it is callable, and what it takes and returns is its own affair


def build(description: Workload) -> Tasks:
    """Call a function of your own with 0, 1, 2, …; what it returns when called one by one is what is expected."""
    import inspect  # here, so that a host with a workload of concbench's own does not carry it

    function = imported(description.name)
    if inspect.iscoroutinefunction(function):
        raise UnfitFunction(f"{description.name!r} is a coroutine function, and strategies call plain ones")
    items = range(description.tasks)
    began = perf_counter()
    expected = [function(item) for item in items]
    return Tasks(task=function, items=items, expected=expected, busy=1.0, alone=perf_counter() - began)


FUNCTION = Kind(build=build, sizes={"tasks": TASKS}, tutorial={}, spin=None, busy=1.0, measured=False)
"""What all workloads are whose name is that of a function."""
