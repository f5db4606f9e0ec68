"""What an experiment hands back: the phases of one sample."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timed:
    """Seconds of each phase; the three add up to `wall` exactly, because they share the clock's readings."""

    start: float
    run: float
    stop: float
    wall: float
    cpu: float | None
