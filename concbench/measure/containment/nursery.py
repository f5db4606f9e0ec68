"""The nursery (Linux): a process that adopts all orphans of a run and ends everything the run started.

The kernel hands a process whose parent has ended to its nearest ancestor that is a subreaper (prctl(2)), whatever the
process did to its environment, session or group. The nursery is a subreaper, and so is the keeper above each host, a
fork of the nursery: what the keeper adopts came from its host, and ends with it. Neither concbench nor a program that
calls its API becomes a subreaper.

The nursery is started as a script, in isolated mode, with a socket as its stdin. Each byte received asks for a keeper,
and carries its files: a connection to concbench, then stdin, stdout and optionally stderr of the process to start. On
the connection, the keeper reads what to start and writes, each as one line of JSON,

- `pid`; or `errno` and `text` if the system refuses;
- `status` once the process has ended, negative for a signal;
- `left` once none of its descendants remains: how many processes it left behind.

When the connection ends, the keeper ends the process at once. If a keeper is killed, the nursery adopts its processes
and kills them; if the nursery is killed, too, the other keepers still have their connections. The end of the nursery's
own input means that concbench is gone: it waits for its keepers, kills what carries the run's mark, and removes the
run's folder.
"""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[3]))  # at the end, so that nothing there replaces the library's

from concbench.host.process_tree import LISTED, children
from concbench.measure.containment.guardian import command_line, end_marked, is_tracker, remove, stat_fields, wait_for
from concbench.measure.containment.shared_files import made_by

PR_SET_CHILD_SUBREAPER = 36
PATH_MAX, NAME_MAX = 4096, 143
"""Longest path that the system returns, and longest name that all file systems accept (eCryptfs), in bytes."""
MOST_FILES = 4
"""Files that come with a request."""
HELPERS = (b"resource_tracker", b"multiprocessing.", b"mpiexec", b"hydra_pmi_proxy")
"""In the command lines of processes that help their host and end after it: multiprocessing's, and MPI's."""
HELPER_GRACE = 2.0
"""Seconds for them to do that; they need milliseconds."""
MOST_SCANS = 1000
"""Scans after which processes that stay invisible, as where /proc hides them, are taken not to exist."""
RESCAN = 0.05
"""Seconds until what may be a helper is checked again."""
KILLED_WITHIN = 20.0
"""Seconds after SIGKILL until a process is considered impossible to kill."""


def become_subreaper() -> None:
    """Let this process adopt orphans among its descendants; forks don't inherit that.

    Does nothing without ctypes: then what is left is found by the run's mark, as on systems without subreapers.
    """
    try:
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        return


def woken_by_children() -> int:
    """A file that becomes readable whenever a child ends."""
    reads, writes = os.pipe()
    os.set_blocking(reads, False)
    os.set_blocking(writes, False)
    signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})  # concbench's caller may have blocked it
    return reads


def wait_for_any(files: Iterable[int], wake: int, seconds: float | None = None) -> bool:
    """Wait until a child ends, the time is up, or one of the files is readable; returns whether one is."""
    poll = select.poll()
    for file in (*files, wake):
        poll.register(file, select.POLLIN)
    ready = [file for file, _ in poll.poll(None if seconds is None else max(0.0, seconds) * 1000)]
    with suppress(BlockingIOError):
        if wake in ready:
            os.read(wake, 4096)
    return any(file != wake for file in ready)


def send(line: socket.socket, **message: object) -> None:
    """Send a message to concbench, if it is still there."""
    with suppress(OSError):
        line.sendall(json.dumps(message).encode() + b"\n")


# Descendants


def tree(root: int, without: Collection[int] = ()) -> list[int]:
    """The process ids of all descendants, zombies too, except those in `without` and their descendants."""
    children_of = children if LISTED else _children_by_parents()
    found: list[int] = []
    waiting = [root]
    while waiting:
        here = [pid for pid in children_of(waiting.pop()) if pid not in without]
        found += here
        waiting += here
    return found


def _children_by_parents() -> Callable[[int], list[int]]:
    """A function from a process to its children for kernels that don't list them: each process names its parent."""
    found: dict[int, list[int]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and (fields := stat_fields(int(path.name))):
            found.setdefault(int(fields[1]), []).append(int(path.name))
    return lambda pid: found.get(pid, [])


def living(pids: Iterable[int]) -> list[int]:
    """Those that exist and aren't zombies."""
    return [pid for pid in pids if (fields := stat_fields(pid)) and fields[0] not in (b"Z", b"X")]


def group_of(pid: int) -> int | None:
    """The group of a process; None if it is gone."""
    fields = stat_fields(pid)
    return int(fields[2]) if fields else None


def reap(pids: Iterable[int]) -> list[int]:
    """Reap the children of this process that have ended; returns those that have not."""
    still = []
    for pid in pids:
        with suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG) == (0, 0):
                still.append(pid)
    return still


