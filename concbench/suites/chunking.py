"""Which chunksize would suit the tasks of a trace better, found by dealing them out again."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from concbench.experiments.lanes import Chain
from concbench.experiments.spans import NANO, Spans
from concbench.model import Trace

SIMILAR = 0.01
"""Of the time: chunksizes that gain as much but for this are as good, and small ones suit uneven tasks, too."""
EVERY_UP_TO = 32
"""So far every chunksize is tried, and then each a quarter larger than the one before."""
LEAST_OF_A_CHUNK = 1e-4
"""Seconds that each further chunk costs at least, both its worker and the process that hands it out: a trace of few
chunks shows what a worker waits while others are ready to be taken, and not what it takes to make them ready."""
UNSEEN = 5e-4
"""Seconds that a chunk may cost where no worker did two of them."""
FILLED = 10
"""Smaller chunks are advised only where the tasks of one take so many times as long as the chunk may cost: where they
take less, the cost decides, and a trace with larger chunks does not tell it."""
OF_AN_ITEM = 5e-6
OF_A_BYTE = 2e-9
"""Seconds that an item of a larger chunk may cost, and a byte of it, where the trace has chunks of one item only."""


@dataclass(frozen=True)
class Dealing:
    """What dealing out chunks cost in a trace: the usual seconds between two tasks of a lane."""

    tasks: Sequence[float]
    """How long each took."""
    between: float | None
    """Where a chunk began; None where no lane did two chunks."""
    within: float
    """Where one went on."""
    lanes: int

    @property
    def cost(self) -> float:
        """What each further chunk may cost, in seconds."""
        return UNSEEN if self.between is None else max(self.between, LEAST_OF_A_CHUNK)

    def seconds(self, chunksize: int, between: float | None = None) -> float:
        """Return how long the tasks take in chunks of a size: each goes to the lane that is free first.

        `between` are the seconds that a chunk costs, if not as many as the trace shows.

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
        """Return how many seconds another chunksize saves; below zero where it takes longer.

        Larger chunks save what chunks were seen to cost; smaller ones cost what they may, and one process hands all of
        them out.

        >>> sleeping = Dealing([0.5] * 100, 0.0, 0.0, 4)
        >>> round(sleeping.saved(7, 5), 3), round(sleeping.saved(7, 14), 3)
        (1.5, 0.0)
        """
        if other >= chunksize:
            return self.seconds(chunksize) - self.seconds(other)
        handed_out = -(-len(self.tasks) // other) * self.cost
        return self.seconds(chunksize, self.cost) - max(self.seconds(other, self.cost), handed_out)

    def best(self, chunksize: int) -> int:
        """Return the chunksize that saves most against one; of those that save nearly as much, the smallest.

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
    """Return what a trace shows of dealing its tasks out in chunks of a size."""
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
    """Return the chunksizes to try.

    >>> sizes_up_to(3), sizes_up_to(60)[-3:]
    ([1, 2, 3], [40, 50, 60])
    """
    sizes = list(range(1, min(largest, EVERY_UP_TO) + 1))
    while sizes[-1] < largest:
        sizes.append(min(largest, sizes[-1] * 5 // 4))
    return sizes
