"""Commands, measured beside other tools; and whether `advise --command` names the right number of workers.

    python -m benchmarks.commands fidelity --into fidelity.jsonl --rounds 20
    python -m benchmarks.commands memory
    python -m benchmarks.commands advice --into advice.jsonl --runs 5
    python -m benchmarks.commands fidelity --into fidelity.jsonl --table

`fidelity` runs hyperfine, `/usr/bin/time` and concbench in turns, in random order, on the same four commands, and
compares medians of wall time and CPU time; hyperfine and GNU time have to be installed. `memory` measures a tree of
processes that allocate a known amount. `advice` asks how many workers pytest-xdist needs on three suites, and measures
a grid of all numbers beside it: the right one is the smallest that takes at most 5 % longer than the fastest of the
grid. Each run is a line of the file, so that a long measurement can be made in pieces.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from math import exp, log
from pathlib import Path
from statistics import fmean, median
from typing import Any

from tabulate import tabulate

from benchmarks.projects import CONCBENCH, add_line, read_lines
from concbench.model.run import Run
from concbench.report.units import seconds, size
from concbench.runs.reading import read_run
from concbench.stats.t_distribution import t_quantile

TIME = "/usr/bin/time"
SAMPLES = {"true": 60, "python": 20, "pytest": 4, "tree": 6}
"""Of each command in a round."""
MEBIBYTES = 200
MOST_WORKERS = 8
WITHIN = 1.05
TESTS = '''\
"""Tests that compute, wait, or do both."""

import time

import pytest


def compute(turns):
    total = 0
    for number in range(turns):
        total += number
    return total


@pytest.mark.parametrize("number", range({number}))
def test_one(number):
    compute({turns})
    time.sleep({sleep})
'''
SUITES = {
    "computing": {"number": 24, "turns": 3_000_000, "sleep": 0.0},
    "waiting": {"number": 4, "turns": 0, "sleep": 1.0},
    "a mix": {"number": 24, "turns": 600_000, "sleep": 0.1},
}
"""Of three to five seconds with one worker; a worker takes a third of a second of a core to start.

The right number is known beforehand: of tests that compute, as many as there are cores; of four that wait for a second,
four, as with three one of them waits for another.
"""
TREE = """\
import subprocess, sys
children = [subprocess.Popen([sys.executable, "-c", "sum(range(3_000_000))"]) for _ in range(8)]
sys.exit(sum(child.wait() for child in children))
"""
ALLOCATING = """\
import subprocess, sys, time
code = "held = bytearray(b'x') * ({mebibytes} * 2**20); import time; time.sleep(0.5)"
children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
sys.exit(sum(child.wait() for child in children))
"""


def commands(folder: Path) -> dict[str, str]:
    """The four commands, by name."""
    (folder / "tree.py").write_text(TREE)
    (folder / "start.py").write_text("import json, asyncio, email.parser\n")
    suite(folder / "suite", number=10, turns=300_000, sleep=0.0)
    return {
        "true": "true",
        "python": f"{sys.executable} {folder}/start.py",
        "pytest": f"{sys.executable} -m pytest -q -p no:cacheprovider {folder}/suite",
        "tree": f"{sys.executable} {folder}/tree.py",
    }


def suite(folder: Path, **sizes: Any) -> None:
    """Write a suite of tests."""
    folder.mkdir()
    (folder / "test_all.py").write_text(TESTS.format(**sizes))
    (folder / "pytest.ini").write_text("[pytest]\n")


def concbench(*words: str, folder: Path) -> Run:
    """The run document of a command of concbench."""
    document = folder / f"run-{random.randrange(10**9)}.json"
    done = subprocess.run([CONCBENCH, *words, "--json", str(document), "-q"], capture_output=True, cwd=folder)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    return read_run(document)


def by_concbench(command: str, samples: int, folder: Path) -> tuple[list[float], list[float]]:
    """Wall and CPU time of samples."""
    run = concbench("compare", "--command", command, "--blocks", "1", "--rounds", str(samples), folder=folder)
    found = run.results[0].samples
    return [sample.wall for sample in found], [sample.cpu or 0.0 for sample in found]


def by_hyperfine(command: str, samples: int, folder: Path) -> tuple[list[float], list[float]]:
    """The same; of CPU time hyperfine tells the mean only."""
    document = folder / "hyperfine.json"
    words = ["hyperfine", "--shell=none", "--warmup", "1", "--runs", str(samples), "--export-json", str(document)]
    subprocess.run([*words, command], check=True, capture_output=True, cwd=folder)
    (found,) = json.loads(document.read_text())["results"]
    return found["times"], [found["user"] + found["system"]]


def by_time(command: str, samples: int, folder: Path) -> tuple[list[float], list[float]]:
    """The same by GNU time, which counts in hundredths of a second."""
    cpu = []
    for _ in range(samples):
        words = [TIME, "-f", "%U %S", *command.split()]
        done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=folder)
        cpu.append(sum(map(float, done.stderr.splitlines()[-1].split())))
    return [], cpu


TOOLS = {"concbench": by_concbench, "hyperfine": by_hyperfine, "time": by_time}


def measure_fidelity(into: Path, rounds: int) -> None:
    """Add a line for each round of each command: medians of wall time, and means of CPU time, by tool."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chosen = commands(folder)
        for _ in range(rounds):
            for which, command in chosen.items():
                line: dict[str, Any] = {"command": which}
                for tool in random.sample(list(TOOLS), len(TOOLS)):
                    walls, cpu = TOOLS[tool](command, SAMPLES[which], folder)
                    line[tool] = {"wall": median(walls) if walls else None, "cpu": fmean(cpu)}
                add_line(into, line)


