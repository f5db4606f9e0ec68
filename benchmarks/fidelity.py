"""Does concbench measure what a plainly written loop measures? Both run side by side, in one run.

Every block starts both anew and warms both up; every round takes one sample of each, in random order. What is
compared is the ratio of the two medians over all samples, and beside it the t-interval over blocks of the log ratio.
A second copy of the plain loop takes part as the control: its ratio to the first is what this machine's noise makes of
two things that are the same.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from tabulate import tabulate

from concbench.measure.containment import contained
from concbench.measure.hosts import Launcher
from concbench.measure.plan import Launch
from concbench.model.case import Metric, Settings, Workload
from concbench.model.result import HostRecord, Sample
from concbench.report.units import seconds
from concbench.stats.intervals import ratio_interval

PLAIN = {
    "tasks": Path(__file__).with_name("plain_loops.py"),
    "messages": Path(__file__).with_name("plain_trips.py"),  # apart, because what a script imports its forks copy
}


@dataclass(frozen=True)
class Cell:
    """One of the loops, and the case of concbench that does the same."""

    loop: str
    subject: str
    workload: Workload
    workers: int | None
    blocks: int
    rounds: int
    """A block: short cells scatter more and get more of both."""
    experiment: str = "tasks"
    script: Path | None = None
    """The plain script, which gets the words of the loop; None: that of the experiment."""
    warm: bool = False

    @property
    def metric(self) -> Metric:
        """The field of a sample that the loop prints, too."""
        return "wall" if self.experiment == "tasks" else "each"

    @property
    def bounds(self) -> tuple[float, float]:
        """The ratios that are promised."""
        return (LOW, HIGH) if self.experiment == "tasks" else (LOW_TRIP, HIGH_TRIP)


COUNT = Workload(name="tutorial", tasks=100)
SLEEP = Workload(name="sleep", tasks=100, task_time=0.02)
LONG = Workload(name="cpu", tasks=100, loops=8_000)
TRIPS = Workload(name="messages", tasks=300, payload=16)
CELLS = (
    Cell("process count", "process", COUNT, None, 60, 6),
    Cell("process sleep", "process", SLEEP, None, 60, 4),
    Cell("pool-map count", "pool-map", COUNT, 4, 60, 20),
    Cell("pool-map sleep", "pool-map", SLEEP, 4, 12, 4),
    Cell("thread count", "thread", COUNT, None, 60, 15),
    Cell("thread sleep", "thread", SLEEP, None, 16, 25),
    Cell("serial count", "serial", COUNT, None, 24, 30),
    Cell("serial long", "serial", LONG, None, 100, 20),
    Cell("os-pipe trip", "os-pipe", TRIPS, None, 40, 15, "messages"),
    Cell("pipe trip", "pipe", TRIPS, None, 40, 15, "messages"),
    Cell("queue trip", "queue", TRIPS, None, 40, 10, "messages"),
    Cell("manager-queue trip", "manager-queue", TRIPS, None, 60, 8, "messages"),
)
CLAIMED_FROM = 0.010
"""Seconds: shorter cells of tasks are shown, and nothing is claimed of them."""
LOW, HIGH = 0.98, 1.02
LOW_TRIP, HIGH_TRIP = 0.97, 1.03


@contextmanager
def on_one_core(cell: Cell) -> Iterator[None]:
    """Keep all processes of a cell of messages on one core, both concbench's and the plain script's (Linux).

    Which cores the scheduler puts two or three processes on makes a round trip of 80 or of 200 microseconds out of the
    same code, and even two copies of the plain script then differ by up to 9 %.
    """
    if cell.experiment != "messages" or not hasattr(os, "sched_setaffinity"):
        yield
        return
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(usual)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)


@contextmanager
def plain(cell: Cell, draw: random.Random) -> Iterator[subprocess.Popen[str]]:
    """Start the plain script for a cell, its memory laid out anew as a host's is; it ends when its stdin does."""
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(draw.randrange(2**32)),
        "PADDING": "x" * draw.randrange(4096),
    }
    command = [sys.executable, str(PLAIN[cell.experiment]), cell.loop]
    if cell.script is not None:
        command = [sys.executable, str(cell.script), *cell.loop.split()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        yield process


def time_plainly(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Let the plain script run its loop once, and return its seconds as a sample's fields."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    wall = float(process.stdout.readline())
    return {"start": 0.0, "run": wall, "stop": 0.0, "wall": wall, "cpu": None, "each": wall}


def prepare() -> None:
    """Have concbench's modules compiled on disk, by a host that does nothing else, as a run does."""
    with contained() as containment:
        host = Launcher(containment).start(Launch())
        host.ask({"do": "prepare"}, 60)
        host.end()


def measure(cell: Cell, draw: random.Random) -> dict[str, list[Sample]]:
    """The samples of concbench, the plain loop and its control, paired by block and round."""
    samples: dict[str, list[Sample]] = {"concbench": [], "plain": [], "control": []}
    case = {
        "experiment": cell.experiment,
        "subject": cell.subject,
        "workload": asdict(cell.workload),
        "settings": asdict(Settings(workers=cell.workers, warm=cell.warm)),
    }
    for block in range(cell.blocks):
        record = HostRecord(block=block, hash_seed=draw.randrange(2**32), padding=draw.randrange(4096))
        with contained() as containment, plain(cell, draw) as script, plain(cell, draw) as twin:
            host = Launcher(containment).start(Launch(), record)
            host.ask({"do": "open", "case": case}, 60)
            timers: dict[str, Callable[[], dict[str, Any]]] = {
                "concbench": partial(host.ask, {"do": "sample"}, 60),
                "plain": partial(time_plainly, script),
                "control": partial(time_plainly, twin),
            }
            for warm_up in timers.values():
                warm_up()
            for number in range(cell.rounds):
                for which in draw.sample(sorted(timers), len(timers)):
                    samples[which].append(Sample(block=block, round=number, **timers[which]()))
            host.end()
    return samples


def main(only: str = "") -> bool:
    """Print the table; return whether every cell that something is claimed of lies within the bounds."""
    prepare()
    draw = random.Random(0)
    rows = []
    good = True
    for cell in CELLS:
        if only not in cell.loop:
            continue
        print(f"fidelity: {cell.loop}", file=sys.stderr)
        with on_one_core(cell):
            samples = measure(cell, draw)
        medians = {which: median(getattr(each, cell.metric) for each in taken) for which, taken in samples.items()}
        plainly, measured = medians["plain"], medians["concbench"]
        interval = ratio_interval(samples["concbench"], samples["plain"], metric=cell.metric)
        assert interval is not None
        claimed = plainly >= CLAIMED_FROM or cell.experiment != "tasks"
        low, high = cell.bounds
        within = low <= measured / plainly <= high
        good = good and (within or not claimed)
        rows.append(
            (
                cell.loop,
                seconds(plainly),
                seconds(measured),
                f"{measured / plainly:.3f}",
                f"{interval.low:.3f} to {interval.high:.3f}",
                f"{medians['control'] / plainly:.3f}",
                len(samples["concbench"]),
                ("yes" if within else "NO") if claimed else "under 10 ms",
            )
        )
    headers = (
        "cell",
        "plain loop",
        "concbench",
        "ratio of medians",
        "95 % interval by block",
        "control",
        "samples each",
        "within bounds",
    )
    print(tabulate(rows, headers, tablefmt="github", disable_numparse=True))
    return good


if __name__ == "__main__":
    sys.exit(0 if main(" ".join(sys.argv[1:])) else 1)
