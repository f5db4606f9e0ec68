"""Which chunksize would suit the tasks of a trace better, found by dealing them out again."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from concbench.experiments.lanes import Chain
from concbench.experiments.spans import NANO, Spans

SIMILAR = 0.01
"""Of the best time: chunksizes that come as near are as good, and small ones suit uneven tasks, too."""
EVERY_UP_TO = 32
"""So far every chunksize is tried, and then each a quarter larger than the one before."""


@dataclass(frozen=True)
class Dealing:
    """What dealing out chunks cost in a trace: the usual seconds between two tasks of a lane."""

    tasks: Sequence[float]
    """How long each took."""
    between: float
    """Where a chunk began."""
    within: float
    """Where one went on."""
    lanes: int

    def seconds(self, chunksize: int) -> float:
        """Return how long the tasks take in chunks of a size: each goes to the lane that is free first.

        >>> sleeping = Dealing([0.5] * 100, 0.0, 0.0, 4)
        >>> sleeping.seconds(7), sleeping.seconds(5)
        (14.0, 12.5)
        """
        free = [0.0] * self.lanes
        for first in range(0, len(self.tasks), chunksize):
            chunk = self.tasks[first : first + chunksize]
            took = self.between + sum(chunk) + self.within * (len(chunk) - 1)
            heapq.heapreplace(free, free[0] + took)
        return max(free)

    def best(self) -> int:
        """Return the chunksize that takes the least time; of those that are nearly as good, the smallest.

        >>> Dealing([0.5] * 100, 0.001, 0.0, 4).best(), Dealing([0.001] * 100, 0.002, 0.0, 4).best()
        (1, 25)
        """
        sizes = list(sizes_up_to(-(-len(self.tasks) // self.lanes)))
        times = {size: self.seconds(size) for size in sizes}
        least = min(times.values())
        return min(size for size in sizes if times[size] <= least * (1 + SIMILAR))


def dealing(spans: Spans, lanes: Sequence[Chain], chunksize: int) -> Dealing:
    """Return what a trace shows of dealing its tasks out in chunks of a size."""
    between: list[float] = []
    within: list[float] = []
    for tasks in lanes:
        for before, after in pairwise(tasks):
            gap = (spans.begins[after] - spans.ends[before]) * NANO
            (within if after == before + 1 and after % chunksize else between).append(gap)
    return Dealing(
        [spans.seconds(task) for task in range(len(spans))],
        median(between) if between else 0.0,
        median(within) if within else 0.0,
        len(lanes),
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
