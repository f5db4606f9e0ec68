"""What a traced program loses in its regions, why, and what a change would bring; the largest loss first.

Figures of what was recorded are exact; what a change would bring is a prediction, and has a range. The model of
`concbench.prediction` predicts what dispatch costs, where its costs on this machine were measured. All else follows
from what was recorded: the same tasks in another order, without what they waited for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heapreplace
from itertools import pairwise
from math import ceil
from typing import Literal

from concbench.analysis.regions import Place, outside, places
from concbench.experiments.trace import NANO
from concbench.measure.parts import parts_of, tasks_of
from concbench.model.program import Program, Region
from concbench.model.run import Run
from concbench.prediction.predict import Range
from concbench.prediction.regions import by_chunksize, by_processes, subject_of

WORTH = 0.15
"""The share of a region's time from which on a loss is worth a sentence;"""
OF_PROGRAM = 0.03
"""and of the program's."""
MOST_AT_A_PLACE = 2
FEWEST_LEFT = 0.3
"""Of a core, that a thread is taken to get however busy the machine is."""
THREAD = "Thread"
"""What a group of threads is called that the program starts itself."""
HARDLY = 0.05
"""The share of its time that a thread may compute which only waits, or watches."""
LONG_WAIT = 0.005
"""Seconds, a hundred times what it takes to hand a task to a thread."""
MOST_THREADS = 64
"""As many as are suggested for tasks that wait: beyond that, it takes coroutines, or a look at the server."""
OPENED_AGAIN = 3
"""Times that a place opens a pool, from which on that is a loss of its own."""
LARGE = 2**20
"""Bytes that are pickled, from which on they are worth a word."""
STRAGGLING = 2.0
"""Times the median task that a straggler takes."""
ARITHMETIC = 1.15
"""The factor of what follows from recorded times alone: tasks differ by about that from one run to the next."""
SERVING = 1.4
"""The factor for what asks more of a server than it was asked."""
LARGE_CHUNK = 2**18
"""Bytes of a chunk from which on it waits for the pipe, too: more than a pipe holds several times over."""
OF_MOVING = 0.5
"""The share of the time between tasks from which on moving data is why."""
FORK = "fork"
COLD = 20e-6
"""Seconds below which a task that is handed out takes longer than in a loop, by caches that are cold."""
DISPATCH = 2e-4
"""Seconds that a chunk costs a worker without its data, about, where its costs were not measured."""
HELD = 0.7
"""The share of a GIL's time for which threads hold it where they mostly wait for it; of a busy machine's, of what a
thread can get there."""
BUSY_LOOP = 0.8
"""The share of its time that an event loop is busy where it can do no more."""


@dataclass(frozen=True, kw_only=True)
class OneByOne:
    """Tasks that are much shorter than what it takes to hand one out."""

    each: float
    """Seconds of the median task;"""
    dispatch: float
    """and that a worker waited for one, on average."""
    chunksize: float
    """Tasks in a chunk, on average."""


