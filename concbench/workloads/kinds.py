"""What a workload is made of, and the register of all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from concbench.model import Workload
from concbench.registry import Registry

Task = Callable[[Any], Any]


@dataclass(frozen=True)
class Tasks:
    """A workload made ready: the function, its items, and what each call must return.

    `task` and the items can be pickled. `busy` is the share of a task's time that needs a core, and `weights` says
    how long each task is relative to the others (None: all alike): the ideal time follows from them.
    """

    task: Task
    items: Sequence[Any]
    expected: Sequence[Any]
    busy: float
    weights: Sequence[float] | None = None
    coroutine: Callable[[Any], Awaitable[Any]] | None = None


@dataclass(frozen=True)
class Kind:
    """A registered workload: how it is made ready, and its sizes where nobody asks for others."""

    sizes: Workload
    tutorial: Workload
    """The sizes that the tutorial has, with `--tutorial`."""
    build: Callable[[Workload], Tasks]
    spin: Callable[[int], object] | None
    """Turns the workload's loop so many times: what calibration times. None: nothing to calibrate."""
    busy: float
    """The share of `task_time` that the calibrated loop fills."""
    measured: bool
    """Whether `task_time` is not asked for but found by timing the task."""
    about: str


workloads: Registry[Kind] = Registry("workload", "concbench.workloads")


def workload(
    sizes: Workload,
    *,
    tutorial: Workload | None = None,
    spin: Callable[[int], object] | None = None,
    busy: float = 1.0,
    measured: bool = False,
) -> Callable[[Callable[[Workload], Tasks]], Callable[[Workload], Tasks]]:
    """Register the decorated function as the workload `sizes.name`; the first line of its docstring is shown."""

    def register(build: Callable[[Workload], Tasks]) -> Callable[[Workload], Tasks]:
        about = (build.__doc__ or "").partition("\n")[0]
        workloads.add(sizes.name, Kind(sizes, tutorial or sizes, build, spin, busy, measured, about))
        return build

    return register


def build(description: Workload) -> Tasks:
    """Make a workload ready; raises UnknownName.

    >>> build(Workload(name="sleep", tasks=2, task_time=0.01)).expected
    range(0, 2)
    """
    return workloads.get(description.name).build(description)
