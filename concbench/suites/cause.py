"""The causes of time that could be avoided, each with the facts that it is made of. Seconds and bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Chunks:
    """Chunks that leave lanes idle at the end, or that are so small that handing them out takes long."""

    chunksize: int
    most: int
    """Items that the busiest lane did."""
    fewest: int
    better: int
    """The chunksize that is advised."""
    predicted: float
    """Seconds of wall time with that."""
    measured: bool = False
    """Whether a row of the same run has that chunksize, and took as long."""


@dataclass(frozen=True, kw_only=True)
class PoolCost:
    """Workers that take longer to start and stop than anything else does. All that is known of it is in the parts."""

    serial: float | None
    """What the tasks take one after the other."""
    saved: float | None
    """Seconds of that which the run phase saves; below zero where it takes longer."""


@dataclass(frozen=True, kw_only=True)
class OneEach:
    """Workers that are started one after the other, one a task."""

    workers: int
    kind: str
    each: float
    """Seconds from one worker's first task to the next one's."""


@dataclass(frozen=True, kw_only=True)
class LateFirst:
    """Workers that begin their first task long after it was handed out, and soon all others."""

    workers: int
    kind: str
    """What they are, as a strategy says it."""
    after: float
    """Seconds, on average."""


@dataclass(frozen=True, kw_only=True)
class SharedGil:
    """Threads that take turns with one GIL."""

    threads: int
    factor: float | None
    """How many times as long as alone a task took; None where each was done before another had its turn."""


@dataclass(frozen=True, kw_only=True)
class FewCores:
    """More workers at work than cores."""

    workers: int
    cores: int
    factor: float


@dataclass(frozen=True, kw_only=True)
class Stretched:
    """Tasks that took longer than alone, for no reason that a trace shows: caches, memory, other load."""

    factor: float


@dataclass(frozen=True, kw_only=True)
class Pickling:
    """Large arguments and results, which are pickled and moved while lanes wait."""

    argument: float
    result: float
    total: float
    """Bytes: of one task's, and of all tasks' arguments and results."""
    waiting: float
    """Seconds that lanes waited, on average."""


@dataclass(frozen=True, kw_only=True)
class OneAtATime:
    """Tasks of which no two ran at once, on several workers."""

    workers: int


@dataclass(frozen=True, kw_only=True)
class Dispatch:
    """Tasks that are handed out one by one, which takes long beside what they do."""

    gap: float
    task: float
    """Seconds: the median wait between two tasks of a lane, and the median task."""


@dataclass(frozen=True, kw_only=True)
class Uneven:
    """Tasks of which some are so long that the other lanes wait at the end."""

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
