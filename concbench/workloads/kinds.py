"""What a workload is made of, and the register of all of them."""

from __future__ import annotations

from concbench.registry import Registry

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Any

    from concbench.model import Workload

    Task = Callable[[Any], Any]
    Build = Callable[[Workload], "Tasks"]


class UnfitFunction(Exception):
    """A person's own function can't be a workload; the text is one sentence that says why."""


class UnfitItems(Exception):
    """Items can't be read, or carried to fresh interpreters, or there are none; the text says which."""


class Tasks:
    """A workload made ready: the function, its items, and what each call must return.

    `task` and the items can be pickled. `busy` is the share of a task's time that needs a core, and `weights` says
    how long each task is relative to the others (None: all alike): the ideal time follows from them.
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
        check: Callable[[Any, Any], object] | None = None,
        init: Callable[[], object] | None = None,
        fresh: bool = False,
        unpicklable: str | None = None,
    ) -> None:
        self.task = task
        self.items = items
        self.expected = expected
        """`equality.NotKnown` in the place of a result that is only counted."""
        self.busy = busy
        self.weights = weights
        self.coroutine = coroutine
        self.check = check
        """Says of an item and a result whether that is right; None: results are compared with `expected`."""
        self.init = init
        """What each worker calls before its first task."""
        self.fresh = fresh
        """Whether tasks change their items, so that every sample needs copies of its own."""
        self.unpicklable = unpicklable
        """Why results can't be pickled, where that is known."""


class Kind:
    """A registered workload: how it is made ready, and its sizes where nobody asks for others."""

    def __init__(
        self,
        *,
        build: Build,
        sizes: dict[str, Any],
        tutorial: dict[str, Any],
        spin: Callable[[int], object] | None,
        busy: float,
        measured: bool,
    ) -> None:
        self.build = build
        self.sizes = sizes
        """Fields of `Workload`."""
        self.tutorial = tutorial
        """Those that differ with `--tutorial`."""
        self.spin = spin
        """Turns the workload's loop so many times: what calibration times. None: nothing to calibrate."""
        self.busy = busy
        """The share of `task_time` that the calibrated loop fills."""
        self.measured = measured
        """Whether `task_time` is not asked for but found by timing the task."""

    @property
    def about(self) -> str:
        """What the workload's tasks do, in a sentence."""
        return (self.build.__doc__ or "").partition("\n")[0]


workloads: Registry[Kind] = Registry("workload", "concbench.workloads")


def workload(
    name: str,
    *,
    tutorial: dict[str, Any] | None = None,
    spin: Callable[[int], object] | None = None,
    busy: float = 1.0,
    measured: bool = False,
    **sizes: Any,
) -> Callable[[Build], Build]:
    """Register the decorated function as a workload; the first line of its docstring is shown.

    `sizes` are the fields of `Workload` where nobody asks for others: `tasks`, `task_time`, `payload`, `memory`.
    """

    def register(build: Build) -> Build:
        kind = Kind(build=build, sizes=sizes, tutorial=tutorial or {}, spin=spin, busy=busy, measured=measured)
        workloads.add(name, kind)
        return build

    return register
