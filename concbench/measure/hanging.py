"""Why a case gave no result in time: what can be seen of its processes from outside."""

from __future__ import annotations

from pathlib import Path

import psutil

from concbench.host.descendants import descendants
from concbench.model import Case, Failure
from concbench.strategies.strategy import strategies

FORK_SERVER = b"multiprocessing.forkserver"
RESOURCE_TRACKER = b"multiprocessing.resource_tracker"


def reaped_so_far(pid: int) -> int | None:
    """Return a number that grows whenever a host, or a fork server of it, reaps a child; None where it can't be told.

    It is the count of minor page faults of reaped children in /proc/PID/stat (Linux): every process has some.
    """
    own = _faults_of_reaped(pid)
    if own is None:
        return None
    return own + sum(_faults_of_reaped(each) or 0 for each in descendants(pid) or () if _is_fork_server(each, pid))


def _faults_of_reaped(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[8]) if fields else None


def _is_fork_server(pid: int, host: int) -> bool:
    # Its workers are forks of it, and so have its command line; but the host is not their parent.
    fields = _stat(pid)
    return bool(fields) and int(fields[1]) == host and FORK_SERVER in _read(pid, "cmdline")


def _stat(pid: int) -> list[bytes]:
    # After the name in brackets: state, parent, … (proc(5)).
    return _read(pid, "stat").rpartition(b")")[2].split()


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def timed_out(case: Case, pid: int, timeout: float, reaped_before: int | None, doing: str = "") -> Failure:
    """Return the failure of a case whose host `pid` did not answer within `timeout` seconds; `doing` says to what.

    `reaped_before` is `reaped_so_far` at the start. A worker of a `Pool` that dies is replaced, and the result that
    it owed is waited for without end: where a pool lost a worker, and is complete again, that is why. A pool that is
    being closed has lost workers, too, and does not replace them: then something else takes long, as a `__del__` does.
    """
    if (
        keeps_workers(case)
        and case.settings.maxtasksperchild is None
        and reaped_so_far(pid) != reaped_before
        and workers_now(pid) >= (case.settings.workers or 1)
    ):
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
    while_ = f" while {doing}" if doing else ""
    return Failure(kind="timeout", message=f"no result after {timeout:g} s (--timeout){while_}{still}")


def workers_now(pid: int) -> int:
    """Return how many workers a host has: its children, and those of its fork server, without what serves them."""
    try:
        children = psutil.Process(pid).children()
        servers = [child for child in children if _is_fork_server(child.pid, pid)]
        forked = [each for server in servers for each in server.children()]
    except psutil.NoSuchProcess:
        return 0
    own = [child for child in children if child not in servers and RESOURCE_TRACKER not in _read(child.pid, "cmdline")]
    return len(own) + len(forked)


def keeps_workers(case: Case) -> bool:
    """Say whether a case has a pool of processes, which live on from one task to the next."""
    if case.experiment != "tasks":
        return False
    strategy = strategies.get(case.subject)
    return strategy.workers == "processes" and "workers" in strategy.settings
