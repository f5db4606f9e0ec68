"""Does concbench measure what a plainly written loop measures? Both run side by side, in one run.

Every block starts both anew and warms both up; every round takes one sample of each, in random order. What is
compared is the ratio of the two medians over all samples, and beside it the t-interval over blocks of the log ratio.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from tabulate import tabulate

from concbench.measure.containment import contained
from concbench.measure.host_process import HostOptions, HostProcess
from concbench.model import Sample, Settings, Workload
from concbench.report.units import seconds
from concbench.stats.intervals import ratio_interval

PLAIN = Path(__file__).with_name("plain_loops.py")


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


COUNT = Workload(name="tutorial", tasks=100)
SLEEP = Workload(name="sleep", tasks=100, task_time=0.02)
LONG = Workload(name="cpu", tasks=100, loops=10_000)
CELLS = (
    Cell("process count", "process", COUNT, None, 16, 10),
    Cell("process sleep", "process", SLEEP, None, 16, 10),
    Cell("pool-map count", "pool-map", COUNT, 4, 24, 30),
    Cell("pool-map sleep", "pool-map", SLEEP, 4, 12, 4),
    Cell("thread count", "thread", COUNT, None, 24, 30),
    Cell("thread sleep", "thread", SLEEP, None, 16, 25),
    Cell("serial count", "serial", COUNT, None, 24, 30),
    Cell("serial long", "serial", LONG, None, 40, 10),
)
CLAIMED_FROM = 0.010
"""Seconds: shorter cells are shown, and nothing is claimed of them."""
LOW, HIGH = 0.98, 1.02


@contextmanager
def plain(loop: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start the plain script for one loop; it ends when its stdin does."""
    command = [sys.executable, str(PLAIN), loop]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield process


def time_plainly(process: subprocess.Popen[str]) -> float:
    """Let the plain script run its loop once, and return its seconds."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def prepare() -> None:
    """Have concbench's modules compiled on disk, by a host that does nothing else, as a run does."""
    with contained() as containment:
        host = HostProcess(containment, HostOptions(hash_seed=0, padding=0, write_bytecode=True))
        host.ask({"do": "prepare"}, 60)
        host.end()


def measure(cell: Cell, draw: random.Random) -> tuple[list[Sample], list[Sample]]:
    """Return concbench's samples and the plain loop's, paired by block and round."""
    ours: list[Sample] = []
    theirs: list[Sample] = []
    case = {
        "subject": cell.subject,
        "workload": asdict(cell.workload),
        "settings": asdict(Settings(workers=cell.workers)),
    }
    for block in range(cell.blocks):
        options = HostOptions(hash_seed=draw.randrange(2**32), padding=draw.randrange(4096))
        environment = {
            **os.environ,
            "PYTHONHASHSEED": str(draw.randrange(2**32)),
            "PADDING": "x" * draw.randrange(4096),
        }
        with contained() as containment, plain(cell.loop, environment) as script:
            host = HostProcess(containment, options)
            host.ask({"do": "open", "case": case}, 60)
            host.ask({"do": "sample"}, 60)
            time_plainly(script)
            for number in range(cell.rounds):
                for which in draw.sample(("ours", "theirs"), 2):
                    if which == "ours":
                        ours.append(Sample(block=block, round=number, **host.ask({"do": "sample"}, 60)))
                    else:
                        wall = time_plainly(script)
                        theirs.append(
                            Sample(block=block, round=number, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None)
                        )
            host.end()
    return ours, theirs


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
        ours, theirs = measure(cell, draw)
        plainly = median(sample.wall for sample in theirs)
        measured = median(sample.wall for sample in ours)
        interval = ratio_interval(ours, theirs)
        assert interval is not None
        claimed = plainly >= CLAIMED_FROM
        within = LOW <= measured / plainly <= HIGH
        good = good and (within or not claimed)
        rows.append(
            (
                cell.loop,
                seconds(plainly),
                seconds(measured),
                f"{measured / plainly:.3f}",
                f"{interval.low:.3f} to {interval.high:.3f}",
                len(ours),
                ("yes" if within else "NO") if claimed else "under 10 ms",
            )
        )
    headers = (
        "cell",
        "plain loop",
        "concbench",
        "ratio of medians",
        "95 % interval by block",
        "samples each",
        "within 0.98-1.02",
    )
    print(tabulate(rows, headers, tablefmt="github", disable_numparse=True))
    return good


if __name__ == "__main__":
    sys.exit(0 if main(" ".join(sys.argv[1:])) else 1)
