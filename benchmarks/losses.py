"""Does a change bring what `concbench trace` says? Seven programs, each traced, and run with the change, in turns.

    python -m benchmarks.losses --rounds 5

What is said is about a region, from opening to end without idle time. Compared with it is that region of the edited
program (tests/programs/changed), traced, too. Where the change is a plain loop, none is left: then it is `main()`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tabulate import tabulate

from concbench.analysis.losses import losses
from concbench.analysis.regions import places
from concbench.measure.program import command_of, traced
from concbench.report.units import seconds
from concbench.session.program import TracedProgram

PROGRAMS = Path(__file__).parent.parent / "tests" / "programs"
NAMES = (
    *("tiny_tasks", "pool_in_a_loop", "straggler", "threads_that_compute", "pickled_arrays", "small_semaphore"),
    "processes_that_wait",
)
OF_SERVER = ("small_semaphore", "processes_that_wait")
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


LOOP = """
import sys, time
sys.path.insert(0, sys.argv[1])
from tiny_tasks import main
began = time.perf_counter()
main()
print(time.perf_counter() - began, file=sys.stderr)
"""


def measured(name: str, rounds: int, arguments: list[str]) -> list[str]:
    """A row: what was said, and what came out."""
    said, came, before, ranges = [], [], [], []
    causes: Counter[str] = Counter()
    for _ in range(rounds):
        tracing = TracedProgram(command_of([str(PROGRAMS / f"{name}.py"), *arguments], module=False), [])
        tracing.trace()
        for _ in tracing.measure():
            pass
        run = tracing.run()
        assert run.program is not None
        found = losses(run, run.program)
        causes[type(found[0].cause).__name__ if found else "none"] += 1
        if found and found[0].change.predicted is not None:
            predicted = found[0].change.predicted
            before.append(found[0].active)
            said.append(predicted.estimate)
            ranges.append((predicted.low, predicted.high))
        suggested = found[0].change.value if found else None
        came.append(changed(name, arguments if suggested is None else [*arguments, f"{suggested}"]))
    cause = ", ".join(f"{each} ({times})" for each, times in causes.most_common())
    if not said:
        return [name, cause, "-", "-", seconds(median(came)), "-", "-"]
    inside = sum(low <= median(came) <= high for low, high in ranges)
    ratio = f"{median(came) / median(said):.3f}"
    figures = [seconds(median(each)) for each in (before, said, came)]
    if median(low for low, _ in ranges) == 0:  # only a bound was said
        ratio, figures[1] = "-", f"at most {seconds(median(high for _, high in ranges))}"
    return [name, cause, *figures, ratio, f"{inside} of {len(said)}"]


def changed(name: str, arguments: list[str]) -> float:
    """What the region of an edited program takes, or a loop where it has none; it may ask for what was suggested."""
    folder = PROGRAMS / "changed"
    program = traced(command_of([str(folder / f"{name}.py"), *arguments], module=False))
    own = [place for place in places(program) if place.first.kind != "coroutines" or place.first.limit]
    if own:
        return own[0].parts.active
    asked = [sys.executable, "-c", LOOP, str(folder)]
    return float(subprocess.run(asked, capture_output=True, text=True, check=True).stderr)


def main() -> None:
    """Print a row for each program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=NAMES)
    asked = parser.parse_args()
    with server() as port:
        rows = [
            measured(name, asked.rounds, [port] if name in OF_SERVER else [])
            for name in ([asked.only] if asked.only else NAMES)
        ]
    headers = ["program", "first cause", "took", "said", "came out", "came out by said", "in its range"]
    print(tabulate(rows, headers, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
