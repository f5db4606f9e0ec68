"""Whether others kept the machine so busy while something was measured that the answer suffers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psutil

from concbench.measure.environment import load_average
from concbench.measure.fitness_activity import Activity, Counters, activity_between, read_counters
from concbench.measure.fitness_pressure import some_waited

HELD = 0.25
"""The share of the usable cores from which others are said to hold too much of them."""
STOLEN = 0.05
"""The share of all cores' time from which a hypervisor is said to give too much of it to others."""
WAITED = 0.25
"""The share of ten seconds in which some process waited for a core, before anything was measured;"""
LOADED = 1.0
"""and how many processes a usable core ran or kept waiting: asked only where the system does not count others' time."""
SHORTEST = 0.5
"""Seconds: what is counted in less says nothing."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the machine was doing at a moment, before concbench did anything; None where the system does not tell."""

    counters: Counters
    load: float | None
    """Processes that ran or waited for a core, averaged over the last minute."""
    waited: float | None
    """The share of the last ten seconds in which some process waited for a core."""


@dataclass(frozen=True, kw_only=True)
class Overload:
    """What others took of the machine; None for what did not exceed its limit, or is not known."""

    usable: int
    """Cores that concbench may use."""
    held: float | None
    """Of these, so many were busy with others, on average."""
    stolen: float | None
    """The share of all cores' time that a hypervisor gave to others."""
    load: float | None
    """When it began, with `waited`: known to be the cause only where one of the others is there, or can't be."""
    waited: float | None


def read_load(root: Path = Path("/")) -> Reading:
    """Return what the machine is doing now. `root` is where the file system begins. Takes a millisecond; never raises.

    >>> read_load().counters.at > 0
    True
    """
    return Reading(counters=read_counters(root), load=load_average(), waited=some_waited(root / "proc/pressure/cpu"))


def overload_since(before: Reading, usable: int, root: Path = Path("/")) -> Overload | None:
    """Return what others have taken since a reading; None where that was little, or too short ago to say.

    What concbench itself and its hosts use does not count. Never raises.
    """
    activity = activity_between(before.counters, read_counters(root))
    return overload(before, activity, usable, psutil.cpu_count() or usable)


def overload(before: Reading, activity: Activity, usable: int, logical: int) -> Overload | None:
    """Return what others took, of a machine of so many logical cores, of which so many are usable.

    What others do on cores that concbench may not use, or does not need, takes nothing away. The load average and the
    pressure at the beginning decide only where the system does not count what others use: they tell of the last minute
    and the last seconds, and what was busy then, another run of concbench perhaps, may have ended.
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


def about(found: Overload, effect: str) -> str:
    """Return a sentence on an overload, and on what it does to the answer.

    >>> about(Overload(usable=2, held=1.6, stolen=None, load=None, waited=None), "Intervals are wider")
    'this machine is overloaded: others kept 1.6 of 2 usable cores busy meanwhile. Intervals are wider'
    """
    cores = f"{found.usable} usable core{'' if found.usable == 1 else 's'}"
    seen = []
    if found.held is not None:
        seen.append(f"others kept {found.held:.1f} of {cores} busy meanwhile")
    if found.stolen is not None:
        seen.append(f"{100 * found.stolen:.0f}% of all cores' time went to other virtual machines")
    if found.load is not None:
        seen.append(f"load {found.load:.1f}" + (" at the start" if seen else f" on {cores} at the start"))
    if found.waited is not None:
        seen.append(f"processes waited for a core {100 * found.waited:.0f}% of the time before it")
    return f"this machine is overloaded: {', '.join(seen)}. {effect}"
