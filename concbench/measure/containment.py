"""Starting hosts so that nothing they start outlives concbench, even if concbench is killed."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Protocol, TextIO


class KeeperKilled(OSError):
    """The process above a contained one was killed, and so is the contained one; how that ended is not known."""

    def __init__(self) -> None:
        super().__init__("the process above it was killed")


class Contained(Protocol):
    """A process that a containment started, with pipes to its stdin and stdout; a `Popen` is one."""

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """Where its input is written to."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """Where its output is read from; None where it goes to a file."""

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit status, negative for a signal; raises TimeoutExpired, and KeeperKilled."""


class Containment(Protocol):
    """Starts processes, and ends each with all of its descendants."""

    folder: Path
    """Removed with all that is in it when the containment is left, even where concbench was killed (POSIX)."""

    def start(
        self,
        command: list[str],
        environment: dict[str, str],
        stderr: TextIO | None,
        folder: Path | None = None,
        stdout: TextIO | None = None,
    ) -> Contained:
        """Start a process in a folder; raises OSError where the system refuses to, and KeeperKilled, which is one.

        `stderr` None means concbench's own; `stdout` None means a pipe. Its temporary files have a folder of its own.
        """

    def end(self, process: Contained, grace: float) -> int:
        """End a process and all its descendants, after `grace` seconds in which they may end by themselves.

        Returns how many processes it had left behind, as far as that can be told (Linux; elsewhere 0).
        """


def contained() -> AbstractContextManager[Containment]:
    """Return the containment that this system offers; leaving it ends all that was started in it.

    Linux gets a nursery, a process to which all orphans of the run fall. Other POSIX systems get a process group for
    each host, and a guardian that outlives concbench for a moment. Windows gets a job object, whose processes the
    kernel ends with the job's last handle; that part is untested.
    """
    if sys.platform == "win32":
        from concbench.measure.containment_windows import contained_by_job

        return contained_by_job()
    if sys.platform == "linux":
        from concbench.measure.containment_linux import contained_by_nursery

        return contained_by_nursery()
    from concbench.measure.containment_posix import contained_by_guardian

    return contained_by_guardian()


def left_behind(what: str, number: int) -> str:
    """Return the warning that something left processes behind.

    >>> left_behind("thumbnails:make", 1), left_behind("--setup", 12)
    ('thumbnails:make leaves processes behind: 1 was ended', '--setup leaves processes behind: 12 were ended')
    """
    return f"{what} leaves processes behind: {number} {'was' if number == 1 else 'were'} ended"


def temporary_folder(around: Path) -> dict[str, str]:
    """Make a folder for one process's temporary files, and return the variable that names it; raises OSError.

    A task may remove it; a host makes it again before each request. Nobody but root can remove it, because the folder
    around it is not writable.
    """
    own = around / "t"
    around.mkdir(0o700)
    own.mkdir(0o700)
    around.chmod(0o500)
    return {"TMPDIR": str(own)}


def spare_folder(run: Path) -> dict[str, str]:
    """Make a folder for processes whose own was removed, and return the variables that name it; raises OSError.

    `tempfile` tries TEMP and TMP before it falls back to the system's folder, which a task that empties its own would
    empty next. So these name a link, which `shutil.rmtree` refuses.
    """
    spare, link = run / "spare", run / "s"
    spare.mkdir(0o700)
    try:
        link.symlink_to(spare, target_is_directory=True)
    except OSError:
        if os.name != "nt":
            raise
        link = spare  # there, links need privileges
    return dict.fromkeys(("TEMP", "TMP"), str(link))
