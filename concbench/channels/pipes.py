"""Pipes: the system's own, the floor under all channels, and `multiprocessing.Pipe`, with objects and with bytes."""

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
    from multiprocessing.connection import Connection
    from typing import Any

    from concbench.model.case import Settings

ATOMIC = 4096
"""Bytes: PIPE_BUF on Linux. What is no larger is written and read whole, and needs no loop (pipe(7))."""
CAPACITY = 65536
"""Bytes that a pipe holds on Linux: a larger read only makes Python reserve more."""


@channel("pipe")
@contextmanager
def pipe(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`Pipe()`, both ways: `send` pickles an object, `recv` unpickles it."""
    near, far = settings.context.Pipe()
    with near, far:
        yield End(near.send, near.recv), End(far.send, far.recv)


@channel("pipe-simplex")
@contextmanager
def pipe_simplex(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`Pipe(duplex=False)`, one for each way: a system's pipe, where the duplex one is a pair of sockets."""
    near_in, far_out = settings.context.Pipe(duplex=False)
    far_in, near_out = settings.context.Pipe(duplex=False)
    with near_in, far_out, far_in, near_out:
        yield End(near_out.send, near_in.recv), End(far_out.send, far_in.recv)


@channel("pipe-bytes")
@contextmanager
def pipe_bytes(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`Pipe()` with `send_bytes` and `recv_bytes`: nothing is pickled."""
    near, far = settings.context.Pipe()
    with near, far:
        yield End(near.send_bytes, near.recv_bytes), End(far.send_bytes, far.recv_bytes)


@channel("pipe-bytes-into")
@contextmanager
def pipe_bytes_into(settings: Settings, size: int) -> Iterator[tuple[End, End]]:
    """`Pipe()` with `send_bytes` and `recv_bytes_into`: all messages go into one buffer."""
    near, far = settings.context.Pipe()
    with near, far:
        yield _BufferedEnd(near, size), _BufferedEnd(far, size)


class _BufferedEnd(End):
    """An end that receives into a buffer of its own; a message is valid until the next one comes."""

    def __init__(self, connection: Connection, size: int) -> None:
        self._connection = connection
        self._size = size

    def connect(self) -> None:
        buffer = memoryview(bytearray(self._size))
        receive_into = self._connection.recv_bytes_into

        def receive() -> memoryview:
            return buffer[: receive_into(buffer)]

        self.send = self._connection.send_bytes
        self.receive = receive


# The system's own


def _no_descriptors_to_pass() -> str | None:
    return "needs file descriptors that a child process can be given, as POSIX has" if sys.platform == "win32" else None


@channel("os-pipe", missing=_no_descriptors_to_pass)
@contextmanager
def os_pipe(_settings: Settings, size: int) -> Iterator[tuple[End, End]]:
    """`os.pipe` with `os.write` and `os.read`, one for each way: the floor."""
    near_in, far_out = os.pipe()
    far_in, near_out = os.pipe()
    try:
        yield _DescriptorEnd(near_in, near_out, size), _DescriptorEnd(far_in, far_out, size)
    finally:
        for descriptor in (near_in, far_out, far_in, near_out):
            os.close(descriptor)


class _DescriptorEnd(End):
    """An end of two pipes. Both ends know the size of a message, so nothing else is sent."""

    def __init__(self, incoming: int, outgoing: int, size: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._size = size

    def connect(self) -> None:
        """Bind the system's calls to the descriptors."""
        if self._size <= ATOMIC:
            # In the ways that add least: a partial around either call would be 1 % of a round trip.
            self.send = FileIO(self._outgoing, "w", closefd=False).write  # the same system call as os.write
            self.receive = _reader(self._incoming, self._size)
        else:
            self.send = partial(_write_all, self._outgoing)
            self.receive = partial(_read_all, self._incoming, self._size)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to a new process as duplicates, whose numbers may differ there."""
        from multiprocessing.reduction import DupFd  # here, because a forked child needs none of it

        return _attached, (DupFd(self._incoming), DupFd(self._outgoing), self._size)


def _reader(descriptor: int, size: int) -> Callable[[], bytes]:
    """`os.read` with its arguments bound: as a function's defaults they cost less than in a partial."""

    def receive(read: Callable[[int, int], bytes] = os.read, descriptor: int = descriptor, size: int = size) -> bytes:
        return read(descriptor, size)

    return receive


def _attached(incoming: Any, outgoing: Any, size: int) -> _DescriptorEnd:
    return _DescriptorEnd(incoming.detach(), outgoing.detach(), size)


def _write_all(descriptor: int, message: bytes) -> None:
    left = memoryview(message)
    while left:
        left = left[os.write(descriptor, left) :]


def _read_all(descriptor: int, size: int) -> bytes:
    pieces = []
    while size:
        piece = os.read(descriptor, min(size, CAPACITY))
        if not piece:
            raise EOFError("the other end of the pipe is closed")
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
