"""Rings of slots in `multiprocessing.shared_memory`, one for each way, with semaphores that count the slots."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from multiprocessing.shared_memory import SharedMemory

from concbench.channels.channel import End, channel

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.synchronize import Semaphore
    from typing import Any

    from concbench.model.case import Settings

ROOM = 4 * 2**20
"""Bytes of a ring, for at most `MOST_SLOTS` slots and at least one. Containers often have 64 MB in all."""
MOST_SLOTS = 16
LENGTH = 8
"""Bytes before each slot that hold the length of its message."""


@channel("shared-memory")
@contextmanager
def shared_memory(settings: Settings, size: int) -> Iterator[tuple[End, End]]:
    """A ring in `shared_memory` with two semaphores, one for each way: a message is copied in and copied out."""
    with ExitStack() as stack:
        to_far = stack.enter_context(_ring(settings, size))
        to_near = stack.enter_context(_ring(settings, size))
        yield _RingsEnd(to_far, to_near), _RingsEnd(to_near, to_far)


@contextmanager
def _ring(settings: Settings, size: int) -> Iterator[_Ring]:
    slots = max(1, min(MOST_SLOTS, ROOM // size))
    memory = SharedMemory(create=True, size=slots * (LENGTH + size))
    try:
        made = _Ring(memory, settings.context.Semaphore(slots), settings.context.Semaphore(0), slots, LENGTH + size)
        yield made
    finally:
        memory.close()
        memory.unlink()


class _Ring:
    """Slots that one worker fills and another empties, in turn."""

    def __init__(self, memory: SharedMemory, free: Semaphore, filled: Semaphore, slots: int, step: int) -> None:
        self.memory = memory
        self.free = free
        self.filled = filled
        self.slots = slots
        self.step = step
        """Bytes from one slot to the next."""
        self._turn = 0

    def connect(self) -> None:
        if self.memory.buf is None:
            raise AssertionError("the ring is open")
        self.view = self.memory.buf

    def put(self, message: Any) -> None:
        begin = self._turn * self.step
        self._turn = (self._turn + 1) % self.slots
        length = len(message)
        self.free.acquire()
        view = self.view
        view[begin : begin + LENGTH] = length.to_bytes(LENGTH, "little")
        view[begin + LENGTH : begin + LENGTH + length] = message
        self.filled.release()

    def get(self) -> bytes:
        begin = self._turn * self.step
        self._turn = (self._turn + 1) % self.slots
        self.filled.acquire()
        view = self.view
        length = int.from_bytes(view[begin : begin + LENGTH], "little")
        message = bytes(view[begin + LENGTH : begin + LENGTH + length])
        self.free.release()
        return message


class _RingsEnd(End):
    """An end of two rings."""

    def __init__(self, outgoing: _Ring, incoming: _Ring) -> None:
        self._outgoing = outgoing
        self._incoming = incoming

    def connect(self) -> None:
        self._outgoing.connect()
        self._incoming.connect()
        self.send = self._outgoing.put
        self.receive = self._incoming.get
