"""Starts processes so that nothing they start outlives concbench, even if concbench is killed."""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, NamedTuple, Protocol, TextIO


class KeeperKilled(OSError):
    """The process above a contained one was killed, and the contained one with it; its exit status is unknown."""

    def __init__(self) -> None:
        super().__init__("the process above it was killed")


class Contained(Protocol):
    """A process that a containment started, with pipes to its stdin and stdout; a `Popen` is one."""

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """Its input, open for writing."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """Its output, open for reading; None where it goes to a file."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, negative for a signal; raises TimeoutExpired, and KeeperKilled."""


class Request(NamedTuple):
    """A process to start; `stderr` None means concbench's own, `stdout` None a pipe."""

    command: list[str]
    environment: dict[str, str]
    folder: Path | None
    stderr: TextIO | None
    stdout: TextIO | None
    temporary: Path
    """The folder that holds its temporary files."""


class Containment(ABC):
    """Starts processes, and ends each with all of its descendants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Removed with everything in it when the containment is left, even where concbench was killed (POSIX)."""
        self._running: dict[int, Contained] = {}
        self._started = 0
        self._spare = spare_folder(folder)

    def start(
        self,
        command: list[str],
        environment: dict[str, str],
        stderr: TextIO | None,
        folder: Path | None = None,
        stdout: TextIO | None = None,
    ) -> Contained:
        """Start a process in `folder`, out of reach of the terminal's Ctrl-C; raises OSError where the system refuses.

        `stderr` None means concbench's own, `stdout` None a pipe. The process has a folder of its own for temporary
        files.
        """
        self._started += 1
        temporary = self.folder / f"t{self._started}"
        environment = {**environment, **self._spare, **_temporary_folder(temporary)}
        process = self._start(Request(command, environment, folder, stderr, stdout, temporary))
        self._running[process.pid] = process
        return process

    def end(self, process: Contained, grace: float) -> int:
        """End a process and all its descendants, after `grace` seconds in which they may end by themselves.

        Returns how many processes it left behind (always 0 except on Linux, where they can be counted). A process that
        was ended before is left alone: if a signal arrives while a host is handed over, that host is ended twice, with
        all the others and by its own context, which is left last.
        """
        if self._running.get(process.pid) is not process:
            return 0  # the number may be another process's by now
        left = self._end(process, grace)
        if process.stdout is not None:
            process.stdout.close()  # not before the end: a thread that reads from it would block this
        del self._running[process.pid]
        return left

    def end_all(self) -> None:
        """End whatever still runs, at once."""
        for process in list(self._running.values()):
            self.end(process, grace=0.0)

    @abstractmethod
    def _start(self, request: Request) -> Contained:
        """Start a process."""

    @abstractmethod
    def _end(self, process: Contained, grace: float) -> int:
        """End a running process with its descendants; returns how many it left behind."""


def contained() -> AbstractContextManager[Containment]:
    """This system's containment, as a context manager; nothing that was started in it is left at its end.

    Linux has a nursery, a process that adopts all orphans of the run. Other POSIX systems have a process group for
    each host, and a guardian that briefly outlives concbench. Windows has a job object, whose processes the kernel
    ends together with the job's last handle; that part is untested.
    """
    if sys.platform == "win32":
        from concbench.measure.containment.windows import contained_by_job

        return contained_by_job()
    if sys.platform == "linux":
        from concbench.measure.containment.linux import contained_by_nursery

        return contained_by_nursery()
    from concbench.measure.containment.posix import contained_by_guardian

    return contained_by_guardian()


def left_behind(what: str, number: int) -> str:
    """The warning that something left processes behind.

    >>> left_behind("thumbnails:make", 1), left_behind("--setup", 12)
    ('thumbnails:make leaves processes behind: 1 was ended', '--setup leaves processes behind: 12 were ended')
    """
    return f"{what} leaves processes behind: {number} {'was' if number == 1 else 'were'} ended"


def _temporary_folder(around: Path) -> dict[str, str]:
    """Make a folder for one process's temporary files, and return the variable that names it; raises OSError.

    A task may remove the folder; a host creates it again before each request. The folder around it is read-only, so
    only root could remove that.
    """
    own = around / "t"
    around.mkdir(0o700)
    own.mkdir(0o700)
    around.chmod(0o500)
    return {"TMPDIR": str(own)}


def spare_folder(run: Path) -> dict[str, str]:
    """Make a folder for processes whose own was removed, and return the variables that name it; raises OSError.

    `tempfile` tries TEMP and TMP before the system's folder, which a task that empties its own would empty next. So
    both name a link, which `shutil.rmtree` refuses.
    """
    spare, link = run / "spare", run / "s"
    spare.mkdir(0o700)
    try:
        link.symlink_to(spare, target_is_directory=True)
    except OSError:
        if os.name != "nt":
            raise
        link = spare  # on Windows, links need privileges
    return dict.fromkeys(("TEMP", "TMP"), str(link))
