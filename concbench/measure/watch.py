"""Watches a host's whole process tree by psutil, from outside, while the host runs samples that are never timed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psutil

from concbench.host.process_tree import descendants
from concbench.measure.hosts import HostProcess
from concbench.model.result import Sweep, Watch

INTERVAL = 0.002
"""Seconds between two sweeps, at first."""
LONGEST_SERIES = 256
"""Sweeps in the time series; when there are more, every second one is dropped and the interval doubles."""
GONE = (psutil.NoSuchProcess, psutil.ZombieProcess)

HAS_PSS = psutil.LINUX
HAS_USS = psutil.LINUX or psutil.MACOS or psutil.WINDOWS


@dataclass
class Peaks:
    """The largest figures of any sweep, each by itself, and the last context switches of every process."""

    pss: int | None = None
    uss: int | None = None
    rss: int = 0
    processes: int = 0
    threads: int = 0
    switches: dict[tuple[int, float], tuple[int, int]] = field(default_factory=dict)
    """By process (id, creation time): voluntary and involuntary context switches when last seen."""


class TreeWatch:
    """Sweeps over a process and its descendants, and keeps the peaks.

    psutil's objects are kept between sweeps. A sweep reads what is cheap: processes, threads, CPU, RSS. For PSS and USS
    the kernel walks every page table of the tree, 0.3 ms for a small process and 1 ms per 40 MB of a large one, so
    reading them takes up at most half of the watch's time.
    """

    def __init__(self, pid: int, *, spawns: bool = False) -> None:
        self.peaks = Peaks()
        self._spawns = spawns
        """Whether all processes below the first one run another program: one that does not yet is no process of its
        own. It borrows the memory of its parent until then (vfork(2)), which would count twice."""
        self._root = psutil.Process(pid)
        self._known: dict[int, psutil.Process] = {pid: self._root}
        self._pss: int | None = None
        self.memory_due = 0.0
        """Earliest time of the next reading of PSS, by `time.perf_counter`."""
        self._began = time.perf_counter()

    def sweep(self) -> Sweep:
        """Read every process of the tree once; raises psutil.NoSuchProcess when the host is gone."""
        tree = self._tree()
        cpu = 0.0
        rss = threads = alive = 0
        for process in tree:
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    rss += process.memory_info().rss
                    threads += process.num_threads()
                    switches = process.num_ctx_switches()
                    self.peaks.switches[process.pid, process.create_time()] = (switches.voluntary, switches.involuntary)
            except GONE:
                continue
            cpu += times.user + times.system
            alive += 1
        self.peaks.rss = max(self.peaks.rss, rss)
        self.peaks.processes = max(self.peaks.processes, alive)
        self.peaks.threads = max(self.peaks.threads, threads)
        if time.perf_counter() >= self.memory_due:
            self.read_memory(tree)
        at = time.perf_counter() - self._began
        return Sweep(at=at, processes=alive, threads=threads, cpu=cpu, rss=rss, pss=self._pss)

    def read_memory(self, tree: Iterable[psutil.Process] | None = None) -> int | None:
        """Read PSS and USS of the whole tree; returns the sum of PSS in bytes, None where the system has no PSS."""
        began = time.perf_counter()
        pss = uss = 0
        for process in tree or self._tree():
            try:
                memory: Any = process.memory_full_info()
            except (*GONE, psutil.AccessDenied):
                continue
            pss += getattr(memory, "pss", 0)
            uss += getattr(memory, "uss", 0)
        if HAS_PSS:
            self._pss = pss
            self.peaks.pss = max(self.peaks.pss or 0, pss)
        if HAS_USS:
            self.peaks.uss = max(self.peaks.uss or 0, uss)
        ended = time.perf_counter()
        self.memory_due = ended + (ended - began)
        return self._pss

    def _tree(self) -> list[psutil.Process]:
        pids = descendants(self._root.pid)
        if pids is None:
            pids = [process.pid for process in self._root.children(recursive=True)]
        present = {}
        for pid in (self._root.pid, *pids):
            try:
                process = self._known.get(pid) or psutil.Process(pid)
                if self._spawns and pid not in self._known and process.cmdline() == self._root.cmdline():
                    continue
            except GONE:
                continue
            present[pid] = process
        self._known = present
        return list(present.values())


def watch(host: HostProcess, timeout: float, seconds: float = 0.1, *, spawns: bool = False) -> Watch:
    """Let a host run its case for `seconds`, at least once, and watch its process tree.

    `spawns` says that all processes below the host run other programs. Raises CaseFailed as a sample would, and
    TimeoutError.
    """
    tree = TreeWatch(host.pid, spawns=spawns)
    base = tree.read_memory()
    series: list[Sweep] = []
    interval = INTERVAL
    sweeps = 0
    began = time.perf_counter()
    host.send({"do": "watched", "seconds": seconds})
    while (answer := host.answer(interval)) is None:
        if time.perf_counter() - began > timeout + seconds:
            raise TimeoutError
        try:
            series.append(tree.sweep())
        except psutil.NoSuchProcess:
            continue  # the host has died, and its answer will say so
        sweeps += 1
        if len(series) > LONGEST_SERIES:
            series = series[::2]
            interval *= 2
    voluntary = sum(switches[0] for switches in tree.peaks.switches.values())
    involuntary = sum(switches[1] for switches in tree.peaks.switches.values())
    took, cpu = answer["seconds"], answer["cpu"]
    return Watch(
        seconds=took,
        samples=answer["samples"],
        sweeps=sweeps,
        peak_pss=tree.peaks.pss,
        peak_uss=tree.peaks.uss,
        peak_rss=tree.peaks.rss,
        base_pss=base,
        peak_processes=tree.peaks.processes,
        peak_threads=tree.peaks.threads,
        cpu_percent=None if cpu is None else 100 * cpu / took,
        voluntary_switches=voluntary,
        involuntary_switches=involuntary,
        series=series,
    )
