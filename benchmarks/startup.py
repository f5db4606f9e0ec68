"""How long `concbench --help` takes, as a multiple of `python -c "import click"`: pairs, in random order."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from math import exp, log
from statistics import median

from benchmarks.projects import CONCBENCH
from concbench.report.units import seconds
from concbench.stats.intervals import mean_interval

PAIRS = 60
LIMIT = 1.5
COMMANDS = {
    "concbench --help": [CONCBENCH, "--help"],
    "import click": [sys.executable, "-c", "import click"],
}


def timed(command: list[str]) -> float:
    """Seconds that a command takes as a whole process."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> bool:
    """Print the ratio; return whether it is within the limit."""
    draw = random.Random(0)
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for command in COMMANDS.values():
        timed(command)  # compiled and in the page cache from here on
    for _ in range(PAIRS):
        for name in draw.sample(list(COMMANDS), len(COMMANDS)):
            times[name].append(timed(COMMANDS[name]))
    ours, theirs = times.values()
    interval = mean_interval([log(a / b) for a, b in zip(ours, theirs, strict=True)])
    assert interval.low is not None
    assert interval.high is not None
    print(
        f"concbench --help {seconds(median(ours))}, import click {seconds(median(theirs))}, {PAIRS} pairs: "
        f"ratio {exp(interval.estimate):.2f} (95 % interval {exp(interval.low):.2f} to {exp(interval.high):.2f}), "
        f"ratio of medians {median(ours) / median(theirs):.2f}, limit {LIMIT}"
    )
    return median(ours) / median(theirs) <= LIMIT


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
