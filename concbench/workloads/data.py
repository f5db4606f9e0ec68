"""Workloads that carry data: one returns its argument, one hashes it."""

from __future__ import annotations

from concbench.workloads.workload import Tasks, workload

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from concbench.model.case import Workload


def echo(data: bytes) -> bytes:
    """Return the argument. Between processes it is pickled and copied both ways; between threads it is not."""
    return data


def hash_data(data: bytes) -> str:
    """Hash the argument; above 2 KiB, the GIL is released meanwhile."""
    import hashlib  # here, so that only a host that hashes carries it

    return hashlib.sha256(data).hexdigest()


def _numbered(tasks: int, size: int) -> list[bytes]:
    """An item of `size` bytes, at least 8, for each task: it begins with its number, so that a swap is noticed."""
    return [number.to_bytes(8, "big").ljust(size, b"\xa5")[-max(8, size) :] for number in range(tasks)]


@workload("payload", tasks=100, payload=64 * 2**10, measured=True)
def payload(sizes: Workload) -> Tasks:
    """Arguments and results of a given size, and no work: what moving data costs."""
    items = _numbered(sizes.tasks, sizes.payload)
    return Tasks(task=echo, items=items, expected=items, busy=1.0)


@workload("hashing", tasks=32, payload=2**20, measured=True)
def hashing(sizes: Workload) -> Tasks:
    """SHA-256 of data of a given size, in a call that releases the GIL: large arguments, small results."""
    items = _numbered(sizes.tasks, sizes.payload)
    return Tasks(task=hash_data, items=items, expected=[hash_data(item) for item in items], busy=1.0)
