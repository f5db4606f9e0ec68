"""Which chunksize would suit the tasks of a trace better, by a simulation of handing them out."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from concbench.experiments.trace import NANO, Chain, Spans
from concbench.model.result import Trace

SIMILAR = 0.01
"""Of the time: chunksizes that gain less than this more are no better, and smaller ones also suit uneven tasks."""
EVERY_UP_TO = 32
"""Every chunksize up to here is tried; beyond, each is a quarter larger than the one before."""
LEAST_OF_A_CHUNK = 1e-4
"""The least seconds that a further chunk costs its worker, and the process that hands it out: a trace of few chunks
shows how long a worker waits for chunks that are ready, and not what it takes to get them ready."""
UNSEEN = 5e-4
"""Seconds that a chunk may cost if no worker did two of them."""
FILLED = 10
"""Smaller chunks are advised only if their tasks take this many times as long as the chunk may cost. Otherwise the cost
decides, which a trace with larger chunks doesn't show."""
OF_AN_ITEM = 5e-6
OF_A_BYTE = 2e-9
"""Seconds that an item of a larger chunk, and a byte of it, may cost, if the trace has chunks of one item only."""


@dataclass(frozen=True)
class Dealing:
    """What handing out chunks cost in a trace: the usual seconds between two tasks of a lane."""

    tasks: Sequence[float]
    """Seconds that each took."""
    between: float | None
    """At the start of a chunk; None if no lane did two chunks."""
    within: float
    """Inside a chunk."""
    lanes: int

    @property
    def cost(self) -> float:
        """What each further chunk may cost, in seconds."""
        return UNSEEN if self.between is None else max(self.between, LEAST_OF_A_CHUNK)

    def seconds(self, chunksize: int, between: float | None = None) -> float:
        """How long the tasks take in chunks of a size, each of which goes to the first free lane.

        `between` are the seconds that a chunk costs, if not those of the trace.

        >>> sleeping = Dealing([0.5] * 100, 0.0, 0.0, 4)
        >>> sleeping.seconds(7), sleeping.seconds(5)
        (14.0, 12.5)
        """
        cost = (self.between or 0.0) if between is None else between
        free = [0.0] * self.lanes
        for first in range(0, len(self.tasks), chunksize):
            chunk = self.tasks[first : first + chunksize]
            took = cost + sum(chunk) + self.within * (len(chunk) - 1)
            heapq.heapreplace(free, free[0] + took)
        return max(free)

    def saved(self, chunksize: int, other: int) -> float:
        """How many seconds another chunksize saves; negative if it takes longer.

        Larger chunks save what chunks cost in the trace; smaller ones cost what they may, and one process hands out all
        of them.

        >>> sleeping = Dealing([0.5] * 100, 0.0, 0.0, 4)
        >>> round(sleeping.saved(7, 5), 3), round(sleeping.saved(7, 14), 3)
        (1.5, 0.0)
        """
        if other >= chunksize:
            return self.seconds(chunksize) - self.seconds(other)
        handed_out = -(-len(self.tasks) // other) * self.cost
        return self.seconds(chunksize, self.cost) - max(self.seconds(other, self.cost), handed_out)

    def best(self, chunksize: int) -> int:
        """The chunksize that saves most; of those that save nearly as much, the smallest.

        >>> Dealing([0.5] * 100, 0.001, 0.0, 4).best(7), Dealing([0.001] * 100, 0.002, 0.0, 4).best(1)
        (1, 25)
        >>> Dealing([1e-6] * 1000, None, 0.0, 2).best(500)  # so short that the cost of a chunk decides
        500
        """
        each = sum(self.tasks) / max(1, len(self.tasks))
        sizes = [
            size
            for size in sizes_up_to(-(-len(self.tasks) // self.lanes))
            if size >= chunksize or size * each >= FILLED * self.cost
        ]
        gains = {size: self.saved(chunksize, size) for size in {*sizes, chunksize}}
        enough = max(gains.values()) - SIMILAR * self.seconds(chunksize)
        if gains[chunksize] >= enough:
            return chunksize
        return min(size for size in gains if gains[size] >= enough)


def dealing(trace: Trace, spans: Spans, lanes: Sequence[Chain], chunksize: int) -> Dealing:
    """What a trace shows about handing out its tasks in chunks of a size."""
    between: list[float] = []
    within: list[float] = []
    for tasks in lanes:
        for before, after in pairwise(tasks):
            gap = (spans.begins[after] - spans.ends[before]) * NANO
            (within if after == before + 1 and after % chunksize else between).append(gap)
    moved = (trace.argument_bytes or 0.0) + (trace.result_bytes or 0.0)
    usual = median(between) if between else None
    item = min(OF_AN_ITEM + OF_A_BYTE * moved, usual or 0.0)
    return Dealing(
        [spans.seconds(task) for task in range(len(spans))], usual, median(within) if within else item, len(lanes)
    )


def sizes_up_to(largest: int) -> Sequence[int]:
    """The chunksizes to try.

    >>> sizes_up_to(3), sizes_up_to(60)[-3:]
    ([1, 2, 3], [40, 50, 60])
    """
    sizes = list(range(1, min(largest, EVERY_UP_TO) + 1))
    while sizes[-1] < largest:
        sizes.append(min(largest, sizes[-1] * 5 // 4))
    return sizes
