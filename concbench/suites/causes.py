"""Why a traced case took longer than it ideally would: the largest part that could be avoided, and what causes it.

A cause is made of facts that a trace shows: none is guessed from the name of a strategy alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from statistics import fmean, median

from concbench.experiments.lanes import Chain, lanes_of
from concbench.experiments.spans import NANO, Spans, unpack
from concbench.model import Case, Run, Trace
from concbench.registry import UnknownName
from concbench.stats.breakdown import Breakdown, parts_of
from concbench.stats.where import same_work, serial_beside, serial_seconds, typical_wall
from concbench.strategies.strategy import Strategy, strategies
from concbench.suites.cause import (
    Cause,
    Chunks,
    Dispatch,
    FewCores,
    LateFirst,
    OneAtATime,
    OneEach,
    Pickling,
    PoolCost,
    SharedGil,
    Stretched,
    Uneven,
)
from concbench.suites.chunking import dealing

WORTH_SAYING = 0.05
"""Of the wall time: less can't be told from noise, and is not explained."""
SECOND = 1 / 3
"""Of the largest cost: what costs less beside it is not explained either."""
STRETCHED = 1.3
"""Tasks that take so many times as long as alone are stretched by something;"""
MUCH_STRETCHED = 1.5
"""where a trace does not show by what, only from here on, because cores differ in speed from moment to moment."""
BEYOND_CORES = 1.15
"""Threads whose tasks are stretched by so much more than a lack of cores explains wait for the GIL,"""
ABOUT_ONE = (0.75, 1.25)
"""if they keep about one core busy all together: with less they wait for something else, with more they share none."""
FILLED = 0.5
"""Of the wall time: where what tasks compute fills less of it, taking turns is not what takes the time."""
LARGE = 16 * 2**10
"""Bytes for one task, there and back, from which on it is pickling that a gap is put down to."""
BY_MUCH = 0.1
"""Of the wall time: where much stretched tasks lose more, nothing is predicted of other chunks."""
BETTER = 0.95
"""A chunksize is advised where it is predicted to take no more than so much of the time."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a case took longer than the ideal."""

    case: Case
    wall: float
    ideal: float
    parts: Breakdown
    causes: tuple[Cause, ...]
    """The largest first; none where nothing is known but in which part the time was."""
    avoidable: float
    """Seconds beyond the ideal."""


def explained(case: Case, run: Run) -> Explanation | None:
    """Return why a case took longer than the ideal; None where it did not by much, or was not traced."""
    if case.trace is None:
        return None
    seen = Seen(case, case.trace, run)
    if seen.kind == "none":  # it is what all others are compared with, and has no workers to blame
        return None
    avoidable = seen.wall - seen.ideal
    if avoidable < WORTH_SAYING * seen.wall:
        return None
    costs = seen.costs()
    largest = max(costs.values())
    if largest < WORTH_SAYING * seen.wall:
        return None
    least = max(WORTH_SAYING * seen.wall, SECOND * largest)
    found: dict[type, Cause] = {}
    for name in sorted(costs, key=costs.__getitem__, reverse=True):
        cause = FINDERS[name](seen) if costs[name] >= least else None
        if cause is not None:
            found.setdefault(type(cause), cause)  # two groups of parts may have the same cause
    return Explanation(
        case=case,
        wall=seen.wall,
        ideal=seen.ideal,
        parts=seen.parts,
        causes=tuple(found.values()),
        avoidable=avoidable,
    )


