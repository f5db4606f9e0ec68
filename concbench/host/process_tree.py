"""The descendants of a process, and the CPU seconds of the whole tree: cheap enough to read around every sample."""

from __future__ import annotations

import os
import sys
import time

LISTED = os.path.exists(f"/proc/self/task/{os.getpid()}/children")  # noqa: PTH110 - a host can't afford pathlib
"""Whether this kernel lists a thread's children (Linux, CONFIG_PROC_CHILDREN)."""


def descendants(pid: int) -> list[int] | None:
    """The ids of all living descendants (zombies too), parents first; None where the system does not list them.

    A process that ends meanwhile counts as having no children: its own went to another parent.
    """
    if not LISTED:
        return None
    found: list[int] = []
    parents = [pid]
    while parents:
        of_it = children(parents.pop())
        found += of_it
        parents += of_it
    return found


def children(pid: int) -> list[int]:
    """The ids of a process's living children (zombies too); none if it has ended, or can't be read."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - a third of the time of Path.iterdir
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as listing:  # noqa: PTH123 - as above
                found += map(int, listing.read().split())
    except (FileNotFoundError, ProcessLookupError):
        pass  # it, or one of its threads, has just ended
    return found


class CpuMeter:
    """User and system seconds that this process and its descendants use between `start` and `stop`.

    What has been reaped is counted exactly (getrusage). What still lives, as a forkserver, the resource tracker and
    workers that are kept do, is read from its CPU clock, and what it has reaped itself from /proc/PID/stat, in ticks of
    10 ms. `stop` returns None where the system does not account for descendants (Windows); where it can't list living
    ones (macOS), these are left out.
    """

    def __init__(self) -> None:
        self._others = 0.0
        self._own = 0.0

    def start(self) -> None:
        """Begin to count. This process is read last, so that reading the others does not count."""
        self._others = _others_seconds()
        self._own = _own_seconds()

    def descendants(self) -> list[int]:
        """The ids of all processes below this one; none where the system does not list them."""
        return descendants(os.getpid()) or []

    def stop(self) -> float | None:
        """Seconds used since `start`. This process is read first, for the same reason."""
        own = _own_seconds() - self._own
        others = self.stop_others()
        return None if others is None else own + others

    def stop_others(self) -> float | None:
        """The seconds that the descendants alone have used since `start`."""
        others = _others_seconds() - self._others
        return None if sys.platform == "win32" else others


def _own_seconds() -> float:
    if sys.platform == "win32":
        return 0.0
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _others_seconds() -> float:
    if sys.platform == "win32":
        return 0.0
    import resource

    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = sum(map(_living_seconds, descendants(os.getpid()) or ()))
    return reaped.ru_utime + reaped.ru_stime + living


def _living_seconds(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - called around every sample
            fields = stat.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # it has just ended
    # After the name in brackets, state is field 0: utime, stime, and both again for its reaped children (proc(5)).
    own, reaped = (sum(map(int, fields[at : at + 2])) / os.sysconf("SC_CLK_TCK") for at in (11, 13))
    try:
        # The clock of another process, as clock_getcpuclockid(3) makes its number: CPUCLOCK_SCHED is 2 (Linux).
        return reaped + time.clock_gettime((~pid << 3) | 2)
    except OSError:  # it has just ended, or this kernel does not tell
        return reaped + own
