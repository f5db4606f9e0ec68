"""Processes as tests see them: who carries a token in its environment, and who still lives.

A test gives what it starts a token of its own in the environment, which every descendant inherits: hosts, the
guardian, tasks and what they start. So it finds them all, wherever they moved, and no others.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parent.parent / "plugin"
TOKEN = "CONCBENCH_TEST_TOKEN"
DEADLINE = 60.0
"""Seconds after which a test gives up waiting; nothing takes nearly so long, however busy the machine is."""

needs_proc = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="looks for processes by their environment in /proc"
)


def new_token() -> str:
    return secrets.token_hex(8)


def carrying(token: str) -> list[int]:
    """The living processes, but this one, that inherited the token."""
    wanted = f"{TOKEN}={token}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if wanted in (entry / "environ").read_bytes().split(b"\0"):  # a zombie's is empty
                    found.append(int(entry.name))
            except OSError:
                continue  # it has just ended, or it is another user's
    return found


def command_line(pid: int) -> str:
    """A process's words; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def hosts(token: str) -> list[int]:
    """The living hosts: forks of theirs have the same command line, and another group."""
    return [pid for pid in carrying(token) if is_host(pid)]


def is_host(pid: int) -> bool:
    words = command_line(pid)
    try:
        return ("concbench.host" in words or "concbench/host" in words) and os.getsid(pid) == pid
    except ProcessLookupError:
        return False


def nursery(token: str) -> int:
    """The nursery of the run that carries the token."""
    (pid,) = [pid for pid in _above_hosts(token) if parent(pid) not in _above_hosts(token)]
    return pid


def keepers(token: str) -> list[int]:
    """Its keepers, one above each host, which are forks of it."""
    return [pid for pid in _above_hosts(token) if parent(pid) in _above_hosts(token)]


def _above_hosts(token: str) -> list[int]:
    return [pid for pid in carrying(token) if "nursery.py" in command_line(pid)]


def parent(pid: int) -> int | None:
    """Who started a process, or took it over; None when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except OSError:
        return None


def is_living(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Check again and again, for what happens in other processes unannounced."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"it never came about that {what}"
        time.sleep(0.005)


def words_after(path: Path, first: str) -> list[str]:
    """The second words of all whole lines that begin with `first`, of what tasks printed so far."""
    text = path.read_text(errors="replace") if path.exists() else ""
    lines = text.splitlines(keepends=True)
    return [line.split()[1] for line in lines if line.endswith("\n") and line.split()[:1] == [first]]
