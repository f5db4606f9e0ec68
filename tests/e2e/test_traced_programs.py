"""Programs that were not written for it, traced: they print and end as without the trace, and their tasks are seen."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from concbench.model.run import Run
from concbench.runs.reading import read_run
from tests.e2e.command import Command

BAG = """
import dask.bag

def words(line):
    return len(line.split())

if __name__ == "__main__":
    bag = dask.bag.from_sequence(["a few words"] * 100, npartitions=10)
    print(bag.map(words).sum().compute(scheduler="processes", num_workers=2))
"""
GRID = """
from joblib import Parallel, delayed

def square(number):
    return number * number

if __name__ == "__main__":
    print(sum(Parallel(n_jobs=2)(delayed(square)(number) for number in range(100))))
"""
SUITE = """
import pytest

@pytest.mark.parametrize("number", range(8))
def test_it(number):
    assert number != 5
"""
DIFFERS = re.compile(r"in \d+\.\d+s|\[gw\d\]")
"""From one run to the next: how long it took, and which worker ran a test."""
PROGRESS = set(".F []%0123456789")


def traced_beside_plain(folder: Path, *words: str) -> Run:
    """Run a program plain and traced, and compare all that it says; returns the trace."""
    command = Command(folder)
    plain = subprocess.run(
        [sys.executable, *words], cwd=folder, env=command.environment, capture_output=True, timeout=100, check=False
    )
    ended = command.run("trace", "--save", "trace", *words)
    assert ended.returncode == plain.returncode, ended.stderr
    assert same_in_any_run(ended.stdout) == same_in_any_run(plain.stdout.decode())
    assert command.left() == []
    return read_run(folder / "results" / "trace.json")


def same_in_any_run(output: str) -> list[str]:
    """The lines of an output without what differs from run to run, such as the order in which tests end."""
    return ["".join(sorted(line)) if set(line) <= PROGRESS else line for line in DIFFERS.sub("", output).splitlines()]


def tasks_by_region(run: Run) -> dict[str, int]:
    assert run.program is not None
    found: dict[str, int] = {}
    for region in run.program.regions:
        found[region.name] = found.get(region.name, 0) + region.tasks
    return found


def test_compileall_compiles_by_processes(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"module_{number}.py").write_text("def double(number):\n    return 2 * number\n")
    run = traced_beside_plain(tmp_path, "-m", "compileall", "-q", "-f", "-j", "2", ".")
    assert tasks_by_region(run) == {"ProcessPoolExecutor": 6}


def test_a_bag_of_dask_runs_on_processes(tmp_path: Path) -> None:
    (tmp_path / "bag.py").write_text(BAG)
    run = traced_beside_plain(tmp_path, "bag.py")
    assert tasks_by_region(run)["ProcessPoolExecutor"] >= 2


def test_joblib_hands_out_batches_whose_tasks_are_counted_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "grid.py").write_text(GRID)
    run = traced_beside_plain(tmp_path, "grid.py")
    assert sum(tasks_by_region(run).values()) == 100


def test_a_suite_on_xdist_is_seen_as_processes(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SUITE)
    words = ("-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "-p", "no:randomly", "test_it.py")
    run = traced_beside_plain(tmp_path, *words)
    assert run.program is not None
    assert run.program.status == 1  # as one of its tests fails
    assert len(run.program.processes) >= 3


@pytest.mark.parametrize("name", ["compileall", "pytest"])
def test_a_command_of_python_is_traced_by_its_name_or_its_module(name: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("")
    ended = Command(tmp_path).run("trace", "--save", "trace", "-m", name, "--help")
    assert ended.returncode == 0
    assert "usage: " in ended.stdout
