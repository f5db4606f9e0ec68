"""`multiprocessing.Pipe`: with objects that are pickled, and with bytes."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.channels.channel import End, channel

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from concbench.model import Settings


@channel("pipe")
@contextmanager
def pipe(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`Pipe()`, both ways: `send` pickles an object, `recv` makes it anew."""
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
    """`Pipe()` with `send_bytes` and `recv_bytes_into`: every message into one buffer, made once."""
    near, far = settings.context.Pipe()
    with near, far:
        yield BufferedEnd(near, size), BufferedEnd(far, size)


class BufferedEnd(End):
    """An end that receives into a buffer of its own; a message is good until the next one comes."""

    def __init__(self, connection: Connection, size: int) -> None:
        self._connection = connection
        self._size = size

    def connect(self) -> None:
        """Make the buffer, in the worker that has the end."""
        buffer = memoryview(bytearray(self._size))
        receive_into = self._connection.recv_bytes_into

        def receive() -> memoryview:
            return buffer[: receive_into(buffer)]

        self.send = self._connection.send_bytes
        self.receive = receive