class Seen:
    """What a trace shows of a case, in the terms that causes are made of.

    All seconds are those of a typical sample, whose wall time stands in the table: `scale` is how many times as long
    that is as the traced one.
    """

    def __init__(self, case: Case, trace: Trace, run: Run) -> None:
        self.case, self.trace, self.run, self.cores = case, trace, run, run.environment.usable_cores
        self.wall = typical_wall(case) or trace.wall
        self.scale = self.wall / trace.wall if trace.wall else 1.0
        self.spans: Spans = unpack(trace.spans, trace.tasks)
        self.lanes: list[Chain] = lanes_of(self.spans, trace.lanes)
        self.parts = parts_of(trace, self.spans, self.lanes, serial_seconds(case, run), self.wall)

    @cached_property
    def serial(self) -> float | None:
        """What the tasks take one after the other: as the table has it, where it has `serial`."""
        beside = serial_beside(self.case, self.run.cases)
        if beside is not None and beside.median is not None:
            return beside.median.estimate
        return serial_seconds(self.case, self.run)

    @cached_property
    def strategy(self) -> Strategy | None:
        """The strategy; None where this installation has no such one."""
        try:
            return strategies.get(self.case.subject)
        except UnknownName:
            return None

    @property
    def kind(self) -> str:
        """What its workers are."""
        return "workers" if self.strategy is None else self.strategy.workers

    @property
    def pooled(self) -> bool:
        """Whether its workers are there before the tasks, and do several each."""
        return self.strategy is not None and "workers" in self.strategy.settings

    @property
    def ideal(self) -> float:
        """The least seconds that it could have taken."""
        work = self.case.ideal if self.case.ideal is not None else self.parts.work
        return min(work, self.wall)

    @property
    def factor(self) -> float:
        """How many times as long as alone a task took."""
        return (self.parts.work + self.parts.stretch) / self.parts.work if self.parts.work > 0 else 1.0

    @property
    def gil_bound(self) -> bool:
        """Whether its workers are threads that share a GIL, and keep about one core busy all together."""
        known = [sample.cpu / sample.wall for sample in self.case.samples if sample.cpu is not None]
        if self.kind != "threads" or not self.trace.gil or not known:
            return False
        least, most = ABOUT_ONE
        return least <= median(known) <= most

    @property
    def takes_turns(self) -> bool:
        """Whether its workers are threads that share a GIL, and what its tasks compute takes most of the time."""
        return self.gil_bound and self.parts.work * len(self.lanes) >= FILLED * self.wall

    @property
    def firsts(self) -> list[int]:
        """When each lane began its first task, in nanoseconds, the earliest first."""
        return sorted(self.spans.begins[tasks[0]] for tasks in self.lanes if tasks)

    def costs(self) -> dict[str, float]:
        """Return the seconds of wall time, beyond the ideal, that each group of parts took."""
        parts = self.parts
        unavoidable = max(0.0, self.ideal - parts.work)
        core_bound = len(self.lanes) > self.cores and self.factor >= STRETCHED
        stretch = max(0.0, parts.stretch - (unavoidable if core_bound else 0.0))
        tail = max(0.0, parts.tail - (0.0 if core_bound else unavoidable))
        if self.pooled or self.strategy is None:
            return {
                "ends": parts.start + parts.stop,
                "stretch": stretch,
                "tail": tail,
                "gaps": parts.gaps + parts.lead_in + parts.back,
            }
        return {"ends": parts.start + parts.stop, "stretch": stretch, "one each": parts.lead_in + tail + parts.gaps}


def ends(seen: Seen) -> Cause | None:
    """Explain the time that starting and stopping took."""
    running = seen.trace.run * seen.scale
    return PoolCost(serial=seen.serial, saved=None if seen.serial is None else seen.serial - running)


def stretch(seen: Seen) -> Cause | None:
    """Explain tasks that took longer than alone."""
    if seen.factor < STRETCHED:
        return None
    at_work = sum(bool(tasks) for tasks in seen.lanes)
    if seen.gil_bound and seen.factor > BEYOND_CORES * max(1.0, at_work / seen.cores):
        return SharedGil(threads=at_work, factor=seen.factor)
    if at_work > seen.cores:
        return FewCores(workers=at_work, cores=seen.cores, factor=seen.factor)
    return Stretched(factor=seen.factor) if seen.factor >= MUCH_STRETCHED else None


def tail(seen: Seen) -> Cause | None:
    """Explain lanes that were idle at the end."""
    return chunks(seen) or one_at_a_time(seen) or uneven(seen)


def gaps(seen: Seen) -> Cause | None:
    """Explain lanes that waited between tasks."""
    argument, result = seen.trace.argument_bytes, seen.trace.result_bytes
    between_processes = seen.kind in ("processes", "interpreters")
    if between_processes and argument is not None and result is not None and argument + result >= LARGE:
        waiting = seen.parts.gaps + seen.parts.lead_in + seen.parts.back
        return Pickling(argument=argument, result=result, total=(argument + result) * seen.trace.tasks, waiting=waiting)
    found = one_at_a_time(seen) or late_first(seen) or chunks(seen)
    return found or (dispatch(seen) if seen.parts.gaps >= WORTH_SAYING * seen.wall else None)


def one_each(seen: Seen) -> Cause | None:
    """Explain workers that begin one after the other."""
    if seen.takes_turns:
        return SharedGil(threads=len(seen.lanes), factor=None)
    firsts = seen.firsts
    if len(firsts) < 2:
        return None
    each = (firsts[-1] - firsts[0]) * NANO * seen.scale / (len(firsts) - 1)
    return OneEach(workers=len(firsts), kind=seen.kind, each=each)


FINDERS: dict[str, Callable[[Seen], Cause | None]] = {
    "ends": ends,
    "stretch": stretch,
    "tail": tail,
    "gaps": gaps,
    "one each": one_each,
}
"""By group of parts, what looks for the cause."""


