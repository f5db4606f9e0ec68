"""What an engine would take for more or fewer items, by its own rows: cold, warm, or both.

Engines are not simulated. Beyond the work of the tasks themselves, an engine takes time once, to start, and time for
each task. A row with workers that start in each sample, and one with workers that run already, show how much of each. A
single row does not, as some engines start their workers with the first task: what it leaves open is taken to be all of
one kind, and all of the other, and these are the ends of the range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from concbench.model.case import Case
from concbench.model.result import Interval, Result
from concbench.stats.intervals import FEWEST_BLOCKS
from concbench.strategies.strategy import strategies

FARTHEST = 10.0
"""A range whose ends differ by a larger factor says nothing."""


class NothingKnown(Exception):
    """The rows of an engine don't show what something would take; the text says why in one sentence."""


@dataclass(frozen=True)
class Reach:
    """A figure, and between which values it lies."""

    low: float
    middle: float
    high: float

    @property
    def is_telling(self) -> bool:
        """Whether its ends are near enough to say anything."""
        return self.high <= FARTHEST * self.low


@dataclass(frozen=True, kw_only=True)
class EngineTime:
    """What an engine would take for some items. Seconds."""

    wall: Reach
    cpu: Reach
    opening: float
    """Of the middle: what it takes once, as far as that is known;"""
    work: float
    """and the tasks themselves, on all lanes."""


def engine_time(rows: Sequence[Result], items: int, cores: int, *, warm: bool) -> EngineTime:
    """What an engine would take for some items, on a machine of that many cores; raises NothingKnown.

    `rows` are of one strategy on one workload, with the same settings, but that some may be warm.
    """
    cold, kept = (
        next((row for row in rows if row.case.settings.warm is kind and row.median is not None), None)
        for kind in (False, True)
    )
    row = kept or cold
    if row is None:
        raise NothingKnown("it was not measured")
    name = row.case.subject
    if not warm and cold is None:
        raise NothingKnown(f"the run has no row of {name} with its start: measure it with --cold, too")
    taken, started = reach_of(row), reach_of(cold or row)
    if taken is None or started is None:
        raise NothingKnown(f"a single sample of {name} does not show how far its time may be off")
    tasks = row.case.workload.tasks
    share, each = share_of_lanes(row.case, cores), row.case.workload.task_time
    work, now = items * each * share, tasks * each * share
    opening = 0.0
    if kept is not None and cold is not None:
        opening = max(0.0, _seconds(cold) - _seconds(kept))
    elif cold is not None:
        opening = min(_seconds(cold), median(sample.start + sample.stop for sample in cold.samples))
    beyond = max(0.0, taken.middle - (opening if kept is None else 0.0) - now)
    once, by_task = beyond, beyond * items / tasks
    if kept is None and warm:
        once = 0.0  # where it all went into starting workers
    low, high = sorted((work + once, work + by_task))
    # With workers that run already, it is handing out tasks that takes the time; else it is one as likely as the other.
    middle = work + by_task if kept is not None else sqrt(low * high)
    low, high = low * taken.low / taken.middle, high * taken.high / taken.middle
    first = 0.0 if warm else opening
    soon, late = (first * end / started.middle for end in (started.low, started.high))
    wall = Reach(soon + low, first + middle, late + high)
    if not wall.is_telling:
        raise NothingKnown(
            f"the rows of {name} don't show how much of its time it takes once, and how much for each task: measure it "
            "on more items, with --cold --warm"
        )
    return EngineTime(wall=wall, cpu=_cpu(cold, kept, items, warm=warm), opening=first, work=work)


def reach_of(result: Result) -> Reach | None:
    """The time of a result with its interval, or with the range of its samples; None of a single sample."""
    found, walls = result.median, [sample.wall for sample in result.samples]
    if found is None or len(walls) < 2:
        return None
    if found.low is not None and found.high is not None and _is_narrow(found):
        return Reach(found.low, found.estimate, found.high)
    return Reach(min(*walls, found.estimate), found.estimate, max(*walls, found.estimate))


def share_of_lanes(case: Case, cores: int) -> float:
    """The share of the tasks' own time, all together, that they take where nothing else costs anything."""
    busy = 1.0 if case.workload.busy is None else case.workload.busy
    lanes = strategies.get(case.subject).lanes(case.settings, case.workload.tasks)
    return max(1 / lanes, busy / min(lanes, cores))


def _cpu(cold: Result | None, kept: Result | None, items: int, *, warm: bool) -> Reach:
    """CPU seconds: each task's, and those of starting and ending it, as far as the rows show how much that is."""
    row = kept or cold
    assert row is not None
    workload = row.case.workload
    used = _cpu_seconds(row)
    tasks = workload.task_time * (1.0 if workload.busy is None else workload.busy)
    beyond = max(0.0, used - tasks * workload.tasks)
    ends = [tasks * items + beyond * items / workload.tasks]
    if kept is None:
        ends.append(tasks * items + (0.0 if warm else beyond))
    once = max(0.0, _cpu_seconds(cold) - used) if kept is not None and cold is not None and not warm else 0.0
    low, high = min(ends) + once, max(ends) + once
    return Reach(low, sqrt(low * high), high)


def _cpu_seconds(result: Result) -> float:
    """The median CPU seconds of a result; those of its tasks where they are unknown."""
    known = [sample.cpu for sample in result.samples if sample.cpu is not None]
    workload = result.case.workload
    return median(known) if known else workload.tasks * workload.task_time


def _seconds(result: Result) -> float:
    return result.median.estimate if result.median is not None else 0.0


def _is_narrow(found: Interval) -> bool:
    """Whether an interval reaches no further than its estimate."""
    return found.blocks >= FEWEST_BLOCKS and found.high is not None and found.high <= 2 * found.estimate
