"""Is advice right? What `concbench advise` names, against everything that could be named, measured in turns with it.

    python -m benchmarks.advice --into advice.jsonl --runs 5
    python -m benchmarks.advice --into advice.jsonl --table

Each run is a line of the file, so that a long measurement can be made in pieces. Between any two runs of the command,
one block of every candidate is measured, with all strategies at their defaults besides: the best of them all, over all
blocks, is what is best.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import replace
from math import exp, log
from pathlib import Path
from statistics import fmean, median
from typing import Any

from tabulate import tabulate

from benchmarks.advised import ALL, HERE, Advised
from concbench.measure.blocks import measure
from concbench.measure.environment import usable_cores
from concbench.measure.plan import Plan, Tally
from concbench.model import Case
from concbench.runs.reading import read_run
from concbench.strategies.strategy import strategies
from concbench.suites.candidates import KINDS, Situation, kind_of, openers, variants

ROOT = Path(__file__).parent.parent
CONTENDING = 1.3
"""What takes so many times as long as the fastest at most is measured for some rounds more."""
ROUNDS = 6
"""Of those; all others have one."""
WITHIN = 0.05
"""What is named counts as right where it takes so much longer than the best at most."""


def advised(function: Advised, budget: float) -> tuple[Case, float]:
    """Ask for advice, as a person would; returns the case that was named, and how many seconds it took."""
    words = [f"{HERE}:{function.function}", "--items", function.items, "--budget", f"{budget:g}"]
    words += ["--init", function.init] if function.init is not None else []
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder, "run.json")
        command = [str(Path(sys.executable).with_name("concbench")), "advise", *words, "--json", str(document), "-q"]
        began = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=10 * budget + 60)
        seconds = time.perf_counter() - began
        if done.returncode != 0:
            raise AssertionError(done.stderr.decode())
        run = read_run(document)
    return next(case for case in run.cases if case.id == run.recommendations[0].case), seconds


def exhaustively(named: Case) -> dict[str, list[float]]:
    """Measure what was named and everything else that could be, side by side; returns seconds by name."""
    situation = Situation(workload=named.workload, cores=usable_cores(), version=sys.version_info[:3])
    candidates = [*openers(situation), *(each for kind in KINDS for each in variants(situation, kind))]
    candidates += [situation.candidate(name, usable_cores()) for name in strategies.all()]
    cases = {named.label: replace(named, samples=[], hosts=[], watch=None, trace=None)}
    for each in candidates:
        if strategies.get(each.subject).returns == "results" and each.label not in cases:
            cases[each.label] = Case(
                id=f"{named.part}/{each.label}",
                part=named.part,
                subject=each.subject,
                workload=named.workload,
                settings=each.settings,
            )
    measured(list(cases.values()), rounds=1)
    fastest = min(case.samples[0].wall for case in cases.values() if case.samples)
    contenders = [case for case in cases.values() if case.samples and case.samples[0].wall <= CONTENDING * fastest]
    measured(contenders, rounds=ROUNDS - 1)
    return {label: [sample.wall for sample in case.samples] for label, case in cases.items() if case.samples}


def measured(cases: list[Case], rounds: int) -> None:
    """Measure a block of some cases."""
    seed = random.randrange(2**31)
    plan = Plan(blocks=1, rounds=rounds, examined=True, looked_at=set, paths=(str(ROOT),), seed=seed)
    measure(cases, plan, Tally(), lambda now: None)


def add_one(into: Path, function: Advised, budget: float) -> None:
    """Ask for advice, measure a block of everything, and add the line to the file."""
    named, seconds = advised(function, budget)
    line = {
        "function": function.name,
        "budget": budget,
        "named": named.label,
        "seconds": seconds,
        "all": exhaustively(named),
    }
    with into.open("a") as file:
        file.write(json.dumps(line) + "\n")


def table(into: Path) -> str:
    """Return for every function how often what was named was the best, or nearly, and how far from it at most."""
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for text in into.read_text().splitlines():
        line = json.loads(text)
        lines[line["function"]].append(line)
    rows = []
    for function in ALL:
        runs = lines[function.name]
        if not runs:
            continue
        times = pooled([run["all"] for run in runs])
        best = min(times, key=times.__getitem__)
        behind = [times[run["named"]] / times[best] - 1 for run in runs if run["named"] in times]
        names = Counter(run["named"] for run in runs).most_common()
        kinds = sum(kind_of(run["named"].partition(" ")[0]) in function.best for run in runs)
        right = sum(share <= WITHIN for share in behind)
        seconds = [run["seconds"] for run in runs]
        rows.append(
            (
                function.name,
                best,
                ", ".join(f"{name} {often} times" for name, often in names) if len(names) > 1 else names[0][0],
                f"{right} of {len(runs)}",
                f"{kinds} of {len(runs)}",
                f"{100 * max(behind):.1f} %",
                f"{fmean(seconds):.1f} s",
                f"{max(seconds):.1f} s of {runs[0]['budget']:g} s",
            )
        )
    found = ("within 5 %", "kind as known", "farthest", "took", "longest")
    headers = ("function", "best of all", "named", *found)
    return tabulate(rows, headers, tablefmt="github", disable_numparse=True)


def pooled(blocks: list[dict[str, list[float]]]) -> dict[str, float]:
    """Return how long each candidate takes relative to the others, averaged on a log scale over the blocks.

    Only of those that were measured in every block. In each block they are taken relative to all of them, as a machine
    is faster in one block than in another; and a median of more samples weighs more.
    """
    common = set.intersection(*(set(block) for block in blocks))
    levels = [fmean(log(median(block[name])) for name in common) for block in blocks]
    found = {}
    for name in common:
        logs = [log(median(block[name])) - level for block, level in zip(blocks, levels, strict=True)]
        found[name] = exp(fmean(logs, [len(block[name]) for block in blocks]))
    return found


def main() -> None:
    """Measure, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, required=True, help="The file of runs.")
    parser.add_argument("--runs", type=int, default=1, help="Of every function.")
    parser.add_argument("--budget", type=float, default=20.0, help="Seconds for each piece of advice.")
    parser.add_argument("--function", action="append", choices=[each.name for each in ALL])
    parser.add_argument("--table", action="store_true", help="Print the table of what there is.")
    arguments = parser.parse_args()
    if arguments.table:
        print(table(arguments.into))
        return
    chosen = [each for each in ALL if not arguments.function or each.name in arguments.function]
    for number in range(arguments.runs):
        for function in random.sample(chosen, len(chosen)):
            print(f"{number + 1} of {arguments.runs}: {function.name}", file=sys.stderr)
            add_one(arguments.into, function, arguments.budget)


if __name__ == "__main__":
    main()
