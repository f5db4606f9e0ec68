"""Which ways of running a user's function there are, and which of them are tried where nothing can be predicted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log, log10
from typing import Any, Literal

from concbench.measure.probe.environment import open_files
from concbench.model.case import AxisName, Settings, Workload, option_name
from concbench.model.result import Result
from concbench.strategies.strategy import strategies

WAITING = 0.9
"""A function that computes for less than this share of its time is tried with more workers than cores, as variants.
On a busy machine, one that only computes seems to wait a little."""
MOSTLY_WAITING = 0.5
"""One that computes for less than this share is tried with more workers than cores from the start."""
MOST_THREADS = 64
MOST_PROCESSES = 16
"""The most workers that are tried from the start, where nothing can be predicted."""
MOST_AT_ONCE = 512
"""The most tasks that are ever run at once, where they wait."""
MOST_WAITING_PROCESSES = 64
"""The most processes that are, where their tasks wait."""
FEW = 64
"""Up to this number of items, each may have a thread or a coroutine of its own. Of more there is a limit: a job of
thousands would otherwise fail for want of threads, memory or open files."""
RESERVED_FILES = 64
"""Open files that a limit leaves to the interpreter and its libraries."""
NUMBERS = (2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
"""Of workers that wait, and limits."""
CHUNKS_EACH = (1, 4, 16, 64, 256)
"""Chunks for each worker."""
BALANCED = 16
"""From this number of chunks for each worker on, it hardly matters how many the last one gets."""
MORE = 4
"""The factor by which variants of a function that waits have more workers, or fewer."""
CHUNKS = 4
"""Chunks per worker, as in `Pool.map`."""
ALONE = 1
"""Threads of libraries with which workers don't compete for cores."""
Workers = Literal["none", "coroutines", "threads", "processes", "interpreters"]
KINDS: tuple[Workers, ...] = ("none", "coroutines", "threads", "processes", "interpreters")
"""The kinds of workers, the simplest first, by what a reader must know and by what can go wrong."""
USUAL = ("serial", "asyncio-gather", "executor-threads", "executor-processes", "executor-interpreters")
"""Strategies that are one documented call; where others take as long, these are recommended."""


