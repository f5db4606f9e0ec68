"""Linux: hosts are started by a nursery, a process of concbench's own to which all orphans of the run fall."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import IO, Any, TextIO

from concbench.measure import guardian, nursery
from concbench.measure.containment import Contained, KeeperKilled, spare_folder, temporary_folder
from concbench.measure.run_folder import RunFolder, run_folder


class NurseryGone(Exception):
    """Somebody killed the nursery; another can be started."""


class Kept:
    """A process, and the line to its keeper."""

    def __init__(self, command: list[str], line: socket.socket, stdin: IO[bytes], stdout: IO[bytes] | None) -> None:
        self.pid = 0
        self.stdin: IO[bytes] | None = stdin
        self.stdout = stdout
        self.returncode: int | None = None
        self.left: int | None = None
        """How many processes it left behind, once all of them have ended."""
        self._command = command
        self._line = line
        self._heard = b""

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit status, negative for a signal; raises TimeoutExpired, and KeeperKilled."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            message = self.hear(None if deadline is None else max(0.0, deadline - time.monotonic()))
            if message is None:
                raise KeeperKilled
        return self.returncode

    def hear(self, timeout: float | None = None) -> dict[str, Any] | None:
        """Return what the keeper says next, None at the end; raises TimeoutExpired."""
        self._line.settimeout(timeout)
        while b"\n" not in self._heard:
            try:
                more = self._line.recv(4096)
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
        """End it with all that descends from it; returns when nothing of it is there, or its keeper was killed."""
        close_input(self)
        with suppress(TimeoutExpired, KeeperKilled):
            if grace > 0:
                self.wait(grace)
                while self.left is None and self.hear() is not None:
                    pass
        let_go(self._line)
        while self.hear() is not None:
            pass

    def close(self) -> None:
        """Close what is open; not before it has ended: a thread that reads its output would hold that up."""
        if self.stdout is not None:
            self.stdout.close()
        self._line.close()


def close_input(process: Kept) -> None:
    """Tell a process that there is nothing more to do."""
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()


def let_go(line: socket.socket) -> None:
    """Tell a keeper to end what it keeps at once, if it has not ended yet; what it says can still be heard."""
    with suppress(OSError):
        line.shutdown(socket.SHUT_WR)


class NurseryContainment:
    """Processes that a nursery's keepers watch over."""

    def __init__(self, run: RunFolder) -> None:
        self.folder = run.path
        self._lock = run.lock
        self._mark = secrets.token_hex(8)
        self._running: dict[int, Kept] = {}
        self._started = 0
        self._spare = spare_folder(self.folder)
        self._open_nursery()

    def _open_nursery(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            # Isolated and without site: it is up in milliseconds, and nothing in this folder or environment can
            # disturb it. It inherits the lock of the run's folder, and keeps it as long as it lives.
            self._nursery = Popen(
                [sys.executable, "-I", "-S", str(Path(nursery.__file__)), self._mark, str(self.folder)],
                stdin=theirs.fileno(),
                pass_fds=[self._lock],
                start_new_session=True,
            )

    def start(
        self,
        command: list[str],
        environment: dict[str, str],
        stderr: TextIO | None,
        folder: Path | None = None,
        stdout: TextIO | None = None,
    ) -> Kept:
        """Start a process in a session, and so a group, of its own: Ctrl-C reaches concbench and not the host.

        Raises OSError where the system refuses to.
        """
        self._started += 1
        around = self.folder / f"t{self._started}"
        request = {
            "command": command,
            "environment": {**environment, **self._spare, **temporary_folder(around), guardian.MARK: self._mark},
            "folder": None if folder is None else str(folder),
            "temporary": str(around),
        }
        try:
            process = self._ask(request, stderr, stdout)
        except NurseryGone:
            self._control.close()
            self._nursery.wait()
            self._open_nursery()
            try:
                process = self._ask(request, stderr, stdout)
            except NurseryGone:
                raise OSError("the process that starts hosts was killed, twice") from None
        self._running[process.pid] = process
        return process

    def _ask(self, request: dict[str, Any], stderr: TextIO | None, stdout: TextIO | None) -> Kept:
        """Have a keeper start a process; raises OSError where the system refuses to, KeeperKilled, and NurseryGone."""
        with ExitStack() as theirs, ExitStack() as ours:
            line, their_line = socket.socketpair()
            ours.enter_context(line)
            theirs.enter_context(their_line)
            their_stdin, our_stdin = os.pipe()
            theirs.callback(os.close, their_stdin)
            stdin = ours.enter_context(os.fdopen(our_stdin, "wb"))
            files = [their_line.fileno(), their_stdin]
            reads: IO[bytes] | None = None
            if stdout is None:
                our_stdout, their_stdout = os.pipe()
                theirs.callback(os.close, their_stdout)
                reads = ours.enter_context(os.fdopen(our_stdout, "rb"))
                files.append(their_stdout)
            else:
                files.append(stdout.fileno())
            if stderr is not None:
                files.append(stderr.fileno())
            process = Kept(request["command"], line, stdin, reads)
            try:
                socket.send_fds(self._control, [b"+"], files)
                theirs.close()  # from now on, the end of the line is seen here
                line.sendall(json.dumps(request).encode() + b"\n")
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
        """Say so of the nursery, whatever became of a keeper: its end of the socket is closed as it ends."""
        try:
            return not self._control.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    def end(self, process: Contained, grace: float) -> int:
        """End a process and all that descends from it; returns how many processes it had left behind.

        Does nothing where it was ended before. A signal may come just when a host is handed over, and then the host is
        ended twice: with all others, and by its own context, which is only left after that.
        """
        kept = self._running.get(process.pid)
        if kept is None or kept is not process:
            return 0  # its number may be somebody else's by now
        kept.end(grace)
        if kept.left is None and guardian.carries(kept.pid, self._mark):
            guardian.end_group(kept.pid)  # its keeper was killed, and perhaps the nursery, too
        kept.close()
        del self._running[process.pid]
        return kept.left or 0

    def end_all(self) -> None:
        """End what is still running, at once."""
        for process in list(self._running.values()):
            self.end(process, grace=0.0)

    def close(self) -> None:
        """Wait until the nursery has ended, and do what it had to do where somebody killed it."""
        self._control.close()
        if self._nursery.wait() != 0:
            guardian.end_marked(self._mark)
            guardian.remove(str(self.folder))


@contextmanager
def contained_by_nursery() -> Iterator[NurseryContainment]:
    """Start a nursery; at the end, nothing is left of what was started in it, and neither is the run's folder."""
    with run_folder() as run:
        try:
            containment = NurseryContainment(run)
        except BaseException:
            guardian.remove(str(run.path))
            raise
        try:
            yield containment
        finally:
            try:
                containment.end_all()
            finally:
                containment.close()