class Family:
    """All descendants of this process, except those spared: keepers, or a host to be reaped last."""

    def __init__(self, spared: set[int]) -> None:
        self.spared = spared
        self._beyond: set[int] = set()
        """Processes that this user may not kill."""

    def rest(self) -> list[int]:
        """What lives, after reaping what has ended.

        It returns nothing once the kernel says that there is nothing, not once nothing is seen: of a chain of
        processes, each of which starts the next and ends, one sees only those that have ended.
        """
        for _ in range(MOST_SCANS):
            found = tree(os.getpid(), self.spared)
            alive = living(found)
            # A process whose main thread has ended looks like a zombie, and can't be reaped.
            alive += reap(pid for pid in found if pid not in alive)
            if alive or not (found or self._has_more()):
                break
        return [pid for pid in alive if pid not in self._beyond]

    def _has_more(self) -> bool:
        if self.spared:
            return bool(tree(os.getpid(), self.spared))
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False
        return True

    def kill(self, pids: Iterable[int]) -> None:
        """Kill processes; those that this user may not kill are ignored from now on."""
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            except PermissionError:
                self._beyond.add(pid)

    def kill_groups(self, pids: Iterable[int], sparing: Iterable[int]) -> None:
        """Kill the groups of processes, all of this family, and so also what they fork at this moment."""
        spared = {os.getpgrp(), *map(group_of, sparing)}
        for group in set(map(group_of, pids)) - spared:
            if group is not None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, signal.SIGKILL)

    def end(self) -> None:
        """Kill them all, resource trackers last: these unlink what the others left, and end by themselves."""
        before: set[int] = set()
        while rest := self.rest():
            if set(rest) != before:
                before, deadline = set(rest), time.monotonic() + KILLED_WITHIN
            elif time.monotonic() > deadline:
                return
            trackers = [pid for pid in rest if is_tracker(pid)]
            others = [pid for pid in rest if pid not in trackers]
            if not others:
                wait_for(trackers, HELPER_GRACE)
                others = trackers
            self.kill_groups(others, sparing=[] if others is trackers else trackers)
            self.kill(others)
            wait_for(others, 1.0)


# A keeper


