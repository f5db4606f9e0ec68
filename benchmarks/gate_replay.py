"""Error rates of gates over many cases, replayed from recorded samples: `python -m benchmarks.gate_replay RUN.json...`.

Each RUN is a document of `concbench check --json` on identical code, as long as there was patience for:

    concbench check --against HEAD --budget 10min --json identical.json

A replayed gate draws blocks from the recordings, with replacement and as many as a real gate of 15 s has, for each of
its cases, and judges them as a real one does. What a recording holds of this machine's noise is in it: drift within a
block, strays, two speeds of a core, and whatever differs between the two sides.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping, Sequence
from math import log
from pathlib import Path

from tabulate import tabulate

from concbench.analysis.figures import figures
from concbench.gate.configuration import BUDGET, MARGINS
from concbench.gate.environments import BASE, HEAD
from concbench.model.run import Gated, Run
from concbench.runs.reading import read_run
from concbench.stats.sequential import LONGEST, LOOKS, USUAL, Gate, Key
from concbench.stats.two_samples import block_changes, least_scatter

Recorded = Mapping[Gated, tuple[Sequence[float], float]]
"""By metric: the log ratios of all blocks, and what blocks are taken to scatter by at least."""


def recordings(runs: Sequence[Run]) -> list[tuple[Recorded, int]]:
    """Each recorded pair of cases, and how many of its blocks fit into a gate's usual budget."""
    found: list[tuple[Recorded, int]] = []
    for run in runs:
        heads = {(r.case.table, r.case.name): r for r in run.results if r.case.side == HEAD}
        bases = [result for result in run.results if result.case.side == BASE]
        recorded = [(base, heads[base.case.table, base.case.name]) for base in bases]
        blocks = max(6, round(run.blocks * len(recorded) * BUDGET / run.seconds))
        for base, head in recorded:
            both = {metric: (figures(base, metric), figures(head, metric)) for metric in MARGINS}
            known = {metric: (block_changes(*sides), least_scatter(*sides)) for metric, sides in both.items()}
            found.append((known, blocks))
    return found


def replayed(found: Sequence[tuple[Recorded, int]], cases: int, change: float, draw: random.Random) -> bool:
    """Whether one replayed gate is red, where every head is slower by `change`."""
    margins = {Key(str(case), metric): margin for case in range(cases) for metric, margin in MARGINS.items()}
    gate = Gate(margins)
    drawn: dict[Key, list[float]] = {}
    least: dict[Key, float] = {}
    sizes: dict[Key, int] = {}
    for case in range(cases):
        known, blocks = draw.choice(found)
        # Of one block all figures together, as they were measured.
        picks = [draw.random() for _ in range(round(LONGEST * blocks))]
        for metric, (ratios, floor) in known.items():
            key = Key(str(case), metric)
            sizes[key] = round(LONGEST * blocks)
            added = 0.0 if metric == "memory" else log(1 + change)
            drawn[key] = [ratios[int(pick * len(ratios))] + added for pick in picks]
            least[key] = floor
    wanted = {key.case for key in drawn}
    seen: dict[Key, list[float]] = {}
    for used in LOOKS:
        # A case that needs no more samples stays as it is.
        seen |= {key: series[: round(sizes[key] * used)] for key, series in drawn.items() if key.case in wanted}
        gate.look(used, seen, least)
        wanted &= gate.undecided if used < USUAL else gate.suspicious
        if not wanted:
            break
    return any(finding.verdict == "slower" for finding in gate.findings.values())


def main() -> None:
    """Print how often a gate over 1 and over 20 cases is red, without a change and with some."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--gates", type=int, default=1000)
    arguments = parser.parse_args()
    found = recordings([read_run(path) for path in arguments.runs])
    draw = random.Random(0)
    rows = []
    for cases in (1, 20):
        for change in (0.0, 0.05, 0.10) if cases == 1 else (0.0,):
            red = sum(replayed(found, cases, change, draw) for _ in range(arguments.gates))
            rows.append((cases, f"{change:+.0%}", f"{red} of {arguments.gates}"))
    print(tabulate(rows, ("cases", "change", "red"), tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
