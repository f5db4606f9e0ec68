"""Where the time of a traced case went, and what its tasks take one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from statistics import median

from concbench.experiments.trace import NANO, Chain, Spans, lanes_of, unpack
from concbench.model.case import Case, Workload
from concbench.model.result import Result, Trace
from concbench.model.run import Run

SERIAL = "serial"
ROUNDING = 1e-6
"""Seconds, and of the wall time: clock readings are rounded to nanoseconds, and those of a document to its digits."""


@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """Seconds of wall time, in the order in which they pass; averages over lanes, so that they add up."""

    start: float
    """The phase: creating the workers."""
    lead_in: float
    """From the first submit to a lane's first task."""
    work: float
    """What the same tasks take serially, divided by the lanes."""
    stretch: float
    """Task time beyond that: the GIL, caches, oversubscription."""
    gaps: float
    """Between two tasks of a lane: dispatch, pickling, pipes."""
    tail: float
    """After a lane's last task, while others still work: imbalance, often the chunksize. All of the time for a lane
    without a task."""
    back: float
    """From the last task's end until the caller has the results; shown as `return`."""
    stop: float
    """The phase: taking the workers down."""

    @property
    def wall(self) -> float:
        """The sum of all parts."""
        return sum((getattr(self, part.name) for part in fields(self)), 0.0)


PARTS = {part.name: part.name.replace("_", "-").replace("back", "return") for part in fields(Breakdown)}
"""The label of each part of a breakdown."""


def breakdown(trace: Trace, serial: float | None, wall: float | None = None) -> Breakdown:
    """The breakdown of a trace whose tasks take `serial` seconds one after the other.

    If that is unknown (None), or the tasks took less here, all time inside tasks is work. Each lane's time between the
    submit and the end of the last task of all is lead-in, tasks, gaps and tail, without a rest; the result averages
    over lanes. With `wall`, the parts are scaled to that many seconds: those of a typical sample.

    >>> from concbench.experiments.trace import Spans, pack
    >>> second = 10**9
    >>> spans = pack(Spans([2 * second, 2 * second, 4 * second], [4 * second, 3 * second, 6 * second], [0, 1, 0]))
    >>> trace = Trace(start=1, run=6, stop=1, wall=8, samples=1, lanes=2, chunksize=None, gil=True, cost=0.0,
    ...     argument_bytes=None, result_bytes=None, tasks=3, spans=spans)
    >>> found = breakdown(trace, 4.0)
    >>> found.lead_in, found.work, found.stretch, found.gaps, found.tail, found.back
    (1.0, 2.0, 0.5, 0.0, 1.5, 1.0)
    """
    spans = unpack(trace.spans, trace.tasks)
    return parts_of(trace, spans, lanes_of(spans, trace.lanes), serial, wall)


def parts_of(
    trace: Trace, spans: Spans, lanes: Sequence[Chain], serial: float | None, wall: float | None = None
) -> Breakdown:
    """The same for a trace that is unpacked already, with its tasks assigned to lanes."""
    submitted = round(trace.start / NANO)
    over = max(spans.ends, default=submitted)
    lead_in = tail = gaps = busy = 0
    for tasks in lanes:
        if not tasks:
            tail += over - submitted
            continue
        first, last = spans.begins[tasks[0]], spans.ends[tasks[-1]]
        inside = sum(spans.ends[task] - spans.begins[task] for task in tasks)
        lead_in += first - submitted
        busy += inside
        gaps += last - first - inside
        tail += over - last
    width = max(1, len(lanes))
    scale = 1.0 if wall is None or not trace.wall else wall / trace.wall
    in_tasks = busy * NANO / width * scale
    work = in_tasks if serial is None else min(serial / width, in_tasks)
    found = Breakdown(
        start=submitted * NANO * scale,
        lead_in=lead_in * NANO / width * scale,
        work=work,
        stretch=in_tasks - work,
        gaps=gaps * NANO / width * scale,
        tail=tail * NANO / width * scale,
        back=(trace.start + trace.run - over * NANO) * scale,
        stop=trace.stop * scale,
    )
    if abs(found.wall - trace.wall * scale) > ROUNDING * scale * (1 + trace.wall):
        raise AssertionError(f"the parts add up to {found.wall} s, and the wall time is {trace.wall * scale} s")
    return found


def typical_wall(result: Result) -> float | None:
    """The wall time in a result's table; None where it has none, and its traced sample stands for it."""
    return None if result.median is None or result.case.metric != "wall" else result.median.estimate


def serial_seconds(result: Result, run: Run) -> float | None:
    """What a result's tasks take one after the other, without dispatch; None if unknown.

    None for `serial` itself: its tasks are what the others are compared with.
    """
    if result.case.subject == SERIAL and result.trace is not None:
        return None
    return least_serial(result, run.results)


def least_serial(result: Result, results: Sequence[Result]) -> float | None:
    """The least seconds that any evidence gives for a result's tasks, done one after the other; None without any.

    A serial pass slowed down by other load would make every way of running the same tasks look better than it can be.
    So this takes the least of the row of `serial` and of the time inside the tasks of every trace of the same work;
    without a row of `serial`, also of what the tasks were asked, calibrated or measured to take.
    """
    return min(_evidence(result, results), default=None)


def _evidence(result: Result, results: Sequence[Result]) -> Iterator[float]:
    serial, workload = serial_beside(result, results), result.case.workload
    if serial is not None:
        yield median(sample.run for sample in serial.samples)
    elif workload.task_time and not _timed_elsewhere(result.case):
        yield workload.task_time * workload.tasks
    if serial is not None or workload.task_time:
        for other in same_work(result, results):
            if other.trace is not None and 0 < other.trace.tasks == workload.tasks:
                yield inside_tasks(other.trace)


def _timed_elsewhere(case: Case) -> bool:
    """Whether a task's time may be that under another interpreter, or with other threads of libraries."""
    if case.workload.cores_busy is not None and case.settings.inner_threads is not None:
        return True
    return case.side is not None and case.workload.loops > 0


@lru_cache(maxsize=512)
def inside_tasks(trace: Trace) -> float:
    """The seconds that all tasks of a trace took together."""
    spans = unpack(trace.spans, trace.tasks)
    return sum(end - begin for begin, end in zip(spans.begins, spans.ends, strict=True)) * NANO


def same_work(result: Result, results: Sequence[Result]) -> Iterator[Result]:
    """The results of a table that did the same work on the same side, including the given one.

    With as many threads for libraries, on which it depends how long a task takes.
    """
    work = _work(result)
    yield from (other for other in results if _work(other) == work)


def _work(result: Result) -> tuple[str, str | None, Workload, int | None]:
    case = result.case
    return case.table, case.side, case.workload, case.settings.inner_threads


def serial_beside(result: Result, results: Sequence[Result]) -> Result | None:
    """The measured row of `serial` that did the same work."""
    return next((other for other in same_work(result, results) if other.case.subject == SERIAL and other.samples), None)


def each_in_serial(result: Result, results: Sequence[Result]) -> float | None:
    """The seconds of one task by the row of `serial` that did the same work; None without such a row."""
    beside = serial_beside(result, results)
    if beside is None or beside.median is None or not result.case.workload.tasks:
        return None
    return beside.median.estimate / result.case.workload.tasks
