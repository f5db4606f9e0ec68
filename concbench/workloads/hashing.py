"""The workload that hashes data of a given size: large arguments, small results, and no GIL meanwhile."""

from __future__ import annotations

from concbench.workloads.kinds import Tasks, workload
from concbench.workloads.payload import numbered

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from concbench.model import Workload


def hash_data(data: bytes) -> str:
    """Hash the argument, which releases the GIL where it is of more than 2 KiB."""
    import hashlib  # here, so that only a host that hashes carries it

    return hashlib.sha256(data).hexdigest()


@workload("hashing", tasks=32, payload=2**20, measured=True)
def hashing(sizes: Workload) -> Tasks:
    """SHA-256 of data of a given size, in a call that releases the GIL: large arguments, small results."""
    items = numbered(sizes.tasks, sizes.payload)
    return Tasks(task=hash_data, items=items, expected=[hash_data(item) for item in items], busy=1.0)
