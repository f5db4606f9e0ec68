"""POSIX: each host leads a process group, and a guardian process ends the groups if concbench can't."""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from typing import IO, TextIO

from concbench.measure import guardian

LONGEST_TEMPORARY = 58
"""Letters of the folder in which the hosts' own may lie: multiprocessing adds up to 45 for the path of a socket, and
one of more than 103 can't be bound on macOS, nor one of more than 107 on Linux."""
SHORT_TEMPORARY = "/tmp"  # noqa: S108 - what is made in it has a name of its own, and is its maker's only


class GuardedGroups:
    """Process groups that the guardian knows of."""

    def __init__(self, mark: str, temporary: str, ledger: IO[bytes]) -> None:
        self.folder = Path(temporary)
        self._mark = mark
        self._ledger = ledger
        self._running: dict[int, Popen[bytes]] = {}

    def start(
        self, command: list[str], environment: dict[str, str], stderr: TextIO | None, folder: Path | None = None
    ) -> Popen[bytes]:
        """Start a process in a session, and so a group, of its own: Ctrl-C reaches concbench and not the host.

        The guardian hears of it before it gets its first request, so before it can have children.
        """
        process = Popen(
            command,
            env={**environment, guardian.MARK: self._mark, "TMPDIR": str(self.folder)},
            stdin=PIPE,
            stdout=PIPE,
            stderr=stderr,
            cwd=folder,
            start_new_session=True,
        )
        self._running[process.pid] = process
        self._note(b"+", process.pid)
        return process

    def end(self, process: Popen[bytes], grace: float) -> None:
        """End a process's group: first itself, then whatever it left; its number stays its own until it is reaped.

        Does nothing where it was ended before. A signal may come just when a host is handed over, and then the host is
        ended twice: with all others, and by its own context, which is only left after that.
        """
        if self._running.get(process.pid) is not process:
            return  # its number may be somebody else's by now
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
    # Hosts and their workers have a folder for temporary files of their own: the sockets of managers and listeners are
    # in it, which nobody removes when their process is killed.
    usual = tempfile.gettempdir()
    temporary = tempfile.mkdtemp(prefix="cb-", dir=usual if len(usual) <= LONGEST_TEMPORARY else SHORT_TEMPORARY)
    # Isolated and without site: it is up in milliseconds, and nothing in this folder or environment can disturb it.
    watcher = Popen(
        [sys.executable, "-I", "-S", str(Path(guardian.__file__)), mark, temporary], stdin=PIPE, start_new_session=True
    )
    if watcher.stdin is None:
        raise AssertionError("it was asked for")
    groups = GuardedGroups(mark, temporary, watcher.stdin)
    try:
        yield groups
    finally:
        try:
            groups.end_all()
        finally:
            with suppress(BrokenPipeError):
                watcher.stdin.close()
            if watcher.wait() != 0:
                guardian.end_marked(mark)
                guardian.remove(temporary)
