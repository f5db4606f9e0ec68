"""At which task time two ways of doing the same work would take equally long, as a trace predicts."""

from __future__ import annotations

from concbench.model import Trace
from concbench.stats.breakdown import Breakdown

SCALING = ("work", "stretch", "tail")
"""The parts of a wall time that grow with what a task takes; all others are the price of having workers."""

LEAST_GAIN = 0.1
"""Of the serial time: who gains less from tasks that are longer gains nothing that one trace could tell. Threads that
take turns with one GIL seem to gain or lose some per cent."""


def turning_point(trace: Trace, parts: Breakdown, serial: float) -> float | None:
    """Return the seconds of a task below which serial would be faster; None where it would be at any task time.

    `serial` are the seconds that the tasks take one after the other. With tasks of other lengths, work, stretch and
    tail are taken to change in proportion, and the rest, F seconds, to stay: with S serial seconds, V seconds of what
    changes and N tasks, the two are equal at F / (N·(1 - V/S)) seconds a task; at none where 1 - V/S, the gain, is
    less than `LEAST_GAIN`.

    >>> from concbench.experiments.spans import Spans, pack
    >>> spans = pack(Spans([10**9] * 2, [3 * 10**9] * 2, [0, 1]))
    >>> trace = Trace(start=1, run=2, stop=0, wall=3, samples=1, lanes=2, chunksize=None, gil=True, cost=0.0,
    ...     argument_bytes=None, result_bytes=None, tasks=2, spans=spans)
    >>> parts = Breakdown(start=1.0, lead_in=0.0, work=2.0, stretch=0.0, gaps=0.0, tail=0.0, back=0.0, stop=0.0)
    >>> turning_point(trace, parts, serial=4.0)
    1.0
    """
    changing: float = sum((getattr(parts, name) for name in SCALING), 0.0)
    gained = 1 - changing / serial
    if gained < LEAST_GAIN:
        return None
    return (parts.wall - changing) / (trace.tasks * gained)
