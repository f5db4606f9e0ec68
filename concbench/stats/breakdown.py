"""Where the time of a traced sample went: parts that add up to its wall time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from concbench.experiments.lanes import Chain, lanes_of
from concbench.experiments.spans import NANO, Spans, unpack
from concbench.model import Trace


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
    """After a lane's last task, while others still work: imbalance, often the chunksize. A lane without a task has
    nothing else."""
    back: float
    """From the last task's end until the caller has the results; called `return`."""
    stop: float
    """The phase: taking the workers down."""

    @property
    def wall(self) -> float:
        """The sum of all parts."""
        return sum((getattr(self, part.name) for part in fields(self)), 0.0)


ROUNDING = 1e-6
"""Seconds, and of the wall time: readings of the clock are rounded to nanoseconds, and a document's are text."""
PARTS = {part.name: part.name.replace("_", "-").replace("back", "return") for part in fields(Breakdown)}
"""Of a breakdown, by name: what each is called."""


def breakdown(trace: Trace, serial: float | None, wall: float | None = None) -> Breakdown:
    """Return where the wall time of a trace went; `serial` is what the tasks take one after the other, in seconds.

    Where that is not known, None, and where the tasks took less than that here, all the time inside tasks is work. With
    W lanes, each lane's time between the submit and the last task's end of all is lead-in, tasks, gaps and tail,
    without a rest; the average over lanes is what is returned.

    With `wall`, the parts are of so many seconds, in the same shares: those of a typical sample, of which the traced
    one is an example.

    >>> from concbench.experiments.spans import Spans, pack
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
    """Return the same of a trace whose tasks have been read, and dealt to lanes."""
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
