"""Why a traced case took longer than it ideally would: the largest avoidable costs, each with its cause.

A cause consists of facts from the trace, in seconds and bytes; none is guessed from the name of a strategy alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from statistics import fmean, median

from concbench.analysis.breakdown import Breakdown, parts_of, same_work, serial_beside, serial_seconds, typical_wall
from concbench.analysis.chunks import dealing
from concbench.experiments.trace import NANO, Chain, Spans, lanes_of, unpack
from concbench.model.result import Result, Trace
from concbench.model.run import Run
from concbench.registry import UnknownName
from concbench.strategies.strategy import Strategy, strategies

WORTH_SAYING = 0.05
"""Of the wall time: less is lost in noise, and not explained."""
SECOND = 1 / 3
"""Of the largest cost: smaller ones beside it are not explained, either."""
STRETCHED = 1.3
"""Tasks that take this many times as long as alone are stretched by something."""
MUCH_STRETCHED = 1.5
"""The same where the trace does not show by what: cores vary in speed from moment to moment."""
BEYOND_CORES = 1.15
"""Threads wait for the GIL if their tasks are stretched by this much more than a lack of cores explains, …"""
ABOUT_ONE = (0.75, 1.25)
"""… and all of them together keep about one core busy: with less they wait for something else, with more they don't
share a GIL."""
FILLED = 0.5
"""Of the wall time: where computing fills less of it, taking turns is not what takes the time."""
LARGE = 16 * 2**10
"""Bytes for one task, there and back, from which on gaps are attributed to pickling."""
BY_MUCH = 0.1
"""Of the wall time: where heavily stretched tasks lose more, nothing is predicted for other chunksizes."""
BETTER = 0.95
"""A chunksize is advised where it is predicted to take at most this share of the time."""


@dataclass(frozen=True, kw_only=True)
class Chunks:
    """Chunks that leave lanes idle at the end, or are so small that dispatch takes long."""

    chunksize: int
    most: int
    """Items of the busiest lane."""
    fewest: int
    better: int
    """The advised chunksize."""
    predicted: float
    """Seconds of wall time with that."""
    measured: bool = False
    """Whether a row of the same run has that chunksize and took that long."""


@dataclass(frozen=True, kw_only=True)
class PoolCost:
    """Workers that take longer to start and stop than anything else does; how long is in the breakdown."""

    serial: float | None
    """What the tasks take one after the other."""
    saved: float | None
    """Seconds that the run phase saves on that; negative if it takes longer."""


@dataclass(frozen=True, kw_only=True)
class OneEach:
    """Workers that start one after the other, one for each task."""

    workers: int
    kind: str
    each: float
    """Seconds from one worker's first task to the next one's."""


@dataclass(frozen=True, kw_only=True)
class LateFirst:
    """Workers that begin their first task late, and all others promptly."""

    workers: int
    kind: str
    """As in `Strategy.workers`."""
    after: float
    """Seconds, on average."""


@dataclass(frozen=True, kw_only=True)
class SharedGil:
    """Threads that take turns with one GIL."""

    threads: int
    factor: float | None
    """How many times as long as alone a task took; None where each ended before another had its turn."""


@dataclass(frozen=True, kw_only=True)
class FewCores:
    """More busy workers than cores."""

    workers: int
    cores: int
    factor: float


@dataclass(frozen=True, kw_only=True)
class Stretched:
    """Tasks that took longer than alone for a reason that no trace shows: caches, memory, other load."""

    factor: float


@dataclass(frozen=True, kw_only=True)
class Pickling:
    """Large arguments and results, pickled and moved while lanes wait."""

    argument: float
    result: float
    total: float
    """Bytes: of one task's, and of all tasks' arguments and results."""
    waiting: float
    """Seconds that lanes waited, on average."""


@dataclass(frozen=True, kw_only=True)
class OneAtATime:
    """Tasks on several workers of which no two ran at once."""

    workers: int


@dataclass(frozen=True, kw_only=True)
class Dispatch:
    """Tasks that take little longer to do than to hand out."""

    gap: float
    task: float
    """Seconds, both on average: the wait between two tasks of a lane, and a task."""


@dataclass(frozen=True, kw_only=True)
class Uneven:
    """Tasks of which some are so long that the other lanes idle at the end."""

    longest: float
    middle: float
    """Seconds: of the longest task, and of the median one."""


Cause = (
    Chunks
    | PoolCost
    | OneEach
    | LateFirst
    | SharedGil
    | FewCores
    | Stretched
    | Pickling
    | OneAtATime
    | Dispatch
    | Uneven
)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a result took longer than its ideal."""

    result: Result
    wall: float
    ideal: float
    parts: Breakdown
    causes: tuple[Cause, ...]
    """The largest first; empty where only the parts are known."""
    avoidable: float
    """Seconds beyond the ideal."""


