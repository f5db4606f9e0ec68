"""Why a traced case took longer than it ideally would: the largest avoidable costs, each with its cause.

A cause consists of facts from the trace, in seconds and bytes; none is guessed from the name of a strategy alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from statistics import fmean, median

from concbench.analysis.breakdown import Breakdown, parts_of, serial_beside, serial_seconds, typical_wall
from concbench.analysis.chunks import BetterChunks, better_chunks
from concbench.experiments.trace import NANO, Chain, Spans, lanes_of, unpack
from concbench.model.case import room_for
from concbench.model.result import Result, Trace
from concbench.model.run import Run
from concbench.prediction.predict import Predictor
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
OF_TAIL = 0.5
"""Of the tail: where the tasks that one lane has and another lacks take more, how they were dealt explains it."""


@dataclass(frozen=True, kw_only=True)
class Chunks:
    """Chunks that leave lanes idle at the end, or are so small that dispatch takes long."""

    chunksize: int
    most: int
    """Items of the busiest lane."""
    fewest: int
    better: BetterChunks | None
    """The advised chunksize; None where none was measured, and none is predicted beyond doubt."""


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
    """More busy workers than cores; coroutines share the one that their thread runs on."""

    workers: int
    kind: str
    cores: int
    factor: float


@dataclass(frozen=True, kw_only=True)
class OwnThreads:
    """More threads that compute than cores, as each task has several of its own, in a library."""

    workers: int
    kind: str
    busy: float
    """Cores that one task keeps busy alone."""
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
    | OwnThreads
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
    beyond: Breakdown
    """The same without what the ideal needs beside its `work`: these parts could be avoided."""
    causes: tuple[Cause, ...]
    """The largest first; empty where only the parts are known."""
    avoidable: float
    """Seconds beyond the ideal."""


def explained(result: Result, run: Run, model: Predictor | None = None) -> Explanation | None:
    """Why a result took longer than its ideal; None where it hardly did, or without a trace.

    Without a `model`, nothing is advised that was not measured.
    """
    return None if result.trace is None else TracedSample(result, result.trace, run, model).explanation()


class TracedSample:
    """A trace, unpacked once, in the terms that causes are made of.

    All seconds are those of a typical sample, whose wall time is in the table: it is `scale` times as long as the
    traced one.
    """

    def __init__(self, result: Result, trace: Trace, run: Run, model: Predictor | None = None) -> None:
        self.result, self.trace, self.run, self.model = result, trace, run, model
        self.cores = run.environment.usable_cores
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

    @property
    def room(self) -> int:
        """How many tasks at once the cores have room for."""
        return room_for(self.result.case.workload, self.result.case.settings, self.cores)

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

    @cached_property
    def beyond(self) -> Breakdown:
        """The parts without what the ideal needs beside the work: lanes that share cores, or have nothing to do."""
        parts = self.parts
        unavoidable = max(0.0, self.ideal - parts.work)
        if len(self.lanes) > self.room and self.factor >= STRETCHED:
            return replace(parts, stretch=max(0.0, parts.stretch - unavoidable))
        return replace(parts, tail=max(0.0, parts.tail - unavoidable))

    def costs(self) -> dict[str, float]:
        """The avoidable seconds of wall time in each group of parts."""
        parts = self.beyond
        stretch, tail = max(0.0, parts.stretch), parts.tail
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
            beyond=self.beyond,
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
    cores = 1 if sample.kind == "coroutines" else sample.cores
    busy = sample.result.case.workload.cores_busy
    if busy is not None and sample.room < min(cores, sample.at_work):
        return OwnThreads(workers=sample.at_work, kind=sample.kind, busy=busy, cores=cores, factor=sample.factor)
    if sample.at_work > cores:
        return FewCores(workers=sample.at_work, kind=sample.kind, cores=cores, factor=sample.factor)
    return Stretched(factor=sample.factor) if sample.factor >= MUCH_STRETCHED else None


def tail(sample: TracedSample) -> Cause | None:
    """Lanes that were idle at the end."""
    return advised_chunks(sample) or one_at_a_time(sample) or uneven(sample) or uneven_chunks(sample)


def gaps(sample: TracedSample) -> Cause | None:
    """Lanes that waited between tasks."""
    argument, result = sample.trace.argument_bytes, sample.trace.result_bytes
    between_processes = sample.kind in ("processes", "interpreters")
    if between_processes and argument is not None and result is not None and argument + result >= LARGE:
        waiting = sample.parts.gaps + sample.parts.lead_in + sample.parts.back
        return Pickling(
            argument=argument, result=result, total=(argument + result) * sample.trace.tasks, waiting=waiting
        )
    found = advised_chunks(sample) or one_at_a_time(sample) or late_first(sample)
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


def advised_chunks(sample: TracedSample) -> Cause | None:
    """A chunksize that takes less time, if the strategy hands out chunks and there is one."""
    size = sample.trace.chunksize
    if size is None:
        return None
    better = better_chunks(sample.result, size, len(sample.lanes), sample.run.results, sample.model)
    return None if better is None else _chunks(sample, size, better)


def uneven_chunks(sample: TracedSample) -> Cause | None:
    """Chunks that left some lanes without tasks while others still had some."""
    size = sample.trace.chunksize
    if size is None or size < 2:
        return None
    found = _chunks(sample, size, None)
    task = fmean(sample.spans.seconds(task) for task in range(len(sample.spans))) * sample.scale
    return found if (found.most - found.fewest) * task >= OF_TAIL * sample.parts.tail else None


def _chunks(sample: TracedSample, size: int, better: BetterChunks | None) -> Chunks:
    counts = [len(tasks) for tasks in sample.lanes]
    return Chunks(chunksize=size, most=max(counts), fewest=min(counts), better=better)


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