@dataclass(frozen=True)
class Candidate:
    """A strategy with the settings that it is tried with."""

    subject: str
    settings: Settings

    @property
    def kind(self) -> Workers:
        """What its workers are."""
        return kind_of(self.subject)

    @property
    def label(self) -> str:
        """What its row is called: `executor-processes workers 2 chunksize 8`."""
        named: tuple[AxisName, ...] = ("workers", "chunksize", "limit", "inner_threads")
        words = [
            f"{option_name(name)} {value}" for name in named if (value := getattr(self.settings, name)) is not None
        ]
        method = self.settings.start_method
        return " ".join([self.subject, *words, *([] if method is None else [method])])

    def with_inner_threads(self, number: int | None) -> Candidate:
        """The same with a number of threads for libraries; None: as many as they choose."""
        return replace(self, settings=replace(self.settings, inner_threads=number))


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What candidates are chosen by: the work, the machine, the interpreter, and the options."""

    workload: Workload
    """As examined."""
    cores: int
    version: tuple[int, ...]
    """Of the interpreter, as (3, 14)."""
    gil: bool = True
    """Whether its threads share a GIL."""
    workers: tuple[int, ...] = ()
    """The numbers of workers to choose from; none: all."""
    start_methods: tuple[str, ...] = ()
    """With which processes are tried; none: the interpreter's own,"""
    other_starts: tuple[str, ...] = ()
    """and these where that is predicted to save much."""
    subjects: frozenset[str] = frozenset()
    """To choose from; none: all that need no engine."""
    joining: frozenset[str] = frozenset()
    """Strategies that are tried beside them: on engines, or on a cluster,"""
    engine_address: str | None = None
    """which is there."""
    items: int | None = None
    """Of the whole job, where these are more than the workload runs."""
    most: int = MOST_AT_ONCE
    """The most workers, or tasks at once, whatever runs them."""

    @property
    def threaded(self) -> bool:
        """Whether a library does its part of the function in threads of its own, which compete with workers."""
        return self.workload.cores_busy is not None

    @property
    def all_items(self) -> int:
        """The items of the whole job."""
        return self.items or self.workload.total or self.workload.tasks

    def of_job(self, items: int, cores: int) -> Situation:
        """The same for a job of this many items on this many cores."""
        return replace(self, workload=replace(self.workload, tasks=items), items=items, cores=cores)

    def candidate(
        self, subject: str, workers: int | None = None, chunksize: int | None = None, limit: int | None = None
    ) -> Candidate:
        """A strategy with those of the settings that it takes.

        With a worker for each task, it has a limit unless the whole job is of few items.
        """
        workers = self.permitted(workers)
        asked: dict[str, Any] = {
            "workers": None if workers is None else min(workers, self.most),
            "chunksize": chunksize,
            "start_method": next(iter(self.start_methods), None),
            "engine_address": self.engine_address,
            "limit": None if limit is None and self.all_items <= min(FEW, self.most) else min(limit or FEW, self.most),
        }
        taken = strategies.get(subject).settings
        return Candidate(subject, Settings(**{name: value for name, value in asked.items() if name in taken}))

    def permitted(self, workers: int | None) -> int | None:
        """The number of workers that may be tried and is nearest to one: the largest where none is named.

        >>> work = Situation(workload=Workload(name="a:b", tasks=9), cores=2, version=(3, 13), workers=(2, 3, 8))
        >>> work.permitted(4), work.permitted(None)
        (3, 8)
        """
        if not self.workers or workers in self.workers:
            return workers
        return max(self.workers) if workers is None else min(self.workers, key=lambda each: abs(log(each / workers)))

    def lanes(self, most: int) -> int:
        """How many workers would keep every core busy, from how much the function computes; at most `most`."""
        busy = 1.0 if self.workload.busy is None else self.workload.busy
        if busy >= MOSTLY_WAITING:
            return self.permitted(self.cores) or self.cores
        most = max(1, min(self.workload.tasks, most, ceil(self.cores / max(busy, 1 / most))))
        return self.permitted(most) or most

    def per_worker(self, lanes: int, chunks: int = 1) -> int:
        """About the chunksize with which each worker gets `chunks` chunks, as a number that people type.

        >>> work = Situation(workload=Workload(name="a:b", tasks=2903), cores=2, version=(3, 13))
        >>> work.per_worker(2), work.per_worker(2, 4), work.per_worker(2, 64)
        (1500, 370, 20)
        """
        exact = max(1, ceil(self.workload.tasks / (lanes * chunks)))
        scale: int = 10 ** max(0, floor(log10(exact)) - 1)
        if chunks < BALANCED:
            return ceil(exact / scale) * scale
        return min((step * scale for step in (1, 2, 5, 10, 20, 50, 100)), key=lambda each: abs(log10(each / exact)))

    def allowed(self, found: Iterator[Candidate]) -> list[Candidate]:
        """Those that the options allow, each once, and started in each of the ways that are asked for."""
        every = dict.fromkeys(way for each in found for way in self.started(each))
        return [each for each in every if not self.subjects or each.subject in self.subjects | self.joining]

    def not_among(self, found: Sequence[Candidate]) -> Iterator[Candidate]:
        """Those that are to be tried and that no rule has found."""
        for name in sorted((self.subjects | self.joining) - {each.subject for each in found}):
            yield self.candidate(name, self.lanes(MOST_PROCESSES))

    def started(self, candidate: Candidate) -> list[Candidate]:
        """A candidate with each of the start methods that are asked for, if it has any."""
        if candidate.settings.start_method is None or not self.start_methods:
            return [candidate]
        settings = candidate.settings
        return [replace(candidate, settings=replace(settings, start_method=each)) for each in self.start_methods]

    def numbers(self, most: int) -> list[int]:
        """All numbers of workers that may be best: up to that of the cores, or many for what waits; at most `most`.

        >>> Situation(workload=Workload(name="a:b", tasks=99), cores=6, version=(3, 13)).numbers(512)
        [2, 4, 6]
        """
        if self.workers:
            return sorted({min(each, self.most) for each in self.workers})
        most = min(most, self.most, self.workload.tasks, most if waits(self) else self.cores)
        return sorted({min(number, most) for number in (*NUMBERS, self.cores, most)})


