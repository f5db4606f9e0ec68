"""Files in shared memory that engines leave behind when they are killed (Linux).

joblib's folders and loky's semaphores have the id of the process that uses them in their names; a tracker of theirs
removes them, unless it is killed before it has begun. MPI's processes map a file for each job, under a name that only
they know, and MPI kills them all once one has died, so that none is left to ask.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

SHARED = Path("/dev/shm")  # noqa: S108 - where Linux keeps shared memory; nothing is made in it here
OF_MPI, OF_JOBLIB, OF_LOKY = "mpich_shm_", "joblib_memmapping_folder_", "sem.loky-"


def made_by(pid: int, since: float) -> list[Path]:
    """What joblib and loky made for a process, and MPI's files that no process maps any more.

    MPI's are this user's, and made since a time, in seconds since 1970.
    """
    try:
        found = list(SHARED.iterdir())
    except OSError:
        return []
    named = [path for path in found if path.name.startswith((f"{OF_JOBLIB}{pid}_", f"{OF_LOKY}{pid}-"))]
    files = [path for path in found if path.name.startswith(OF_MPI) and _is_ours(path, since)]
    # Those that are made meanwhile are not among them; one that was made just before is mapped by now.
    mapped = set(_mapped()) if files else set()
    return [*named, *(path for path in files if str(path) not in mapped)]


def _is_ours(path: Path, since: float) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    return found.st_uid == os.geteuid() and found.st_ctime >= since


def _mapped() -> Iterator[str]:
    """The files in shared memory that any process maps."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                lines = (process / "maps").read_text(errors="replace").splitlines()
            except OSError:
                continue  # it has just ended, or is another user's
            yield from (line[line.index("/") :] for line in lines if f" {SHARED}/" in line)