def explained(result: Result, run: Run) -> Explanation | None:
    """Why a result took longer than its ideal; None where it hardly did, or without a trace."""
    return None if result.trace is None else TracedSample(result, result.trace, run).explanation()


class TracedSample:
    """A trace, unpacked once, in the terms that causes are made of.

    All seconds are those of a typical sample, whose wall time is in the table: it is `scale` times as long as the
    traced one.
    """

    def __init__(self, result: Result, trace: Trace, run: Run) -> None:
        self.result, self.trace, self.run, self.cores = result, trace, run, run.environment.usable_cores
        self.wall = typical_wall(result) or trace.wall
        self.scale = self.wall / trace.wall if trace.wall else 1.0
        self.spans: Spans = unpack(trace.spans, trace.tasks)
        self.lanes: list[Chain] = lanes_of(self.spans, trace.lanes)
        self.parts = parts_of(trace, self.spans, self.lanes, serial_seconds(result, run), self.wall)

    @cached_property
    def serial(self) -> float | None:
        """What the tasks take one after the other: by the row of `serial`, if there is one."""
        beside = serial_beside(self.result, self.run.results)
        if beside is not None and beside.median is not None:
            return beside.median.estimate
        return serial_seconds(self.result, self.run)

    @cached_property
    def strategy(self) -> Strategy | None:
        """The strategy; None if it is not installed here."""
        try:
            return strategies.get(self.result.case.subject)
        except UnknownName:
            return None

    @property
    def kind(self) -> str:
        """What its workers are."""
        return "workers" if self.strategy is None else self.strategy.workers

    @property
    def pooled(self) -> bool:
        """Whether its workers exist before the tasks, and do several each."""
        return self.strategy is not None and "workers" in self.strategy.settings

    @property
    def ideal(self) -> float:
        """The least seconds that it could have taken."""
        work = self.result.ideal if self.result.ideal is not None else self.parts.work
        return min(work, self.wall)

    @property
    def factor(self) -> float:
        """How many times as long as alone a task took."""
        return (self.parts.work + self.parts.stretch) / self.parts.work if self.parts.work > 0 else 1.0

    @property
    def gil_bound(self) -> bool:
        """Whether its workers are threads that share a GIL and together keep about one core busy."""
        known = [sample.cpu / sample.wall for sample in self.result.samples if sample.cpu is not None]
        if self.kind != "threads" or not self.trace.gil or not known:
            return False
        least, most = ABOUT_ONE
        return least <= median(known) <= most

    @property
    def takes_turns(self) -> bool:
        """The same, and computing takes most of the time."""
        return self.gil_bound and self.parts.work * len(self.lanes) >= FILLED * self.wall

    @property
    def at_work(self) -> int:
        """Lanes that did a task."""
        return sum(bool(tasks) for tasks in self.lanes)

    @property
    def firsts(self) -> list[int]:
        """When the lanes began their first tasks, in nanoseconds, in order."""
        return sorted(self.spans.begins[tasks[0]] for tasks in self.lanes if tasks)

    def costs(self) -> dict[str, float]:
        """The avoidable seconds of wall time in each group of parts."""
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

    def explanation(self) -> Explanation | None:
        """Why it took longer than its ideal; None where it hardly did."""
        if self.kind == "none":  # what all others are compared with has no workers to blame
            return None
        avoidable = self.wall - self.ideal
        if avoidable < WORTH_SAYING * self.wall:
            return None
        costs = self.costs()
        largest = max(costs.values())
        if largest < WORTH_SAYING * self.wall:
            return None
        least = max(WORTH_SAYING * self.wall, SECOND * largest)
        found: dict[type, Cause] = {}
        for name in sorted(costs, key=costs.__getitem__, reverse=True):
            cause = FINDERS[name](self) if costs[name] >= least else None
            if cause is not None:
                found.setdefault(type(cause), cause)  # two groups of parts may have the same cause
        return Explanation(
            result=self.result,
            wall=self.wall,
            ideal=self.ideal,
            parts=self.parts,
            causes=tuple(found.values()),
            avoidable=avoidable,
        )


