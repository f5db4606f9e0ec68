"""Does a change bring what `concbench trace` says? Six programs, each traced, and run with the change, in turns.

    python -m benchmarks.losses --rounds 5

What is said is about a region; compared is the whole program: its traced time, less what the region took, plus what it
is predicted to take, against the traced time of the edited program (tests/programs/changed).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tabulate import tabulate

from concbench.analysis.losses import losses
from concbench.measure.program import command_of, traced
from concbench.report.units import seconds
from concbench.session.program import TracedProgram

PROGRAMS = Path(__file__).parent.parent / "tests" / "programs"
NAMES = ("tiny_tasks", "pool_in_a_loop", "straggler", "threads_that_compute", "pickled_arrays", "small_semaphore")
DELAY = 0.05
"""Seconds that the local server takes to answer."""
LIMIT = 0.15


@contextmanager
def server() -> Iterator[str]:
    """The port of a local server that answers after DELAY."""
    command = [sys.executable, str(PROGRAMS / "server.py"), f"{DELAY}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def measured(name: str, rounds: int, arguments: list[str]) -> list[str]:
    """A row: what was said, and what came out."""
    said, came, before, ranges = [], [], [], []
    cause = "none"
    for _ in range(rounds):
        tracing = TracedProgram(command_of([str(PROGRAMS / f"{name}.py"), *arguments], module=False), [])
        tracing.trace()
        for _ in tracing.measure():
            pass
        run = tracing.run()
        assert run.program is not None
        found = losses(run, run.program)
        if found and found[0].change.predicted is not None:
            first, predicted = found[0], found[0].change.predicted
            cause = type(first.cause).__name__
            rest = run.program.wall - first.active
            said.append(rest + predicted.estimate)
            ranges.append((rest + predicted.low, rest + predicted.high))
        before.append(run.program.wall)
        came.append(traced(command_of([str(PROGRAMS / "changed" / f"{name}.py"), *arguments], module=False)).wall)
    if not said:
        return [name, cause, seconds(median(before)), "-", seconds(median(came)), "-", "-"]
    inside = sum(low <= median(came) <= high for low, high in ranges)
    return [
        name,
        cause,
        seconds(median(before)),
        seconds(median(said)),
        seconds(median(came)),
        f"{median(came) / median(said):.3f}",
        f"{inside} of {len(said)}",
    ]


def main() -> None:
    """Print a row for each program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=NAMES)
    asked = parser.parse_args()
    with server() as port:
        rows = [
            measured(name, asked.rounds, [port] if name == "small_semaphore" else [])
            for name in ([asked.only] if asked.only else NAMES)
        ]
    headers = ["program", "first cause", "took", "said", "came out", "came out by said", "in its range"]
    print(tabulate(rows, headers, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
