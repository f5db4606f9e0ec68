"""One sample of a strategy: create the workers, run the tasks, take the workers down, and verify what came back."""

from __future__ import annotations

import gc
from collections import Counter
from time import perf_counter

from concbench.experiments.settling import settle
from concbench.experiments.timed import Timed
from concbench.strategies.outcome import UnpicklableResult
from concbench.strategies.strategy import Unavailable, WorkerDied, strategies
from concbench.workloads.named import build

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    from concbench.model import Settings, Workload
    from concbench.strategies.strategy import Returns, Strategy
    from concbench.workloads.kinds import Tasks

    class CpuMeter(Protocol):
        """Tells the CPU seconds between two moments; the host has one."""

        def start(self) -> None:
            """Begin to count."""

        def stop(self) -> float | None:
            """Return the seconds since `start`; None where the system can't tell."""


WARM_UP = 0.05
"""Seconds: a warm-up runs no more of the first items than take about so long on these workers."""
WARM_UP_TASKS = 16
"""Nor more than so many, except that each worker of a pool gets one: by then all code has run and is in memory."""


PLAIN = frozenset({int, bool, float, str, bytes, type(None)})
"""Types of results that are compared as they are; `concbench.workloads.equality` compares all others."""


class WrongResult(Exception):
    """What came back is not what the workload expects."""


class OpenCase:
    """A strategy and the tasks that it runs."""

    def __init__(self, strategy: Strategy, settings: Settings, workload: Workload, tasks: Tasks) -> None:
        self.strategy = strategy
        self.settings = settings
        self.workload = workload
        self.tasks = tasks

    def warm_up(self, meter: CpuMeter, count: int | None = None) -> tuple[int, Timed]:
        """Run a few of the first items, or `count` of them; return how many, and what they took."""
        items = count or self.warm_up_items()
        return items, sample(self.strategy, self.settings, self.tasks, meter, first=items)

    def sample(self, meter: CpuMeter) -> Timed:
        """Run all items once, timed."""
        return sample(self.strategy, self.settings, self.tasks, meter)

    def warm_up_items(self) -> int:
        """Return how many items a warm-up runs."""
        lanes = self.strategy.lanes(self.settings, self.workload.tasks)
        in_time = WARM_UP / self.workload.task_time * lanes if self.workload.task_time else WARM_UP_TASKS
        return min(self.workload.tasks, max(self.settings.workers or 1, int(min(in_time, WARM_UP_TASKS))))


def take_on(subject: str, workload: Workload, asked: dict[str, Any]) -> tuple[OpenCase, dict[str, Any]]:
    """Take on a case: return it, and the settings as they really are.

    Raises Unavailable and UnknownName, and UnpicklableResult where it is known that no result will come back.
    """
    strategy = strategies.get(subject)
    tasks = build(workload)
    reason = strategy.why_not(workload.name, tasks.coroutine is not None)
    if reason is not None:
        raise Unavailable(reason)
    moves_results = strategy.workers in ("processes", "interpreters") and strategy.returns != "exit codes"
    if tasks.unpicklable is not None and moves_results:
        # Each would say so in words of its own, and a `Pool` waits for ever where it can't even say so.
        raise UnpicklableResult(tasks.unpicklable)
    settings, settled = settle(asked, strategy.settings)
    return OpenCase(strategy, settings, workload, tasks), settled


def sample(
    strategy: Strategy,
    settings: Settings,
    tasks: Tasks,
    meter: CpuMeter,
    first: int | None = None,
) -> Timed:
    """Run the tasks of a workload once, timed; `first` runs only so many of them, as a warm-up does.

    Between the first and the last reading of the clock there is the strategy, and nothing of ours: garbage is
    collected before, CPU is read outside, results are verified after. Raises WrongResult, WorkerDied, and whatever
    the strategy or a task raises.
    """
    items = items_for_a_sample(tasks, first)
    readings = run_once(strategy, settings, callee(strategy, tasks), items, meter)
    verify_sample(strategy.returns, readings.returned, tasks, items)
    return Timed(**readings.phases(), cpu=readings.cpu)


def callee(strategy: Strategy, tasks: Tasks) -> Callable[[Any], Any]:
    """Return what a strategy calls with every item: the task, or its coroutine form."""
    task = tasks.coroutine if strategy.coroutine else tasks.task
    if task is None:
        raise ValueError(f"{strategy.name} needs a coroutine form, and the workload has none")
    if tasks.init is None:
        return task
    from concbench.workloads import initialising  # here: few workloads need it

    if strategy.coroutine:
        return initialising.InitialisedCoroutine(task, tasks.init)
    if strategy.workers == "interpreters":
        return initialising.InitialisedInterpreter(task, tasks.init)
    return initialising.Initialised(task, tasks.init)