@dataclass(frozen=True, kw_only=True)
class OpenedAgain:
    """A pool that is opened again and again."""

    times: int
    each: float
    """Seconds to open, to fill and to end it, on average."""


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Data that is pickled for every task."""

    moved: int
    moving: float
    argument: int
    result: int
    """Bytes of a chunk, on average."""


@dataclass(frozen=True, kw_only=True)
class LateFirst:
    """Workers that take long until they run their first task."""

    workers: int
    after: float
    """Seconds from when there was a task for them, on average;"""
    unpickling: float
    """and that they took to unpickle it: mostly to import what it needs."""


@dataclass(frozen=True, kw_only=True)
class Straggler:
    """A long task that begins late."""

    longest: float
    median: float
    began: float
    """Seconds after the first task did."""
    place: int
    """Its number among the tasks, in the order in which they were submitted, from 1."""


@dataclass(frozen=True, kw_only=True)
class UnevenChunks:
    """Chunks so large that some workers have none left, while others are busy."""

    chunks: int
    workers: int
    chunksize: int


@dataclass(frozen=True, kw_only=True)
class OneGil:
    """Threads that compute, and take turns holding one GIL."""

    threads: int
    held: float
    """How many cores they kept busy."""


@dataclass(frozen=True, kw_only=True)
class SmallLimit:
    """A semaphore that lets fewer tasks through than could run."""

    limit: int
    queued: float
    """Seconds that a task waited for a place, on average;"""
    hold: float
    """and that it had one."""
    busy: float
    """The share of the time in which the event loop was busy."""


@dataclass(frozen=True, kw_only=True)
class FewThreads:
    """Threads that wait inside their tasks all the time, while others wait for a thread."""

    threads: int
    queued: float
    """Seconds that a task waited for one, on average;"""
    hold: float
    """and that it kept one."""


@dataclass(frozen=True, kw_only=True)
class WaitingProcesses:
    """Processes that wait inside their tasks, which threads do as well, and there can be more of them."""

    processes: int
    waiting: float
    """The share of the tasks' time that is not on a core."""
    queued: float
    """Seconds that a task waited for a process, on average;"""
    hold: float
    """and that it kept one."""


@dataclass(frozen=True, kw_only=True)
class NeverParallel:
    """Workers of which one would have done, as each task is awaited before the next is submitted."""

    workers: int


@dataclass(frozen=True, kw_only=True)
class BusyLoop:
    """Coroutines that compute, which only one of them can at a time."""

    busy: float
    """The share of the time in which the event loop was."""


@dataclass(frozen=True, kw_only=True)
class IdleCores:
    """Workers that are always busy, on fewer cores than there are."""

    workers: int
    cores: int


Cause = (
    OneByOne
    | OpenedAgain
    | Moved
    | LateFirst
    | Straggler
    | UnevenChunks
    | OneGil
    | SmallLimit
    | FewThreads
    | WaitingProcesses
    | NeverParallel
    | BusyLoop
    | IdleCores
)
Setting = Literal[
    "chunksize",
    "workers",
    "limit",
    "processes",
    "threads",
    "loop",
    "once",
    "first",
    "shared",
    "together",
    "to_thread",
    "preload",
    "longer",
    "larger",
]
"""What to change: a setting of the pool, or how the program uses it."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What to change, and the seconds that the region would take then, from opening to end, without idle time."""

    setting: Setting
    value: int | None = None
    predicted: Range | None = None


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What a region loses to one cause."""

    place: Place
    cause: Cause
    seconds: float
    """Of its wall time."""
    change: Change
    other: Change | None = None
    """Another one that is worth less, and may be easier."""

    @property
    def active(self) -> float:
        """Seconds of the region from opening to end, without idle time."""
        return self.place.parts.active


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What a program could gain at most."""

    wall: float
    elsewhere: float
    """Seconds outside of all regions, which no pool makes shorter."""
    inside: float
    """Seconds in regions;"""
    needed: float
    """and what their tasks need at least, on these cores."""

    @property
    def least(self) -> float:
        """Seconds of the program without what is lost."""
        return self.elsewhere + self.needed

    @property
    def factor(self) -> float:
        """How many times as fast that is: Amdahl's law, with these cores."""
        return self.wall / self.least if self.least else 1.0


def losses(run: Run, program: Program) -> list[Loss]:
    """The losses of a program that are worth a sentence."""
    found: list[Loss] = []
    every = places(program)
    for place in every:
        worth = max(WORTH * place.parts.active, OF_PROGRAM * program.wall)
        of_it = [loss for loss in _of_place(run, program, place, every) if loss.seconds >= worth]
        of_it.sort(key=lambda loss: -loss.seconds)
        found += of_it[:MOST_AT_A_PLACE]
    found.sort(key=lambda loss: -loss.seconds)
    return found


