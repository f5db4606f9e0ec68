"""CPU seconds of this process and all its descendants, from the kernel's own accounting."""

from __future__ import annotations

import os
import sys

from concbench.host.descendants import descendants


def tree_cpu_seconds() -> float | None:
    """Return user and system seconds used so far by this process and its descendants, dead and alive.

    What has been reaped is counted exactly (getrusage). What still lives when this is called is read from
    /proc/PID/stat, in ticks of 10 ms: a forkserver with the workers that it reaped, the resource tracker. Between
    samples hardly anything else lives. None where the system can't tell of descendants (Windows), and without the
    living ones where it can't list them (macOS).
    """
    if sys.platform == "win32":
        return None
    import resource

    own = resource.getrusage(resource.RUSAGE_SELF)
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = own.ru_utime + own.ru_stime + reaped.ru_utime + reaped.ru_stime
    return total + sum(map(_living_cpu_seconds, descendants(os.getpid()) or ()))


def _living_cpu_seconds(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - called around every sample
            fields = stat.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # it has just ended
    # After the name in brackets, state is field 0: utime, stime, and both again for its reaped children (proc(5)).
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
