"""Raw file descriptors: `os.pipe`, the floor that all channels are shown against."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from functools import partial
from io import FileIO

from concbench.channels.channel import End, channel

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from concbench.model import Settings

ATOMIC = 4096
"""Bytes: PIPE_BUF on Linux. What is no larger is written and read whole, and needs no loop (pipe(7))."""
CAPACITY = 65536
"""Bytes that a pipe holds on Linux: to ask for more in one read only makes Python reserve more."""


def no_descriptors_to_pass() -> str | None:
    """Say where a child process can't have its parent's descriptors."""
    return "needs file descriptors that a child process can be given, as POSIX has" if sys.platform == "win32" else None


@channel("os-pipe", missing=no_descriptors_to_pass)
@contextmanager
def os_pipe(_settings: Settings, size: int) -> Iterator[tuple[End, End]]:
    """`os.pipe` with `os.write` and `os.read`, one for each way: the floor."""
    near_in, far_out = os.pipe()
    far_in, near_out = os.pipe()
    try:
        yield DescriptorEnd(near_in, near_out, size), DescriptorEnd(far_in, far_out, size)
    finally:
        for descriptor in (near_in, far_out, far_in, near_out):
            os.close(descriptor)


class DescriptorEnd(End):
    """An end of two pipes; both ends know the size of a message, so nothing else travels."""

    def __init__(self, incoming: int, outgoing: int, size: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._size = size

    def connect(self) -> None:
        """Bind the system's calls to the descriptors."""
        if self._size <= ATOMIC:
            # Each in the way that adds least, because a partial around either call would be 1 % of a round trip.
            self.send = FileIO(self._outgoing, "w", closefd=False).write  # the same system call as os.write
            self.receive = reader(self._incoming, self._size)
        else:
            self.send = partial(write_all, self._outgoing)
            self.receive = partial(read_all, self._incoming, self._size)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to a new process as duplicates, under whatever numbers they have there."""
        from multiprocessing.reduction import DupFd  # here, because a forked child needs none of it

        return attached, (DupFd(self._incoming), DupFd(self._outgoing), self._size)


def reader(descriptor: int, size: int) -> Callable[[], bytes]:
    """Return a call of `os.read` that knows its arguments: a function's defaults cost less than a partial's do."""

    def receive(read: Callable[[int, int], bytes] = os.read, descriptor: int = descriptor, size: int = size) -> bytes:
        return read(descriptor, size)

    return receive


def attached(incoming: Any, outgoing: Any, size: int) -> DescriptorEnd:
    """Return an end that has arrived in a new process."""
    return DescriptorEnd(incoming.detach(), outgoing.detach(), size)


def write_all(descriptor: int, message: bytes) -> None:
    """Write a message that the pipe may not take at once."""
    left = memoryview(message)
    while left:
        left = left[os.write(descriptor, left) :]


def read_all(descriptor: int, size: int) -> bytes:
    """Read a message of so many bytes; raises EOFError where the other end is closed before."""
    pieces = []
    while size:
        piece = os.read(descriptor, min(size, CAPACITY))
        if not piece:
            raise EOFError("the other end of the pipe is closed")
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
