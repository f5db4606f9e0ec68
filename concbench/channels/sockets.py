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

    from concbench.model import Settings


def no_unix_sockets() -> str | None:
    """Say where there are no sockets on a path."""
    return "needs sockets of the family AF_UNIX" if sys.platform == "win32" else None


@channel("socketpair")
@contextmanager
def socketpair(_settings: Settings, size: int) -> Iterator[tuple[End, End]]:
    """`socket.socketpair` with `sendall` and `recv`."""
    import multiprocessing.reduction  # noqa: F401 - it teaches pickle how a socket travels to a new process

    near, far = socket.socketpair()
    with near, far:
        yield SocketEnd(near, size), SocketEnd(far, size)


@channel("unix-socket", missing=no_unix_sockets)
@contextmanager
def unix_socket(_settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`multiprocessing.connection`'s `Listener` and `Client` on a socket with a path: `send` and `recv` as a pipe's."""
    from multiprocessing.connection import Listener  # here, so that no other channel's host carries it

    with Listener(family="AF_UNIX") as listener:
        near = ListeningEnd(listener)
        try:
            yield near, ClientEnd(str(listener.address))
        finally:
            near.close()


class SocketEnd(End):
    """An end of a pair of sockets; both ends know the size of a message, so nothing else travels."""

    def __init__(self, connected: socket.socket, size: int) -> None:
        self._socket = connected
        self._size = size

    def connect(self) -> None:
        """Bind the socket's own method; receiving takes more than one call for what is large."""
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


class ListeningEnd(End):
    """The end that waits for the other to call."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._connection: Connection | None = None

    def connect(self) -> None:
        """Wait until the other end has called."""
        self._connection = self._listener.accept()
        self.send = self._connection.send
        self.receive = self._connection.recv

    def close(self) -> None:
        """Hang up, if anybody ever called."""
        if self._connection is not None:
            self._connection.close()


class ClientEnd(End):
    """The end that calls."""

    def __init__(self, path: str) -> None:
        self._path = path

    def connect(self) -> None:
        """Call the other end."""
        from multiprocessing.connection import Client

        connection = Client(self._path, family="AF_UNIX")
        self.send = connection.send
        self.receive = connection.recv
