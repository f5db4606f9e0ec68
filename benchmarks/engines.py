"""Are an engine's samples those of a plain script that uses it? Cold and warm, in turns, as `benchmarks.fidelity` does.

    python -m benchmarks.engines
    python -m benchmarks.engines ray warm

The words choose from the cells by their names, and each call prints a table.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from statistics import median

from tabulate import tabulate

from benchmarks.fidelity import Cell, measure, prepare
from benchmarks.plain_engines import ENGINES, LOOPS, TASKS, WORKERS
from concbench.model.case import Workload
from concbench.report.units import seconds
from concbench.stats.intervals import ratio_interval

COUNT = Workload(name="cpu", tasks=TASKS, loops=LOOPS)
LOW, HIGH = 0.97, 1.03
BLOCKS = {"cold": 5, "warm": 6}
ROUNDS = {"cold": 4, "warm": 12}
"""Of a block; what takes seconds to start gets fewer."""
SLOW = ("dask-processes", "ray", "mpi")
SCRIPT = Path(__file__).with_name("plain_engines.py")


def cells() -> list[Cell]:
    """One for each engine, cold and warm."""
    return [
        Cell(
            loop=f"{name} {mode}",
            subject=name,
            workload=COUNT,
            workers=WORKERS,
            blocks=BLOCKS[mode],
            rounds=ROUNDS[mode] // (2 if name in SLOW and mode == "cold" else 1),
            script=SCRIPT,
            warm=mode == "warm",
        )
        for name in ENGINES
        for mode in BLOCKS
    ]


def main(*words: str) -> bool:
    """Print the table; return whether every ratio lies within the bounds."""
    prepare()
    draw = random.Random(0)
    rows = []
    good = True
    for cell in cells():
        if not set(words) <= {*cell.loop.split(), cell.loop}:
            continue
        print(f"engines: {cell.loop}", file=sys.stderr)
        samples = measure(cell, draw)
        medians = {which: median(sample.wall for sample in taken) for which, taken in samples.items()}
        interval = ratio_interval(samples["concbench"], samples["plain"], metric="wall")
        assert interval is not None
        ratio = medians["concbench"] / medians["plain"]
        good = good and LOW <= ratio <= HIGH
        rows.append(
            (
                cell.loop,
                seconds(medians["plain"]),
                f"{ratio:.3f}",
                f"{interval.low:.3f} to {interval.high:.3f}",
                f"{medians['control'] / medians['plain']:.3f}",
                len(samples["plain"]),
            )
        )
    headers = ("engine", "plain script", "concbench by that", "95 % interval by block", "control", "samples each")
    print(tabulate(rows, headers, tablefmt="github", disable_numparse=True))
    return good


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