def gain(program: Program) -> Gain:
    """What a program could gain, if none of its regions lost anything.

    The tasks of a region take at least as long as the longest of them, and as their computing on all cores. Coroutines
    wait for what is not known here, so that nothing is said of what they could gain, unless it is a limit of the
    program's own that they wait for. Threads that do nothing while others work wait for those.
    """
    every = places(program)
    found = [place for place in every if not _attends(place, every)]
    parts = outside(program, [region for place in found for region in place.regions])
    needed = active = 0.0
    for place in found:
        if place.first.inside is not None or place.first.limit:
            continue
        at_least = place.parts.active
        if place.first.kind != "coroutines":
            at_least = min(at_least, max(place.longest, place.computed / program.cores))
        needed, active = needed + at_least, active + place.parts.active
    kinds = {place.first.kind for place in found}
    limits = [place for place in found if place.first.limit]
    if limits and kinds == {"coroutines"}:
        needed = parts.regions - sum(place.parts.active - place.longest for place in limits)
        active = parts.regions
    share = parts.regions / active if active > parts.regions else 1.0  # those that overlap share the time
    return Gain(
        wall=program.wall,
        elsewhere=parts.elsewhere,
        inside=parts.regions,
        needed=min(parts.regions, max(0.0, needed * share)),
    )


def _attends(place: Place, every: Sequence[Place]) -> bool:
    """Whether a place's threads hardly compute, and there are others with a pool at work meanwhile."""
    if place.first.name != THREAD or place.computed > HARDLY * place.inside:
        return False
    return any(
        region.opened < own.closed and own.opened < region.closed
        for other in every
        if not other.first.group and not other.first.limit
        for region in other.regions
        for own in place.regions
    )


def _of_place(run: Run, program: Program, place: Place, every: Sequence[Place]) -> Iterator[Loss]:
    region = place.first
    if region.limit:
        yield from _small_limit(program, place, every)
        return
    if region.kind == "coroutines":
        yield from _busy_loop(place)
        return
    yield from _opened_again(place)
    moved = list(_moved(place))
    yield from moved
    yield from _late_first(place)
    if not moved:
        yield from _one_by_one(run, program, place)
    yield from _tail(run, program, place)
    yield from _one_gil(run, program, place)
    yield from _few_threads(place)
    yield from _waiting_processes(place)
    yield from _never_parallel(place)
    yield from _idle_cores(program, place)


def _around(estimate: float, factor: float) -> Range:
    return Range(estimate=estimate, low=estimate / factor, high=estimate * factor)


def _opened_again(place: Place) -> Iterator[Loss]:
    if len(place.regions) < OPENED_AGAIN or place.first.group:
        return
    every = [parts_of(region) for region in place.regions]
    costs = [parts.start + parts.lead_in + parts.stop for parts in every]
    yield Loss(
        place=place,
        cause=OpenedAgain(times=len(every), each=sum(costs) / len(costs)),
        seconds=sum(costs[1:]),
        change=Change(setting="once", predicted=_around(place.parts.active - sum(costs[1:]), ARITHMETIC)),
    )


def _moved(place: Place) -> Iterator[Loss]:
    """Data that takes longer to pickle than all else that keeps workers waiting."""
    parts = place.parts
    if place.moved < LARGE or place.first.kind != "processes" or place.first.group:
        return
    # What a worker gets first, it may have to import modules for.
    moving = place.moving - sum(_first_of_workers(region) for region in place.regions)
    large = place.moved / place.chunks >= LARGE_CHUNK
    if not large and moving < OF_MOVING * parts.gaps:
        return
    lanes = place.first.lanes
    left = min(parts.gaps, DISPATCH * place.chunks / lanes)
    # The parent sends one chunk after the other. Forked workers inherit what the pool is opened with; to others it is
    # sent once, as it was with their first task.
    first = parts.lead_in if place.first.start_method == FORK else 0.0
    rest = parts.active - parts.gaps - first - min(parts.tail, parts.gaps / max(1, place.chunks - lanes)) + left
    columns = [tasks_of(region) for region in place.regions]
    yield Loss(
        place=place,
        cause=Moved(
            moved=place.moved,
            moving=moving,
            argument=round(sum(each for tasks in columns for each in tasks.argument if each > 0) / place.chunks),
            result=round(sum(each for tasks in columns for each in tasks.result if each > 0) / place.chunks),
        ),
        seconds=parts.gaps if large else min(parts.gaps, moving),
        change=Change(setting="shared", predicted=_around(rest, SERVING)),
    )


