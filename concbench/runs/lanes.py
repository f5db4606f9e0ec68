"""The tasks of a traced program's regions in lanes: the rows of a timeline, in each of which one follows another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

from concbench.experiments.trace import NANO, Chain, Spans, lanes_of
from concbench.instruments.columns import UNKNOWN, unpack
from concbench.model.program import Region


@dataclass(frozen=True, kw_only=True)
class Lanes:
    """When the tasks of some regions ran, and in which lane each did."""

    since: float
    """Seconds since the program was started: when the first of the regions was opened."""
    length: float
    """Seconds from then on until the last one was closed."""
    spans: Spans
    """Nanoseconds from `since` on, of the tasks of all regions, one region after the other."""
    submitted: Sequence[int]
    received: Sequence[int]
    """The same, of when each task was submitted, and when its result was back, or -1 where that is unknown."""
    chunks: Sequence[int]
    """The chunk of each task, numbered through all regions."""
    lanes: Sequence[Chain]
    """The tasks of each lane, in the order in which they ran."""

    def busy(self, lane: int) -> float:
        """The share of the whole length that a lane spent in tasks."""
        inside = sum(self.spans.ends[task] - self.spans.begins[task] for task in self.lanes[lane]) * NANO
        return min(1.0, inside / self.length) if self.length else 0.0


def lanes_of_regions(regions: Sequence[Region]) -> Lanes:
    """The lanes of regions that one place opened, at least one; one that is opened after another was closed takes its.

    A worker is a lane. Where it has several tasks at once, as an event loop has coroutines, each takes the first lane
    that is free.
    """
    origin = min(round(region.opened / NANO) for region in regions)
    until = max(round(region.closed / NANO) for region in regions)
    begins: list[int] = []
    ends: list[int] = []
    workers: list[int] = []
    submitted: list[int] = []
    received: list[int] = []
    chunks: list[int] = []
    more_workers = more_chunks = 0
    for region in regions:
        tasks = unpack(region.columns, region.tasks)
        begins += (max(0, at - origin) for at in tasks.begin)
        ends += (max(0, at - origin) for at in tasks.end)
        submitted += (max(0, at - origin) for at in tasks.submitted)
        received += (UNKNOWN if at == UNKNOWN else max(0, at - origin) for at in tasks.received)
        workers += (more_workers + each for each in tasks.worker)
        chunks += (more_chunks + each for each in tasks.chunk)
        more_workers += max(tasks.worker, default=-1) + 1
        more_chunks += max(tasks.chunk, default=-1) + 1
    spans = Spans(begins, ends, workers)
    until = max([until, *(origin + end for end in ends)])
    return Lanes(
        since=origin * NANO,
        length=(until - origin) * NANO,
        spans=spans,
        submitted=submitted,
        received=received,
        chunks=chunks,
        lanes=_lanes(spans, regions),
    )


def _lanes(spans: Spans, regions: Sequence[Region]) -> list[Chain]:
    if any(region.kind == "coroutines" for region in regions):
        return first_free(spans)
    # A thread has several tasks at once where one of them runs another, as a pool's callback may.
    found = lanes_of(spans, max(region.lanes for region in regions))
    return first_free(spans) if any(_overlap(spans, chain) for chain in found) else found


def _overlap(spans: Spans, chain: Chain) -> bool:
    return any(spans.begins[after] < spans.ends[before] for before, after in pairwise(chain))


def first_free(spans: Spans) -> list[Chain]:
    """The fewest lanes that hold all tasks: each takes the first one that is free when it begins.

    >>> first_free(Spans([0, 1, 4, 5], [4, 5, 6, 9], [0, 0, 0, 0]))
    [[0, 2], [1, 3]]
    """
    found: list[Chain] = []
    taken: list[tuple[int, int]] = []
    """When each lane that is taken will be free, and its number."""
    free: list[int] = []
    for task in sorted(range(len(spans)), key=lambda task: (spans.begins[task], spans.ends[task])):
        while taken and taken[0][0] <= spans.begins[task]:
            heappush(free, heappop(taken)[1])
        if not free:
            heappush(free, len(found))
            found.append([])
        lane = heappop(free)
        found[lane].append(task)
        heappush(taken, (spans.ends[task], lane))
    return found
