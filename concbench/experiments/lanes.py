"""Which tasks of a trace a lane did, one after the other: workers that take each other's place share a lane."""

from __future__ import annotations

from bisect import bisect_right, insort

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import what is beside this module
if TYPE_CHECKING:
    from collections.abc import Sequence

    from concbench.experiments.spans import Spans

Chain = list[int]
"""Tasks by number, none of which begins before the one before it has ended."""


def lanes_of(spans: Spans, width: int) -> list[Chain]:
    """Return the tasks of every lane in the order in which they ran; of `width` lanes, some may have none.

    A worker is a lane. Where there were more workers than lanes, because workers were replaced, one that came takes
    the lane of one that had gone. There are more than `width` lanes only where more workers than that were at work at
    once.

    >>> from concbench.experiments.spans import Spans
    >>> lanes_of(Spans([0, 5, 10], [5, 9, 12], [0, 1, 0]), 3)
    [[0, 2], [1], []]
    """
    chains = by_worker(spans)
    if len(chains) > width:
        chains = joined(spans, chains)
    chains.sort(key=lambda chain: spans.begins[chain[0]])
    return chains + [[] for _ in range(width - len(chains))]


def by_worker(spans: Spans) -> list[Chain]:
    """Return each worker's tasks by when they began."""
    found: dict[int, Chain] = {}
    for task in sorted(range(len(spans)), key=lambda task: (spans.begins[task], spans.ends[task])):
        found.setdefault(spans.workers[task], []).append(task)
    return list(found.values())


def joined(spans: Spans, chains: Sequence[Chain]) -> list[Chain]:
    """Return as few chains as there can be, by putting each behind the one that ended last before it began.

    Taking them by when they begin needs no more than ever overlap (Kleinberg and Tardos, "Algorithm Design", 2005,
    section 4.1, interval partitioning).
    """
    ends: list[tuple[int, int]] = []
    """When each of `found` ended, in that order, and which one it is."""
    found: list[Chain] = []
    for chain in sorted(chains, key=lambda chain: (spans.begins[chain[0]], spans.ends[chain[-1]])):
        place = bisect_right(ends, (spans.begins[chain[0]], len(chains)))
        if place:
            _, number = ends.pop(place - 1)
            found[number] += chain
        else:
            number = len(found)
            found.append(list(chain))
        insort(ends, (spans.ends[chain[-1]], number))
    return found