def most_at_once() -> int:
    """The most tasks that are ever run at once on this system, which lets a program open only some files."""
    files = open_files()
    return MOST_AT_ONCE if files is None else max(1, min(MOST_AT_ONCE, files - RESERVED_FILES))


# What is predicted


def everything(situation: Situation) -> list[Candidate]:
    """All that may be the best for the job of a situation, the simplest first; always with `serial`.

    >>> work = Workload(name="a:b", tasks=2000, task_time=0.031, busy=0.02)
    >>> found = everything(Situation(workload=work, cores=2, version=(3, 13)))
    >>> max(each.settings.workers for each in found if each.subject == "executor-threads")
    512
    """
    serial = situation.candidate("serial")
    found = situation.allowed(_everything(situation))
    found += situation.allowed(situation.not_among(found))
    if situation.threaded:
        alone = [each.with_inner_threads(ALONE) for each in (serial, *found)]
        competing = [each for each in openers(situation) if each.settings.inner_threads is None]
        found = [*dict.fromkeys(alone), *competing]
    return [serial, *(each for each in found if each != serial)]


def _everything(situation: Situation) -> Iterator[Candidate]:
    if situation.workload.coroutine:
        if situation.all_items <= min(FEW, situation.most):
            yield situation.candidate("asyncio-gather")
        for limit in situation.numbers(MOST_AT_ONCE):
            yield situation.candidate("asyncio-gather", limit=limit)
    for workers in situation.numbers(MOST_AT_ONCE):
        yield situation.candidate("executor-threads", workers)
        yield situation.candidate("threadpool-map", workers, 1)
        yield situation.candidate("threadpool-map", workers, situation.per_worker(workers))
        yield situation.candidate("threadpool-map", workers, situation.per_worker(workers, CHUNKS))
    if waits(situation) and situation.all_items <= min(FEW, situation.most):
        yield situation.candidate("thread")
    for workers in situation.numbers(MOST_WAITING_PROCESSES if waits(situation) else situation.cores):
        chunks = (situation.per_worker(workers, each) for each in CHUNKS_EACH)
        for chunksize in dict.fromkeys([*chunks, 1]):
            yield situation.candidate("executor-processes", workers, chunksize)
            yield situation.candidate("pool-map", workers, chunksize)
    if situation.version >= (3, 14):
        for workers in situation.numbers(MOST_PROCESSES):
            yield situation.candidate("executor-interpreters", workers)


def stand_in(candidate: Candidate, sample: Situation) -> Candidate:
    """What is measured on a sample, on this machine, for a candidate of the whole job: as like it as can be.

    >>> work = Workload(name="a:b", tasks=60, total=60_000, busy=1.0)
    >>> sample = Situation(workload=work, cores=2, version=(3, 13))
    >>> stand_in(Candidate("pool-map", Settings(workers=32, chunksize=400)), sample).label
    'pool-map workers 2 chunksize 6'
    """
    tasks, settings = sample.workload.tasks, candidate.settings
    lanes = settings.workers or settings.limit or 1
    workers, limit = settings.workers, settings.limit
    if workers is not None and workers > tasks:
        workers = tasks
    if workers is not None and not waits(sample):
        workers = min(workers, max((sample.cores, *sample.workers)))
    if limit is not None:
        limit = min(limit, tasks)
    chunksize = settings.chunksize
    if chunksize is not None and workers is not None and chunksize * workers > tasks / 2:
        chunks = max(1, round(sample.all_items / (lanes * chunksize)))
        chunksize = min(chunksize, sample.per_worker(workers, chunks))
    return replace(candidate, settings=replace(settings, workers=workers, limit=limit, chunksize=chunksize))


# What is tried where nothing can be predicted


