"""From which length of tasks a way with dearer workers takes hardly longer than another, by what both took here.

What workers cost once, and what handing out a task costs, is as much for long tasks as for short ones. So, with as many
tasks, only the work itself grows with their length, on as many lanes as there are:

    time(t) = time measured + tasks · (t - length measured) · share of a lane

It does not matter whether the rest goes into starting workers or into handing out tasks, which a single measurement
often can't tell: some engines start their workers when the first task comes. No error of it is known beside the scatter
of what was measured, from which the range is.
"""

from __future__ import annotations

from dataclasses import dataclass

from concbench.model.case import Case
from concbench.model.result import Interval, Result
from concbench.prediction.predict import Range
from concbench.stats.intervals import FEWEST_BLOCKS
from concbench.strategies.strategy import strategies

LITTLE = 1.1
"""Times as long as the other: a tenth more is little."""
FARTHEST = 10.0
"""A range whose ends differ by a larger factor says nothing."""
FAR = 1000.0
"""Times the length that was measured: nothing is said of longer tasks."""


@dataclass(frozen=True)
class _Reach:
    """A time, and between which values it lies."""

    low: float
    middle: float
    high: float


def break_even(result: Result, other: Result, cores: int) -> Range | None:
    """The seconds that each task has to take so that a result takes at most a tenth longer than another.

    None where longer tasks don't lead there, where they may do already, or where the range would say nothing. Both have
    run the same workload on a machine of that many cores; raises UnknownName for a strategy that is not installed.
    """
    workload = result.case.workload
    mine, its = _reach(result), _reach(other)
    if mine is None or its is None or workload.cores_busy is not None or not workload.task_time > 0:
        return None
    gain = workload.tasks * (LITTLE * _share(other.case, cores) - _share(result.case, cores))
    if gain <= 0 or mine.low <= LITTLE * its.high:
        return None
    now = workload.task_time
    low, middle, high = (
        now + (one - LITTLE * two) / gain
        for one, two in ((mine.low, its.high), (mine.middle, its.middle), (mine.high, its.low))
    )
    if high > FARTHEST * low or middle > FAR * now:
        return None
    return Range(estimate=middle, low=low, high=high)


def _share(case: Case, cores: int) -> float:
    """The share of the tasks' own time, all together, that they take where nothing else costs anything."""
    busy = 1.0 if case.workload.busy is None else case.workload.busy
    lanes = strategies.get(case.subject).lanes(case.settings, case.workload.tasks)
    return max(1 / lanes, busy / min(lanes, cores))


def _reach(result: Result) -> _Reach | None:
    """The time of a result with its interval, or with the range of its samples; None of a single sample."""
    median, walls = result.median, [sample.wall for sample in result.samples]
    if median is None or len(walls) < 2:
        return None
    if _is_telling(median):
        assert median.low is not None
        assert median.high is not None
        return _Reach(median.low, median.estimate, median.high)
    return _Reach(min(*walls, median.estimate), median.estimate, max(*walls, median.estimate))


def _is_telling(median: Interval) -> bool:
    """Whether there is an interval that is narrower than twice its estimate."""
    if median.blocks < FEWEST_BLOCKS or median.low is None or median.high is None:
        return False
    return median.high <= 2 * median.estimate
