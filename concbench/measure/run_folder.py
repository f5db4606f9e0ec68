"""The folder of a run, locked as long as the run lives, so that the next run can remove what a killed one left."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from concbench.measure.guardian import LOCK, remove

LONGEST_TEMPORARY = 48
"""Letters of the folder in which a run's may lie. The path of a socket of multiprocessing is up to 55 longer
(`/cb-12345678/t1234/t/pymp-12345678/listener-12345678`); one of more than 103 can't be bound on macOS, nor one of more
than 107 on Linux."""
SHORT_TEMPORARY = "/tmp"  # noqa: S108 - what is made in it has a name of its own, and is its maker's only
NAME = re.compile(r"cb-[a-z0-9_]{8}")
"""What `mkdtemp` calls a folder of a run."""


@dataclass(frozen=True)
class RunFolder:
    """A folder, and the open file whose lock says that its run lives; whoever inherits the file keeps the lock."""

    path: Path
    lock: int


@contextmanager
def run_folder() -> Iterator[RunFolder]:
    """Make the folder of a run, and first remove those of dead runs; who ends the run removes this one.

    Raises OSError where no folder can be made.
    """
    usual = tempfile.gettempdir()
    around = usual if len(usual) <= LONGEST_TEMPORARY else SHORT_TEMPORARY
    remove_dead(Path(around))
    path = Path(tempfile.mkdtemp(prefix="cb-", dir=around))
    # It gets its name when it is locked: a folder with a lock that nobody holds is one that may be removed.
    unnamed = path / f"{LOCK}.new"
    lock = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        unnamed.rename(path / LOCK)
        yield RunFolder(path, lock)
    finally:
        os.close(lock)


def remove_dead(around: Path) -> None:
    """Remove the folders of runs that were killed with all that watched over them; those of others are left alone."""
    with suppress(OSError):
        for path in list(around.iterdir()):
            if NAME.fullmatch(path.name):
                with suppress(OSError):  # another run removes it at this moment, or it is somebody else's
                    _remove_if_dead(path)


def _remove_if_dead(path: Path) -> None:
    """Remove a folder if it is a run's of this user and nobody holds its lock; raises OSError where it can't be told.

    The lock is held until the folder is gone, so of several runs only one removes it.
    """
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        return
    lock = os.open(path / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where it is held
        if os.path.samestat(os.fstat(lock), (path / LOCK).lstat()):  # and not of a folder that was removed meanwhile
            remove(str(path))
    finally:
        os.close(lock)
