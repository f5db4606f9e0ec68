"""What the watch promises: the whole tree, each process once, pages that are shared counted once, and no hang."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import Any, cast

import psutil
import pytest

from concbench.measure import watch as watch_module
from concbench.measure.containment import contained
from concbench.measure.containment.guardian import wait_for
from concbench.measure.hosts import Answer, CaseFailed, HostProcess, Launcher
from concbench.measure.plan import Launch
from concbench.measure.watch import LONGEST_SERIES, TreeWatch, watch
from concbench.model.result import Sweep
from tests.builders import case

MB = 10**6
DATA = 60 * MB
READERS = 4

needs_pss = pytest.mark.skipif(not watch_module.HAS_PSS, reason="this system has no PSS")
posix = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")

SHARES = f"""
import os, sys
data = bytearray({DATA})
data[::4096] = b"\\1" * len(range(0, {DATA}, 4096))
for _ in range({READERS}):
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        assert sum(data[::4096]) == len(range(0, {DATA}, 4096))
        os.write(write, b".")
        sys.stdin.read()
        os._exit(0)
    os.read(read, 1)
print("up", flush=True)
sys.stdin.read()
"""
HAS_THREADS = """
import sys, threading
done = threading.Event()
for _ in range(3):
    threading.Thread(target=done.wait).start()
