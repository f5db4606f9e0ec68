"""Where the time of a run's cases went, for each that was traced; and what their tasks take by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from statistics import median

from concbench.experiments.spans import NANO, unpack
from concbench.model import Case, Run, Trace
from concbench.stats.breakdown import Breakdown, breakdown

SERIAL = "serial"


def breakdown_of(case: Case, run: Run) -> Breakdown | None:
    """Return where the time of a case went; None where it was not traced.

    The shares are those of its traced sample, and the total is the median that its table shows.
    """
    return None if case.trace is None else breakdown(case.trace, serial_seconds(case, run), typical_wall(case))


def typical_wall(case: Case) -> float | None:
    """Return the seconds that stand in a case's table; None where it has none, and its traced sample stands for it."""
    return None if case.median is None or case.metric != "wall" else case.median.estimate


def serial_seconds(case: Case, run: Run) -> float | None:
    """Return what a case's tasks take one after the other, without what hands them out; None where nobody knows.

    The tasks of `serial` itself are what they are compared with, so there it is None.
    """
    if case.subject == SERIAL and case.trace is not None:
        return None
    return least_serial(case, run.cases)


def least_serial(case: Case, cases: Sequence[Case]) -> float | None:
    """Return the least seconds that anything says of a case's tasks, done one after the other; None where nothing does.

    A serial pass that was slowed down by other load would make every way of running the same tasks look better than
    can be. So the least counts of what `serial` took in the same rounds, and of the time inside the tasks of every
    trace of the same work; without a row of `serial`, also of what the tasks were asked, calibrated or found to take.
    """
    return min(_evidence(case, cases), default=None)


def serial_beside(case: Case, cases: Sequence[Case]) -> Case | None:
    """Return the row of `serial` that did the same work as a case, on the same side and in the same table."""
    return next((other for other in same_work(case, cases) if other.subject == SERIAL and other.samples), None)


def each_in_serial(case: Case, cases: Sequence[Case]) -> float | None:
    """Return the seconds of a task as the row of `serial` has it that did a case's work; None without such a row."""
    beside = serial_beside(case, cases)
    if beside is None or beside.median is None or not case.workload.tasks:
        return None
    return beside.median.estimate / case.workload.tasks


def same_work(case: Case, cases: Sequence[Case]) -> Iterator[Case]:
    """Yield the cases of a table that did a case's work, itself among them."""
    for other in cases:
        if (other.part, other.side, other.workload) == (case.part, case.side, case.workload):
            yield other


def _evidence(case: Case, cases: Sequence[Case]) -> Iterator[float]:
    serial = serial_beside(case, cases)
    if serial is not None:
        yield median(sample.run for sample in serial.samples)
    elif case.workload.task_time and not (case.side is not None and case.workload.loops):
        yield case.workload.task_time * case.workload.tasks  # unless calibrated under another interpreter, perhaps
    if serial is not None or case.workload.task_time:
        for other in same_work(case, cases):
            if other.trace is not None and 0 < other.trace.tasks == case.workload.tasks:
                yield inside_tasks(other.trace)


@lru_cache(maxsize=512)
def inside_tasks(trace: Trace) -> float:
    """Return the seconds that all tasks of a trace took together."""
    spans = unpack(trace.spans, trace.tasks)
    return sum(end - begin for begin, end in zip(spans.begins, spans.ends, strict=True)) * NANO
