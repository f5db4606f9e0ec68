"""A web server on loopback that answers each request after 30 ms, in a process of its own.

It prints its address, and ends when its standard input does: none is left behind, whatever becomes of who started it.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from subprocess import PIPE, Popen

WAIT = 0.03
PAGE = b"<p>Good morning.</p>\n" * 200


class SlowPage(BaseHTTPRequestHandler):
    """Answers everything with the same page, and leaves the connection open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the page waits 40 ms for the header's acknowledgement

    def do_GET(self) -> None:
        """Answer, a little later."""
        time.sleep(WAIT)
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name that it has
        """Log nothing."""


class Server(ThreadingHTTPServer):
    """Takes as many connections at once as come."""

    daemon_threads = True
    request_queue_size = 512  # the usual five make clients wait a second for their next try

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that ended in the middle."""


def slow_server() -> AbstractContextManager[str]:
    """Run the server in a process of its own meanwhile; yields its address, as `http://127.0.0.1:PORT`."""
    return serving(__file__)


@contextmanager
def serving(program: str) -> Iterator[str]:
    """Run a program that prints its address and serves there until it is ended; yields the address."""
    command = [sys.executable, os.path.abspath(program)]  # noqa: PTH100 - as a path of its own
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def main() -> None:
    """Serve until standard input ends."""
    server = Server(("127.0.0.1", 0), SlowPage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