def _first_of_workers(region: Region) -> float:
    """Seconds of pickling and unpickling the first task of each worker."""
    tasks = tasks_of(region)
    first: dict[int, int] = {}
    for at in range(len(tasks)):
        first.setdefault(tasks.worker[at], tasks.moving[at])
    return sum(first.values()) * NANO


def _late_first(place: Place) -> Iterator[Loss]:
    parts, region = place.parts, place.first
    if region.kind != "processes" or len(place.regions) >= OPENED_AGAIN:
        return
    yield Loss(
        place=place,
        cause=LateFirst(
            workers=region.lanes,
            after=parts.lead_in / len(place.regions),
            unpickling=sum(_first_of_workers(each) for each in place.regions) / region.lanes / len(place.regions),
        ),
        seconds=parts.lead_in,
        change=Change(setting="longer" if subject_of(region) is None or region.start_method == FORK else "preload"),
    )


def _one_by_one(run: Run, program: Program, place: Place) -> Iterator[Loss]:
    parts, region = place.parts, place.first
    if region.group or not place.chunks:
        return
    lost = parts.gaps
    chunksize = place.tasks / place.chunks
    dispatch = parts.gaps * region.lanes / place.chunks
    if dispatch < place.each * chunksize:
        return
    best, *others = _in_chunks(run, program, place)
    other = others[0] if others else None
    yield Loss(
        place=place,
        cause=OneByOne(each=place.each, dispatch=dispatch, chunksize=chunksize),
        seconds=lost,
        change=best,
        other=other,
    )


def _in_chunks(run: Run, program: Program, place: Place) -> list[Change]:
    """Larger chunks, and before them no pool where a loop takes less than those would."""
    parts = place.parts
    loop = _around(place.inside, ARITHMETIC)
    if place.each < COLD:  # a worker that has just waited runs them slower than a loop does, and recording adds to that
        loop = replace(loop, low=0.0)
    found = by_chunksize(run.costs, program, place.regions[-1])
    if found is None:
        if loop.high < parts.active:
            return [Change(setting="loop", predicted=loop)]
        return [Change(setting="larger" if place.first.kind == "threads" else "chunksize")]
    around = parts.start + parts.lead_in + parts.back + parts.stop
    whole = Range(
        estimate=around + found.run.estimate,
        low=around / ARITHMETIC + found.run.low,
        high=around * ARITHMETIC + found.run.high,
    )
    chunked = Change(setting="chunksize", value=found.chunksize, predicted=whole)
    return [Change(setting="loop", predicted=loop), chunked] if loop.high < whole.low else [chunked]


