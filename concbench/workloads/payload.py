"""The workload that only carries: an argument of a given size, returned."""

from __future__ import annotations

from concbench.workloads.kinds import Tasks, workload

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from concbench.model import Workload


def echo(data: bytes) -> bytes:
    """Return the argument. Across processes it is pickled and copied both ways; between threads it is not."""
    return data


@workload("payload", tasks=100, payload=64 * 2**10, measured=True)
def payload(sizes: Workload) -> Tasks:
    """Arguments and results of a given size, and no work: what moving data costs."""
    # Each item begins with its own number, so that a result in another's place is noticed.
    items = [
        number.to_bytes(8, "big").ljust(sizes.payload, b"\xa5")[-max(8, sizes.payload) :]
        for number in range(sizes.tasks)
    ]
    return Tasks(task=echo, items=items, expected=items, busy=1.0)
