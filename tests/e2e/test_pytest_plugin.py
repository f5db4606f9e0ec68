"""The pytest plugin in a user's test suite: in sessions of its own, beside other plugins."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from concbench.runs.reading import read_run
from tests.busy import OVERLOADED
from tests.docs.pages import programs
from tests.measure.process_tree import DEADLINE, TOKEN, carrying, needs_proc, new_token

TESTS = """\
import time

QUICK = dict(rounds=2, budget=0.5, workers=4)

def nap(item):
    time.sleep(0.01)

def never_decided(monkeypatch):
    monkeypatch.setattr("concbench.stats.sequential.FEWEST_BLOCKS", 1000)

def test_sure(concbench):
    answer = concbench.assert_speedup(nap, 8, "threadpool-map", at_least=1.2, **QUICK)
    assert answer.speedup("threadpool-map").estimate > 1.2

def test_surely_not(concbench):
    concbench.assert_speedup(nap, 8, "threadpool-map", at_least=20, **QUICK)

def test_undecided(concbench, monkeypatch):
    never_decided(monkeypatch)
    concbench.assert_speedup(nap, 8, "threadpool-map", at_least=2, **QUICK)

def test_skipped(concbench, monkeypatch):
    never_decided(monkeypatch)
    concbench.assert_speedup(nap, 8, "threadpool-map", at_least=2, undecided="skip", **QUICK)

def test_not_measured(concbench):
    concbench.assert_speedup(lambda item: item, 8, "thread")
"""
BOTH = """\
def double(number):
    return 2 * number

def test_theirs(benchmark):
    assert benchmark(double, 4) == 8

def test_both(benchmark, concbench):
    answer = concbench.compare(double, 2, strategies=["serial"], blocks=1, rounds=1)
    assert answer.result("serial").failure is None
    assert benchmark(double, 4) == 8

def test_ours(concbench):
    assert concbench.compare(double, 2, strategies=["serial"], blocks=1, rounds=1).run.complete
"""


def session(folder: Path, source: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on a test file."""
    (folder / "test_it.py").write_text(source)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words, "test_it.py"],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | environment,
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE,
    )


@pytest.mark.thorough
@needs_proc
def test_an_assertion_passes_fails_or_is_undecided_and_says_what_was_measured(tmp_path: Path) -> None:
    token = new_token()
    done = session(tmp_path, TESTS, "-W", "error", "-rA", "--concbench-save=runs", **{TOKEN: token})
    out = " ".join(done.stdout.split())
    assert "1 passed" in out, done.stdout
    assert "1 skipped" in out
    assert "3 failed" in out
    assert "was to be at least 20.0 times as fast as serial, and is not: " in out
    assert "was to be at least 2.00 times as fast as serial, and that is undecided: " in out
    assert "would settle it" in out
    assert "threadpool-map" in out
    assert "UnfitFunction: a lambda has no name" in out
    assert "test_it.py::test_sure: threadpool-map was to be at least 1.20 times as fast as serial, and is: " in out
    assert out.count("Warning: ") == out.count(f"Warning: {OVERLOADED}")
    runs = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert runs == [f"test_it-py-test_{name}.json" for name in ("skipped", "sure", "surely_not", "undecided")]
    assert len(read_run(tmp_path / "runs" / "test_it-py-test_sure.json").results) == 2
    assert carrying(token) == []


@pytest.mark.thorough
def test_pytest_benchmark_beside_it_is_undisturbed(tmp_path: Path) -> None:
    done = session(tmp_path, BOTH, "-W", "error", "--benchmark-json=theirs.json")
    assert "3 passed" in done.stdout, done.stdout
    assert "benchmark: 2 tests" in done.stdout
    assert (tmp_path / "theirs.json").stat().st_size > 0


@pytest.mark.thorough
def test_parallel_tests_are_said_to_disturb_the_times_once(tmp_path: Path) -> None:
    done = session(tmp_path, BOTH, "-n", "2")
    assert "3 passed" in done.stdout, done.stdout
    assert done.stdout.count("Warning: measured while pytest ran other tests beside it (-n)") == 1


@pytest.mark.thorough
def test_without_measuring_nothing_is_said(tmp_path: Path) -> None:
    done = session(tmp_path, "def test_nothing():\n    pass\n", "-n", "2")
    assert "1 passed" in done.stdout
    assert "concbench" not in done.stdout.replace(str(tmp_path), "").partition("plugins:")[2].partition("\n")[2]


@pytest.mark.thorough
def test_it_can_be_switched_off(tmp_path: Path) -> None:
    done = session(tmp_path, "def test_it(concbench):\n    pass\n", "-p", "no:concbench")
    assert "fixture 'concbench' not found" in done.stdout


@pytest.mark.thorough
def test_the_fixture_is_explained_and_so_is_its_option(tmp_path: Path) -> None:
    assert "concbench.assert_speedup(...)" in session(tmp_path, "", "--fixtures").stdout
    assert "--concbench-save=FOLDER" in session(tmp_path, "", "--help").stdout


def test_a_session_that_does_not_measure_imports_nothing_that_measures() -> None:
    code = "import sys, concbench.pytest_plugin; print(*(name for name in sys.modules if 'concbench' in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"concbench", "concbench.pytest_plugin"}


@pytest.mark.thorough
def test_the_documented_test_passes(tmp_path: Path) -> None:
    test = programs("docs/reference/api.md")[-1]
    assert "budget=10" in test
    done = session(tmp_path, test.replace("budget=10", "budget=0.5, rounds=2"))
    assert "1 passed" in done.stdout, done.stdout