def _tail(run: Run, program: Program, place: Place) -> Iterator[Loss]:
    """Workers that are idle in the end, because of one long task, or of large chunks."""
    parts, lanes = place.parts, place.first.lanes
    if lanes < 2 or place.first.group:
        return
    region = max(place.regions, key=lambda each: parts_of(each).tail)
    tasks = tasks_of(region)
    order = sorted(range(len(tasks)), key=lambda at: (tasks.submitted[at], tasks.chunk[at], at))
    lengths = [(tasks.end[at] - tasks.begin[at]) * NANO for at in order]
    longest = max(range(len(order)), key=lengths.__getitem__)
    chunks = len(set(tasks.chunk))
    if len(tasks) / chunks < 2 and lengths[longest] >= STRAGGLING * place.each:
        before, after = makespan(lengths, lanes), makespan(sorted(lengths, reverse=True), lanes)
        began = (tasks.begin[order[longest]] - min(tasks.begin)) * NANO
        yield Loss(
            place=place,
            cause=Straggler(longest=lengths[longest], median=place.each, began=began, place=longest + 1),
            seconds=parts.tail,
            change=Change(setting="first", predicted=_around(parts.active - max(0.0, before - after), ARITHMETIC)),
        )
    elif len(tasks) / chunks >= 2:
        of_chunks = _lengths_of_chunks(region)
        size = max(1, ceil(len(tasks) / (lanes * 8)))
        finer = [sum(lengths[at : at + size]) for at in range(0, len(lengths), size)]
        before, after = makespan(of_chunks, lanes), makespan(finer, lanes) + DISPATCH * len(finer) / lanes
        if size < len(tasks) / chunks:
            yield Loss(
                place=place,
                cause=UnevenChunks(chunks=chunks, workers=lanes, chunksize=round(len(tasks) / chunks)),
                seconds=parts.tail,
                change=Change(
                    setting="chunksize",
                    value=size,
                    predicted=_around(parts.active - max(0.0, before - after), ARITHMETIC),
                ),
            )


def _lengths_of_chunks(region: Region) -> list[float]:
    tasks = tasks_of(region)
    found: dict[int, float] = {}
    for at in range(len(tasks)):
        found[tasks.chunk[at]] = found.get(tasks.chunk[at], 0.0) + (tasks.end[at] - tasks.begin[at]) * NANO
    return list(found.values())


def makespan(lengths: Sequence[float], workers: int) -> float:
    """Seconds that tasks take, each given to the worker that is free first, in their order.

    Longest first, that is at most 4/3 of the best order (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969).

    >>> makespan([1, 1, 1, 3], 2), makespan([3, 1, 1, 1], 2)
    (4.0, 3.0)
    """
    free = [0.0] * max(1, workers)
    heapify(free)
    for length in lengths:
        heapreplace(free, free[0] + length)
    return max(free)


def _one_gil(run: Run, program: Program, place: Place) -> Iterator[Loss]:
    """Threads that hold the GIL for most of the time, in turns."""
    parts, region = place.parts, place.first
    if region.kind != "threads" or not program.gil or region.lanes < 2 or program.cores < 2:
        return
    if place.held < HELD * max(FEWEST_LEFT, min(1.0, program.cores - (program.others or 0.0))):
        return
    best = min(program.cores, place.tasks)
    lost = parts.active - max(place.longest / region.lanes, place.computed / best)
    predicted = by_processes(run.costs, program, place.regions)
    yield Loss(
        place=place,
        cause=OneGil(threads=region.lanes, held=place.held),
        seconds=lost,
        change=Change(setting="processes", value=best, predicted=predicted),
    )


def _few_threads(place: Place) -> Iterator[Loss]:
    parts, region = place.parts, place.first
    if region.kind != "threads" or parts.utilisation < 1 - WORTH:
        return
    better, took = _threads_for(place)
    if better <= region.lanes:
        return
    whole = took + parts.start + parts.lead_in + parts.stop
    yield Loss(
        place=place,
        cause=FewThreads(threads=region.lanes, queued=place.queued, hold=place.hold),
        seconds=max(0.0, parts.active - whole),
        change=Change(setting="workers", value=better, predicted=_around(whole, SERVING)),
    )


def _waiting_processes(place: Place) -> Iterator[Loss]:
    parts, region = place.parts, place.first
    # What is over sooner than that is dispatched in turns, by threads, too: more of them would bring little.
    if region.kind != "processes" or place.hold < LONG_WAIT or parts.waiting < parts.active / 2:
        return
    better, took = _threads_for(place)
    if better <= region.lanes:
        return
    yield Loss(
        place=place,
        cause=WaitingProcesses(
            processes=region.lanes, waiting=1 - place.computed / place.inside, queued=place.queued, hold=place.hold
        ),
        seconds=max(0.0, parts.active - took),
        change=Change(setting="threads", value=better, predicted=_around(took, SERVING)),
    )


