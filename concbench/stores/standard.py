"""concbench's own stores: what is not shared, a dict of threads, memory that processes map, and a manager's objects."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.stores.counter import AttributeCounter, Counter, ItemCounter, LocalCounter, add_to_item
from concbench.stores.store import MANAGER_LOCKS, PROCESS_LOCKS, store

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.shared_memory import SharedMemory
    from typing import Any

    from concbench.model.case import Settings
    from concbench.stores.counter import Guard

LOCKS_OF_MANAGERS = (*PROCESS_LOCKS, *MANAGER_LOCKS)


@store("local", workers="processes")
@contextmanager
def local(settings: Settings, initial: int) -> Iterator[Counter]:
    """A local variable of each worker process, not shared: what the loop itself costs."""
    yield LocalCounter(initial)


@store("local-threads", workers="threads")
@contextmanager
def local_threads(settings: Settings, initial: int) -> Iterator[Counter]:
    """A local variable of each thread, not shared: what the loop itself costs."""
    yield LocalCounter(initial)


@store("dict", workers="threads")
@contextmanager
def plain_dict(settings: Settings, initial: int) -> Iterator[Counter]:
    """A plain `dict` that threads share."""
    yield ItemCounter({"count": initial}, "count")


# Memory that processes map: no other process, and no call, stands between the workers and the number


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
        counter = _SharedMemoryCounter(memory)
        with counter.numbers() as numbers:
            numbers[0] = initial
        yield counter
    finally:
        memory.close()
        memory.unlink()


class _SharedMemoryCounter(Counter):
    """A number at the start of a block of shared memory, to which another process attaches by name.

    Views of the memory end with the call that made them: while one exists, the memory can't be closed.
    """

    def __init__(self, memory: SharedMemory) -> None:
        super().__init__()
        self.memory = memory

    def numbers(self) -> memoryview:
        assert self.memory.buf is not None  # it is None once the memory is closed
        return self.memory.buf.cast("q")

    def take_steps(self, count: int, by: int, guard: Guard | None) -> None:
        with self.numbers() as numbers:
            add_to_item(numbers, 0, count, by, guard)

    def final(self, returned: Sequence[int | None]) -> int:
        with self.numbers() as numbers:
            return numbers[0]

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.memory.name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        from concbench.workloads.sharing import attached  # here, so that no other store's worker carries it

        super().__init__()
        self.memory = attached(state["name"])


# A manager: an object in a process of its own, read and written through proxies


@store("manager-dict", workers="processes", locks=LOCKS_OF_MANAGERS)
@contextmanager
def manager_dict(settings: Settings, initial: int) -> Iterator[Counter]:
    """`Manager().dict`: a `dict` in the manager's process."""
    with settings.context.Manager() as manager:
        yield ItemCounter(manager.dict({"count": initial}), "count", manager)


@store("manager-namespace", workers="processes", locks=LOCKS_OF_MANAGERS)
@contextmanager
def manager_namespace(settings: Settings, initial: int) -> Iterator[Counter]:
    """`Manager().Namespace`: an object in the manager's process that takes any attribute."""
    with settings.context.Manager() as manager:
        namespace = manager.Namespace()
        namespace.value = initial
        yield AttributeCounter(namespace, manager)


@store("manager-value", workers="processes", locks=LOCKS_OF_MANAGERS)
@contextmanager
def manager_value(settings: Settings, initial: int) -> Iterator[Counter]:
    """`Manager().Value`: an object in the manager's process with one attribute."""
    with settings.context.Manager() as manager:
        yield AttributeCounter(manager.Value("q", initial), manager)


@store("manager-list", workers="processes", locks=LOCKS_OF_MANAGERS)
@contextmanager
def manager_list(settings: Settings, initial: int) -> Iterator[Counter]:
    """`Manager().list`: a `list` in the manager's process."""
    with settings.context.Manager() as manager:
        yield ItemCounter(manager.list([initial]), 0, manager)


@store("manager-array", workers="processes", locks=LOCKS_OF_MANAGERS)
@contextmanager
def manager_array(settings: Settings, initial: int) -> Iterator[Counter]:
    """`Manager().Array`: an `array.array` in the manager's process."""
    with settings.context.Manager() as manager:
        yield ItemCounter(manager.Array("q", [initial]), 0, manager)
