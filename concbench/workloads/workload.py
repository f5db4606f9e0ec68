"""What a workload is: a function, its items, and the expected results; and the table of all workloads."""

from __future__ import annotations

from concbench.registry import Registry, first_line

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Any

    from concbench.model.case import Workload
    from concbench.workloads.sharing import Shared

    Task = Callable[[Any], Any]
    Build = Callable[[Workload], "Tasks"]
    Check = Callable[[Any, Any], object]
    """Of an item and a result: whether that is right."""


class UnfitFunction(Exception):
    """The user's function can't be a workload; the text is one sentence that says why."""


class MissingFunction(UnfitFunction):
    """There is no such function, or no such module or file."""


class UnfitItems(Exception):
    """Items can't be read, or carried to fresh interpreters, or there are none; the text says which."""


class Tasks:
    """A workload made ready: the function, its items, and the expected results.

    `task` and the items can be pickled. The ideal time follows from `busy`, the share of a task's time that needs a
    core, and `weights`, the durations of the tasks relative to each other (None: all alike).
    """

    def __init__(
        self,
        *,
        task: Task,
        items: Sequence[Any],
        expected: Sequence[Any],
        busy: float,
        weights: Sequence[float] | None = None,
        coroutine: Callable[[Any], Awaitable[Any]] | None = None,
        check: Check | None = None,
        init: Callable[[], object] | None = None,
        init_once: bool = False,
        fresh: bool = False,
        unpicklable: str | None = None,
        shared: Shared | None = None,
    ) -> None:
        self.task = task
        self.items = items
        self.expected = expected
        """`equality.NotKnown` stands for a result that is only counted."""
        self.busy = busy
        self.weights = weights
        self.coroutine = coroutine
        self.check = check
        """None: results are compared with `expected`."""
        self.init = init
        """Called by each worker before its first task,"""
        self.init_once = init_once
        """or by one thread for all of them."""
        self.fresh = fresh
        """Whether tasks change their items, so that every sample needs copies of its own."""
        self.unpicklable = unpicklable
        """Why results can't be pickled, where that is known."""
        self.shared = shared
        """What all tasks read. `task` and `coroutine` then make one for each process; a sample may do otherwise."""


class Kind:
    """A registered workload: how it is made ready, and its usual sizes."""

    def __init__(
        self,
        *,
        build: Build,
        sizes: dict[str, Any],
        tutorial: dict[str, Any],
        spin: Callable[[int], object] | None,
        busy: float,
        measured: bool,
        shares: bool = False,
    ) -> None:
        self.build = build
        self.sizes = sizes
        """Fields of `Workload`."""
        self.tutorial = tutorial
        """Those that differ with `--tutorial`."""
        self.spin = spin
        """Runs the workload's loop for a number of turns: calibration times it. None: nothing to calibrate."""
        self.busy = busy
        """The share of `task_time` that the calibrated loop fills."""
        self.measured = measured
        """Whether `task_time` is found by timing the task."""
        self.shares = shares
        """Whether tasks read an object that they have in common."""
        self.about = first_line(build)


workloads: Registry[Kind] = Registry(
    "workload",
    "concbench.workloads",
    {
        "computing": ("cpu", "cpu-nogil", "skewed", "tutorial"),
        "data": ("payload", "hashing"),
        "reading": ("reading", "counting", "model"),
        "waiting": ("sleep", "mixed", "memory"),
    },
)


def workload(
    name: str,
    *,
    tutorial: dict[str, Any] | None = None,
    spin: Callable[[int], object] | None = None,
    busy: float = 1.0,
    measured: bool = False,
    shares: bool = False,
    **sizes: Any,
) -> Callable[[Build], Build]:
    """Register the decorated function as a workload; the first line of its docstring is shown.

    `sizes` are the usual values of fields of `Workload`: `tasks`, `task_time`, `payload`, `memory`.
    """

    def register(build: Build) -> Build:
        kind = Kind(
            build=build,
            sizes=sizes,
            tutorial=tutorial or {},
            spin=spin,
            busy=busy,
            measured=measured,
            shares=shares,
        )
        workloads.add(name, kind)
        return build

    return register


def is_function(name: str) -> bool:
    """Whether a workload's name is that of the user's own function.

    >>> is_function("cpu"), is_function("thumbnails.making:make_one")
    (False, True)
    """
    return ":" in name


def kind_called(name: str) -> Kind:
    """The workload of this name, which may be a function's; raises UnknownName."""
    if is_function(name):
        from concbench.workloads.functions import FUNCTION  # here, so that hosts without one don't carry it

        return FUNCTION
    return workloads.get(name)


def build(description: Workload) -> Tasks:
    """Make a workload ready; raises UnknownName and UnfitFunction.

    >>> from concbench.model.case import Workload
    >>> build(Workload(name="sleep", tasks=2, task_time=0.01)).expected
    range(0, 2)
    """
    return kind_called(description.name).build(description)