class Keeper:
    """The process above one host: reaps its orphans, and ends whatever is left of it when it has ended."""

    def __init__(self, line: socket.socket, wake: int, command: list[str], host: int) -> None:
        self.line, self.wake, self.host = line, wake, host
        self._command_line = "\0".join([*command, ""]).encode(errors="surrogateescape")
        self._family = Family({host})
        self._left: set[int] = set()

    def keep(self) -> None:
        """Stay until the host and all its descendants have ended, and concbench knows."""
        status = self._ended_by_itself()
        if status is None:
            # What is an orphan while the host still lives was left behind; its workers have a parent.
            self._left.update(pid for pid in self._family.rest() if not is_tracker(pid))
            self._family.spared = set()
            self._family.kill([self.host])
        else:
            send(self.line, status=status)
            if status == 0:
                self._family.spared = set()
                self._wait_for_helpers()
        self._family.end()
        if status is None:
            send(self.line, status=-signal.SIGKILL)
        send(self.line, left=len(self._left))
        # Until concbench lets go, the host stays a zombie and its number its own: its /proc files may still be read.
        while status != 0 and not self._line_has_ended(None):
            self._family.end()
        self._family.spared = set()
        self._family.end()

    def _ended_by_itself(self) -> int | None:
        """The host's status once it has ended, with orphans reaped until then; None once concbench wants it ended."""
        while True:
            # Checked without reaping, because the host is reaped last.
            while (found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                if found.si_pid == self.host:
                    return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
                reap([found.si_pid])
            if self._line_has_ended(None):
                return None

    def _line_has_ended(self, seconds: float | None) -> bool:
        return wait_for_any([self.line.fileno()], self.wake, seconds)

    def _wait_for_helpers(self) -> None:
        """Give multiprocessing's helpers the time to end by themselves, and kill everything else at once."""
        deadline = time.monotonic() + HELPER_GRACE
        while rest := self._family.rest():
            helpers = [pid for pid in rest if self._is_helper(pid)]
            strangers = set(rest) - set(helpers)
            self._left |= strangers
            self._family.kill(strangers)
            seconds = deadline - time.monotonic()
            if seconds <= 0:
                self._left |= {pid for pid in helpers if not is_tracker(pid)}
            # Checked again soon: a fork that hasn't reached its exec yet looks like one that stays a fork.
            if not helpers or seconds <= 0 or self._line_has_ended(min(seconds, RESCAN)):
                return

    def _is_helper(self, pid: int) -> bool:
        words = command_line(pid)
        if not words:
            return True  # it is ending, or in the middle of its exec: the next check will show
        if any(name in words for name in HELPERS):
            return True
        # A fork of the host, such as a manager, and not a daemon, which leads a session of its own.
        fields = stat_fields(pid)
        return words == self._command_line and bool(fields) and int(fields[3]) == self.host


def unremovable(folder: str) -> int | None:
    """Open a folder inside another that can't be removed by way of /proc/PID/fd, not even by root; None if that fails.

    A task run by root can remove TMPDIR, and a link. It can't remove anything in /proc, nor find out where that leads
    (as by `Path.resolve`), because the path is longer than the system returns.
    """
    name = "x" * NAME_MAX
    try:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        for _ in range(PATH_MAX // NAME_MAX + 1):
            above = at
            with suppress(FileExistsError):  # another nursery was here before, and was killed
                os.mkdir(name, 0o700, dir_fd=above)
            at = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=above)
            os.close(above)
    except OSError:  # no free file, or no space; then the link that TEMP names has to do
        return None
    return at


def keep(line: socket.socket, files: list[int], spare: int | None) -> None:
    """Be a keeper: start the requested process, and stay until all its descendants have ended.

    `spare` is an open folder for temporary files of processes whose own was removed.
    """
    since = time.time()
    become_subreaper()
    wake = woken_by_children()  # before the first child
    with line.makefile("rb") as requests:
        text = requests.readline()
    if not text.endswith(b"\n"):
        return  # concbench has ended meanwhile
    request = json.loads(text)
    environment: dict[str, str] = request["environment"]
    if spare is not None:
        environment |= dict.fromkeys(("TEMP", "TMP"), f"/proc/{os.getpid()}/fd/{spare}")
    try:
        process = subprocess.Popen(
            request["command"],
            env=environment,
            cwd=request["folder"],
            stdin=files[0],
            stdout=files[1],
            stderr=files[2] if len(files) > 2 else None,
            start_new_session=True,
        )
    except OSError as error:
        send(line, errno=error.errno, text=error.strerror, file=error.filename)
        return
    finally:
        for file in files:
            os.close(file)
    send(line, pid=process.pid)
    Keeper(line, wake, request["command"], process.pid).keep()
    for path in made_by(process.pid, since):
        if path.is_dir():
            remove(str(path))
        else:
            path.unlink(missing_ok=True)
    remove(request["temporary"])


# The nursery


class Nursery:
    """The process above all keepers."""

    def __init__(self, control: socket.socket, spare: int | None) -> None:
        self.control = control
        self.spare = spare
        self.wake = woken_by_children()
        self.keepers: set[int] = set()
        self._family = Family(self.keepers)

    def run(self) -> None:
        """Start keepers while concbench lives; then wait for all of them, and end what they could not."""
        while True:
            self._end_strays()
            if wait_for_any([self.control.fileno()], self.wake):
                sent, files, _, _ = socket.recv_fds(self.control, 1, MOST_FILES)
                if not sent:
                    break
                self._start_keeper(files)
        deadline = time.monotonic() + 2 * KILLED_WITHIN
        while True:
            self._end_strays()  # first: a keeper's end may have been noticed together with the end of the input
            left = deadline - time.monotonic()
            if not self.keepers or left <= 0:
                break
            wait_for_any([], self.wake, left)
        self.keepers.clear()  # those that were stopped, perhaps
        self._family.end()

    def _end_strays(self) -> None:
        """Reap keepers that have ended, and kill what this process adopted because its keeper was killed."""
        with suppress(ChildProcessError):
            while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)) is not None:
                self.keepers.discard(ended.si_pid)
        self._family.kill(pid for pid in self._family.rest() if not is_tracker(pid))

    def _start_keeper(self, files: list[int]) -> None:
        if not files:
            return  # no file was free for any of them
        line = socket.socket(fileno=files.pop(0))
        with line:
            try:
                if len(files) < 2:
                    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
                pid = os.fork()
            except OSError as error:
                send(line, errno=error.errno, text=error.strerror, file=None)
            else:
                if pid == 0:
                    self._become_keeper(line, files)
                self.keepers.add(pid)
        for file in files:
            os.close(file)

    def _become_keeper(self, line: socket.socket, files: list[int]) -> NoReturn:
        status = 1
        try:
            os.close(self.wake)
            os.close(signal.set_wakeup_fd(-1))
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, self.control.detach())  # held here, it would hide the nursery's end from concbench
            os.close(nothing)
            keep(line, files, self.spare)
            status = 0
        finally:
            os._exit(status)


def main(mark: str, folder: str) -> None:
    """Be the nursery of a run until concbench is gone; then end what is left of the run, and remove its folder."""
    become_subreaper()
    Nursery(socket.socket(fileno=0), unremovable(f"{folder}/spare")).run()
    end_marked(mark)
    remove(folder)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
