"""What others did to the machine while something was measured: the difference of two readings of its counters."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from concbench.measure.fitness_memory import told
from concbench.measure.fitness_throttling import Throttling, read_throttling

BUSY = ("user", "nice", "system", "irq", "softirq", "interrupt", "dpc")
"""Times in which cores work. A guest's time is part of `user` already; `iowait` and `steal` are no work."""
REST = ("idle", "iowait", "steal")
TRUSTED = 0.5
"""A system that counts less than this part of our own CPU time does not count at all, as in some sandboxes."""


@dataclass(frozen=True, kw_only=True)
class Counters:
    """What the system has counted so far; in CPU seconds of all cores, where nothing else is said."""

    at: float
    """By `time.perf_counter`."""
    busy: float | None
    total: float | None
    steal: float | None
    """In which the hypervisor ran somebody else on a core that had work to do."""
    own: float | None
    """Of this process and all its descendants that have ended; None where the system can't tell (Windows)."""
    swapped: int | None
    """Bytes that went to the swap and came back."""
    throttling: Throttling | None


@dataclass(frozen=True, kw_only=True)
class Activity:
    """What happened between two readings. None where the system does not tell."""

    seconds: float
    others: float | None
    """Cores that others kept busy, on average."""
    stolen: float | None
    """The share of all cores' time that a hypervisor gave to others."""
    swapped: int | None
    """Bytes that went to the swap and came back."""
    throttled: int | None
    """Periods in which control groups had used their quota up and were stopped."""
    throttled_seconds: float | None
    """For how long, summed over cores."""


def read_counters(root: Path = Path("/")) -> Counters:
    """Return what the system has counted so far.

    `root` is where the file system begins, for control groups; all else is always this machine's own. Never raises.

    >>> read_counters().at > 0
    True
    """
    times = _cpu_times()
    own = os.times()
    return Counters(
        at=time.perf_counter(),
        busy=None if times is None else sum(getattr(times, name, 0.0) for name in BUSY),
        total=None if times is None else sum(getattr(times, name, 0.0) for name in BUSY + REST),
        steal=getattr(times, "steal", None),
        own=None if sys.platform == "win32" else sum(own[:4]),
        swapped=_swapped(),
        throttling=read_throttling(root),
    )


def activity_between(before: Counters, after: Counters) -> Activity:
    """Return what happened between two readings. No figure is below 0, though counters of cores may step back.

    >>> from dataclasses import replace
    >>> before = Counters(at=1.0, busy=10.0, total=20.0, steal=0.0, own=0.5, swapped=0, throttling=None)
    >>> after = replace(before, at=3.0, busy=11.0, total=24.0, own=0.7)
    >>> round(activity_between(before, after).others, 3)
    0.4
    """
    seconds = max(after.at - before.at, 0.0)
    busy, total = grown(before.busy, after.busy), grown(before.total, after.total)
    steal, own = grown(before.steal, after.steal), grown(before.own, after.own)
    counted = bool(seconds and total)
    others = None
    if counted and busy is not None and own is not None and busy >= TRUSTED * own:
        others = max(busy - own, 0.0) / seconds
    throttled = throttled_seconds = None
    if before.throttling is not None and after.throttling is not None:
        throttled = max(after.throttling.periods - before.throttling.periods, 0)
        throttled_seconds = grown(before.throttling.seconds, after.throttling.seconds)
    swapped = grown(before.swapped, after.swapped)
    return Activity(
        seconds=seconds,
        others=others,
        stolen=min(steal / total, 1.0) if counted and total and steal is not None else None,
        swapped=None if swapped is None else int(swapped),
        throttled=throttled,
        throttled_seconds=throttled_seconds,
    )


def grown(before: float | None, after: float | None) -> float | None:
    """Return by how much a counter has grown: at least 0; None where one of its readings is missing."""
    return None if before is None or after is None else max(after - before, 0.0)


def _cpu_times() -> Any:
    """Return psutil's times of all cores, whose fields differ from system to system; None where there are none."""
    try:
        return psutil.cpu_times()
    # A sandbox without /proc/stat, or with an odd one: psutil raises whatever parsing it raises.
    except (OSError, ValueError, LookupError, TypeError, psutil.Error):
        return None


def _swapped() -> int | None:
    swap = told(psutil.swap_memory)
    return None if swap is None else int(swap.sin + swap.sout)
