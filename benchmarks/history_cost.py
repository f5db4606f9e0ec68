"""What `concbench history` costs for many runs: without an index, with one, with one new run, and with all copied.

    python -m benchmarks.history_cost --runs 1000

The runs are made of the examples in results/: one every six hours, with 2 % of noise, and a tenth slower from the 600th
on.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from tabulate import tabulate

from benchmarks.projects import CONCBENCH
from concbench.runs.index import NAME
from concbench.runs.reading import read_run

EXAMPLES = ("example-pool-vs-process.json", "example-scaling.json", "example-tutorial.json")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = timedelta(hours=6)
STEP_AT, STEP = 0.6, 1.1
NOISE = 0.02
TIMED = ("start", "run", "stop", "wall", "cpu", "each")
TIMES = 3
LIMIT = 2.0
"""Seconds, for all runs with an index."""


def documents(runs: int) -> Iterator[bytes]:
    """Run documents in the order of time."""
    draw = random.Random(1)
    models: list[Any] = [msgspec.to_builtins(read_run(Path("results", name))) for name in EXAMPLES]
    for number in range(runs):
        document = deepcopy(models[number % len(models)])
        document |= {"started": (BEGAN + number * EVERY).isoformat(), "seed": number}
        for result in document["results"]:
            factor = draw.lognormvariate(0, NOISE) * (STEP if number >= STEP_AT * runs else 1.0)
            for sample in result["samples"]:
                sample |= {name: factor * sample[name] for name in TIMED if sample[name] is not None}
        yield msgspec.json.format(msgspec.json.encode(document), indent=1)


def timed(folder: Path) -> tuple[float, float]:
    """Seconds of wall and CPU time that the command takes as a whole process."""
    began, before = time.perf_counter(), os.times()
    subprocess.run([CONCBENCH, "history", str(folder)], check=True, capture_output=True)
    wall, after = time.perf_counter() - began, os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return wall, cpu


def main() -> bool:
    """Print a row for each state of the index; return whether a history with one is within the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000, metavar="N")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        *most, last = documents(runs)
        for number, document in enumerate(most):
            file = folder / f"run-{number:05}.json"
            file.write_bytes(document)
            os.utime(file, (time.time() - 60,) * 2)  # long enough ago for the index to trust the time
        size = sum(map(len, most))
        rows = [("no index", *timed(folder))]
        index = (folder / NAME).stat().st_size
        warm, cpu = (median(times) for times in zip(*(timed(folder) for _ in range(TIMES)), strict=True))
        rows.append(("an index", warm, cpu))
        (folder / "run-last.json").write_bytes(last)
        rows.append(("an index, and one new run", *timed(folder)))
        for file in folder.glob("*.json"):
            file.touch()
        rows.append(("an index, and all files copied", *timed(folder)))
    print(f"{runs:,} runs of {size / runs / 1e3:.0f} kB, {size / 1e6:.0f} MB; an index of {index / 1e6:.1f} MB")
    shown = [(what, *(f"{seconds:.2f} s" for seconds in times)) for what, *times in rows]
    print(tabulate(shown, ("concbench history with", "wall", "CPU"), tablefmt="github", disable_numparse=True))
    print(f"limit with an index: {LIMIT} s")
    return bool(warm <= LIMIT)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
