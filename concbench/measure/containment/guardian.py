"""The guardian: a small process that ends every host's process group once concbench is gone, for whatever reason.

It is started as a script, in isolated mode, so this file imports the standard library only. It reads `+GROUP` and
`-GROUP` lines from a pipe whose other end only concbench holds. When that pipe ends, concbench has ended; the guardian
kills the groups still registered, then whatever carries the run's mark in its environment (Linux), because tasks may
have moved processes to other groups, and finally removes the run's folder.
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
"""Whether the processes of a group can be listed, and so waited for one by one (Linux)."""
LOCK = "lock"
"""The file in a run's folder that is locked while any process of the run lives."""
TRACKERS = (b"multiprocessing.resource_tracker", b"loky.backend.resource_tracker")
TRACKER_GRACE = 2.0
"""Seconds for a resource tracker to unlink the semaphores and shared memory of killed processes. It needs milliseconds,
and starts once the last process has closed its pipe."""


def end_group(group: int, grace: float = 0.0) -> None:
    """End every process of a group; returns when only zombies are left.

    The processes may end by themselves within `grace` seconds. Resource trackers of `multiprocessing`, which clean up
    after the others, are killed last, and only if they don't end by themselves then.
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
    """Kill every process whose environment has this run's mark (Linux; does nothing elsewhere)."""

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
    """Whether a process has this run's mark in its environment."""
    return f"{MARK}={mark}".encode() in _read(pid, "environ").split(b"\0")


def _members(group: int) -> list[int]:
    """The living processes of a group; none where there is no /proc."""
    return [pid for pid in _all_processes() if _group_of_living(pid) == group]


def _group_of_living(pid: int) -> int | None:
    fields = stat_fields(pid)
    return int(fields[2]) if len(fields) > 2 and fields[0] not in (b"Z", b"X") else None


def stat_fields(pid: int) -> list[bytes]:
    """The fields of /proc/PID/stat after the name: state, parent, group, session, … (proc(5)); [] if it is gone."""
    return _read(pid, "stat").rpartition(b")")[2].split()


def command_line(pid: int) -> bytes:
    """A process's arguments, each followed by a NUL; empty if it is gone."""
    return _read(pid, "cmdline")


def _all_processes() -> Iterator[int]:
    if CAN_NAME_MEMBERS:
        own = os.getpid()
        yield from (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and path.name != str(own))


def is_tracker(pid: int) -> bool:
    """Whether a process is a resource tracker of `multiprocessing`, or of loky, which joblib has a copy of."""
    words = command_line(pid)
    return any(tracker in words for tracker in TRACKERS)


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""  # it has just ended, or belongs to another user


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def wait_for(processes: Iterable[int], seconds: float) -> None:
    """Wait until all the processes have ended (zombies have), or the time is up."""
    deadline = time.monotonic() + seconds
    for pid in processes:
        try:
            handle = os.pidfd_open(pid)
        except (ProcessLookupError, AttributeError, OSError):
            continue  # gone; or the system has no process handles, and the caller kills without waiting
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        finally:
            os.close(handle)


def remove(folder: str) -> None:
    """Remove a folder with everything in it, except what can't be removed, such as another user's files.

    Links are never followed. Only one file is open at a time, unlike with `shutil.rmtree`, which has one open per level
    and fails where few are allowed. Folders are moved up before they are emptied, so that no path gets too long. The
    lock goes last, so that the next run can finish an interrupted removal.
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
                    continue  # another user's, or a mount point
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
    """The entries of a folder, each with whether it is a folder itself, and not a link to one."""
    try:
        os.chmod(folder, 0o700)  # noqa: PTH101
        with os.scandir(folder) as entries:
            return [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in entries]
    except OSError:
        return []


def main(mark: str, temporary: str) -> None:
    """Register groups while concbench lives; then end them, and remove the run's folder."""
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
