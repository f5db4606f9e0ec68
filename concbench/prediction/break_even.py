"""From which length of tasks a way with dearer workers takes hardly longer than another, by what both took here.

What workers cost once, and what handing out a task costs, is as much for long tasks as for short ones. So, with as many
tasks, only the work itself grows with their length, on as many lanes as there are:

    time(t) = time measured + tasks · (t - length measured) · share of a lane

It does not matter whether the rest goes into starting workers or into handing out tasks, which a single measurement
often can't tell: some engines start their workers when the first task comes. No error of it is known beside the scatter
of what was measured, from which the range is.
"""

from __future__ import annotations

from concbench.model.result import Result
from concbench.prediction.engines import FARTHEST, reach_of, share_of_lanes
from concbench.prediction.predict import Range

LITTLE = 1.1
"""Times as long as the other: a tenth more is little."""
FAR = 1000.0
"""Times the length that was measured: nothing is said of longer tasks."""


def break_even(result: Result, other: Result, cores: int) -> Range | None:
    """The seconds that each task has to take so that a result takes at most a tenth longer than another.

    None where longer tasks don't lead there, where they may do already, or where the range would say nothing. Both have
    run the same workload on a machine of that many cores; raises UnknownName for a strategy that is not installed.
    """
    workload = result.case.workload
    mine, its = reach_of(result), reach_of(other)
    if mine is None or its is None or workload.cores_busy is not None or not workload.task_time > 0:
        return None
    gain = workload.tasks * (LITTLE * share_of_lanes(other.case, cores) - share_of_lanes(result.case, cores))
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
