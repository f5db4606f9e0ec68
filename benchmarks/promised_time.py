"""How long `--quick` really takes, for every suite, every workload, and what used to take too long, as whole processes.

`python -m benchmarks.promised_time` prints a Markdown table and fails where a command takes longer than its limit.
`--only TEXT` measures those commands that hold the text, `--part 2/4` the second of four shares, `--default` leaves
`--quick` out (a minute each).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.projects import CONCBENCH
from concbench.runs.reading import read_run
from concbench.suites.suite import suites
from concbench.workloads.workload import workloads

QUICK, MINUTE = 10.0, 60.0
"""Seconds that are promised."""
FUNCTIONS = '''"""Functions that are too much for ten seconds."""

import time


def fetch(number):
    time.sleep(0.03)
    return number


def tiny(number):
    return number + 1
'''
LONG = (
    "compare --workload sleep --workers 1:8 --chunksize 1,auto --strategy pool-map",
    "compare --workload json:dumps --items 1000",
    "compare --workload cpu --task-time 10us:10ms:log --strategy serial --strategy pool-map",
    "compare --workload payload --payload 1MiB --tasks 20",
    "compare --workload payload --payload 1MiB",
    "compare --workload many.py:tiny --items 50000",
    "compare --workload many.py:fetch --items 2000",
    "compare --workload cpu --tasks 10:1000:log",
    "compare --channel pipe --channel shared-memory --payload 64KiB",
    "compare --store manager-dict --lock none --lock lock --workers 4",
    "compare --primitive lock --primitive barrier --workers 4",
    "run pool-vs-process --workers 1:4",
)


class Took(NamedTuple):
    """What one command took, and what came of it."""

    seconds: list[float]
    status: int
    samples: int
    rows: int
    left_out: str


def commands() -> list[str]:
    """All commands that are measured, without `--quick`."""
    suites.load_own()
    workloads.load_own()
    return [
        *(f"run {name}" for name in sorted(suites.all())),
        *(f"compare --workload {name}" for name in workloads.all()),
        *LONG,
    ]


def took(command: str, quick: bool, times: int, folder: Path) -> Took:
    """Run a command several times, and return what it took."""
    seconds = []
    for number in range(times):
        document = folder / f"{abs(hash((command, number)))}.json"
        words = [CONCBENCH, *command.split(), *(["--quick"] if quick else []), "--json", str(document)]
        began = time.perf_counter()
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        seconds.append(time.perf_counter() - began)
        run = read_run(document) if document.exists() else None
        document.unlink(missing_ok=True)
    results, warnings = (run.results, run.warnings) if run is not None else ([], [])
    first = next((line for line in warnings if "fit into the time" in line or "is run on" in line), "")
    return Took(
        seconds=seconds,
        status=done.returncode,
        samples=sum(len(result.samples) for result in results),
        rows=sum(bool(result.samples) for result in results),
        left_out=first,
    )


def main(arguments: Sequence[str] | None = None) -> bool:
    """Print the table; return whether all commands kept to their time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="commands that hold this text")
    parser.add_argument("--part", default="1/1", help="which share of the commands, as 2/4")
    parser.add_argument("--times", type=int, default=1, help="how often each is run")
    parser.add_argument("--default", action="store_true", help="without --quick")
    parser.add_argument("--slack", type=float, default=1.0, help="times the promised time, as 1.2 beside other load")
    asked = parser.parse_args(arguments)
    which, shares = map(int, asked.part.split("/"))
    limit = (MINUTE if asked.default else QUICK) * asked.slack
    kept = True
    print("| command | seconds | rows | samples | left out |\n| --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "many.py").write_text(FUNCTIONS, encoding="utf-8")
        for command in [each for each in commands() if asked.only in each][which - 1 :: shares]:
            found = took(command, not asked.default, asked.times, folder)
            late = max(found.seconds) > limit
            kept = kept and not late and found.status == 0
            shown = f"{median(found.seconds):.1f}" + (f" (longest {max(found.seconds):.1f})" if asked.times > 1 else "")
            problem = f" exit status {found.status}" if found.status else ""
            print(
                f"| `{command}`{problem} | {shown}{' LATE' if late else ''} | {found.rows} | {found.samples} | "
                f"{found.left_out} |",
                flush=True,
            )
    print(f"\nload {os.getloadavg()[0]:.1f}, {len(os.sched_getaffinity(0))} cores")
    return kept


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