print("up", flush=True)
sys.stdin.read()
done.set()
"""
HAS_CHILDREN = """
import subprocess, sys
def child(code):
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process
waits = "import sys; print('up', flush=True); sys.stdin.read()"
nested = (
    "import subprocess, sys;"
    f"process = subprocess.Popen([sys.executable, '-c', {waits!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE);"
    "process.stdout.readline(); print('up', flush=True); sys.stdin.read(); process.communicate()"
)
children = [child(waits), child(nested)]
print("up", flush=True)
sys.stdin.readline()
children[0].communicate()
print("less", flush=True)
sys.stdin.read()
children[1].communicate()
"""


@contextmanager
def running(code: str) -> Iterator[Popen[str]]:
    """A tree of processes like a host's, once it is all there; the end of its input ends it."""
    with Popen([sys.executable, "-c", code], stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process


@contextmanager
def opened(workload: str, subject: str = "serial", **values: Any) -> Iterator[HostProcess]:
    """A real host that has opened a case."""
    with contained() as containment:
        host = Launcher(containment).start(Launch())
        host.open(case(f"it/{subject}", workload=workload, **values), 60.0)
        yield host


class Pretended:
    """Answers as a host does, after it was waited for a number of times; what runs is another tree of processes."""

    def __init__(self, pid: int, waits: int) -> None:
        self.pid, self.waits = pid, waits
        self.waited: list[float] = []

    def send(self, request: Answer) -> None:
        assert request["do"] == "watched"

    def answer(self, timeout: float) -> Answer | None:
        if len(self.waited) < self.waits:
            self.waited.append(timeout)
            return None
        return {"samples": 3, "seconds": 2.0, "cpu": 1.5}


def pretended(pid: int, waits: int) -> HostProcess:
    return cast("HostProcess", Pretended(pid, waits))


# The tree


@pytest.mark.parametrize("listed", [True, False], ids=["from /proc", "by psutil"])
def test_all_descendants_are_counted(listed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not listed:
        monkeypatch.setattr(watch_module, "descendants", lambda pid: None)
    with running(HAS_CHILDREN) as process:
        tree = TreeWatch(process.pid)
        sweep = tree.sweep()
        assert sweep.processes == tree.peaks.processes == 4
        assert sweep.threads >= 4
        assert sweep.rss > 4 * MB


def test_peaks_stay_when_processes_have_gone() -> None:
    with running(HAS_CHILDREN) as process:
        tree = TreeWatch(process.pid)
        before = tree.sweep()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "less\n"
        after = tree.sweep()
        assert (before.processes, after.processes) == (4, 3)
        assert tree.peaks.processes == 4
        assert tree.peaks.rss >= before.rss > after.rss
        assert len(tree.peaks.switches) == 4  # also of the one that has gone


def test_threads_are_counted() -> None:
    with running(HAS_THREADS) as process:
        tree = TreeWatch(process.pid)
        assert tree.sweep().threads == 4
        assert (tree.peaks.threads, tree.peaks.processes) == (4, 1)


def test_psutils_objects_are_kept_between_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    class Counted(psutil.Process):
        def __init__(self, pid: int | None = None) -> None:
            made.append(pid or 0)
            super().__init__(pid)

    with running(HAS_CHILDREN) as process:
        monkeypatch.setattr(psutil, "Process", Counted)
        tree = TreeWatch(process.pid)
        for _ in range(5):
            tree.sweep()
    assert len(made) == len(set(made)) == 4


@needs_pss
@posix
def test_a_page_that_processes_share_is_counted_once() -> None:
    with running(SHARES) as process:
        tree = TreeWatch(process.pid)
        sweep = tree.sweep()
        assert sweep.processes == 1 + READERS
        assert sweep.pss is not None
        assert DATA < sweep.pss < 110 * MB
        assert sweep.rss > READERS * DATA
        assert tree.peaks.pss == sweep.pss
        assert tree.peaks.uss is not None
        assert tree.peaks.uss < sweep.pss
        assert tree.peaks.rss == sweep.rss


def test_a_tree_without_pss_is_watched_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "HAS_PSS", False)
    with running(HAS_THREADS) as process:
        seen = watch(pretended(process.pid, waits=3), 60.0)
    assert (seen.peak_pss, seen.base_pss) == (None, None)
    assert all(sweep.pss is None for sweep in seen.series)
    assert seen.peak_rss > 0


# The series


def test_the_series_is_thinned_and_covers_the_whole_time() -> None:
    with running(HAS_THREADS) as process:
        host = Pretended(process.pid, waits=3 * LONGEST_SERIES)
        seen = watch(cast("HostProcess", host), 600.0)
    assert seen.sweeps == 3 * LONGEST_SERIES
    assert LONGEST_SERIES / 2 <= len(seen.series) <= LONGEST_SERIES
    at = [sweep.at for sweep in seen.series]
    assert at == sorted(at)
    assert at[0] < at[-1] / 10
    assert host.waited == sorted(host.waited)
    assert host.waited[-1] == 16 * host.waited[0]  # thinned after 257, 385, 513 and 641 sweeps: each leaves 129


def test_what_the_host_reports_is_in_the_watch() -> None:
    with running(HAS_THREADS) as process:
        seen = watch(pretended(process.pid, waits=2), 60.0)
    assert (seen.samples, seen.seconds, seen.cpu_percent) == (3, 2.0, 75.0)
    assert seen.sweeps == len(seen.series) == 2
    assert seen.voluntary_switches + seen.involuntary_switches > 0


# Real hosts


@posix
def test_a_real_hosts_processes_are_seen() -> None:
    with opened("sleep", "process", tasks=4, task_time=0.5, start_method="fork") as host:
        seen = watch(host, 60.0)
    assert seen.peak_processes == 5
    assert seen.samples == 1
    assert seen.peak_rss > 0
    if watch_module.HAS_PSS:
        assert seen.base_pss is not None
        assert seen.peak_pss is not None
        assert seen.peak_pss > seen.base_pss


def test_a_real_hosts_threads_are_seen() -> None:
    with opened("sleep", "thread", tasks=4, task_time=0.5) as host:
        seen = watch(host, 60.0)
    assert (seen.peak_processes, seen.peak_threads) == (1, 5)


def test_short_samples_are_watched_again_and_again() -> None:
    with opened("sleep", tasks=1, task_time=0.001) as host:
        assert watch(host, 60.0).samples > 1


# What goes wrong


@posix
@pytest.mark.parametrize(
    ("workload", "dead_before", "kind", "message"),
    [
        ("is-killed", False, "host died", "signal 9"),
        ("hangs", True, "host died", "signal 9"),
        ("raises", False, "raised", "LookupError"),
    ],
)
def test_what_goes_wrong_in_a_watched_host_is_a_failure(
    workload: str, dead_before: bool, kind: str, message: str, token: str
) -> None:
    with opened(workload) as host:
        if dead_before:
            os.kill(host.pid, signal.SIGKILL)
            wait_for([host.pid], 60.0)
        with pytest.raises(CaseFailed, match=message) as caught:
            watch(host, 60.0)
    assert caught.value.failure.kind == kind


@posix
def test_a_host_that_dies_between_two_sweeps_ends_in_a_failure(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Deadly(TreeWatch):
        sweeps = 0

        def sweep(self) -> Sweep:
            self.sweeps += 1
            if self.sweeps == 3:
                os.kill(self._root.pid, signal.SIGKILL)
            return super().sweep()

    monkeypatch.setattr(watch_module, "TreeWatch", Deadly)
    with opened("hangs") as host, pytest.raises(CaseFailed) as caught:
        watch(host, 60.0)
    assert caught.value.failure.kind == "host died"


def test_a_host_that_hangs_while_it_is_watched_ends_in_a_timeout(token: str) -> None:
    with opened("hangs") as host, pytest.raises(TimeoutError):
        watch(host, 0.2)
