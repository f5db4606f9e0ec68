"""Why a case gave no result in time: what can be seen of its processes from outside."""

from __future__ import annotations

from pathlib import Path

import psutil

from concbench.model import Case, Failure
from concbench.strategies.strategy import strategies


def reaped_so_far(pid: int) -> int | None:
    """Return a number that grows whenever a process reaps a child; None where the system does not tell.

    It is the count of minor page faults of reaped children in /proc/PID/stat (Linux): every process has some.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    return int(stat.rpartition(b")")[2].split()[8])


def timed_out(case: Case, pid: int, timeout: float, reaped_before: int | None) -> Failure:
    """Return the failure of a case whose host `pid` did not answer within `timeout` seconds.

    `reaped_before` is `reaped_so_far` at the start. A worker of a `Pool` that dies is replaced, and the result that
    it owed is waited for without end: where a pool lost a worker, that is why.
    """
    strategy = strategies.get(case.subject)
    keeps_workers = strategy.workers == "processes" and "workers" in strategy.settings
    if keeps_workers and case.settings.maxtasksperchild is None and reaped_so_far(pid) != reaped_before:
        return Failure(
            kind="worker died",
            message="a worker of the pool ended in the middle of it, and its result was waited for "
            f"until {timeout:g} s (--timeout) had passed",
        )
    try:
        workers = len(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        workers = 0
    still = f"; {workers} worker process{'es' if workers != 1 else ''} still there" if workers else ""
    return Failure(kind="timeout", message=f"no result after {timeout:g} s (--timeout){still}")
