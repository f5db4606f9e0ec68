"""Which ways of running a user's function are tried: one or two of every kind of workers first, then variants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

from concbench.model.case import Settings, Workload
from concbench.model.result import Result
from concbench.strategies.strategy import strategies

WAITING = 0.9
"""A function that computes for less than this share of its time is tried with more workers than cores, as variants.
On a busy machine, one that only computes seems to wait a little."""
MOSTLY_WAITING = 0.5
"""One that computes for less than this share is tried with more workers than cores from the start."""
MOST_THREADS = 64
MOST_PROCESSES = 16
"""The most workers that are tried from the start."""
MORE = 4
"""The factor by which variants of a function that waits have more workers, or fewer."""
CHUNKS = 4
"""Chunks per worker, as in `Pool.map`."""
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
        named = ("workers", "chunksize")
        words = [f"{name} {value}" for name in named if (value := getattr(self.settings, name)) is not None]
        return " ".join([self.subject, *words])


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
    workers: int | None = None
    start_method: str | None = None
    subjects: frozenset[str] = frozenset()
    """To choose from; none: all."""

    def candidate(self, subject: str, workers: int | None = None, chunksize: int | None = None) -> Candidate:
        """A strategy with those of the settings that it takes."""
        asked: dict[str, Any] = {
            "workers": self.workers or workers,
            "chunksize": chunksize,
            "start_method": self.start_method,
        }
        taken = strategies.get(subject).settings
        return Candidate(subject, Settings(**{name: value for name, value in asked.items() if name in taken}))

    def lanes(self, most: int) -> int:
        """How many workers would keep every core busy, from how much the function computes; at most `most`."""
        busy = 1.0 if self.workload.busy is None else self.workload.busy
        if busy >= MOSTLY_WAITING:
            return self.cores
        return max(1, min(self.workload.tasks, most, ceil(self.cores / max(busy, 1 / most))))

    def per_worker(self, lanes: int, chunks: int = 1) -> int:
        """The chunksize with which each worker gets `chunks` chunks."""
        return max(1, ceil(self.workload.tasks / (lanes * chunks)))

    def allowed(self, found: Iterator[Candidate]) -> list[Candidate]:
        """Those that the options allow, each once."""
        return [each for each in dict.fromkeys(found) if not self.subjects or each.subject in self.subjects]


def openers(situation: Situation) -> list[Candidate]:
    """What is tried first: of each kind of workers what is usually best, and always `serial`.

    >>> work = Workload(name="a:b", tasks=64, task_time=0.02, busy=1.0)
    >>> [each.label for each in openers(Situation(workload=work, cores=2, version=(3, 13)))][:3]
    ['serial', 'executor-threads workers 2', 'executor-processes workers 2 chunksize 8']
    """
    chosen = situation.allowed(_openers(situation))
    others = (name for name in sorted(situation.subjects) if name not in {each.subject for each in chosen})
    chosen += [situation.candidate(name, situation.lanes(MOST_PROCESSES)) for name in others]
    serial = situation.candidate("serial")
    return [serial, *(each for each in chosen if each != serial)]


def _openers(situation: Situation) -> Iterator[Candidate]:
    threads, processes = situation.lanes(MOST_THREADS), situation.lanes(MOST_PROCESSES)
    if situation.workload.coroutine:
        yield situation.candidate("asyncio-gather")
    yield situation.candidate("executor-threads", threads)
    yield situation.candidate("executor-processes", processes, situation.per_worker(processes, CHUNKS))
    yield situation.candidate("executor-processes", processes, 1)
    if situation.version >= (3, 14):
        yield situation.candidate("executor-interpreters", situation.lanes(MOST_PROCESSES))


def variants(situation: Situation, kind: Workers) -> list[Candidate]:
    """What else is tried of a kind of workers that is in front: other numbers, chunksizes and strategies."""
    return situation.allowed(_variants(situation, kind))


def _variants(situation: Situation, kind: Workers) -> Iterator[Candidate]:
    if kind == "threads":
        usual = situation.lanes(MOST_THREADS)
        for lanes in _around(usual, situation):
            yield situation.candidate("executor-threads", lanes)
        yield situation.candidate("threadpool-map", usual)
        yield situation.candidate("threadpool-map", usual, 1)
        if waits(situation) and situation.workload.tasks <= MORE * MOST_THREADS:
            yield situation.candidate("thread")
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
    """Other numbers of workers: fewer, and more if the function waits."""
    waiting = waits(situation)
    fewer = (usual // MORE, usual // 2) if waiting else (usual // 2,)
    more = (usual * 2, usual * MORE) if waiting else ()
    for lanes in (*fewer, *more):
        if 1 < lanes <= situation.workload.tasks and lanes != usual:
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
