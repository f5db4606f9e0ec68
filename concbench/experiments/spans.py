"""The tasks of a trace, held compactly: when each began and ended, and on which worker."""

from __future__ import annotations

import sys
from array import array

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TASKS = 2**21
"""Of a trace: what is larger is not traced, and not read."""
TASK_BYTES = 8 + 8 + 4
NANO = 1e-9


class Spans:
    """Three columns with an entry a task, in the order of the items.

    `begins` and `ends` are nanoseconds since the sample began, `workers` numbers of workers, from 0.
    """

    __slots__ = ("begins", "ends", "workers")

    def __init__(self, begins: Sequence[int], ends: Sequence[int], workers: Sequence[int]) -> None:
        self.begins = begins
        self.ends = ends
        self.workers = workers

    def __len__(self) -> int:
        """Return how many tasks there are."""
        return len(self.begins)

    def seconds(self, task: int) -> float:
        """Return how long a task took."""
        return (self.ends[task] - self.begins[task]) * NANO


def pack(spans: Spans) -> bytes:
    """Return the columns as compressed bytes, about 5 a task; `unpack` reads them.

    >>> spans = unpack(pack(Spans([0, 10], [10, 25], [0, 1])), 2)
    >>> list(spans.begins), list(spans.ends), list(spans.workers)
    ([0, 10], [10, 25], [0, 1])
    """
    import zlib  # here, so that a host that is never traced does not carry it

    lengths = array("Q", (end - begin for begin, end in zip(spans.begins, spans.ends, strict=True)))
    columns = (array("Q", spans.begins), lengths, array("I", spans.workers))
    return zlib.compress(b"".join(in_order(column).tobytes() for column in columns))


def unpack(packed: bytes, tasks: int) -> Spans:
    """Return the columns of so many tasks; raises ValueError for bytes that `pack` never wrote."""
    import zlib

    if not 0 <= tasks <= MOST_TASKS:
        raise ValueError(f"a trace has no {tasks} tasks")
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(packed, tasks * TASK_BYTES + 1)  # no more, whatever a hostile file holds
    except zlib.error as error:
        raise ValueError(f"the tasks can't be read: {error}") from None
    if len(data) != tasks * TASK_BYTES or reader.unconsumed_tail:
        raise ValueError(f"there are not as many as {tasks} tasks in it")
    begins, lengths, workers = array("Q"), array("Q"), array("I")
    begins.frombytes(data[: 8 * tasks])
    lengths.frombytes(data[8 * tasks : 16 * tasks])
    workers.frombytes(data[16 * tasks :])
    begins, lengths, workers = map(in_order, (begins, lengths, workers))
    ends = [begin + length for begin, length in zip(begins, lengths, strict=True)]
    return Spans(begins, ends, workers)


def in_order(column: array[int]) -> array[int]:
    """Return a column with its bytes turned over where this machine puts the large ones first."""
    if sys.byteorder == "big":
        column.byteswap()
    return column
