"""The nursery (Linux): a process to which all orphans of a run fall, and in which whatever a run started ends with it.

A process whose parent has ended is handed to the nearest ancestor that called itself a subreaper (prctl(2)), whatever
it did to its environment, session or group. So the nursery is one, and above each host there is a keeper, a fork of the
nursery, that is one, too: what has no parent any more is its host's, and ends with it. Neither concbench nor a program
that calls its API becomes one.

It is started as a script, in isolated mode, with a socket for its stdin. Each byte that comes asks for a keeper, and
brings its files: a line to concbench, then the stdin, the stdout and perhaps the stderr of what it is to start. On the
line the keeper reads what to start, and writes, each as one line of JSON,

- `pid`; or `errno` and `text`, where the system refuses;
- `status`, once the process has ended: negative for a signal;
- `left`, once nothing of it is there any more: how many processes it had left behind.

The end of the line ends the process at once. A killed keeper's processes fall to the nursery, which kills them; if
that was killed, too, keepers still have their lines. The end of the nursery's own input means that concbench is gone:
it waits for its keepers, kills what carries the run's mark, and removes the run's folder.
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
    sys.path.append(str(Path(__file__).parents[2]))  # at the end, so that nothing there replaces the library's

from concbench.host.descendants import LISTED, children
from concbench.measure.guardian import command_line, end_marked, is_tracker, remove, stat_fields, wait_for

PR_SET_CHILD_SUBREAPER = 36
PATH_MAX, NAME_MAX = 4096, 143
"""Bytes of a path that the system returns, and of a name that all file systems take (eCryptfs takes no more)."""
MOST_FILES = 4
"""What a request brings."""
HELPER_GRACE = 2.0
"""Seconds for what multiprocessing has beside its workers to end by itself after its host; it needs milliseconds."""
MOST_LOOKS = 1000
"""After which what is not seen is taken not to be there, as where /proc hides it."""
LOOK_AGAIN = 0.05
"""Seconds until what may be such a helper is looked at again."""
KILLED_WITHIN = 20.0
"""Seconds after which a process that was sent SIGKILL is taken for one that can't be killed."""


def become_subreaper() -> None:
    """Have orphans among this process's descendants handed to it; forks don't inherit that.

    Without ctypes nothing happens: then the run's mark tells what is left, as on systems without subreapers.
    """
    try:
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        return


def woken_by_children() -> int:
    """Return a file that can be read from whenever a child has ended."""
    reads, writes = os.pipe()
    os.set_blocking(reads, False)
    os.set_blocking(writes, False)
    signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})  # whoever called concbench may have blocked it
    return reads


def wait_for_any(files: Iterable[int], wake: int, seconds: float | None = None) -> bool:
    """Wait until a child ends, or the time is up, or something comes from one of the files; say whether it does."""
    poll = select.poll()
    for file in (*files, wake):
        poll.register(file, select.POLLIN)
    ready = [file for file, _ in poll.poll(None if seconds is None else max(0.0, seconds) * 1000)]
    with suppress(BlockingIOError):
        if wake in ready:
            os.read(wake, 4096)
    return any(file != wake for file in ready)


def say(line: socket.socket, **what: object) -> None:
    """Tell concbench something, if it is still there."""
    with suppress(OSError):
        line.sendall(json.dumps(what).encode() + b"\n")


# Descendants


def tree(root: int, without: Collection[int] = ()) -> list[int]:
    """Return the process ids of all descendants, zombies too; some are left out, and what descends from them."""
    children_of = children if LISTED else _children_by_parents()
    found: list[int] = []
    look_at = [root]
    while look_at:
        of_it = [pid for pid in children_of(look_at.pop()) if pid not in without]
        found += of_it
        look_at += of_it
    return found


def _children_by_parents() -> Callable[[int], list[int]]:
    """Return what tells children where the kernel does not list them: each process names its parent."""
    found: dict[int, list[int]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and (fields := stat_fields(int(path.name))):
            found.setdefault(int(fields[1]), []).append(int(path.name))
    return lambda pid: found.get(pid, [])


def living(pids: Iterable[int]) -> list[int]:
    """Return those that are there and no zombies."""
    return [pid for pid in pids if (fields := stat_fields(pid)) and fields[0] not in (b"Z", b"X")]


def group_of(pid: int) -> int | None:
    """Return the group of a process; None where it is gone."""
    fields = stat_fields(pid)
    return int(fields[2]) if fields else None


def reap(pids: Iterable[int]) -> list[int]:
    """Reap those that are children of this process and have ended; return those that have not."""
    still = []
    for pid in pids:
        with suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG) == (0, 0):
                still.append(pid)
    return still