def _threads_for(place: Place) -> tuple[int, float]:
    """How many threads the waiting tasks of a place could use, and what they would take.

    As many as there are where its tasks compute, or are few.
    """
    region = place.first
    if region.group or place.most <= 2 * region.lanes or place.computed > WORTH * place.inside:
        return region.lanes, place.parts.active
    return _with_more(place, region.lanes, place.computed, MOST_THREADS)


def _with_more(place: Place, now: int, busy: float, most: int) -> tuple[int, float]:
    """How many waiting tasks should be under way at once, more than now and at most `most`; and what all take then.

    Together they compute for `busy` seconds, one at a time. Their waiting takes about twice as long as that then, or as
    two of them hold their places.
    """
    better = min(place.most, most, max(now + 1, ceil(place.inside / max(2 * place.hold, 2 * busy))))
    return better, max(busy, sum(place.hold * ceil(each.tasks / better) for each in place.regions))


def _never_parallel(place: Place) -> Iterator[Loss]:
    """Tasks of which no two ran at the same time, although there were workers for them, and none was kept waiting."""
    parts, region = place.parts, place.first
    if region.group or max(region.lanes, region.workers or 1) < 2:
        return
    tasks = tasks_of(region)
    order = sorted(range(len(tasks)), key=lambda at: tasks.begin[at])
    if len(order) < OPENED_AGAIN:
        return
    apart = all(tasks.submitted[after] >= tasks.end[before] for before, after in pairwise(order))
    if not apart:
        return
    lanes = region.workers or region.lanes
    together = place.inside / min(lanes, len(order))
    rest = parts.start + parts.lead_in + parts.back + parts.stop
    yield Loss(
        place=place,
        cause=NeverParallel(workers=lanes),
        seconds=max(0.0, parts.active - together - rest),
        change=Change(setting="together", value=lanes, predicted=_around(together + rest, SERVING)),
    )


def _idle_cores(program: Program, place: Place) -> Iterator[Loss]:
    parts, region = place.parts, place.first
    if region.kind != "processes" or region.group or region.workers is None or region.workers >= program.cores:
        return
    if parts.computing < (1 - WORTH) * parts.active:
        return
    shorter = parts.computing * region.lanes / program.cores
    yield Loss(
        place=place,
        cause=IdleCores(workers=region.workers, cores=program.cores),
        seconds=parts.computing - shorter,
        change=Change(
            setting="workers",
            value=program.cores,
            predicted=_around(parts.active - parts.computing + shorter, SERVING),
        ),
    )


def _busy_loop(place: Place) -> Iterator[Loss]:
    parts = place.parts
    busy = place.computed / parts.active if parts.active else 0.0
    if busy < BUSY_LOOP or place.tasks < 2:
        return
    yield Loss(
        place=place, cause=BusyLoop(busy=min(1.0, busy)), seconds=place.computed, change=Change(setting="to_thread")
    )


def _small_limit(program: Program, place: Place, every: Sequence[Place]) -> Iterator[Loss]:
    """A semaphore whose places are always taken, while the event loop has time."""
    parts, limit = place.parts, place.first.workers or 1
    if not place.inside or parts.utilisation < 1 - WORTH or place.most <= 2 * limit:
        return
    pid = place.first.pid
    loops = [
        each for each in every if each.first.kind == "coroutines" and not each.first.limit and each.first.pid == pid
    ]
    busy = sum(each.computed for each in loops)
    if busy > BUSY_LOOP * parts.active:
        return
    better, whole = _with_more(place, limit, busy, place.most)
    yield Loss(
        place=place,
        cause=SmallLimit(limit=limit, queued=place.queued, hold=place.hold, busy=busy / parts.active),
        seconds=max(0.0, parts.active - whole),
        change=Change(setting="limit", value=better, predicted=_around(whole + parts.lead_in, SERVING)),
    )
