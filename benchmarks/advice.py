"""Is advice right? What `concbench advise` names, against everything that could be named, measured in turns with it.

    python -m benchmarks.advice --into advice.jsonl --runs 5
    python -m benchmarks.advice --into whole.jsonl --runs 5 --times 10
    python -m benchmarks.advice --into busy.jsonl --runs 5 --busy
    python -m benchmarks.advice --into advice.jsonl --runs 4 --near
    python -m benchmarks.advice --into threads.jsonl --runs 20 --inner-threads --every 5
    python -m benchmarks.advice --into advice.jsonl --table

With `--times 10`, advice is about ten times the items that the command is given, and everything is measured with all of
them afterwards. With `--busy`, every core also runs a program that computes: only the kind of workers is compared with
what is known to be best, and whether a warning comes first. With `--inner-threads`, the function is a matrix product
that OpenBLAS computes in threads of its own: candidates have 1 of them, or as many as it takes; and the table says how
often the answer named the competition.

Each run is a line of the file, so that a long measurement can be made in pieces. After a run of the command, one block
of every candidate is measured, with all strategies at their defaults besides: the best of them all, over all blocks, is
what is best. `--every 5` measures a block after the first run, the sixth, and so on: a block takes about a minute. With
`--near`, a block is of what was named so far and of what came near the best, all of it as often.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from math import exp, log
from pathlib import Path
from statistics import fmean, median
from typing import Any

from tabulate import tabulate

from benchmarks.advised import ALL, WITH_INNER_THREADS, Advised
from benchmarks.projects import CONCBENCH, add_line, read_lines
from concbench.measure.plan import Launch, Plan
from concbench.measure.probe.environment import usable_cores
from concbench.measure.record import Record
from concbench.measure.runner import measure
from concbench.model.case import Case
from concbench.model.result import Result
from concbench.runs.reading import read_run
from concbench.session.advice import BUDGET
from concbench.session.candidates import ALONE, KINDS, Candidate, Situation, everything, kind_of, openers, variants
from concbench.session.fixed import Fixed
from concbench.strategies.strategy import standard, strategies

ROOT = Path(__file__).parent.parent
CONTENDING = 1.3
"""Times the fastest: what takes no longer is measured for some rounds more."""
NEARLY = 1.1
"""Times the fastest by all blocks so far: what `--near` measures again."""
ROUNDS = 6
"""Of those; all others have one."""
WITHIN, WITHIN_OF_JOB = 0.05, 0.1
"""What is named counts as right where it takes no more than this share longer than the best: of the items that were
run, and of a job of more."""


OVERLOADED = "this machine is overloaded"
"""How the warning begins."""
COMPUTES = "while True: pass"
COMPETE = "compete"
"""What advice says of workers and threads of a library."""


@dataclass(frozen=True)
class Named:
    """What advice named, and what it said of it."""

    case: Case
    """On all items of the job."""
    took: float
    """Seconds that the command took."""
    low: float
    high: float
    """Seconds between which the job is expected to lie."""
    warned: bool
    """Whether its first warning was of an overloaded machine."""
    competing: bool
    """Whether it said that workers and threads of a library compete."""


def advised(function: Advised, budget: float, times: int) -> Named:
    """Ask for advice, as a user would, about so many times the items that the command is given."""
    words = [f"{function.module}:{function.function}", "--items", function.items, "--budget", f"{budget:g}"]
    words += ["--init", function.init] if function.init is not None else []
    words += ["--for-items", str(times * int(function.items))] if times > 1 else []
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder, "run.json")
        command = [CONCBENCH, "advise", *words, "--json", str(document), "-q"]
        began = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=10 * budget + 60)
        seconds = time.perf_counter() - began
        if done.returncode != 0:
            raise AssertionError(done.stderr.decode())
        run = read_run(document)
    found, competing = run.recommendations[0], COMPETE in " ".join(done.stdout.decode().split())
    case, way = next(each.case for each in run.results if each.case.id == found.case), found.way
    warned = bool(run.warnings) and run.warnings[0].startswith(OVERLOADED)
    if times == 1 or way is None:
        return Named(case, seconds, 0.0, 0.0, warned, competing)
    job = Candidate(way.subject, way.settings)
    work = replace(case.workload, tasks=times * int(function.items), every=1, total=None)
    whole = Case(group=case.group, row=job.label, subject=job.subject, workload=work, settings=job.settings)
    return Named(whole, seconds, way.wall.low or 0.0, way.wall.high or 0.0, warned, competing)


def exhaustively(named: Case, near: frozenset[str] = frozenset()) -> dict[str, list[float]]:
    """Measure what was named and everything else that could be, side by side; returns seconds by name.

    Where there are names of what came near the best, only these are measured, all of them as often.
    """
    situation = Situation(workload=named.workload, cores=usable_cores(), version=sys.version_info[:3])
    candidates = [*openers(situation), *(each for kind in KINDS for each in variants(situation, kind))]
    usual = [situation.candidate(name, usable_cores()) for name in standard()]
    candidates += [*usual, *(each.with_inner_threads(ALONE) for each in usual if situation.threaded)]
    candidates += [each for each in everything(situation) if (each.settings.chunksize or 1) in (1, *sizes(situation))]
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
    if near:
        wanted = [case for label, case in cases.items() if label in near or case is named]
        return {result.case.label: walls(result) for result in measured(wanted, rounds=ROUNDS)}
    seconds = {result.case.label: walls(result) for result in measured(list(cases.values()), rounds=1)}
    fastest = min(found[0] for found in seconds.values() if found)
    contenders = [cases[label] for label, found in seconds.items() if found and found[0] <= CONTENDING * fastest]
    for result in measured(contenders, rounds=ROUNDS - 1):
        seconds[result.case.label] += walls(result)
    return {label: found for label, found in seconds.items() if found}


def sizes(situation: Situation) -> set[int]:
    """The chunksizes with which each worker gets one chunk, or four."""
    return {situation.per_worker(workers, chunks) for workers in (usable_cores(),) for chunks in (1, 4)}


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


@contextmanager
def busy_cores() -> Iterator[None]:
    """Let a program compute on every core meanwhile."""
    with ExitStack() as stack:
        for _ in range(usable_cores()):
            program = stack.enter_context(subprocess.Popen([sys.executable, "-c", COMPUTES]))
            stack.callback(program.kill)
        yield


def add_busy(into: Path, function: Advised, budget: float, times: int) -> None:
    """Ask for advice beside other load, and add the line to the file."""
    with busy_cores():
        named = advised(function, budget, times)
    line = {
        "function": function.name,
        "budget": budget,
        "times": times,
        "named": named.case.label,
        "seconds": named.took,
        "warned": named.warned,
    }
    add_line(into, line)


def near_the_best(into: Path, function: Advised) -> frozenset[str]:
    """What was named so far, and what came near the best of all blocks."""
    lines = by_function(into)[function.name]
    times = pooled([line["all"] for line in lines if line["all"]])
    best = min(times.values())
    return frozenset({line["named"] for line in lines} | {name for name in times if times[name] <= NEARLY * best})


def add_one(into: Path, function: Advised, budget: float, times: int, blocks: bool, near: bool) -> None:
    """Ask for advice, measure a block of everything if it is to be, and add the line to the file."""
    named = advised(function, budget, times)
    line = {
        "function": function.name,
        "budget": budget,
        "times": times,
        "named": named.case.label,
        "seconds": named.took,
        "low": named.low,
        "high": named.high,
        "competing": named.competing,
        "all": exhaustively(named.case, near_the_best(into, function) if near else frozenset()) if blocks else {},
    }
    add_line(into, line)


def by_function(into: Path) -> dict[str, list[dict[str, Any]]]:
    """The lines of the file, by the name of their function."""
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in read_lines(into):
        lines[line["function"]].append(line)
    return lines


def table(into: Path) -> str:
    """For every function, how often what was named was the best, or nearly, and how far from it at most."""
    lines = by_function(into)
    rows = []
    for function in (*ALL, *WITH_INNER_THREADS):
        runs = lines[function.name]
        if not runs:
            continue
        times = pooled([run["all"] for run in runs if run["all"]])
        best = min(times, key=times.__getitem__)
        behind = [times[run["named"]] / times[best] - 1 for run in runs if run["named"] in times]
        names = Counter(run["named"] for run in runs).most_common()
        kinds = sum(kind_of(run["named"].partition(" ")[0]) in function.best for run in runs)
        within = WITHIN if runs[0]["times"] == 1 else WITHIN_OF_JOB
        right = sum(share <= within for share in behind)  # what no block had is not right
        whole = [run for run in runs if run["high"] and run["all"]]
        kept = [run["low"] <= median(run["all"][run["named"]]) <= run["high"] for run in whole]
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
                f"{sum(kept)} of {len(kept)}" if kept else "",
                f"{sum(run['competing'] for run in runs)} of {len(runs)}" if function in WITH_INNER_THREADS else "",
            )
        )
    found = ("right", "kind as known", "farthest", "took", "longest", "within its range", "names the competition")
    headers = ("function", "best of all", "named", *found)
    return tabulate(rows, headers, tablefmt="github", disable_numparse=True)


def busy_table(into: Path) -> str:
    """For every function, how often the kind of workers was right, and how often a warning came first."""
    lines = by_function(into)
    rows = []
    for function in ALL:
        runs = lines[function.name]
        if runs:
            kinds = sum(kind_of(run["named"].partition(" ")[0]) in function.best for run in runs)
            names = Counter(run["named"] for run in runs).most_common()
            named = ", ".join(f"{name} {often} times" for name, often in names)
            warned = sum(run["warned"] for run in runs)
            longest = f"{max(run['seconds'] for run in runs):.1f} s of {runs[0]['budget']:g} s"
            rows.append((function.name, named, f"{kinds} of {len(runs)}", f"{warned} of {len(runs)}", longest))
    headers = ("function", "named", "kind as known", "warned first", "longest")
    return tabulate(rows, headers, tablefmt="github", disable_numparse=True)


def pooled(blocks: list[dict[str, list[float]]]) -> dict[str, float]:
    """How long each candidate takes relative to the others, averaged on a log scale over the blocks.

    In each block they are taken relative to those that every block has, as a machine is faster in one block than in
    another; and a median of more samples weighs more.
    """
    common = set.intersection(*(set(block) for block in blocks))
    logs: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for block in blocks:
        level = fmean(log(median(block[name])) for name in common)
        for name, seconds in block.items():
            logs[name].append((log(median(seconds)) - level, len(seconds)))
    return {
        name: exp(fmean((value for value, _ in found), weights=[weight for _, weight in found]))
        for name, found in logs.items()
    }


def main() -> None:
    """Measure, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, required=True, help="The file of runs.")
    parser.add_argument("--runs", type=int, default=1, help="Of every function.")
    parser.add_argument("--budget", type=float, default=BUDGET, help="Seconds for each piece of advice.")
    parser.add_argument("--every", type=int, default=1, help="Runs of the command for one block of everything.")
    parser.add_argument("--near", action="store_true", help="Blocks are of what was named and what came near the best.")
    parser.add_argument("--times", type=int, default=1, help="Items of the job, as a multiple of those that are given.")
    parser.add_argument("--function", action="append", choices=[each.name for each in ALL])
    parser.add_argument("--inner-threads", action="store_true", help="A function whose library has threads of its own.")
    parser.add_argument("--busy", action="store_true", help="Beside a program on every core; with --table, its table.")
    parser.add_argument("--table", action="store_true", help="Print the table of what there is.")
    arguments = parser.parse_args()
    if arguments.table:
        print(busy_table(arguments.into) if arguments.busy else table(arguments.into))
        return
    chosen = [each for each in ALL if not arguments.function or each.name in arguments.function]
    if arguments.inner_threads:
        chosen = list(WITH_INNER_THREADS)
    if arguments.times > 1:
        chosen = [each for each in chosen if each.items.isdigit()]
    for number in range(arguments.runs):
        for function in random.sample(chosen, len(chosen)):
            print(f"{number + 1} of {arguments.runs}: {function.name}", file=sys.stderr)
            if arguments.busy:
                add_busy(arguments.into, function, arguments.budget, arguments.times)
            else:
                blocks = number % arguments.every == 0
                add_one(arguments.into, function, arguments.budget, arguments.times, blocks, arguments.near)


if __name__ == "__main__":
    main()