class Family:
    """All that descends from this process, but what is spared: keepers, or a host that is to be reaped last."""

    def __init__(self, spared: set[int]) -> None:
        self.spared = spared
        self._beyond: set[int] = set()
        """Processes that may not be killed by this user."""

    def rest(self) -> list[int]:
        """Reap what has ended, and return what lives.

        Nothing does when the kernel says so, not when nothing was seen: of a chain of processes, each of which starts
        the next one and ends, one sees those that have ended.
        """
        for _ in range(MOST_LOOKS):
            found = tree(os.getpid(), self.spared)
            alive = living(found)
            # One whose first thread has ended looks like a zombie, and can't be reaped.
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
        """Kill processes; those that this user may not kill are left out from now on."""
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            except PermissionError:
                self._beyond.add(pid)

    def kill_groups(self, pids: Iterable[int], sparing: Iterable[int]) -> None:
        """Kill the groups of processes, which are all of this family: also those that were forked this moment."""
        spared = {os.getpgrp(), *map(group_of, sparing)}
        for group in set(map(group_of, pids)) - spared:
            if group is not None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, signal.SIGKILL)

    def end(self) -> None:
        """Kill all of it, resource trackers last: they unlink what the others left, and end by themselves."""
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
    """Above one host: starts it, reaps its orphans, and ends all that is left of it when it has ended."""

    def __init__(self, line: socket.socket, wake: int, command: list[str], host: int) -> None:
        self.line, self.wake, self.host = line, wake, host
        self._command_line = "\0".join([*command, ""]).encode(errors="surrogateescape")
        self._family = Family({host})
        self._left: set[int] = set()

    def keep(self) -> None:
        """Stay until the host, and all of it, has ended and concbench has heard of it."""
        status = self._ended_by_itself()
        if status is None:
            self._note_orphans()
            self._family.spared = set()
            self._family.kill([self.host])
        else:
            say(self.line, status=status)
            if status == 0:
                self._family.spared = set()
                self._wait_for_helpers()
        self._family.end()
        if status is None:
            say(self.line, status=-signal.SIGKILL)
        say(self.line, left=len(self._left))
        # It is a zombie until then, and its number nobody else's: concbench may still look at it.
        while status != 0 and not self._line_has_ended(None):
            self._family.end()
        self._family.spared = set()
        self._family.end()

    def _ended_by_itself(self) -> int | None:
        """Reap orphans until the host has ended, and return its status; None where it is to be ended."""
        while True:
            # Looked at first: the host is reaped last.
            while (found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                if found.si_pid == self.host:
                    return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
                reap([found.si_pid])
            if self._line_has_ended(None):
                return None

    def _line_has_ended(self, seconds: float | None) -> bool:
        return wait_for_any([self.line.fileno()], self.wake, seconds)

    def _note_orphans(self) -> None:
        """Count what has no parent any more while the host still lives: nothing that is at work is such a one."""
        for pid in self._family.rest():
            if not is_tracker(pid):
                self._left.add(pid)

    def _wait_for_helpers(self) -> None:
        """Give what belongs to multiprocessing the time to end by itself, and end all else at once."""
        deadline = time.monotonic() + HELPER_GRACE
        while rest := self._family.rest():
            helpers = [pid for pid in rest if self._is_helper(pid)]
            strangers = set(rest) - set(helpers)
            self._left |= strangers
            self._family.kill(strangers)
            seconds = deadline - time.monotonic()
            if seconds <= 0:
                self._left |= {pid for pid in helpers if not is_tracker(pid)}
            # Looked at again soon: a fork that has not come to its exec yet looks like a fork that stays one.
            if not helpers or seconds <= 0 or self._line_has_ended(min(seconds, LOOK_AGAIN)):
                return

    def _is_helper(self, pid: int) -> bool:
        words = command_line(pid)
        if not words:
            return True  # it is ending, or in the middle of its exec: the next look tells
        if b"resource_tracker" in words or b"multiprocessing." in words:
            return True
        fields = stat_fields(
            pid
        )  # a fork of the host, as a manager is, and no daemon, which leads a session of its own
        return words == self._command_line and bool(fields) and int(fields[3]) == self.host


def unremovable(folder: str) -> int | None:
    """Open a folder inside another that who knows it by this file can't remove, not even root; None if that fails.

    TMPDIR can be removed by a task of root's, and so can a link. But nothing in /proc can; and where it leads to is not
    told to anybody who asks, as `Path.resolve` does, because the path is longer than the system returns.
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
    except OSError:  # no file is free, or no room; then the link has to do that TEMP names
        return None
    return at


def keep(line: socket.socket, files: list[int], spare: int | None) -> None:
    """Be a keeper: start what is asked for, and stay as long as anything of it does.

    `spare` is an open folder for the temporary files of those whose own was removed.
    """
    become_subreaper()
    wake = woken_by_children()  # before there is one
    with line.makefile("rb") as asked:
        text = asked.readline()
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
        say(line, errno=error.errno, text=error.strerror, file=error.filename)
        return
    finally:
        for file in files:
            os.close(file)
    say(line, pid=process.pid)
    Keeper(line, wake, request["command"], process.pid).keep()
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
        """Start keepers as long as concbench lives; then wait for all of them, and end what they could not."""
        while True:
            self._end_strays()
            if wait_for_any([self.control.fileno()], self.wake):
                sent, files, _, _ = socket.recv_fds(self.control, 1, MOST_FILES)
                if not sent:
                    break
                self._start_keeper(files)
        deadline = time.monotonic() + 2 * KILLED_WITHIN
        while True:
            self._end_strays()  # first: that a keeper has ended may have been noticed with the end of the input
            left = deadline - time.monotonic()
            if not self.keepers or left <= 0:
                break
            wait_for_any([], self.wake, left)
        self.keepers.clear()  # somebody stopped them, perhaps
        self._family.end()

    def _end_strays(self) -> None:
        """Reap keepers that have ended, and kill what fell to this process because its keeper was killed."""
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
                say(line, errno=error.errno, text=error.strerror, file=None)
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
            os.dup2(nothing, self.control.detach())  # which would look like concbench if it were held here
            os.close(nothing)
            keep(line, files, self.spare)
            status = 0
        finally:
            os._exit(status)


def main(mark: str, folder: str) -> None:
    """Be the nursery of a run until concbench is gone; then end all that is left of it, and remove its folder."""
    become_subreaper()
    Nursery(socket.socket(fileno=0), unremovable(f"{folder}/spare")).run()
    end_marked(mark)
    remove(folder)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
