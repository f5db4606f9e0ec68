"""How a gate judges code that waits: green over identical code, in time, and red over a tenth more of waiting.

    python -m benchmarks.gate_waits --times 20

makes a small git repository in a temporary folder, whose function waits for 20 ms, called 200 times by a strategy, and
runs `concbench check --against HEAD~1` in it a number of times with identical code, and as often with 10 % more of
waiting. It prints a row of a Markdown table for each; what failed is said on stderr, and kept with `--into`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from tabulate import tabulate

from benchmarks.projects import CONCBENCH, add_line, commit, write_gate

GREEN, RED = 0, 1
WAIT = 0.02
"""Seconds that each task waits."""
LONGER = 1.1
LONGEST_CHECK = 300
"""Seconds, after which it has hung."""

TASK = """\
import time


def wait(number):
    time.sleep({seconds})
    return number
"""


def write_project(folder: Path, strategy: str, workers: int | None, tasks: int, change: float) -> None:
    """Write a repository of two commits, the second of which waits `change` times as long."""
    folder.mkdir(parents=True)
    write_gate(folder, "waits", "waits:wait", tasks, strategy, workers)
    (folder / "waits.py").write_text(TASK.format(seconds=WAIT))
    commit(folder, "base")
    (folder / "waits.py").write_text(TASK.format(seconds=round(WAIT * change, 6)))
    (folder / "CHANGES").write_text(f"{change}\n")  # there is a commit where nothing has changed, too
    commit(folder, "head")


def checked(folder: Path) -> tuple[int, float, str]:
    """Run the gate; returns its exit status, the seconds that it took, and what it said."""
    command = [CONCBENCH, "check", "--against", "HEAD~1"]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LONGEST_CHECK)
    return done.returncode, time.perf_counter() - began, done.stdout + done.stderr


def judged(
    projects: Mapping[str, tuple[Path, int]], times: int, into: Path | None
) -> Iterator[tuple[str, str, str, str]]:
    """Run the gates of some projects in turns, each of which should have its exit status; yields a row for each."""
    right = dict.fromkeys(projects, 0)
    seconds: dict[str, list[float]] = {kind: [] for kind in projects}
    for _ in range(times):
        for kind, (folder, wanted) in projects.items():
            status, took, said = checked(folder)
            right[kind] += status == wanted
            seconds[kind].append(took)
            print(f"{kind}: exit status {status}, {took:.1f} s", file=sys.stderr)
            if status != wanted:
                print(said, file=sys.stderr)
            if into is not None:
                add_line(into, {"kind": kind, "status": status, "seconds": took, "said": said})
    for kind, (_, wanted) in projects.items():
        found = f"{'green' if wanted == GREEN else 'red'} {right[kind]} of {times}"
        yield kind, found, f"{median(seconds[kind]):.1f} s", f"{max(seconds[kind]):.1f} s"


def main() -> None:
    """Run both kinds in turns, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20, help="Of each kind.")
    parser.add_argument("--strategy", default="executor-threads")
    parser.add_argument("--workers", type=int, default=50, help="0: as many as cores, or none for `thread`.")
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--into", type=Path, help="Add a line of JSON for every check to this file.")
    arguments = parser.parse_args()
    how = f"{arguments.strategy} workers {arguments.workers}" if arguments.workers else arguments.strategy
    with tempfile.TemporaryDirectory() as temporary:
        same, longer = Path(temporary, "same"), Path(temporary, "longer")
        write_project(same, arguments.strategy, arguments.workers or None, arguments.tasks, 1.0)
        write_project(longer, arguments.strategy, arguments.workers or None, arguments.tasks, LONGER)
        projects = {"identical code": (same, GREEN), "+10 % of waiting": (longer, RED)}
        rows = [(how, *row) for row in judged(projects, arguments.times, arguments.into)]
    headers = (f"{arguments.tasks} waits of 20 ms", "change", "as it should be", "median", "longest")
    print(tabulate(rows, headers, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