def ends(sample: TracedSample) -> Cause | None:
    """Starting and stopping workers."""
    running = sample.trace.run * sample.scale
    return PoolCost(serial=sample.serial, saved=None if sample.serial is None else sample.serial - running)


def stretch(sample: TracedSample) -> Cause | None:
    """Tasks that took longer than alone."""
    if sample.factor < STRETCHED:
        return None
    if sample.gil_bound and sample.factor > BEYOND_CORES * max(1.0, sample.at_work / sample.cores):
        return SharedGil(threads=sample.at_work, factor=sample.factor)
    if sample.at_work > sample.cores:
        return FewCores(workers=sample.at_work, cores=sample.cores, factor=sample.factor)
    return Stretched(factor=sample.factor) if sample.factor >= MUCH_STRETCHED else None


def tail(sample: TracedSample) -> Cause | None:
    """Lanes that were idle at the end."""
    return chunks(sample) or one_at_a_time(sample) or uneven(sample)


def gaps(sample: TracedSample) -> Cause | None:
    """Lanes that waited between tasks."""
    argument, result = sample.trace.argument_bytes, sample.trace.result_bytes
    between_processes = sample.kind in ("processes", "interpreters")
    if between_processes and argument is not None and result is not None and argument + result >= LARGE:
        waiting = sample.parts.gaps + sample.parts.lead_in + sample.parts.back
        return Pickling(
            argument=argument, result=result, total=(argument + result) * sample.trace.tasks, waiting=waiting
        )
    found = one_at_a_time(sample) or late_first(sample) or chunks(sample)
    return found or (dispatch(sample) if sample.parts.gaps >= WORTH_SAYING * sample.wall else None)


def one_each(sample: TracedSample) -> Cause | None:
    """Workers that begin one after the other."""
    if sample.takes_turns:
        return SharedGil(threads=len(sample.lanes), factor=None)
    firsts = sample.firsts
    if len(firsts) < 2:
        return None
    each = (firsts[-1] - firsts[0]) * NANO * sample.scale / (len(firsts) - 1)
    return OneEach(workers=len(firsts), kind=sample.kind, each=each)


FINDERS: dict[str, Callable[[TracedSample], Cause | None]] = {
    "ends": ends,
    "stretch": stretch,
    "tail": tail,
    "gaps": gaps,
    "one each": one_each,
}
"""What finds the cause of each group of parts."""


def chunks(sample: TracedSample) -> Cause | None:
    """A chunksize that takes less time, if the strategy hands out chunks and there is one.

    If the run has rows that differ in the chunksize alone, it is the best of these, and nothing is predicted.
    """
    size = sample.trace.chunksize
    if size is None:
        return None
    rows = other_chunksizes(sample, size)
    better, takes = min(rows, key=itemgetter(1)) if rows else predicted_chunks(sample, size)
    if better == size or takes > BETTER * sample.wall:
        return None
    counts = [len(tasks) for tasks in sample.lanes]
    return Chunks(
        chunksize=size, most=max(counts), fewest=min(counts), better=better, predicted=takes, measured=bool(rows)
    )


