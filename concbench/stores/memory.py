"""Stores in memory that processes map: no process and no call between the workers and the number."""

from __future__ import annotations

import sys
from contextlib import contextmanager

from concbench.stores.counter import AttributeCounter, Counter, ItemCounter, add_to_item
from concbench.stores.store import store

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.shared_memory import SharedMemory
    from typing import Any

    from concbench.model import Settings
    from concbench.stores.counter import Guard


@store("value", workers="processes")
@contextmanager
def value(settings: Settings, initial: int) -> Iterator[Counter]:
    """`multiprocessing.Value`: it has a lock, taken for each read and for each write, not for both together."""
    yield AttributeCounter(settings.context.Value("q", initial))


@store("raw-value", workers="processes")
@contextmanager
def raw_value(settings: Settings, initial: int) -> Iterator[Counter]:
    """`multiprocessing.sharedctypes.RawValue`: as `Value`, without a lock."""
    yield AttributeCounter(settings.context.RawValue("q", initial))


@store("array", workers="processes")
@contextmanager
def array(settings: Settings, initial: int) -> Iterator[Counter]:
    """`multiprocessing.Array` of one number: it has a lock, taken for each read and for each write."""
    numbers: Any = settings.context.Array("q", 1)
    numbers[0] = initial
    yield ItemCounter(numbers, 0)


@store("shared-memory", workers="processes")
@contextmanager
def shared_memory(settings: Settings, initial: int) -> Iterator[Counter]:
    """`multiprocessing.shared_memory`: a named block of bytes, read and written as a number by a `memoryview`."""
    from multiprocessing.shared_memory import SharedMemory  # here, so that no other store's host carries it

    memory = SharedMemory(create=True, size=8)
    try:
        counter = SharedMemoryCounter(memory)
        with counter.numbers() as numbers:
            numbers[0] = initial
        yield counter
    finally:
        memory.close()
        memory.unlink()


class SharedMemoryCounter(Counter):
    """A number at the beginning of a block of shared memory, to which another process attaches by name.

    Views of the memory end with the call that made them: while there is one, the memory can't be closed.
    """

    def __init__(self, memory: SharedMemory) -> None:
        super().__init__()
        self.memory = memory

    def numbers(self) -> memoryview:
        """View the memory as 64-bit integers."""
        assert self.memory.buf is not None  # it is None once the memory is closed
        return self.memory.buf.cast("q")

    def take_steps(self, count: int, by: int, guard: Guard | None) -> None:
        """Add `by`, `count` times, each time within `guard` where there is one."""
        with self.numbers() as numbers:
            add_to_item(numbers, 0, count, by, guard)

    def final(self, returned: Sequence[int | None]) -> int:
        """Return the number that the memory holds."""
        with self.numbers() as numbers:
            return numbers[0]

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.memory.name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__init__()
        self.memory = attached(state["name"])


def attached(name: str) -> SharedMemory:
    """Attach to shared memory that another process made, and will unlink."""
    from multiprocessing.shared_memory import SharedMemory  # here, so that no other store's host carries it

    if sys.version_info >= (3, 13):
        return SharedMemory(name=name, track=False)
    # Tracked a second time, by the tracker that a worker has in common with its parent and that keeps a set of names.
    # It must not be untracked here: that would take the parent's name off.
    return SharedMemory(name=name)
