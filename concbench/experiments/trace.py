"""A trace's tasks, held compactly (when each began and ended, and on which worker), and the lanes they ran in."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right, insort

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TASKS = 2**21
"""The most tasks of a trace: larger ones are neither recorded nor read."""
TASK_BYTES = 8 + 8 + 4
NANO = 1e-9

Chain = list[int]
"""Tasks by number, none of which begins before the previous one has ended."""


class Spans:
    """Three columns with an entry for each task, in the order of the items.

    `begins` and `ends` are nanoseconds since the sample began; `workers` are numbers of workers, from 0.
    """

    __slots__ = ("begins", "ends", "workers")

    def __init__(self, begins: Sequence[int], ends: Sequence[int], workers: Sequence[int]) -> None:
        self.begins = begins
        self.ends = ends
        self.workers = workers

    def __len__(self) -> int:
        return len(self.begins)

    def seconds(self, task: int) -> float:
        """How long a task took."""
        return (self.ends[task] - self.begins[task]) * NANO


def pack(spans: Spans) -> bytes:
    """The columns as compressed bytes, about 5 a task; `unpack` reads them.

    >>> spans = unpack(pack(Spans([0, 10], [10, 25], [0, 1])), 2)
    >>> list(spans.begins), list(spans.ends), list(spans.workers)
    ([0, 10], [10, 25], [0, 1])
    """
    import zlib  # here, so that a host that is never traced does not carry it

    lengths = array("Q", (end - begin for begin, end in zip(spans.begins, spans.ends, strict=True)))
    columns = (array("Q", spans.begins), lengths, array("I", spans.workers))
    return zlib.compress(b"".join(_little_endian(column).tobytes() for column in columns))


def unpack(packed: bytes, tasks: int) -> Spans:
    """The columns of this many tasks; raises ValueError for bytes that `pack` never wrote."""
    import zlib

    if not 0 <= tasks <= MOST_TASKS:
        raise ValueError(f"a trace can't have {tasks} tasks")
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(packed, tasks * TASK_BYTES + 1)  # no more, whatever a hostile file holds
    except zlib.error as error:
        raise ValueError(f"the tasks can't be read: {error}") from None
    if len(data) != tasks * TASK_BYTES or reader.unconsumed_tail:
        raise ValueError(f"it does not hold {tasks} tasks")
    begins, lengths, workers = array("Q"), array("Q"), array("I")
    begins.frombytes(data[: 8 * tasks])
    lengths.frombytes(data[8 * tasks : 16 * tasks])
    workers.frombytes(data[16 * tasks :])
    begins, lengths, workers = map(_little_endian, (begins, lengths, workers))
    ends = [begin + length for begin, length in zip(begins, lengths, strict=True)]
    return Spans(begins, ends, workers)


def _little_endian(column: array[int]) -> array[int]:
    if sys.byteorder == "big":
        column.byteswap()
    return column


def lanes_of(spans: Spans, width: int) -> list[Chain]:
    """The tasks of every lane, in the order in which they ran; of `width` lanes, some may be empty.

    A worker is a lane. Where workers were replaced, a new one takes the lane of one that has gone. There are more than
    `width` lanes only if more workers than that worked at the same time.

    >>> lanes_of(Spans([0, 5, 10], [5, 9, 12], [0, 1, 0]), 3)
    [[0, 2], [1], []]
    """
    by_worker: dict[int, Chain] = {}
    for task in sorted(range(len(spans)), key=lambda task: (spans.begins[task], spans.ends[task])):
        by_worker.setdefault(spans.workers[task], []).append(task)
    chains = list(by_worker.values())
    if len(chains) > width:
        chains = joined(spans, chains)
    chains.sort(key=lambda chain: spans.begins[chain[0]])
    return chains + [[] for _ in range(width - len(chains))]


def joined(spans: Spans, chains: Sequence[Chain]) -> list[Chain]:
    """As few chains as possible: each is put behind the one that ended last before it began.

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
