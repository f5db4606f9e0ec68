"""Linux: hosts are started by a nursery, a process of concbench's own that adopts all orphans of the run."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from subprocess import TimeoutExpired
from typing import IO, Any

from concbench.measure.containment import Contained, Containment, KeeperKilled, Request, guardian, nursery
from concbench.measure.containment.run_folder import RunFolder, run_folder


class NurseryGone(Exception):
    """The nursery was killed; another can be started."""


class Kept:
    """A process, and the connection to its keeper."""

    def __init__(self, command: list[str], line: socket.socket, stdin: IO[bytes], stdout: IO[bytes] | None) -> None:
        self.pid = 0
        self.stdin: IO[bytes] | None = stdin
        self.stdout = stdout
        self.returncode: int | None = None
        self.left: int | None = None
        """Number of processes it left behind, once all of them have ended."""
        self._command = command
        self.line = line
        self._heard = b""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, negative for a signal; raises TimeoutExpired, and KeeperKilled."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            message = self.hear(None if deadline is None else max(0.0, deadline - time.monotonic()))
            if message is None:
                raise KeeperKilled
        return self.returncode

    def hear(self, timeout: float | None = None) -> dict[str, Any] | None:
        """The keeper's next message, None at the end; raises TimeoutExpired."""
        self.line.settimeout(timeout)
        while b"\n" not in self._heard:
            try:
                more = self.line.recv(4096)
            except (TimeoutError, BlockingIOError):
                raise TimeoutExpired(self._command, timeout or 0.0) from None
            except ConnectionError:
                more = b""
            if not more:
                return None
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        self.returncode = message.get("status", self.returncode)
        self.left = message.get("left", self.left)
        return message

    def end(self, grace: float) -> None:
        """End it with all its descendants; returns when none is left, or its keeper was killed."""
        close_input(self)
        with suppress(TimeoutExpired, KeeperKilled):
            if grace > 0:
                self.wait(grace)
                while self.left is None and self.hear() is not None:
                    pass
        let_go(self.line)
        while self.hear() is not None:
            pass


def close_input(process: Kept) -> None:
    """Tell a process that there is nothing more to do."""
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()


def let_go(line: socket.socket) -> None:
    """Tell a keeper to end its process at once; its messages can still be heard."""
    with suppress(OSError):
        line.shutdown(socket.SHUT_WR)


class NurseryContainment(Containment):
    """Processes that a nursery's keepers watch over."""

    def __init__(self, run: RunFolder) -> None:
        super().__init__(run.path)
        self._run = run
        self._open_nursery()

    def _open_nursery(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._nursery = self._run.start_survivor(nursery.__file__, theirs.fileno())

    def _start(self, request: Request) -> Kept:
        """Start a process in a session of its own."""
        try:
            return self._ask(request)
        except NurseryGone:
            self._control.close()
            self._nursery.wait()
            self._open_nursery()
        try:
            return self._ask(request)
        except NurseryGone:
            raise OSError("the process that starts hosts was killed, twice") from None

    def _ask(self, request: Request) -> Kept:
        """Have a keeper start a process; raises OSError where the system refuses, KeeperKilled, and NurseryGone."""
        with ExitStack() as theirs, ExitStack() as ours:
            line, their_line = socket.socketpair()
            ours.enter_context(line)
            theirs.enter_context(their_line)
            their_stdin, our_stdin = os.pipe()
            theirs.callback(os.close, their_stdin)
            stdin = ours.enter_context(os.fdopen(our_stdin, "wb"))
            files = [their_line.fileno(), their_stdin]
            reads: IO[bytes] | None = None
            if request.stdout is None:
                our_stdout, their_stdout = os.pipe()
                theirs.callback(os.close, their_stdout)
                reads = ours.enter_context(os.fdopen(our_stdout, "rb"))
                files.append(their_stdout)
            else:
                files.append(request.stdout.fileno())
            if request.stderr is not None:
                files.append(request.stderr.fileno())
            process = Kept(request.command, line, stdin, reads)
            message = {
                "command": request.command,
                "environment": {**request.environment, guardian.MARK: self._run.mark},
                "folder": None if request.folder is None else str(request.folder),
                "temporary": str(request.temporary),
            }
            try:
                socket.send_fds(self._control, [b"+"], files)
                theirs.close()  # from now on, the end of the line is seen here
                line.sendall(json.dumps(message).encode() + b"\n")
                answer = process.hear()
            except ConnectionError:
                answer = None
            if answer is None:
                raise NurseryGone if self._nursery_is_gone() else KeeperKilled
            if "pid" not in answer:
                raise OSError(answer["errno"], answer["text"], answer["file"])
            process.pid = answer["pid"]
            ours.pop_all()
            return process

    def _nursery_is_gone(self) -> bool:
        """Whether the nursery itself has ended, not just a keeper: then its end of the socket is closed."""
        try:
            return not self._control.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    def _end(self, process: Contained, grace: float) -> int:
        assert isinstance(process, Kept)
        process.end(grace)
        if process.left is None and guardian.carries(process.pid, self._run.mark):
            guardian.end_group(process.pid)  # its keeper was killed, and perhaps the nursery, too
        process.line.close()
        return process.left or 0

    def close(self) -> None:
        """Wait until the nursery has ended, and do its work where it was killed."""
        self._control.close()
        if self._nursery.wait() != 0:
            self._run.clean_up()


@contextmanager
def contained_by_nursery() -> Iterator[NurseryContainment]:
    """Start a nursery; when this is left, nothing that was started in it is left, nor the run's folder."""
    with run_folder() as run:
        try:
            containment = NurseryContainment(run)
        except BaseException:
            run.remove()
            raise
        try:
            yield containment
        finally:
            try:
                containment.end_all()
            finally:
                containment.close()
