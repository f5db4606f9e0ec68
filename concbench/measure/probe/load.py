"""What other processes took of the machine while something was measured: the difference between two readings."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from concbench.measure.probe.environment import load_average
from concbench.measure.probe.kernel import Throttling, memory_figures, read_throttling, waiting_share

BUSY = ("user", "nice", "system", "irq", "softirq", "interrupt", "dpc")
"""Times in which cores work. A guest's time is part of `user`; `iowait` and `steal` are no work."""
REST = ("idle", "iowait", "steal")
TRUSTED = 0.5
"""A system that counts less than this share of our own CPU time doesn't really count, as in some sandboxes."""
HELD = 0.25
"""The share of the usable cores held by others from which the machine is overloaded."""
STOLEN = 0.05
"""The share of all cores' time given to other virtual machines from which it is."""
WAITED = 0.25
"""The share of the ten seconds before in which some process waited for a core, and"""
LOADED = 1.0
"""the load per usable core at the start, from which it is where the system does not count others' time."""
SHORTEST = 0.5
"""Seconds that must lie between two readings."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the system has counted so far, in CPU seconds of all cores unless stated otherwise; None where unknown."""

    at: float
    """By `time.perf_counter`."""
    busy: float | None
    total: float | None
    steal: float | None
    """While the hypervisor ran another machine on a core that had work to do."""
    own: float | None
    """Of this process and its descendants that have ended; unknown on Windows."""
    swapped: int | None
    """Bytes swapped in and out."""
    throttling: Throttling | None
    load: float | None
    """Processes that ran or waited for a core, averaged over the last minute."""
    waited: float | None
    """The share of the last ten seconds in which some process waited for a core."""


@dataclass(frozen=True, kw_only=True)
class Activity:
    """What happened between two readings; None where unknown."""

    seconds: float
    others: float | None
    """Cores kept busy by others, on average."""
    stolen: float | None
    """The share of all cores' time that a hypervisor gave to other machines."""
    swapped: int | None
    """Bytes swapped in and out."""
    throttled: int | None
    """Periods in which control groups had used up their quota and were stopped."""
    throttled_seconds: float | None
    """For how long, summed over cores."""


@dataclass(frozen=True, kw_only=True)
class Overload:
    """What others took of the machine; None for what is below its limit, or unknown."""

    usable: int
    """Cores that concbench may use."""
    held: float | None
    """How many of these others kept busy, on average."""
    stolen: float | None
    """The share of all cores' time that a hypervisor gave to other machines."""
    load: float | None
    """At the start, as `waited`; evidence only beside one of the others, or where they are unknown."""
    waited: float | None


def read_load(root: Path = Path("/")) -> Reading:
    """What the system has counted so far, and its load, read within a millisecond. Never raises.

    `root` is where the file system begins, for control groups and pressure; the rest is always this machine's own.
    """
    times = _cpu_times()
    own = os.times()
    swap = memory_figures(psutil.swap_memory)
    return Reading(
        at=time.perf_counter(),
        busy=None if times is None else sum(getattr(times, name, 0.0) for name in BUSY),
        total=None if times is None else sum(getattr(times, name, 0.0) for name in BUSY + REST),
        steal=getattr(times, "steal", None),
        own=None if sys.platform == "win32" else sum(own[:4]),
        swapped=None if swap is None else int(swap.sin + swap.sout),
        throttling=read_throttling(root),
        load=load_average(),
        waited=waiting_share(root / "proc/pressure/cpu"),
    )


def _cpu_times() -> Any:
    """Psutil's times of all cores, whose fields differ between systems; None where there are none."""
    try:
        return psutil.cpu_times()
    # A sandbox without /proc/stat, or with an odd one: psutil raises whatever parsing it raises.
    except (OSError, ValueError, LookupError, TypeError, psutil.Error):
        return None


def activity_between(before: Reading, after: Reading) -> Activity:
    """What happened between two readings. No figure is negative, though counters of cores may step back."""
    seconds = max(after.at - before.at, 0.0)
    busy, total = _grown(before.busy, after.busy), _grown(before.total, after.total)
    steal, own = _grown(before.steal, after.steal), _grown(before.own, after.own)
    counted = bool(seconds and total)
    others = None
    if counted and busy is not None and own is not None and busy >= TRUSTED * own:
        others = max(busy - own, 0.0) / seconds
    throttled = throttled_seconds = None
    if before.throttling is not None and after.throttling is not None:
        throttled = max(after.throttling.periods - before.throttling.periods, 0)
        throttled_seconds = _grown(before.throttling.seconds, after.throttling.seconds)
    swapped = _grown(before.swapped, after.swapped)
    return Activity(
        seconds=seconds,
        others=others,
        stolen=min(steal / total, 1.0) if counted and total and steal is not None else None,
        swapped=None if swapped is None else int(swapped),
        throttled=throttled,
        throttled_seconds=throttled_seconds,
    )


def _grown(before: float | None, after: float | None) -> float | None:
    """By how much a counter has grown, at least 0; None where one of its readings is missing."""
    return None if before is None or after is None else max(after - before, 0.0)


# Overload


def overload_since(before: Reading, usable: int, root: Path = Path("/")) -> Overload | None:
    """What others have taken since a reading; None if that was little, or the reading is too recent. Never raises.

    What concbench and its hosts use does not count.
    """
    activity = activity_between(before, read_load(root))
    return overload(before, activity, usable, psutil.cpu_count() or usable)


def overload(before: Reading, activity: Activity, usable: int, logical: int) -> Overload | None:
    """What others took of a machine of `logical` cores, of which concbench may use `usable`; None if that was little.

    What others do on cores that concbench may not use, or does not need, takes nothing from it. The load average and
    the pressure at the start decide only where the system doesn't count what others use: they are about the last minute
    and the last seconds, and what was busy then, such as another run of concbench, may have ended.
    """
    if activity.seconds < SHORTEST:
        return None
    spare = max(logical - usable, 0)
    held = None if activity.others is None else min(max(activity.others - spare, 0.0), float(usable))
    if held is not None and held < HELD * usable:
        held = None
    stolen = activity.stolen if activity.stolen is not None and activity.stolen >= STOLEN else None
    load = before.load if before.load is not None and before.load > LOADED * usable else None
    waited = before.waited if before.waited is not None and before.waited >= WAITED else None
    counted = activity.others is not None
    if held is None and stolen is None and (counted or load is None):
        return None
    return Overload(usable=usable, held=held, stolen=stolen, load=load, waited=waited)


def overload_warning(found: Overload, effect: str) -> str:
    """The warning of an overload, with its effect on the answer.

    >>> overload_warning(Overload(usable=2, held=1.6, stolen=None, load=None, waited=None), "Intervals are wider")
    'this machine is overloaded: other processes kept 1.6 of 2 usable cores busy. Intervals are wider'
    """
    cores = f"{found.usable} usable core{'' if found.usable == 1 else 's'}"
    seen = []
    if found.held is not None:
        seen.append(f"other processes kept {found.held:.1f} of {cores} busy")
    if found.stolen is not None:
        seen.append(f"{100 * found.stolen:.0f}% of all cores' time went to other virtual machines")
    if found.load is not None:
        seen.append(f"load {found.load:.1f}" + (" at the start" if seen else f" on {cores} at the start"))
    if found.waited is not None:
        seen.append(f"processes waited for a core {100 * found.waited:.0f}% of the time before the start")
    return f"this machine is overloaded: {', '.join(seen)}. {effect}"
