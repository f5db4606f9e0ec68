"""POSIX other than Linux: each host leads a process group, and a guardian ends the groups if concbench can't."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from subprocess import PIPE, Popen, TimeoutExpired
from typing import IO

from concbench.measure.containment import Contained, Containment, Request, guardian
from concbench.measure.containment.run_folder import RunFolder, run_folder


class GroupContainment(Containment):
    """Process groups that are registered with the guardian."""

    def __init__(self, run: RunFolder, ledger: IO[bytes]) -> None:
        super().__init__(run.path)
        self._mark = run.mark
        self._ledger = ledger

    def _start(self, request: Request) -> Popen[bytes]:
        """Start a process in a session of its own; the guardian knows of it before it can have children."""
        process = Popen(
            request.command,
            env={**request.environment, guardian.MARK: self._mark},
            stdin=PIPE,
            stdout=PIPE if request.stdout is None else request.stdout,
            stderr=request.stderr,
            cwd=request.folder,
            start_new_session=True,
        )
        self._running[process.pid] = process  # first, so that it is ended even if this is interrupted
        self._note(b"+", process.pid)
        return process

    def _end(self, process: Contained, grace: float) -> int:
        """End the process first, then its group; the number of a group stays taken until its leader is reaped."""
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        if not guardian.CAN_NAME_MEMBERS:
            with suppress(TimeoutExpired):
                process.wait(grace)
        guardian.end_group(process.pid, grace)
        process.wait()
        self._note(b"-", process.pid)
        return 0

    def _note(self, sign: bytes, group: int) -> None:
        with suppress(BrokenPipeError):  # the guardian was killed: whatever can be ended from here still is
            self._ledger.write(sign + str(group).encode() + b"\n")
            self._ledger.flush()


@contextmanager
def contained_by_guardian() -> Iterator[GroupContainment]:
    """Start a guardian, which has ended everything when this is left."""
    with run_folder() as run:
        try:
            watcher = run.start_survivor(guardian.__file__, PIPE)
        except BaseException:
            run.remove()
            raise
        if watcher.stdin is None:
            raise AssertionError("it was asked for")
        try:
            containment = GroupContainment(run, watcher.stdin)
            try:
                yield containment
            finally:
                containment.end_all()
        finally:
            with suppress(BrokenPipeError):
                watcher.stdin.close()
            if watcher.wait() != 0:
                run.clean_up()
