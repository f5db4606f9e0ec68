"""Is advice right? What `concbench advise` names, against everything that could be named, measured in turns with it.

    python -m benchmarks.advice --into advice.jsonl --runs 5
    python -m benchmarks.advice --into advice.jsonl --table

Each run is a line of the file, so that a long measurement can be made in pieces. Between any two runs of the command,
one block of every candidate is measured, with all strategies at their defaults besides: the best of them all, over all
blocks, is what is best.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from math import exp, log
from pathlib import Path
from statistics import fmean, median
from typing import Any

from tabulate import tabulate

from benchmarks.advised import ALL, HERE, Advised
from benchmarks.projects import CONCBENCH, add_line, read_lines
from concbench.measure.plan import Launch, Plan
from concbench.measure.probe.environment import usable_cores
from concbench.measure.record import Record
from concbench.measure.runner import measure
from concbench.model.case import Case
from concbench.model.result import Result
from concbench.runs.reading import read_run
from concbench.session.candidates import KINDS, Situation, kind_of, openers, variants
from concbench.session.fixed import Fixed
from concbench.strategies.strategy import strategies

ROOT = Path(__file__).parent.parent
CONTENDING = 1.3
"""Times the fastest: what takes no longer is measured for some rounds more."""
ROUNDS = 6
"""Of those; all others have one."""
WITHIN = 0.05
"""What is named counts as right where it takes no more than this share longer than the best."""


def advised(function: Advised, budget: float) -> tuple[Case, float]:
    """Ask for advice, as a user would; returns the case that was named, and how many seconds it took."""
    words = [f"{HERE}:{function.function}", "--items", function.items, "--budget", f"{budget:g}"]
    words += ["--init", function.init] if function.init is not None else []
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder, "run.json")
        command = [CONCBENCH, "advise", *words, "--json", str(document), "-q"]
        began = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=10 * budget + 60)
        seconds = time.perf_counter() - began
        if done.returncode != 0:
            raise AssertionError(done.stderr.decode())
        run = read_run(document)
    return next(each.case for each in run.results if each.case.id == run.recommendations[0].case), seconds


def exhaustively(named: Case) -> dict[str, list[float]]:
    """Measure what was named and everything else that could be, side by side; returns seconds by name."""
    situation = Situation(workload=named.workload, cores=usable_cores(), version=sys.version_info[:3])
    candidates = [*openers(situation), *(each for kind in KINDS for each in variants(situation, kind))]
    candidates += [situation.candidate(name, usable_cores()) for name in strategies.all()]
    cases = {named.label: named}
    for each in candidates:
        if strategies.get(each.subject).returns == "results" and each.label not in cases:
            cases[each.label] = Case(
                group=named.group,
                row=each.label,
                subject=each.subject,
                workload=named.workload,
                settings=each.settings,
            )
    seconds = {result.case.label: walls(result) for result in measured(list(cases.values()), rounds=1)}
    fastest = min(found[0] for found in seconds.values() if found)
    contenders = [cases[label] for label, found in seconds.items() if found and found[0] <= CONTENDING * fastest]
    for result in measured(contenders, rounds=ROUNDS - 1):
        seconds[result.case.label] += walls(result)
    return {label: found for label, found in seconds.items() if found}


def walls(result: Result) -> list[float]:
    """The wall times of a result's samples."""
    return [sample.wall for sample in result.samples]


def measured(cases: list[Case], rounds: int) -> list[Result]:
    """Measure a block of some cases."""
    record = Record()
    plan = Plan(rounds=rounds, launch=Launch(paths=(str(ROOT),)), watched=0.01, seed=random.randrange(2**31))
    for _ in measure(Fixed(1, fewest_blocks=1), cases, plan, record):
        pass
    return list(record.results.values())


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
    add_line(into, line)


def table(into: Path) -> str:
    """For every function, how often what was named was the best, or nearly, and how far from it at most."""
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in read_lines(into):
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
    """How long each candidate takes relative to the others, averaged on a log scale over the blocks.

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
