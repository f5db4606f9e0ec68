"""How often does a gate cry wolf, and how often does it find a change? concbench's, pytest-benchmark's and pyperf's.

    python -m benchmarks.gate_power --into gate-power.jsonl --comparisons 10
    python -m benchmarks.gate_power --into gate-power.jsonl --table

Each comparison is a line of the file, so that a long measurement can be made in pieces: every call adds to it. The
tools take turns on the same cell, in the same condition, with the same change, in random order.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any

from tabulate import tabulate

from benchmarks.gate_cells import CELLS, Cell, each_revision, write_project
from benchmarks.projects import CONCBENCH, add_line, read_lines

CHANGES = (0.0, 0.05, 0.10)
CONDITIONS = ("quiet", "noisy")
TOOLS = ("concbench", "pytest-benchmark", "pyperf")
GATES = ("concbench", "pytest-benchmark median:5%", "pytest-benchmark median:10%", "pyperf --fast")
RED = 1
"""concbench's exit status for a regression."""
LONGEST_COMPARISON = 300
"""Seconds, after which a tool has hung."""


@contextmanager
def condition_of(name: str) -> Iterator[None]:
    """Run a neighbour beside the block where the condition is noisy."""
    if name == "quiet":
        yield
        return
    with subprocess.Popen([sys.executable, "-m", "benchmarks.neighbour"], stdin=subprocess.PIPE) as neighbour:
        try:
            yield
        finally:
            neighbour.kill()


def compared(tool: str, folder: Path) -> dict[str, Any]:
    """Let a tool compare the last two commits: which of its gates were red, and the seconds that it took."""
    began = time.perf_counter()
    red = {"concbench": by_concbench, "pytest-benchmark": by_pytest_benchmark, "pyperf": by_pyperf}[tool](folder)
    return {"red": red, "seconds": time.perf_counter() - began}


def by_concbench(folder: Path) -> dict[str, Any]:
    """What `concbench check` says."""
    command = [CONCBENCH, "check", "--against", "HEAD~1", "--json", "-", "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=LONGEST_COMPARISON)
    if done.returncode not in (0, RED):
        raise AssertionError(done.stderr.decode())
    run = json.loads(done.stdout)
    figures = {
        change["metric"]: [change["verdict"], change["ratio"] and change["ratio"]["estimate"]]
        for change in run["changes"]
    }
    return {"concbench": done.returncode == RED, "figures": figures}


def by_pytest_benchmark(folder: Path) -> dict[str, Any]:
    """What `--benchmark-compare-fail=median:…` would say: it compares the medians of two runs."""
    medians = []
    for _ in each_revision(folder):
        with tempfile.NamedTemporaryFile(suffix=".json") as output:
            run_plainly(folder, "pytest", "--quiet", f"--benchmark-json={output.name}", "test_cell.py")
            medians.append(json.loads(Path(output.name).read_text())["benchmarks"][0]["stats"]["median"])
    ratio = medians[1] / medians[0]
    return {"pytest-benchmark median:5%": ratio > 1.05, "pytest-benchmark median:10%": ratio > 1.10, "ratio": ratio}


def by_pyperf(folder: Path) -> dict[str, Any]:
    """What `pyperf compare_to` says of two runs with `--fast`."""
    import pyperf  # type: ignore[import-untyped]  # it has no types; here, because only this tool needs it

    suites = []
    with tempfile.TemporaryDirectory() as outputs:
        for revision in each_revision(folder):
            output = Path(outputs, f"{revision}.json")
            run_plainly(folder, "pyperf_cell.py", "--fast", "--quiet", "--output", str(output))
            suites.append(pyperf.BenchmarkSuite.load(str(output)).get_benchmarks()[0])
    from pyperf._utils import is_significant  # type: ignore[import-untyped]  # what compare_to itself asks

    ratio = suites[1].mean() / suites[0].mean()
    significant, _ = is_significant(suites[0].get_values(), suites[1].get_values())
    return {"pyperf --fast": bool(significant and ratio > 1), "ratio": ratio}


def run_plainly(folder: Path, *arguments: str) -> None:
    """Run a module or a script in a project's folder."""
    module = [] if arguments[0].endswith(".py") else ["-m"]
    command = [sys.executable, *module, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=LONGEST_COMPARISON)
    if done.returncode != 0:
        raise AssertionError(done.stdout.decode() + done.stderr.decode())


def measure(arguments: argparse.Namespace) -> None:
    """Add some comparisons of every kind to the file."""
    draw = random.Random()
    kinds = [
        (cell, condition, change)
        for cell in CELLS
        for condition in CONDITIONS
        for change in CHANGES
        if (not arguments.cell or cell.name in arguments.cell)
        and (not arguments.condition or condition in arguments.condition)
        and (not arguments.change or change in arguments.change)
    ]
    for number in range(arguments.comparisons):
        for cell, condition, change in draw.sample(kinds, len(kinds)):
            tools = draw.sample(arguments.tool or TOOLS, len(arguments.tool or TOOLS))
            print(f"{number + 1} of {arguments.comparisons}: {cell.name}, {condition}, {change:+.0%}", file=sys.stderr)
            for tool in tools:
                add_one(arguments.into, cell, condition, change, tool)


def add_one(into: Path, cell: Cell, condition: str, change: float, tool: str) -> None:
    """Make one comparison, and add its line to the file."""
    with tempfile.TemporaryDirectory() as temporary, condition_of(condition):
        folder = Path(temporary, "project")
        write_project(folder, cell, change)
        found = compared(tool, folder)
    line = {"cell": cell.name, "condition": condition, "change": change, "tool": tool, "at": time.time(), **found}
    add_line(into, line)


def table(into: Path) -> str:
    """The table of all comparisons in a file: how many were red, of how many, and the seconds of one."""
    red: dict[tuple[str, str, float, str], list[bool]] = defaultdict(list)
    seconds: dict[tuple[str, str, float, str], list[float]] = defaultdict(list)
    for line in read_lines(into):
        for gate in GATES:
            if gate in line["red"]:
                key = line["cell"], line["condition"], line["change"], gate
                red[key].append(line["red"][gate])
                seconds[key].append(line["seconds"])
    rows = []
    for cell in CELLS:
        for condition in CONDITIONS:
            for gate in GATES:
                keys = [(cell.name, condition, change, gate) for change in CHANGES]
                if any(red[key] for key in keys):
                    found = [f"{sum(red[key])} of {len(red[key])}" if red[key] else "-" for key in keys]
                    mean = fmean(each for key in keys for each in seconds[key])
                    rows.append((cell.name, condition, gate, *found, f"{mean:.1f} s"))
    headers = ("cell", "condition", "gate", "false alarms", "finds +5 %", "finds +10 %", "a comparison")
    return tabulate(rows, headers, tablefmt="github", disable_numparse=True)


def main() -> None:
    """Measure, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, required=True, help="The file of comparisons.")
    parser.add_argument("--comparisons", type=int, default=1, help="Of every kind.")
    parser.add_argument("--cell", action="append", choices=[cell.name for cell in CELLS])
    parser.add_argument("--condition", action="append", choices=CONDITIONS)
    parser.add_argument("--change", action="append", type=float, help="0, 0.05 or 0.1.")
    parser.add_argument("--tool", action="append", choices=TOOLS)
    parser.add_argument("--table", action="store_true", help="Print the table of what there is.")
    arguments = parser.parse_args()
    if arguments.table:
        print(table(arguments.into))
    else:
        measure(arguments)


if __name__ == "__main__":
    main()
