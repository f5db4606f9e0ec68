"""How often does a gate on a suite cry wolf, and name what changed? concbench's, pytest-benchmark's and pyperf's.

    python -m benchmarks.suite_power --into suite-power.jsonl --comparisons 5 --change 0
    python -m benchmarks.suite_power --into suite-power.jsonl --comparisons 5 --change 0.1 --tool concbench
    python -m benchmarks.suite_power --into suite-power.jsonl --table

The suite has twenty benchmarks of 1 to 60 ms in the style of such suites, fifty of 1 ms to 1 s with `--large`. A change
makes one of them, drawn at random, take longer. Each comparison is a line of the file, so that a long measurement can
be made in pieces: every call adds to it. The tools take turns on suites with the same change, in random order.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from tabulate import tabulate

from benchmarks.gate_cells import each_revision
from benchmarks.gate_power import RED, run_plainly
from benchmarks.projects import CONCBENCH, add_line, commit, git, read_lines

KERNELS = """\
import json
import re

WORDS = "the quick brown fox jumps over the lazy dog and runs away from it".split()
ROWS = [{"id": number, "name": word, "tags": WORDS[:3]} for number, word in enumerate(WORDS)]
TEXT = json.dumps(ROWS)
PATTERN = re.compile(r'"name": "([a-z]+)"')


def add():
    total = 0
    for number in range(400):
        total += number
    return total


def group():
    found = {}
    for word in WORDS * 8:
        found.setdefault(len(word), []).append(word)
    return found


def order():
    return sorted(WORDS * 8, key=str.swapcase)


def dump():
    return json.dumps(ROWS)


def search():
    return PATTERN.findall(TEXT * 4)


def join():
    return "".join(f"{word}{number}" for number, word in enumerate(WORDS * 6))


KERNELS = [add, group, order, dump, search, join]
TURNS = TURNS_HERE


def work(number):
    kernel = KERNELS[number % len(KERNELS)]
    for _ in range(TURNS[number]):
        result = kernel()
    return result
"""
TESTS = """\
import pytest

from suite import TURNS, work


@pytest.mark.parametrize("number", range(len(TURNS)))
def test_work(benchmark, number):
    assert benchmark(work, number)
"""
PYPERF = """\
import pyperf

from suite import TURNS, work

runner = pyperf.Runner()
for number in range(len(TURNS)):
    runner.bench_func(f"test_work[{number}]", work, number)
"""
KERNEL = 20e-6
"""Seconds that a turn of a kernel takes, about."""
TOOLS = ("concbench", "pytest-benchmark", "pyperf")
MEDIANS = (0.05, 0.10)
"""Limits of `--benchmark-compare-fail=median:…`."""
LONGEST = 3600
"""Seconds, after which a tool has hung."""


def turns(large: bool) -> list[int]:
    """How many turns each benchmark takes: its lengths are spread evenly on a log scale."""
    number, shortest, longest = (50, 1e-3, 1.0) if large else (20, 1e-3, 60e-3)
    lengths = [shortest * (longest / shortest) ** (at / (number - 1)) for at in range(number)]
    return [max(10, round(length / KERNEL)) for length in lengths]


def write_project(folder: Path, counts: list[int], changed: int | None, change: float) -> None:
    """Write the suite as a git repository, whose last commit makes one benchmark take longer, by a share."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / "test_suite.py").write_text(TESTS)
    (folder / "pyperf_suite.py").write_text(PYPERF)
    (folder / ".gitignore").write_text("__pycache__\n.pytest_cache\n")
    for name, more in (("base", 0.0), ("head", change)):
        here = [round(each * (1 + more)) if at == changed else each for at, each in enumerate(counts)]
        (folder / "suite.py").write_text(KERNELS.replace("TURNS_HERE", str(here)))
        (folder / "REVISION").write_text(f"{name}\n")  # there is a commit where nothing has changed, too
        commit(folder, name)


