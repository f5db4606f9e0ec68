"""A web server on loopback that answers after 30 ms and works on 100 requests at once, in a process of its own.

Further requests wait for their turn. It prints its address, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from contextlib import AbstractContextManager

WAIT = 0.03
LIMIT = 100
PAGE = b"<p>Good morning.</p>\n" * 20
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE
END = b"\r\n\r\n"


class Desk:
    """The requests that are worked on, and those that wait."""

    def __init__(self) -> None:
        self.busy = 0
        self.waiting: deque[asyncio.Transport] = deque()

    def take(self, transport: asyncio.Transport) -> None:
        """Work on a request, or let it wait."""
        if self.busy == LIMIT:
            self.waiting.append(transport)
            return
        self.busy += 1
        asyncio.get_running_loop().call_later(WAIT, self.answer, transport)

    def answer(self, transport: asyncio.Transport) -> None:
        """Answer a request, and go on with one that waits."""
        self.busy -= 1
        if self.waiting:
            self.take(self.waiting.popleft())
        if not transport.is_closing():
            transport.write(ANSWER)


class Visitor(asyncio.Protocol):
    """A connection, which stays open for any number of requests."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.read = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Take the requests that are complete; none has a body."""
        *whole, self.read = (self.read + data).split(END)
        for _ in whole:
            assert self.transport is not None
            self.desk.take(self.transport)


def limited_server() -> AbstractContextManager[str]:
    """Run the server in a process of its own meanwhile; yields its address, as `http://127.0.0.1:PORT`."""
    from benchmarks.slow_server import serving  # here: the program itself is run by its path, without the package

    return serving(__file__)


async def serve() -> None:
    """Serve until standard input ends."""
    loop, desk = asyncio.get_running_loop(), Desk()
    server = await loop.create_server(lambda: Visitor(desk), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