def fidelity_table(into: Path) -> str:
    """For each command, concbench's figures as multiples of the others', with the interval over rounds."""
    rows = []
    lines = read_lines(into)
    for which in SAMPLES:
        mine = [line for line in lines if line["command"] == which]
        if mine:
            took = seconds(median(line["hyperfine"]["wall"] for line in mine))
            pairs = (("wall", "hyperfine"), ("cpu", "hyperfine"), ("cpu", "time"))
            rows.append((which, took, *(relative(mine, metric, tool) for metric, tool in pairs), str(len(mine))))
    headers = ("command", "wall", "wall by hyperfine's", "CPU by hyperfine's", "CPU by GNU time's", "rounds")
    return tabulate(rows, headers, tablefmt="github", disable_numparse=True)


def relative(lines: list[dict[str, Any]], metric: str, tool: str) -> str:
    """The mean ratio of concbench's figure to another's on a log scale, with its 95 % interval over rounds."""
    logs = [log(line["concbench"][metric] / line[tool][metric]) for line in lines if line[tool][metric]]
    if len(logs) < 3:
        return "-"
    middle = fmean(logs)
    scatter = (sum((each - middle) ** 2 for each in logs) / (len(logs) - 1)) ** 0.5
    half = t_quantile(0.975, len(logs) - 1) * scatter / len(logs) ** 0.5
    return f"{exp(middle):.3f} ({exp(middle - half):.3f} to {exp(middle + half):.3f})"


def measure_memory() -> str:
    """What two processes that hold some memory each add to the peak of their tree, beside two that hold none."""
    with tempfile.TemporaryDirectory() as name:
        folder, peaks = Path(name), []
        for mebibytes in (0, MEBIBYTES):
            script = folder / f"allocating{mebibytes}.py"
            script.write_text(ALLOCATING.format(mebibytes=mebibytes))
            run = concbench("compare", "--command", f"{sys.executable} {script}", "--blocks", "1", "--rounds", "1",
                            folder=folder)  # fmt: skip
            seen = run.results[0].watch
            assert seen is not None
            peaks.append(seen.peak_pss or seen.peak_rss)
    allocated = 2 * MEBIBYTES * 2**20
    grew = peaks[1] - peaks[0]
    return f"{size(allocated)} allocated, {size(grew)} measured: {100 * (grew / allocated - 1):+.2f} %"


def measure_advice(into: Path, runs: int, budget: float) -> None:
    """Ask for advice on each suite, and measure a round of every number of workers beside it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for which, sizes in SUITES.items():
            suite(folder / which.replace(" ", "-"), **sizes)
        for number in range(runs):
            for which in random.sample(list(SUITES), len(SUITES)):
                tests = folder / which.replace(" ", "-")
                command = f"{sys.executable} -m pytest -q -p no:cacheprovider -n {{workers}} {tests}"
                words = ("--command", command, "--workers", f"1:{MOST_WORKERS}")
                began = time.perf_counter()
                found = concbench("advise", *words, "--budget", f"{budget:g}", folder=folder)
                took = time.perf_counter() - began
                named = next(each for each in found.results if each.case.id == found.recommendations[0].case)
                line: dict[str, Any] = {"suite": which, "named": named.case.settings.workers, "seconds": took}
                if number % 4 == 0:
                    grid = concbench("compare", *words, "--blocks", "2", "--rounds", "1", folder=folder)
                    line["grid"] = {
                        str(each.case.settings.workers): [sample.wall for sample in each.samples]
                        for each in grid.results
                    }
                add_line(into, line)


def advice_table(into: Path) -> str:
    """For each suite, the right number by all rounds of the grid, and how often it was named."""
    rows = []
    lines = read_lines(into)
    for which in SUITES:
        mine = [line for line in lines if line["suite"] == which]
        grids = [line["grid"] for line in mine if "grid" in line]
        if not grids:
            continue
        walls = {workers: fmean(log(wall) for grid in grids for wall in grid[workers]) for workers in grids[0]}
        best = min(walls.values())
        right = min(int(workers) for workers, wall in walls.items() if exp(wall - best) <= WITHIN)
        names = Counter(line["named"] for line in mine)
        behind = max(exp(walls[str(name)] - best) for name in names)
        taken = [line["seconds"] for line in mine]
        rows.append(
            (
                which,
                str(right),
                ", ".join(f"{name} ({often} times)" for name, often in names.most_common()),
                f"{names[right]} of {len(mine)}",
                f"{100 * (behind - 1):.1f} %",
                f"{max(taken):.0f} s",
                ", ".join(f"{workers}: {seconds(exp(wall))}" for workers, wall in walls.items()),
            )
        )
    headers = ("suite", "right", "named", "right in", "farthest from the fastest", "longest", "grid")
    return tabulate(rows, headers, tablefmt="github", disable_numparse=True)


def main() -> None:
    """Measure, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["fidelity", "memory", "advice"])
    parser.add_argument("--into", type=Path, help="The file of runs.")
    parser.add_argument("--rounds", type=int, default=20, help="Of fidelity.")
    parser.add_argument("--runs", type=int, default=1, help="Of advice, on each suite.")
    parser.add_argument("--budget", type=float, default=56.0, help="Seconds for each piece of advice.")
    parser.add_argument("--table", action="store_true", help="Print the table of what there is.")
    arguments = parser.parse_args()
    if arguments.what == "memory":
        print(measure_memory())
    elif arguments.into is None:
        parser.error("--into: say which file")
    elif arguments.what == "fidelity":
        if arguments.table:
            print(fidelity_table(arguments.into))
        else:
            measure_fidelity(arguments.into, arguments.rounds)
    elif arguments.table:
        print(advice_table(arguments.into))
    else:
        measure_advice(arguments.into, arguments.runs, arguments.budget)


if __name__ == "__main__":
    main()
