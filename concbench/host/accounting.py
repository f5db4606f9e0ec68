"""CPU seconds of this process and all its descendants, from the kernel's own accounting."""

from __future__ import annotations

import os
import sys

from concbench.host.descendants import descendants


class CpuMeter:
    """User and system seconds that this process and its descendants use between `start` and `stop`.

    What has been reaped is counted exactly (getrusage). What still lives is read from /proc/PID/stat, in ticks of
    10 ms: a forkserver with the workers that it reaped, the resource tracker. Between samples hardly anything else
    lives. `stop` returns None where the system can't tell of descendants (Windows); where it can't list living ones
    (macOS) these are left out.
    """

    def __init__(self) -> None:
        self._others = 0.0
        self._own = 0.0

    def start(self) -> None:
        """Read what has been used so far: this process last, so that reading the others does not count."""
        self._others = _others_seconds()
        self._own = _own_seconds()

    def stop(self) -> float | None:
        """Return the seconds used since `start`: this process is read first, for the same reason."""
        own = _own_seconds() - self._own
        others = _others_seconds() - self._others
        return None if sys.platform == "win32" else own + others


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
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