def items_for_a_sample(tasks: Tasks, first: int | None = None) -> Sequence[Any]:
    """Return all items of a workload, or so many of the first; copies of them where tasks would change them."""
    items = tasks.items if first is None else tasks.items[:first]
    if not tasks.fresh:
        return items
    import copy  # here, so that only a host whose tasks change their items carries it

    return copy.deepcopy(items)


class Readings:
    """The clock's readings around the phases of a sample, its CPU seconds, and what the strategy returned."""

    __slots__ = ("began", "cpu", "done", "returned", "started", "stopped")

    began: float
    started: float
    done: float
    stopped: float
    cpu: float | None
    returned: Sequence[Any]

    def phases(self) -> dict[str, Any]:
        """Return the seconds of each phase, which add up to `wall`."""
        return {
            "start": self.started - self.began,
            "run": self.done - self.started,
            "stop": self.stopped - self.done,
            "wall": self.stopped - self.began,
        }


def run_once(
    strategy: Strategy, settings: Settings, task: Callable[[Any], Any], items: Sequence[Any], meter: CpuMeter
) -> Readings:
    """Open a strategy, run a task on some items, and close it; what comes back is not looked at."""
    readings = Readings()
    gc.collect()
    meter.start()
    began = perf_counter()
    with strategy.open(settings) as run_tasks:
        started = perf_counter()
        returned = run_tasks(task, items)
        done = perf_counter()
    stopped = perf_counter()
    readings.cpu = meter.stop()
    readings.began, readings.started, readings.done, readings.stopped = began, started, done, stopped
    readings.returned = returned
    return readings


def verify_sample(returns: Returns, returned: Sequence[Any], tasks: Tasks, items: Sequence[Any]) -> None:
    """Verify what a strategy returned for some of the first items of a workload; raises as `verify` does."""
    if tasks.check is None or returns == "exit codes":
        verify(returns, returned, tasks.expected[: len(items)])
    else:
        check_each(returns, returned, items, tasks.check)


def check_each(
    returns: Returns, returned: Sequence[Any], items: Sequence[Any], check: Callable[[Any, Any], object]
) -> None:
    """Ask of every result whether it is right for its item; where their order is lost, for any item that is left.

    Raises WrongResult for one that is not, and what `is_right` raises for a check that does not work.
    """
    from concbench.workloads.expectation import is_right  # here: few workloads need it

    if len(returned) != len(items):
        raise WrongResult(f"{len(returned)} results came back for {len(items)} tasks")
    if returns == "results":
        for index, (item, result) in enumerate(zip(items, returned, strict=True)):
            if not is_right(check, item, result, index):
                raise WrongResult(f"task {index} returned {shown(result)}, which is not right by --expect")
        return
    left = list(items)
    for result in returned:
        place = next((at for at, item in enumerate(left) if is_right(check, item, result)), None)
        if place is None:
            raise WrongResult(f"{shown(result)} came back, which is right for no item by --expect")
        del left[place]


def verify(returns: Returns, returned: Sequence[Any], expected: Sequence[Any]) -> None:
    """Compare what a strategy returned with what the workload expects.

    Raises WrongResult for a wrong, missing or reordered result, and WorkerDied for a process that failed. Results
    that can't be compared, or of which nothing is expected, are counted.

    >>> verify("results", [1, 2], range(1, 3))
    """
    if len(returned) != len(expected):
        raise WrongResult(f"{len(returned)} results came back for {len(expected)} tasks")
    if returns == "exit codes":
        for index, code in enumerate(returned):
            if code != 0:
                how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
                raise WorkerDied(f"the process of task {index} {how}")
    elif not are_equal(returned, expected, ordered=returns == "results"):
        verify_one_by_one(returns, returned, expected)


def are_equal(returned: Sequence[Any], expected: Sequence[Any], *, ordered: bool) -> bool:
    """Say whether all results are numbers and text, and the same by `==`, which is quick."""
    kinds = set(map(type, returned))
    if not kinds <= PLAIN or not set(map(type, expected)) <= PLAIN:
        return False
    return list(returned) == list(expected) if ordered else Counter(returned) == Counter(expected)


def verify_one_by_one(returns: Returns, returned: Sequence[Any], expected: Sequence[Any]) -> None:
    """Compare results as `verify` does, whatever they are; raises WrongResult."""
    from concbench.workloads.equality import first_difference, left_over  # here: only some functions' hosts need it

    if returns == "results":
        index = first_difference(returned, expected)
        if index is not None:
            raise WrongResult(f"task {index} returned {shown(returned[index])}, and {shown(expected[index])} is right")
        return
    left, missing, sure = left_over(returned, expected)
    if missing and sure:  # of what else is left, nothing is known
        wrong = f"{shown(left[0])} came back, which no task should return"
        raise WrongResult(
            wrong if len(missing) == len(left) else f"{shown(missing[0])} is right, and did not come back"
        )


def shown(result: Any) -> str:
    """Return a result as a row shows it."""
    from concbench.workloads.excerpt import shown  # here: only what goes wrong is shown

    return shown(result)
