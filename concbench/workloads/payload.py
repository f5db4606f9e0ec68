"""The workload that only carries: an argument of a given size, returned."""

from __future__ import annotations

from concbench.workloads.kinds import Tasks, workload

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from concbench.model import Workload


def echo(data: bytes) -> bytes:
    """Return the argument. Across processes it is pickled and copied both ways; between threads it is not."""
    return data


def numbered(tasks: int, size: int) -> list[bytes]:
    """Return an item of `size` bytes for each task, 8 at least: each begins with its own number.

    So a result in another's place is noticed.
    """
    return [number.to_bytes(8, "big").ljust(size, b"\xa5")[-max(8, size) :] for number in range(tasks)]


@workload("payload", tasks=100, payload=64 * 2**10, measured=True)
def payload(sizes: Workload) -> Tasks:
    """Arguments and results of a given size, and no work: what moving data costs."""
    items = numbered(sizes.tasks, sizes.payload)
    return Tasks(task=echo, items=items, expected=items, busy=1.0)
