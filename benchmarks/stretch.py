"""How much threads stretch each other's tasks, with a GIL and without: `python -m benchmarks.stretch PYTHON...`.

In one host of each interpreter, a task that computes is traced serially and on some threads, in turns. The factor is
how long a task takes on that many threads, as a multiple of what it takes alone: the stretch that a breakdown shows.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from statistics import median

import msgspec
from tabulate import tabulate

from concbench.experiments.trace import unpack
from concbench.measure.hosts import HostProcess, launcher_for
from concbench.measure.plan import Launch
from concbench.measure.probe.environment import usable_cores
from concbench.model.case import Case, Settings, Workload
from concbench.model.result import Trace

TURNS = 9
PATIENCE = 100.0
"""Seconds after which a host does not answer any more."""
SECONDS = 0.01
"""Of a task."""


def factors(python: str, workers: list[int], turns: int = TURNS, subject: str = "threadpool-map") -> dict[int, float]:
    """By how much a task is stretched on each number of workers, under an interpreter: the median over turns."""
    with launcher_for([python], None) as launcher, launcher.host(Launch(python=python)) as host:
        workload = Workload(name="cpu", tasks=4 * max(workers), task_time=SECONDS)
        found = host.ask({"do": "calibrate", "workload": msgspec.to_builtins(workload)}, PATIENCE)
        workload = replace(workload, **found)
        seen: dict[int, list[float]] = {number: [] for number in workers}
        for _ in range(turns):
            alone = mean_task(host, workload, "serial", None)
            for number in workers:
                seen[number].append(mean_task(host, workload, subject, number) / alone)
        host.leave()
    return {number: median(ratios) for number, ratios in seen.items()}


def mean_task(host: HostProcess, workload: Workload, subject: str, workers: int | None) -> float:
    """Seconds that a task takes on average in a traced sample."""
    settings = Settings(workers=workers, chunksize=1 if workers else None)
    host.open(Case(group="", row="", subject=subject, workload=workload, settings=settings), PATIENCE)
    trace = msgspec.convert(host.ask({"do": "traced", "seconds": 0.0}, PATIENCE), Trace)
    spans = unpack(trace.spans, trace.tasks)
    return sum(map(spans.seconds, range(trace.tasks))) / trace.tasks


def main() -> None:
    """Print a row for each interpreter."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", nargs="*", default=[sys.executable], metavar="PYTHON")
    cores = usable_cores()
    threads = [cores, 2 * cores]
    rows = [
        (python, *(f"{factor:.2f}" for factor in factors(python, threads).values()))
        for python in parser.parse_args().pythons
    ]
    headers = ("interpreter", *(f"{number} threads" for number in threads))
    print(tabulate(rows, headers, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
