"""The shortest tasks that keep a number of cores busy, by the rate at which a strategy hands out empty ones.

Whoever hands out `rate` tasks a second to `cores` cores gives each of them a new task every `cores / rate` seconds, so
tasks that end sooner leave cores idle. That is extrapolated: a single client is taken to hand out all tasks, at the
rate that was measured with the few workers of this machine. Threads are left out, as those of one process stay on one
machine, and mostly share a GIL.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from concbench.model.case import Workload
from concbench.model.result import Interval, Result
from concbench.strategies.strategy import known
from concbench.workloads.workload import is_function

FEWEST = 2
"""Subjects: with a single one, there is nothing to choose."""
MANY = 100
"""Tasks from which the time of a sample shows a rate, and not the latency of a call."""
SMALL = 1024
"""Bytes of an argument that don't count beside the task that carries it."""
EMPTY = 0.1
"""The share of a sample that the tasks themselves may take."""
CORES = (1, 10, 100, 1000)
"""For which it is said how long tasks have to be."""


@dataclass(frozen=True, kw_only=True)
class DispatchLimit:
    """How fast a strategy hands out tasks, and so how long they have to be for a number of cores."""

    result: Result
    """The case that ran empty tasks."""
    rate: Interval
    """Tasks a second; its blocks are those of the case."""

    def shortest(self, cores: int) -> Interval:
        """The seconds that a task has to take to keep that many cores busy."""
        return _divided(cores, self.rate)


@dataclass(frozen=True, kw_only=True)
class PublishedRate:
    """What the authors of an engine say of the rate at which it hands out tasks."""

    engine: str
    """The package, as strategies name it."""
    name: str
    rate: float
    """Tasks a second."""
    source: str
    link: str


PUBLISHED = (
    PublishedRate(
        engine="distributed",
        name="dask",
        rate=1000.0,
        source='dask.distributed\'s documentation, "Efficiency": about one millisecond a task',
        link="https://distributed.dask.org/en/latest/efficiency.html",
    ),
    PublishedRate(
        engine="distributed",
        name="dask",
        rate=4000.0,
        source='dask.distributed\'s documentation, "Actors": about 4,000 tasks a second',
        link="https://distributed.dask.org/en/latest/actors.html",
    ),
    PublishedRate(
        engine="ray",
        name="ray",
        rate=8194.0,
        source="release log of Ray 2.22.0, microbenchmark.json: single_client_tasks_async, 8,194 ± 355 a second",
        link=(
            "https://github.com/ray-project/ray/blob/bde9c15a44ce3b309504e2bce936c9e3ae4b18ed/"
            "release/release_logs/2.22.0/microbenchmark.json"
        ),
    ),
)
"""Published rates, as a check: measured on other, larger machines, and with other versions."""


def dispatch_limits(results: Iterable[Result]) -> list[DispatchLimit]:
    """The limits of the rows of a table, the fastest first; none where fewer than two subjects ran empty tasks warm."""
    found = [limit for result in results if (limit := _limit(result)) is not None]
    if len({limit.result.case.subject for limit in found}) < FEWEST:
        return []
    return sorted(found, key=lambda limit: -limit.rate.estimate)


def published_for(limits: Iterable[DispatchLimit]) -> list[PublishedRate]:
    """The published rates of those engines that were measured."""
    engines = {engine_of(limit) for limit in limits}
    return [each for each in PUBLISHED if each.engine in engines]


def engine_of(limit: DispatchLimit) -> str | None:
    """The package that a strategy runs on; None for one of the standard library."""
    strategy = known(limit.result.case.subject)
    return None if strategy is None else strategy.engine


def _limit(result: Result) -> DispatchLimit | None:
    """The limit of a row; None of one whose rate its samples don't show."""
    case, median = result.case, result.median
    strategy = known(case.subject) if case.experiment == "tasks" else None
    if strategy is None or strategy.workers not in ("processes", "interpreters"):
        return None
    if not case.settings.warm or median is None or median.estimate <= 0 or not _is_empty(case.workload):
        return None
    work = case.workload.tasks * case.workload.task_time / strategy.lanes(case.settings, case.workload.tasks)
    if work > EMPTY * median.estimate:
        return None
    return DispatchLimit(result=result, rate=_divided(case.workload.tasks, median))


def _is_empty(workload: Workload) -> bool:
    """Whether many tasks carry next to nothing; what the arguments of a user's function weigh is not known here."""
    return (
        workload.tasks >= MANY and workload.payload <= SMALL and not workload.memory and not is_function(workload.name)
    )


def _divided(number: float, by: Interval) -> Interval:
    """A number divided by an interval above 0, whose ends change places."""
    return Interval(
        estimate=number / by.estimate,
        low=None if by.high is None else number / by.high,
        high=None if not by.low or by.low < 0 else number / by.low,
        confidence=by.confidence,
        blocks=by.blocks,
    )