def by_concbench(folder: Path) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """The benchmarks that `concbench check --pytest` is red for, and what else it says."""
    command = [CONCBENCH, "check", "--against", "HEAD~1", "--pytest", "test_suite.py", "--json", "-", "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=LONGEST)
    if done.returncode not in (0, RED):
        raise AssertionError(done.stderr.decode())
    run = json.loads(done.stdout)
    red = sorted({short(each["case"]) for each in run["changes"] if each["verdict"] == "slower"})
    undecided = sum(each["verdict"] == "undecided" for each in run["changes"])
    return {"concbench": red}, {"undecided": undecided, "figures": len(run["changes"]), "blocks": run["blocks"]}


def short(case: str) -> str:
    """A benchmark's name in the id of its case: `test_suite.py/test_work[3] head`."""
    return case.rpartition("/")[2].rpartition(" ")[0]


def by_pytest_benchmark(folder: Path) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """What `--benchmark-compare-fail=median:…` would name: it compares the medians of two runs."""
    medians: list[dict[str, float]] = []
    for _ in each_revision(folder):
        with tempfile.NamedTemporaryFile(suffix=".json") as output:
            run_plainly(folder, "pytest", "--quiet", f"--benchmark-json={output.name}", "test_suite.py")
            found = json.loads(Path(output.name).read_text())["benchmarks"]
            medians.append({each["name"]: each["stats"]["median"] for each in found})
    ratios = {name: medians[1][name] / medians[0][name] for name in medians[0]}
    return {
        f"pytest-benchmark median:{limit:.0%}": [name for name, ratio in ratios.items() if ratio > 1 + limit]
        for limit in MEDIANS
    }, {}


def by_pyperf(folder: Path) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """What `pyperf compare_to` names of two runs with `--fast`."""
    import pyperf  # type: ignore[import-untyped]  # it has no types; here, because only this tool needs it
    from pyperf._utils import is_significant  # type: ignore[import-untyped]  # what compare_to itself asks

    suites: list[Mapping[str, Any]] = []
    with tempfile.TemporaryDirectory() as outputs:
        for revision in each_revision(folder):
            output = Path(outputs, f"{revision}.json")
            run_plainly(folder, "pyperf_suite.py", "--fast", "--quiet", "--output", str(output))
            suites.append({each.get_name(): each for each in pyperf.BenchmarkSuite.load(str(output)).get_benchmarks()})
    red = []
    for name, base in suites[0].items():
        head = suites[1][name]
        significant, _ = is_significant(base.get_values(), head.get_values())
        if significant and head.mean() > base.mean():
            red.append(name)
    return {"pyperf --fast": red}, {}


COMPARE = {"concbench": by_concbench, "pytest-benchmark": by_pytest_benchmark, "pyperf": by_pyperf}


def measure(arguments: argparse.Namespace) -> None:
    """Add some comparisons to the file."""
    draw = random.Random()
    counts = turns(arguments.large)
    for number in range(arguments.comparisons):
        changed = draw.randrange(len(counts)) if arguments.change else None
        for tool in draw.sample(arguments.tool or TOOLS, len(arguments.tool or TOOLS)):
            print(f"{number + 1} of {arguments.comparisons}: {tool}, {arguments.change:+.0%}", file=sys.stderr)
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary, "project")
                write_project(folder, counts, changed, arguments.change)
                began = time.perf_counter()
                red, more = COMPARE[tool](folder)
                took = time.perf_counter() - began
            line = {
                "benchmarks": len(counts),
                "change": arguments.change,
                "changed": None if changed is None else f"test_work[{changed}]",
                "tool": tool,
                "red": red,
                "seconds": took,
                "at": time.time(),
                **more,
            }
            add_line(arguments.into, line)


def table(into: Path) -> str:
    """How many runs over identical code were red, how many changes were named, and what a benchmark took."""
    lines: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for line in read_lines(into):
        for gate in line["red"]:
            lines[line["benchmarks"], gate].append(line)
    rows = []
    for (benchmarks, gate), found in lines.items():
        same = [line for line in found if line["changed"] is None]
        changed = [line for line in found if line["changed"] is not None]
        named = sum(line["changed"] in line["red"][gate] for line in changed)
        falsely = sum(bool(set(line["red"][gate]) - {line["changed"]}) for line in changed)
        seconds = fmean(line["seconds"] for line in found)
        rows.append(
            (
                benchmarks,
                gate,
                f"{sum(bool(line['red'][gate]) for line in same)} of {len(same)}",
                f"{named} of {len(changed)}",
                f"{falsely} of {len(changed)}",
                f"{seconds:.0f} s",
                f"{seconds / benchmarks:.1f} s",
            )
        )
    headers = ("benchmarks", "gate", "identical: red", "change named", "others named too", "a comparison", "each")
    return tabulate(rows, headers, tablefmt="github", disable_numparse=True)


def main() -> None:
    """Measure, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, required=True, help="The file of comparisons.")
    parser.add_argument("--comparisons", type=int, default=1)
    parser.add_argument("--change", type=float, default=0.0, help="By which share one benchmark becomes slower.")
    parser.add_argument("--large", action="store_true", help="Fifty benchmarks of 1 ms to 1 s.")
    parser.add_argument("--tool", action="append", choices=TOOLS)
    parser.add_argument("--table", action="store_true", help="Print the table of what there is.")
    arguments = parser.parse_args()
    if arguments.table:
        print(table(arguments.into))
    else:
        measure(arguments)


if __name__ == "__main__":
    main()
