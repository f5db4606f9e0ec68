"""What the watch sees and what it costs: 400 MB shared by forked workers, a tree of 100 processes, an idle host."""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event, Semaphore
from statistics import median

import psutil

from concbench.host.process_tree import descendants
from concbench.measure.containment import contained
from concbench.measure.hosts import Launcher
from concbench.measure.plan import Launch
from concbench.measure.watch import TreeWatch
from concbench.model.case import Case, Settings, Workload
from concbench.report.units import seconds, size

MB = 10**6
DATA = 400 * MB
SWEEP_LIMIT = 0.020
IDLE = 3.0


def read_and_wait(data: bytes, ready: Semaphore, leave: Event) -> None:
    """Touch every page of the parent's data, release `ready`, and stay until `leave` is set."""
    assert len(data[::4096]) == -(-len(data) // 4096)
    ready.release()
    leave.wait()


@contextmanager
def children(count: int, data: bytes) -> Iterator[None]:
    """Fork children, which all read `data`, and hold them."""
    context = multiprocessing.get_context("fork")
    ready, leave = context.Semaphore(0), context.Event()
    started = [context.Process(target=read_and_wait, args=(data, ready, leave)) for _ in range(count)]
    for child in started:
        child.start()
    for _ in started:
        ready.acquire()
    try:
        yield
    finally:
        leave.set()
        for child in started:
            child.join()


def shared_data(results: Connection) -> None:
    """Measure the peak of a tree whose parent holds 400 MB that 4 forked workers read; run in a process of its own."""
    data = random.randbytes(DATA // 100) * 100
    eyes = TreeWatch(multiprocessing.current_process().pid or 0)
    with children(4, data):
        eyes.read_memory()
        eyes.sweep()
    results.send((eyes.peaks.pss, eyes.peaks.rss))


def hundred_processes(results: Connection) -> None:
    """Time sweeps over a parent and 99 small children, with and without reading PSS; in a process of its own."""
    eyes = TreeWatch(multiprocessing.current_process().pid or 0)
    sweeps: list[float] = []
    memory: list[float] = []
    with children(99, b""):
        for _ in range(50):
            eyes.memory_due = float("inf")
            began = time.perf_counter()
            seen = eyes.sweep()
            sweeps.append(time.perf_counter() - began)
            began = time.perf_counter()
            eyes.read_memory()
            memory.append(time.perf_counter() - began)
    results.send((seen.processes, median(sweeps), median(memory)))


def apart(measurement: object) -> tuple[float, ...]:
    """Run a measurement in a fresh process, and return what it sends."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=measurement, args=(there,))  # type: ignore[arg-type]  # a module's function
    process.start()
    result: tuple[float, ...] = here.recv()
    process.join()
    return result


def idle_host() -> tuple[float, int]:
    """The CPU seconds, and the context switches, of a host that waited some seconds between two samples."""
    workload = Workload(name="tutorial", tasks=100)
    case = Case(group="a", row="a", subject="pool-map", workload=workload, settings=Settings(workers=2))
    with contained() as containment:
        host = Launcher(containment).start(Launch())
        host.open(case, 60)
        host.ask({"do": "sample"}, 60)
        process = psutil.Process(host.pid)
        while process.status() != psutil.STATUS_SLEEPING:
            pass  # it has answered, and is about to block in its next read
        # The scheduler's own account, in nanoseconds; psutil's CPU times have ticks of 10 ms.
        before, switches = cpu_nanoseconds(host.pid), process.num_ctx_switches()
        time.sleep(IDLE)
        after, switches_after = cpu_nanoseconds(host.pid), process.num_ctx_switches()
        assert descendants(host.pid) == []
        host.end()
    return (after - before) / 1e9, switches_after.voluntary - switches.voluntary


def cpu_nanoseconds(pid: int) -> int:
    """The time that a process has been on a core (Linux)."""
    with open(f"/proc/{pid}/schedstat") as stat:  # noqa: PTH123 - one line
        return int(stat.read().split()[0])


def main() -> bool:
    """Print what was found; return whether all of it is within the limits."""
    pss, rss = apart(shared_data)
    shared_good = DATA <= pss <= 480 * MB
    print(f"400 MB in the parent, read by 4 forked workers: peak PSS {size(pss)} (limits 400-480 MB); RSS {size(rss)}")
    processes, sweep, memory = apart(hundred_processes)
    print(
        f"a sweep over {processes:.0f} processes: {seconds(sweep)} (limit {seconds(SWEEP_LIMIT)}); "
        f"reading their PSS and USS: {seconds(memory)} more, done as often as it takes half of the time at most"
    )
    cpu, switches = idle_host()
    print(f"an idle host in {IDLE:g} s between two samples: {cpu * 1e6:.0f} µs of CPU, {switches} context switches")
    return shared_good and sweep <= SWEEP_LIMIT and cpu == 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