def chunks(seen: Seen) -> Cause | None:
    """Return a chunksize that takes less time, where the strategy hands out chunks and there is one.

    Where the run holds rows of the same way with other chunksizes, it is the best of these, and nothing is predicted.
    """
    size = seen.trace.chunksize
    if size is None:
        return None
    rows = other_chunksizes(seen, size)
    better, takes = measured_chunks(rows) if rows else predicted_chunks(seen, seen.trace, size)
    if better == size or takes > BETTER * seen.wall:
        return None
    counts = [len(tasks) for tasks in seen.lanes]
    return Chunks(
        chunksize=size, most=max(counts), fewest=min(counts), better=better, predicted=takes, measured=bool(rows)
    )


def measured_chunks(rows: Sequence[tuple[int, float]]) -> tuple[int, float]:
    """Return the chunksize of the fastest row, and its seconds."""
    return min(rows, key=lambda row: row[1])


def predicted_chunks(seen: Seen, trace: Trace, size: int) -> tuple[int, float]:
    """Return the chunksize that would take least, and how many seconds; the given one where that can't be predicted.

    Where tasks share cores, or are slowed down by something else, they would be in another way if they were dealt out
    in another way; and what another row of the same strategy shows to be slower is not advised, whatever the other
    settings of that row are.
    """
    at_work = sum(bool(tasks) for tasks in seen.lanes)
    shares_cores = at_work > seen.cores and seen.factor >= BEYOND_CORES
    if shares_cores or (seen.factor >= MUCH_STRETCHED and seen.parts.stretch >= BY_MUCH * seen.wall):
        return size, seen.wall
    dealt = dealing(trace, seen.spans, seen.lanes, size)
    better = dealt.best(size)
    for other in same_work(seen.case, seen.run.cases):
        tried = other.subject == seen.case.subject and chunksize_of(other) == better
        if tried and other.median is not None and other.median.estimate > seen.wall:
            return size, seen.wall
    return better, max(seen.wall - dealt.saved(size, better) * seen.scale, seen.ideal)


def other_chunksizes(seen: Seen, size: int) -> list[tuple[int, float]]:
    """Return the chunksizes, and the seconds, of rows that differ from a case in nothing else."""
    found = []
    for other in same_work(seen.case, seen.run.cases):
        tried = chunksize_of(other)
        alike = replace(other.settings, chunksize=None) == replace(seen.case.settings, chunksize=None)
        if other.subject == seen.case.subject and alike and other.median is not None and tried not in (None, size):
            found.append((tried or size, other.median.estimate))
    return found


def chunksize_of(case: Case) -> int | None:
    """Return in chunks of how many items a case's tasks went out; None where nobody knows."""
    return case.settings.chunksize or (case.trace.chunksize if case.trace is not None else None)


def one_at_a_time(seen: Seen) -> Cause | None:
    """Return that no two tasks ran at once, where they could have."""
    order = sorted(range(len(seen.spans)), key=seen.spans.begins.__getitem__)
    apart = all(seen.spans.ends[before] <= seen.spans.begins[after] for before, after in pairwise(order))
    if not apart or len(seen.lanes) < 2 or len(order) < 2:
        return None
    return SharedGil(threads=len(seen.lanes), factor=None) if seen.takes_turns else OneAtATime(workers=len(seen.lanes))


def late_first(seen: Seen) -> Cause | None:
    """Return that first tasks begin late, where that is most of what lanes wait for, and no GIL that they wait for."""
    parts = seen.parts
    if parts.lead_in <= parts.gaps + parts.back or seen.gil_bound:
        return None
    after = (fmean(seen.firsts) * NANO - seen.trace.start) * seen.scale
    return LateFirst(workers=len(seen.firsts), kind=seen.kind, after=after)


def uneven(seen: Seen) -> Cause | None:
    """Return that some tasks are much longer than others."""
    times = [seen.spans.seconds(task) * seen.scale for task in range(len(seen.spans))]
    longest, middle = max(times), median(times)
    return Uneven(longest=longest, middle=middle) if longest > 2 * middle else None


def dispatch(seen: Seen) -> Cause | None:
    """Return how long lanes wait for their next task."""
    waits = list(waits_of(seen))
    if not waits:
        return None
    gap = median(waits) * seen.scale
    task = median(seen.spans.seconds(task) for task in range(len(seen.spans))) * seen.scale
    return Dispatch(gap=gap, task=task) if gap >= WORTH_SAYING * task else None


def waits_of(seen: Seen) -> Iterator[float]:
    """Yield the seconds between two tasks of a lane."""
    for tasks in seen.lanes:
        for before, after in pairwise(tasks):
            yield (seen.spans.begins[after] - seen.spans.ends[before]) * NANO
