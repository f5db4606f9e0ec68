"""The guardian: a small process that ends every host's process group once concbench itself is gone, however it went.

It is started as a script, in isolated mode, so this file imports the standard library only. It reads `+GROUP` and
`-GROUP` lines from a pipe whose other end only concbench holds: the end of that pipe means that concbench has ended,
and what is still registered then is killed. So is whatever carries the run's mark in its environment (Linux): tasks
may have moved processes of theirs to groups of their own. At last the hosts' folder for temporary files is removed.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

MARK = "CONCBENCH_RUN"
"""The environment variable that all descendants of a run's hosts inherit."""

CAN_NAME_MEMBERS = Path("/proc/self/stat").exists()
"""Whether the processes of a group can be told, and so waited for one by one (Linux)."""

LOCK = "lock"
"""The file in a run's folder that is locked while anybody of the run lives."""

TRACKER = b"multiprocessing.resource_tracker"
TRACKER_GRACE = 2.0
"""Seconds for a resource tracker to unlink what killed processes left: semaphores, shared memory. It needs
milliseconds, and starts as soon as nobody holds its pipe any more."""


def end_group(group: int, grace: float = 0.0) -> None:
    """End every process of a process group; returns when none is left but zombies.

    For `grace` seconds its processes may end by themselves. Resource trackers of `multiprocessing` are killed last,
    and only where they don't end by themselves once the others are gone: they clean up after them.
    """
    if grace > 0:
        wait_for([group], grace)  # its leader, whose number this is
    left = _members(group)
    if grace > 0 and left:
        wait_for(left, grace)
        left = _members(group)
    while victims := [pid for pid in left if not is_tracker(pid)]:
        _kill(victims)
        wait_for(victims, TRACKER_GRACE)
        left = _members(group)
    wait_for(left, TRACKER_GRACE)
    with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM where only zombies are left
        os.killpg(group, signal.SIGKILL)


def end_marked(mark: str) -> None:
    """Kill every process whose environment holds this run's mark (Linux only; elsewhere nothing happens)."""

    def carriers() -> list[int]:
        return [pid for pid in _all_processes() if carries(pid, mark)]

    while marked := carriers() or carriers():  # twice: in the middle of an exec, a process has no environment
        trackers = [pid for pid in marked if is_tracker(pid)]
        others = [pid for pid in marked if pid not in trackers]
        if others:
            _kill(others)
            wait_for(others, TRACKER_GRACE)
        else:
            wait_for(trackers, TRACKER_GRACE)
            _kill(trackers)


def carries(pid: int, mark: str) -> bool:
    """Say whether a process has this run's mark in its environment."""
    return f"{MARK}={mark}".encode() in _read(pid, "environ").split(b"\0")


def _members(group: int) -> list[int]:
    """Return the living processes of a group; where there is no /proc, none can be named."""
    return [pid for pid in _all_processes() if _group_of_living(pid) == group]


def _group_of_living(pid: int) -> int | None:
    fields = stat_fields(pid)
    return int(fields[2]) if len(fields) > 2 and fields[0] not in (b"Z", b"X") else None


def stat_fields(pid: int) -> list[bytes]:
    """Return what /proc says of a process after its name: state, parent, group, session, … (proc(5)); [] if gone."""
    return _read(pid, "stat").rpartition(b")")[2].split()


def command_line(pid: int) -> bytes:
    """Return a process's words, each with a NUL behind it; empty if it is gone."""
    return _read(pid, "cmdline")


def _all_processes() -> Iterator[int]:
    if CAN_NAME_MEMBERS:
        own = os.getpid()
        yield from (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and path.name != str(own))


def is_tracker(pid: int) -> bool:
    """Say whether a process is a resource tracker of `multiprocessing`."""
    return TRACKER in command_line(pid)


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""  # it has just ended, or it is somebody else's


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def wait_for(processes: Iterable[int], seconds: float) -> None:
    """Wait until all of the processes have ended (zombies have), or until the time is up."""
    deadline = time.monotonic() + seconds
    for pid in processes:
        try:
            handle = os.pidfd_open(pid)
        except (ProcessLookupError, AttributeError, OSError):
            continue  # gone; or a system without process handles, where the caller kills without waiting
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        finally:
            os.close(handle)


def remove(folder: str) -> None:
    """Remove a folder with all that is in it; what can't be removed, as another user's file, stays.

    Links are never followed. One file is open at a time: `shutil.rmtree` holds one open for each level, and removes
    nothing where few may be open. Folders are moved up before they are emptied, so none lies too deep. The lock goes
    last: as long as anything else is there, the next run can see that it may go on with it.
    """
    waiting = [folder]
    last: list[str] = []
    moved = 0
    while waiting:
        at = waiting.pop()
        for path, is_folder in _listed(at):
            if not is_folder:
                if at == folder and os.path.basename(path) == LOCK:  # noqa: PTH119 - as all here
                    last.append(path)
                    continue
                with suppress(OSError):
                    os.unlink(path)  # noqa: PTH108 - a thousand of them in a row
                continue
            with suppress(OSError):
                os.chmod(path, 0o700)  # noqa: PTH101
            if at != folder:
                while os.path.lexists(up := f"{folder}/{moved}"):
                    moved += 1
                try:
                    os.rename(path, up)  # noqa: PTH104
                except OSError:
                    continue  # somebody else's, or where something is mounted
                path = up
            waiting.append(path)
        if at != folder:
            with suppress(OSError):
                os.rmdir(at)  # noqa: PTH106
    for path in last:
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108
    with suppress(OSError):
        os.rmdir(folder)  # noqa: PTH106


def _listed(folder: str) -> list[tuple[str, bool]]:
    """Return what is in a folder, each with whether it is a folder itself and no link to one."""
    try:
        os.chmod(folder, 0o700)  # noqa: PTH101
        with os.scandir(folder) as entries:
            return [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in entries]
    except OSError:
        return []


def main(mark: str, temporary: str) -> None:
    """Remember groups while concbench lives; when it is gone, end them, and remove their temporary files."""
    groups: set[int] = set()
    for line in sys.stdin.buffer:
        group = int(line[1:])
        if line.startswith(b"+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        end_group(group)
    end_marked(mark)
    remove(temporary)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
