"""The tasks of a region, held compactly: a column for each thing that is known of them, in the order they began."""

from __future__ import annotations

import sys
from array import array

TYPE_CHECKING = False  # as typing's, without importing typing
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAMES = ("submitted", "begin", "end", "received", "cpu", "argument", "result", "moving", "worker", "chunk")
MOST_TASKS = 2**22
"""The most tasks of a region that are kept or read."""
UNKNOWN = -1


class Tasks:
    """Columns with an entry for each task. Times are nanoseconds since the program was started.

    `submitted`: when its pool got it; `begin` and `end`; `received`: when its result was back, -1 where that is
    unknown; `cpu`: nanoseconds that its thread computed, -1 unknown; `argument` and `result`: bytes that were pickled,
    -1 where nothing was; `moving`: nanoseconds that pickling and unpickling took, on both sides; `worker`: a number;
    `chunk`: the number of the chunk that it came in. What came with a chunk counts for its first task, and what went
    back for its last.
    """

    __slots__ = NAMES

    def __init__(self, columns: Sequence[Sequence[int]]) -> None:
        self.submitted, self.begin, self.end, self.received, self.cpu = columns[:5]
        self.argument, self.result, self.moving, self.worker, self.chunk = columns[5:]

    def __len__(self) -> int:
        return len(self.begin)


def from_rows(rows: Iterable[tuple[int, ...]]) -> Tasks:
    """The columns of rows, each with the numbers in the order of NAMES."""
    columns = [array("q", column) for column in zip(*rows, strict=True)]
    return Tasks(columns or [array("q") for _ in NAMES])


def pack(tasks: Tasks) -> bytes:
    """The columns as compressed bytes; `unpack` reads them.

    Each column holds the differences from one task to the next, which compress better.

    >>> tasks = unpack(pack(from_rows([(0, 5, 9, 12, 4, 100, 8, 2, 0, 0), (0, 9, 14, 12, 5, 0, 0, 0, 0, 0)])), 2)
    >>> list(tasks.begin), list(tasks.end), list(tasks.argument)
    ([5, 9], [9, 14], [100, 0])
    """
    import zlib  # here, as programs that are traced need only write records
    from itertools import pairwise

    packed = bytearray()
    for name in NAMES:
        column = array("q", getattr(tasks, name))
        deltas = array("q", (column[0], *(b - a for a, b in pairwise(column)))) if column else column
        if sys.byteorder == "big":
            deltas.byteswap()
        packed += deltas.tobytes()
    return zlib.compress(bytes(packed))


def unpack(packed: bytes, tasks: int) -> Tasks:
    """The columns of this many tasks; raises ValueError for bytes that `pack` never wrote."""
    import zlib
    from itertools import accumulate

    if not 0 <= tasks <= MOST_TASKS:
        raise ValueError(f"a region can't have {tasks} tasks")
    size = 8 * tasks
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(packed, size * len(NAMES) + 1)  # no more, whatever a hostile file holds
    except zlib.error as error:
        raise ValueError(f"the tasks can't be read: {error}") from None
    if len(data) != size * len(NAMES) or reader.unconsumed_tail:
        raise ValueError(f"it does not hold {tasks} tasks")
    columns: list[Sequence[int]] = []
    for place in range(len(NAMES)):
        column = array("q")
        column.frombytes(data[place * size : (place + 1) * size])
        if sys.byteorder == "big":
            column.byteswap()
        columns.append(list(accumulate(column)))
    return Tasks(columns)
