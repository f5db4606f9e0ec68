"""Sockets: a connected pair, and `multiprocessing.connection`'s listener and client on a path."""

from __future__ import annotations

import socket
import sys
from contextlib import contextmanager

from concbench.channels.channel import End, channel

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection, Listener

    from concbench.model.case import Settings


@channel("socketpair")
@contextmanager
def socketpair(_settings: Settings, size: int) -> Iterator[tuple[End, End]]:
    """`socket.socketpair` with `sendall` and `recv`."""
    import multiprocessing.reduction  # noqa: F401 - it teaches pickle to move a socket to a new process

    near, far = socket.socketpair()
    with near, far:
        yield _SocketEnd(near, size), _SocketEnd(far, size)


@channel("unix-socket", missing=lambda: "needs sockets of the family AF_UNIX" if sys.platform == "win32" else None)
@contextmanager
def unix_socket(_settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`multiprocessing.connection`'s `Listener` and `Client` on a socket with a path: `send` and `recv` as a pipe's."""
    from multiprocessing.connection import Listener  # here, so that no other channel's host carries it

    with Listener(family="AF_UNIX") as listener:
        near = _ListeningEnd(listener)
        try:
            yield near, _ClientEnd(str(listener.address))
        finally:
            near.close()


class _SocketEnd(End):
    """An end of a pair of sockets. Both ends know the size of a message, so nothing else is sent."""

    def __init__(self, connected: socket.socket, size: int) -> None:
        self._socket = connected
        self._size = size

    def connect(self) -> None:
        """Bind the socket's own method; receiving a large message takes more than one call."""
        self.send = self._socket.sendall

    def receive(self) -> bytes:
        """Receive one whole message; raises EOFError where the other end is closed."""
        message = self._socket.recv(self._size)
        if len(message) == self._size:
            return message
        pieces = [message]
        missing = self._size - len(message)
        while missing:
            piece = self._socket.recv(missing)
            if not piece:
                raise EOFError("the other end of the socket is closed")
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)


class _ListeningEnd(End):
    """The end that listens."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._connection: Connection | None = None

    def connect(self) -> None:
        self._connection = self._listener.accept()
        self.send = self._connection.send
        self.receive = self._connection.recv

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


class _ClientEnd(End):
    """The end that connects."""

    def __init__(self, path: str) -> None:
        self._path = path

    def connect(self) -> None:
        from multiprocessing.connection import Client

        connection = Client(self._path, family="AF_UNIX")
        self.send = connection.send
        self.receive = connection.recv
