"""POSIX, but not Linux: each host leads a process group, and a guardian ends the groups where concbench can't."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from typing import IO, TextIO

from concbench.measure import guardian
from concbench.measure.containment import Contained, spare_folder, temporary_folder
from concbench.measure.run_folder import run_folder


class GuardedGroups:
    """Process groups that the guardian knows of."""

    def __init__(self, mark: str, folder: Path, ledger: IO[bytes]) -> None:
        self.folder = folder
        self._mark = mark
        self._ledger = ledger
        self._running: dict[int, Popen[bytes]] = {}
        self._started = 0
        self._spare = spare_folder(folder)

    def start(
        self,
        command: list[str],
        environment: dict[str, str],
        stderr: TextIO | None,
        folder: Path | None = None,
        stdout: TextIO | None = None,
    ) -> Popen[bytes]:
        """Start a process in a session, and so a group, of its own: Ctrl-C reaches concbench and not the host.

        The guardian hears of it before it gets its first request, so before it can have children.
        """
        self._started += 1
        temporary = temporary_folder(self.folder / f"t{self._started}")
        process = Popen(
            command,
            env={**environment, **self._spare, **temporary, guardian.MARK: self._mark},
            stdin=PIPE,
            stdout=PIPE if stdout is None else stdout,
            stderr=stderr,
            cwd=folder,
            start_new_session=True,
        )
        self._running[process.pid] = process
        self._note(b"+", process.pid)
        return process

    def end(self, process: Contained, grace: float) -> int:
        """End a process's group: first itself, then whatever it left; its number stays its own until it is reaped.

        How much it left behind is not known, so it returns 0.

        Does nothing where it was ended before. A signal may come just when a host is handed over, and then the host is
        ended twice: with all others, and by its own context, which is only left after that.
        """
        if self._running.get(process.pid) is not process:
            return 0  # its number may be somebody else's by now
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        if not guardian.CAN_NAME_MEMBERS:
            with suppress(TimeoutExpired):
                process.wait(grace)
        guardian.end_group(process.pid, grace)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        del self._running[process.pid]
        self._note(b"-", process.pid)
        return 0

    def end_all(self) -> None:
        """End what is still running, at once."""
        for process in list(self._running.values()):
            self.end(process, grace=0.0)

    def _note(self, sign: bytes, group: int) -> None:
        with suppress(BrokenPipeError):  # somebody killed the guardian: what can be ended from here still is
            self._ledger.write(sign + str(group).encode() + b"\n")
            self._ledger.flush()


@contextmanager
def contained_by_guardian() -> Iterator[GuardedGroups]:
    """Start a guardian; at the end, it has ended whatever was still left."""
    mark = secrets.token_hex(8)
    with run_folder() as run:
        # Isolated and without site: it is up in milliseconds, and nothing in this folder or environment can disturb it.
        # It inherits the lock of the run's folder, and keeps it as long as it lives.
        try:
            watcher = Popen(
                [sys.executable, "-I", "-S", str(Path(guardian.__file__)), mark, str(run.path)],
                stdin=PIPE,
                pass_fds=[run.lock],
                start_new_session=True,
            )
        except BaseException:
            guardian.remove(str(run.path))
            raise
        if watcher.stdin is None:
            raise AssertionError("it was asked for")
        try:
            groups = GuardedGroups(mark, run.path, watcher.stdin)
            try:
                yield groups
            finally:
                groups.end_all()
        finally:
            with suppress(BrokenPipeError):
                watcher.stdin.close()
            if watcher.wait() != 0:
                guardian.end_marked(mark)
                guardian.remove(str(run.path))
