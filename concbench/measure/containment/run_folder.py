"""The folder of a run (POSIX), locked while the run lives, so that the next run can remove what a killed one left."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

from concbench.measure.containment import guardian

LONGEST_TEMPORARY = 48
"""Longest path of the folder that holds a run's, in characters. A socket of multiprocessing lies up to 55 further down
(`/cb-12345678/t1234/t/pymp-12345678/listener-12345678`), and its path may have 103 on macOS, 107 on Linux."""
SHORT_TEMPORARY = "/tmp"  # noqa: S108 - the folder made in it has a random name, and is its owner's only
NAME = re.compile(r"cb-[a-z0-9_]{8}")
"""The names that `mkdtemp` gives to runs' folders."""


@dataclass(frozen=True)
class RunFolder:
    """A folder, and the open file whose lock shows that its run lives; each process that inherits the file holds it."""

    path: Path
    lock: int
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    """Distinguishes the run: all descendants of its hosts have it in their environment (guardian.MARK)."""

    def start_survivor(self, script: str, stdin: int) -> Popen[bytes]:
        """Start a script that cleans up after the run when its stdin ends, with the mark and the folder as arguments.

        Isolated and without site, so that it is up in milliseconds, and nothing in the current folder or the
        environment can disturb it.
        """
        command = [sys.executable, "-I", "-S", script, self.mark, str(self.path)]
        return Popen(command, stdin=stdin, pass_fds=[self.lock], start_new_session=True)

    def clean_up(self) -> None:
        """Do the script's work where it was killed: end what carries the run's mark, and remove the folder."""
        guardian.end_marked(self.mark)
        self.remove()

    def remove(self) -> None:
        """Remove the folder with everything in it."""
        guardian.remove(str(self.path))


@contextmanager
def run_folder() -> Iterator[RunFolder]:
    """Make the folder of a run, after removing those of dead runs; whoever ends the run removes this one.

    Raises OSError where no folder can be made.
    """
    usual = tempfile.gettempdir()
    around = usual if len(usual) <= LONGEST_TEMPORARY else SHORT_TEMPORARY
    remove_dead(Path(around))
    path = Path(tempfile.mkdtemp(prefix="cb-", dir=around))
    # The lock file gets its name once it is locked: a folder whose lock is free may be removed by others.
    unnamed = path / f"{guardian.LOCK}.new"
    lock = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        unnamed.rename(path / guardian.LOCK)
        yield RunFolder(path, lock)
    finally:
        os.close(lock)


def remove_dead(around: Path) -> None:
    """Remove this user's folders of runs that were killed together with everything that watched over them."""
    with suppress(OSError):
        for path in list(around.iterdir()):
            if NAME.fullmatch(path.name):
                with suppress(OSError):  # another run is removing it, or it is another user's
                    _remove_if_dead(path)


def _remove_if_dead(path: Path) -> None:
    """Remove a folder if it is a run's of this user and its lock is free; raises OSError where that is unknown.

    The lock is held until the folder is gone, so that only one of several runs removes it.
    """
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        return
    lock = os.open(path / guardian.LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where it is held
        if os.path.samestat(os.fstat(lock), (path / guardian.LOCK).lstat()):  # else that folder was removed meanwhile
            guardian.remove(str(path))
    finally:
        os.close(lock)