def openers(situation: Situation) -> list[Candidate]:
    """What is tried first: of each kind of workers what is usually best, and always `serial`.

    >>> work = Workload(name="a:b", tasks=64, task_time=0.02, busy=1.0)
    >>> [each.label for each in openers(Situation(workload=work, cores=2, version=(3, 13)))][:3]
    ['serial', 'executor-threads workers 2', 'executor-processes workers 2 chunksize 8']
    """
    chosen = situation.allowed(_openers(situation))
    chosen += situation.allowed(situation.not_among(chosen))
    serial = situation.candidate("serial")
    if situation.threaded:
        chosen = [each.with_inner_threads(number) for each in (serial, *chosen) for number in (None, ALONE)]
    return [serial, *(each for each in dict.fromkeys(chosen) if each != serial)]


def _openers(situation: Situation) -> Iterator[Candidate]:
    threads, processes = situation.lanes(MOST_THREADS), situation.lanes(MOST_PROCESSES)
    if situation.workload.coroutine:
        yield situation.candidate("asyncio-gather", limit=None if situation.all_items <= FEW else 2 * MOST_THREADS)
    yield situation.candidate("executor-threads", threads)
    yield situation.candidate("executor-processes", processes, situation.per_worker(processes, CHUNKS))
    yield situation.candidate("executor-processes", processes, 1)
    if situation.version >= (3, 14):
        yield situation.candidate("executor-interpreters", situation.lanes(MOST_PROCESSES))


def variants(situation: Situation, kind: Workers) -> list[Candidate]:
    """What else is tried of a kind of workers that is in front: other numbers, chunksizes and strategies."""
    found = situation.allowed(_variants(situation, kind))
    return [each.with_inner_threads(ALONE) for each in found] if situation.threaded else found


def _variants(situation: Situation, kind: Workers) -> Iterator[Candidate]:
    if kind == "threads":
        usual = situation.lanes(MOST_THREADS)
        for lanes in _around(usual, situation):
            yield situation.candidate("executor-threads", lanes)
        yield situation.candidate("threadpool-map", usual)
        yield situation.candidate("threadpool-map", usual, 1)
        if waits(situation) and situation.all_items <= min(FEW, situation.most):
            yield situation.candidate("thread")
    if kind == "coroutines" and situation.all_items > FEW:
        for limit in (MOST_THREADS // 2, MOST_THREADS, MORE * MOST_THREADS, MOST_AT_ONCE):
            yield situation.candidate("asyncio-gather", limit=limit)
    if kind == "interpreters":
        for lanes in _around(situation.lanes(MOST_PROCESSES), situation):
            yield situation.candidate("executor-interpreters", lanes)
    if kind == "processes":
        usual = situation.lanes(MOST_PROCESSES)
        for chunksize in (situation.per_worker(usual), situation.per_worker(usual, CHUNKS), 1):
            yield situation.candidate("pool-map", usual, chunksize)
        yield situation.candidate("executor-processes", usual, situation.per_worker(usual))
        for lanes in _around(usual, situation):
            yield situation.candidate("pool-map", lanes, situation.per_worker(lanes, CHUNKS))


def _around(usual: int, situation: Situation) -> Iterator[int]:
    """Other numbers of workers: those asked for; or fewer, and more if the function waits."""
    if situation.workers:
        yield from (each for each in situation.workers if each != usual)
        return
    waiting = waits(situation)
    fewer = (usual // MORE, usual // 2) if waiting else (usual // 2,)
    more = (usual * 2, usual * MORE, usual * 2 * MORE) if waiting else ()
    for lanes in (*fewer, *more):
        if 1 < lanes <= min(situation.workload.tasks, situation.most) and lanes != usual:
            yield lanes


def waits(situation: Situation) -> bool:
    """Whether the function waits for enough of its time that more workers than cores may pay."""
    return situation.workload.busy is not None and situation.workload.busy < WAITING


def kind_of(subject: str) -> Workers:
    """What the workers of a strategy are; raises UnknownName."""
    return strategies.get(subject).workers


def simplest(results: Sequence[Result]) -> list[Result]:
    """Those whose kind of workers is the simplest.

    How many workers there are, how many items they get at once, and what hands them out, is as simple one way as the
    other.
    """
    least = min((KINDS.index(kind_of(result.case.subject)) for result in results), default=None)
    return [result for result in results if KINDS.index(kind_of(result.case.subject)) == least]
