"""A strategy in one file of the user's, wherever a strategy can be named: nothing is packaged or installed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from concbench.runs.reading import read_run
from tests.e2e.checking import Gate
from tests.e2e.command import ONCE, Command
from tests.e2e.test_advise import printed_program
from tests.strategies.strided import STRIDED

NAME = "tools/mine.py:thread-strided"
WORK = """
import time

def nap(item):
    time.sleep(0.05)
    return item
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "mine.py").write_text(STRIDED, encoding="utf-8")
    (tmp_path / "work.py").write_text(WORK, encoding="utf-8")
    return tmp_path


def test_compare_measures_it_beside_others_and_show_does_not_run_the_file(folder: Path) -> None:
    command = Command(folder)
    named = ("--strategy", NAME, "--strategy", "tools/mine.py:process-all", "--strategy", "serial", "--tasks", "4")
    ended = command.run("compare", "--workload", "sleep", *named, *ONCE, "--start-method", "spawn", "--json", "-")
    assert ended.returncode == 0, ended.stderr
    (folder / "run.json").write_text(ended.stdout)
    results = read_run(folder / "run.json").results
    assert [result.case.subject for result in results] == [NAME, "tools/mine.py:process-all", "serial"]
    assert all(result.samples for result in results)
    (folder / "tools" / "mine.py").write_text("raise AssertionError('it was run')")
    shown = command.run("show", "run.json")
    assert shown.returncode == 0, shown.stderr
    assert NAME in shown.stdout


@pytest.mark.thorough
def test_advise_prints_its_program_which_runs(folder: Path) -> None:
    ended = Command(folder).run("advise", "work.py:nap", "--items", "8", "--strategy", NAME, "--budget", "2s")
    assert ended.returncode == 0, ended.stderr
    assert re.search(rf"\. {re.escape(NAME)}\b.* takes ", " ".join(ended.stdout.split()))
    program = printed_program(ended.stdout)
    assert "return [nap(item) for item in items[first :: " in program
    (folder / "pasted.py").write_text(program)
    done = subprocess.run([sys.executable, "pasted.py"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("8 results\n", 0), done.stderr


def test_a_mistake_is_wrong_usage(folder: Path) -> None:
    ended = Command(folder).run("compare", "--workload", "sleep", "--strategy", "tools/mine.py:strided")
    assert ended.returncode == 2
    assert "tools/mine.py has no strategy 'strided'; it has thread-strided, process-all" in ended.stderr


@pytest.mark.thorough
def test_a_gate_measures_each_sides_own_file(tmp_path: Path) -> None:
    slow = STRIDED.replace("        yield run", "        __import__('time').sleep(0.5)\n        yield run")
    configuration = f"""
[[cases]]
name = "naps"
workload = "work.py:nap"
strategies = ["{NAME}"]
tasks = 2
metrics = ["wall"]
"""
    before = {"work.py": WORK, "tools/mine.py": STRIDED}
    gate = Gate(tmp_path / "repository", before, {"tools/mine.py": slow}, configuration)
    ended = gate.check("--budget", "2s")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert f"naps/{NAME}" in ended.stdout


SCRIPT = f"""
import concbench
from contextlib import contextmanager
from concbench.strategies.strategy import strategy

@strategy("backwards", workers="none", returns="results in any order")
@contextmanager
def backwards(settings):
    yield lambda task, items: [task(item) for item in reversed(items)]

def double(number):
    return 2 * number

if __name__ == "__main__":
    named = ["serial", "script.py:backwards", "{NAME}"]
    for function in (double, "cpu"):
        answer = concbench.compare(function, 4, strategies=named, blocks=1, rounds=1)
        assert [result.case.subject for result in answer.run.results] == named
        assert all(result.samples for result in answer.run.results), answer
"""
TESTS = f"""
def double(number):
    return 2 * number

def test_it(concbench):
    answer = concbench.compare(double, 4, strategies=["{NAME}"], blocks=1, rounds=1)
    assert answer.run.results[0].samples
"""


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        pytest.param("script.py", SCRIPT, (), marks=pytest.mark.thorough),
        ("test_mine.py", TESTS, ("-m", "pytest", "-q", "-p", "no:cacheprovider")),
    ],
)
def test_python_takes_it_in_scripts_and_in_tests(folder: Path, file: str, text: str, words: tuple[str, ...]) -> None:
    (folder / file).write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, *words, file], cwd=folder, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
