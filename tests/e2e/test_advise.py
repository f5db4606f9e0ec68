"""`concbench advise` as a user runs it: on functions wherever they live, and the program that it prints runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from concbench.runs.reading import read_run
from tests.e2e.command import Command, usually
from tests.other_interpreters import MISSING, PYTHONS

MINE = """\
import time


def nap(item):
    time.sleep(0.01)
    return item


def gives_up(item):
    raise LookupError("no such thing")


square = lambda item: item * item
"""
BRIEFLY = ("--budget", "2s", "--seed", "4")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE)
    package = tmp_path / "src" / "library"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "words.py").write_text("def shout(item):\n    return str(item).upper()\n")
    return tmp_path


def printed_program(out: str) -> str:
    """The program at the end of what was printed: from its first import on."""
    lines = out.splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith(("import ", "from ")))
    return "\n".join(lines[first:]) + "\n"


@pytest.mark.parametrize(
    ("function", "count"),
    usually("mine.py:nap", among=[("mine.py:nap", 8), ("library.words:shout", 3), ("mine:nap", 4)]),
)
def test_what_is_printed_runs_as_it_stands(folder: Path, function: str, count: int) -> None:
    ended = Command(folder).run("advise", function, "--items", str(count), *BRIEFLY)
    assert ended.returncode == 0, ended.stderr
    assert re.match(r"[A-Z]\w+( workers)?: .* takes ", " ".join(ended.stdout.split()))
    (folder / "pasted.py").write_text(printed_program(ended.stdout))
    done = subprocess.run([sys.executable, "pasted.py"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{count} results\n"


@pytest.mark.thorough
def test_the_run_that_is_left_is_shown_with_what_it_recommends(folder: Path) -> None:
    command = Command(folder)
    first = command.run("advise", "mine:nap", "--items", "8", "--json", "run.json", *BRIEFLY)
    assert first.returncode == 0, first.stderr
    assert command.run("show", "run.json").stdout == first.stdout
    report = command.run("report", "run.json", "-o", "page.html")
    assert report.returncode == 0, report.stderr
    assert "Recommended: " in (folder / "page.html").read_text()


@pytest.mark.thorough
def test_a_function_that_can_not_be_pickled_is_advised_on_all_the_same(folder: Path) -> None:
    ended = Command(folder).run("advise", "mine:square", "--items", "8", "--json", "run.json", *BRIEFLY)
    assert ended.returncode == 0, ended.stderr
    run = read_run(folder / "run.json")
    assert run.recommendations[0].case.startswith(("advise/serial", "advise/executor-threads"))
    failed = {result.case.subject: result.failure.kind for result in run.results if result.failure is not None}
    assert failed == {"executor-processes": "unpicklable"}


def test_where_nothing_can_be_measured_the_reason_is_told(folder: Path) -> None:
    ended = Command(folder).run("advise", "mine:gives_up", *BRIEFLY)
    assert ended.returncode == 3
    assert "raised on item 0, 0: LookupError: no such thing" in " ".join(ended.stderr.split())
    assert ended.stdout == ""
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("cpu",), "'cpu' names no function: write it as package.module:function"),
        (("mine:nap", "--strategy", "pool-mapp"), "did you mean 'pool-map'"),
        (("mine:nap", "--items", "0"), "'0' is not a whole number from 1"),
        (("mine:nap", "--python", "nopython"), "there is no interpreter 'nopython'"),
    ],
)
def test_a_mistake_is_told_before_anything_is_measured(folder: Path, words: tuple[str, ...], problem: str) -> None:
    ended = Command(folder).run("advise", *words)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert problem in " ".join(ended.stderr.split())


@pytest.mark.thorough
@pytest.mark.skipif(not PYTHONS, reason=MISSING)
def test_under_several_interpreters_there_is_a_recommendation_for_each(folder: Path) -> None:
    words = ("--python", str(PYTHONS[0]), "--python", str(PYTHONS[-1]), "--budget", "4s", "--json", "run.json")
    ended = Command(folder).run("advise", "mine:nap", "--items", "8", *words)
    assert ended.returncode == 0, ended.stderr
    assert len(read_run(folder / "run.json").recommendations) == 2
    assert len(re.findall(r"^[A-Z]\w+(?: workers)? under 3\.\S+: ", ended.stdout, re.MULTILINE)) == 2
    assert "; the latter is recommended above." in " ".join(ended.stdout.split())
