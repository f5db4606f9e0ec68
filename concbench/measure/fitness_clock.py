"""The clock that samples are timed by: where it comes from, how fine it is, and what a reading costs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

from concbench.measure.system import read_system_file

SOURCE = "sys/devices/system/clocksource/clocksource0/current_clocksource"
STEPS = 1000
"""Steps of the clock that are looked at for the smallest."""
READINGS = 200_000
"""Readings after which a coarse clock is given up: about 20 ms."""
BATCH = 1000
"""Readings in a row whose cost is taken together."""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """What `time.perf_counter` is like on this machine; times in seconds."""

    source: str | None
    """What the kernel takes the time from, as `tsc`; None where the system does not tell."""
    step: float | None
    """The smallest step that was seen between two readings; None where it stood still."""
    cost: float
    """Of one reading."""


def read_clock(root: Path = Path("/"), clock: Callable[[], float] = time.perf_counter) -> Clock:
    """Return what the clock is like, within 50 ms.

    `root` is where the file system begins. Never raises.

    >>> read_clock().cost > 0
    True
    """
    return Clock(source=read_system_file(root / SOURCE) or None, step=smallest_step(clock), cost=cost(clock))


def smallest_step(clock: Callable[[], float]) -> float | None:
    """Return the smallest step that a clock was seen to take, in seconds; None where it stood still."""
    smallest: float | None = None
    steps = 0
    last = clock()
    for _ in repeat(None, READINGS):
        now = clock()
        if now > last:
            smallest = now - last if smallest is None else min(smallest, now - last)
            steps += 1
            if steps == STEPS:
                break
        last = now
    return smallest


def cost(clock: Callable[[], float]) -> float:
    """Return the seconds that one reading takes: of several batches the fastest, since whatever disturbs slows."""
    fastest = float("inf")
    for _ in range(9):
        began = clock()
        for _ in repeat(None, BATCH):
            clock()
        fastest = min(fastest, (clock() - began) / BATCH)
    return fastest
