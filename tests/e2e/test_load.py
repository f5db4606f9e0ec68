"""`concbench load` as a user runs it, against a real server on this machine."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from concbench.model.run import Knee
from concbench.runs.reading import read_run
from tests.cli.calling import mistake
from tests.e2e.command import Command, usually, with_limit
from tests.experiments.test_load import FUNCTIONS, serving

SERVED = 200
"""Calls that are allowed: enough for a few levels."""


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    (tmp_path / "mine.py").write_text(FUNCTIONS, encoding="utf-8")
    with serving() as address:
        yield Command(tmp_path, ADDRESS=address, NOTED=str(tmp_path / "noted"))


def load(command: Command, function: str, *words: str) -> tuple[Knee, str]:
    """The knee that is found, and what is printed."""
    ended = command.run("load", f"mine.py:{function}", *words, "--json", "run.json", "--seed", "4")
    assert ended.returncode == 0, ended.stderr
    (found,) = read_run(command.folder / "run.json").knees
    return found, " ".join(ended.stdout.split())


def noted(command: Command) -> int:
    """How many calls the function itself has counted."""
    return len((command.folder / "noted").read_text().splitlines())


def test_a_server_that_refuses_more_than_four_requests_at_once_is_found_out(command: Command) -> None:
    found, said = load(command, "fetch", "--max-calls", str(SERVED), "--budget", "15s")
    assert found.found == "errors"
    assert found.failing is not None
    assert found.failing > 4
    assert found.calls <= SERVED
    assert re.match(r"[1-9]\d* concurrent calls? (is|are) enough", said)
    assert f"{found.calls} calls made, of at most {SERVED} (--max-calls). Measured in a closed loop" in said
    assert "HTTPError 429" in said
    assert command.left() == []


@pytest.mark.parametrize(
    ("function", "init", "subject"), [("naps", None, "threads"), ("naps_later", "mine.py:open_doors", "coroutines")]
)
@pytest.mark.parametrize("most", usually(60, among=[1, 60]))
def test_no_call_is_made_that_is_not_counted(
    command: Command, function: str, init: str | None, subject: str, most: int
) -> None:
    words = ["--max-calls", str(most), *(["--init", init] if init else [])]
    found, _ = load(command, function, *words)
    assert found.subject == subject
    assert found.calls == noted(command) <= most


def test_listed_levels_are_measured_and_no_others(command: Command) -> None:
    load(command, "naps", "--levels", "1,3", "--max-calls", "40")
    run = read_run(command.folder / "run.json")
    assert [result.case.settings.workers for result in run.results] == [1, 3]
    assert noted(command) <= 40


@pytest.mark.thorough
def test_the_run_is_shown_and_reported_like_any_other(command: Command) -> None:
    load(command, "naps", "--levels", "1:4", "--max-calls", "80")
    shown = command.run("show", "run.json")
    assert shown.returncode == 0, shown.stderr
    assert "calls a second" in shown.stdout
    page = command.run("report", "run.json", "-o", "page.html")
    assert page.returncode == 0, page.stderr
    assert "Throughput by the number of concurrent calls" in (command.folder / "page.html").read_text()


def test_where_every_call_fails_the_errors_are_the_result(command: Command) -> None:
    found, said = load(command, "fails", "--max-calls", "50")
    assert (found.found, found.case) == ("failing", None)
    assert said.startswith("Calls fail with 1 caller already, so there is no number that is enough.")
    assert "LookupError" in said
    assert found.calls < 50


def test_a_module_that_raises_is_the_reason_and_no_run_is_left(command: Command) -> None:
    (command.folder / "broken.py").write_text("raise OSError('no settings')\n")
    ended = command.run("load", "broken.py:fetch")
    assert ended.returncode == 3
    assert "broken.py can't be imported: OSError: no settings" in " ".join(ended.stderr.split())
    assert ended.stdout == ""


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")
def test_levels_above_the_systems_limit_of_open_files_are_left_out_and_it_says_so(command: Command) -> None:
    ended = command.run("load", "mine.py:naps", "--levels", "2,500", "--max-calls", "40", before=with_limit("n", 256))
    assert ended.returncode == 0, ended.stderr
    assert "Levels above 192 are left out: the system allows 256 open files" in " ".join(ended.stderr.split())
    assert [result.case.settings.workers for result in command.saved().results] == [2]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("mine",), "'mine' names no function"),
        (("mine.py:nothing",), "mine.py has no 'nothing'"),
        (("mine.py:naps", "--levels", "8:2"), "'8:2' ends before it begins"),
        (("mine.py:naps", "--levels", "none"), "'none' is not a whole number from 1"),
        (("mine.py:naps", "--max-calls", "0"), "'0' is not a whole number from 1"),
        (("mine.py:naps", "--levels", "8,16", "--max-calls", "31"), "--max-calls: 8 callers need at least 32 calls"),
        (("mine.py:naps", "--python", "python3", "--python", sys.executable), "one interpreter"),
    ],
)
def test_a_mistake_is_told_and_no_call_is_made(command: Command, words: tuple[str, ...], problem: str) -> None:
    with chdir(command.folder):
        assert problem in mistake("load", *words)
    assert not (command.folder / "noted").exists()