def predicted_chunks(sample: TracedSample, size: int) -> tuple[int, float]:
    """The chunksize predicted to take least, and its seconds; the given one where that can't be predicted.

    Tasks that share cores, or are slowed down by something else, would be affected differently if they were handed out
    differently. And a chunksize with which another row of the same strategy is slower is not advised, whatever the
    other settings of that row.
    """
    shares_cores = sample.at_work > sample.cores and sample.factor >= BEYOND_CORES
    if shares_cores or (sample.factor >= MUCH_STRETCHED and sample.parts.stretch >= BY_MUCH * sample.wall):
        return size, sample.wall
    dealt = dealing(sample.trace, sample.spans, sample.lanes, size)
    better = dealt.best(size)
    for other in same_work(sample.result, sample.run.results):
        tried = other.case.subject == sample.result.case.subject and chunksize_of(other) == better
        if tried and other.median is not None and other.median.estimate > sample.wall:
            return size, sample.wall
    return better, max(sample.wall - dealt.saved(size, better) * sample.scale, sample.ideal)


def other_chunksizes(sample: TracedSample, size: int) -> list[tuple[int, float]]:
    """The chunksizes and seconds of rows that differ in nothing else."""

    def way(result: Result) -> object:
        return result.case.subject, replace(result.case.settings, chunksize=None)

    return [
        (tried, other.median.estimate)
        for other in same_work(sample.result, sample.run.results)
        if way(other) == way(sample.result) and other.median is not None
        for tried in [chunksize_of(other)]
        if tried is not None and tried != size
    ]


def chunksize_of(result: Result) -> int | None:
    """The chunksize with which a result's items were handed out; None if unknown."""
    return result.case.settings.chunksize or (result.trace.chunksize if result.trace is not None else None)


def one_at_a_time(sample: TracedSample) -> Cause | None:
    """No two tasks ran at once, though they could have."""
    order = sorted(range(len(sample.spans)), key=sample.spans.begins.__getitem__)
    apart = all(sample.spans.ends[before] <= sample.spans.begins[after] for before, after in pairwise(order))
    if not apart or len(sample.lanes) < 2 or len(order) < 2:
        return None
    workers = len(sample.lanes)
    return SharedGil(threads=workers, factor=None) if sample.takes_turns else OneAtATime(workers=workers)


def late_first(sample: TracedSample) -> Cause | None:
    """First tasks begin late: most of what lanes wait for, and not for a GIL."""
    parts = sample.parts
    if parts.lead_in <= parts.gaps + parts.back or sample.gil_bound:
        return None
    after = (fmean(sample.firsts) * NANO - sample.trace.start) * sample.scale
    return LateFirst(workers=len(sample.firsts), kind=sample.kind, after=after)


def uneven(sample: TracedSample) -> Cause | None:
    """Some tasks are much longer than others."""
    times = [sample.spans.seconds(task) * sample.scale for task in range(len(sample.spans))]
    longest, middle = max(times), median(times)
    return Uneven(longest=longest, middle=middle) if longest > 2 * middle else None


def dispatch(sample: TracedSample) -> Cause | None:
    """Lanes wait long for their next task."""
    spans = sample.spans
    waits = [spans.begins[after] - spans.ends[before] for tasks in sample.lanes for before, after in pairwise(tasks)]
    if not waits:
        return None
    usual = median(waits) * NANO * sample.scale
    task = fmean(spans.seconds(task) for task in range(len(spans))) * sample.scale
    if usual < WORTH_SAYING * task:  # a single long wait is not the price of dispatch
        return None
    return Dispatch(gap=fmean(waits) * NANO * sample.scale, task=task)
