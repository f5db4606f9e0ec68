"""A person's own function under `concbench compare`: wherever it lives, and with what is odd about it told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import Command

MINE = """\
import random


def square(number):
    return number * number


def gives_up(number):
    if number == 2:
        raise LookupError("no such thing")
    return number


def counts_up(item):
    item["seen"] = item.get("seen", 0) + 1
    return item["seen"]


def make_items():
    return [{"number": number} for number in range(4)]


def any_number(number):
    return random.random()


def is_square(number, result):
    return result == number * number


def is_wrong(number, result):
    assert result == number, "not so"


ready = []


def get_ready():
    ready.append(True)


def needs_to_be_ready(number):
    assert ready
    return number
"""
TINY = ("--blocks", "1", "--rounds", "1", "--quick", "--workers", "2", "--json", "run.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE)
    package = tmp_path / "src" / "library"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "words.py").write_text("def shout(item):\n    return str(item).upper()\n")
    (tmp_path / "items.jsonl").write_text('"one"\n"two"\n"three"\n')
    return tmp_path


def compared(folder: Path, *words: str, status: int = 0, strategies: tuple[str, ...] = ("serial", "pool-map")) -> Any:
    """Compare, and return the run document and what was said on stderr."""
    chosen = [word for name in strategies for word in ("--strategy", name)]
    ended = Command(folder).run("compare", *words, *chosen, *TINY)
    assert ended.returncode == status, ended.stderr
    return json.loads((folder / "run.json").read_text()), " ".join(ended.stderr.split())


@pytest.mark.parametrize(
    ("words", "tasks"),
    [
        (("--workload", "mine:square"), 16),
        (("--workload", "mine.py:square", "--items", "5"), 5),
        (("--workload", "library.words:shout", "--items", "items.jsonl"), 3),
        (("--workload", "msgspec.json:encode", "--items", "mine:make_items"), 4),
        (("--workload", "mine:square", "--expect", "mine:is_square", "--tasks", "6"), 6),
        (("--workload", "mine:needs_to_be_ready", "--init", "mine:get_ready"), 16),
    ],
)
def test_a_function_is_measured_wherever_it_lives(folder: Path, words: tuple[str, ...], tasks: int) -> None:
    run, err = compared(folder, *words)
    assert {case["workload"]["tasks"] for case in run["cases"]} == {tasks}
    assert all(case["samples"] and case["trace"] and case["ideal"] for case in run["cases"])
    assert "Warning" not in err


def test_every_strategy_can_be_tried_at_once(folder: Path) -> None:
    run, _ = compared(folder, "--workload", "mine:square", "--items", "4", strategies=())
    reasons = {case["subject"]: case["error"]["message"] for case in run["cases"] if case["error"]}
    assert reasons == {"asyncio-gather": "workload 'mine:square' has no coroutine form"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--workload", "mine:counts_up", "--items", "mine:make_items"), "mine:counts_up changes its argument"),
        (("--workload", "mine:any_number"), "mine:any_number does not return the same for the same item"),
    ],
)
def test_what_is_odd_is_told_once_and_handled(folder: Path, words: tuple[str, ...], sentence: str) -> None:
    run, err = compared(folder, *words)
    assert err.count(sentence) == 1
    assert all(case["samples"] for case in run["cases"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--workload", "mine:gives_up"), "mine:gives_up raised on item 2, 2: LookupError: no such thing"),
        (("--workload", "mine:square", "--expect", "mine:is_wrong"), "task 2 returned 4, which is not right"),
        (("--workload", "mine:nobody"), "module 'mine' has no 'nobody'"),
    ],
)
def test_what_can_not_be_measured_is_a_row_with_its_reason(folder: Path, words: tuple[str, ...], message: str) -> None:
    run, _ = compared(folder, *words, status=3)
    assert all(message in case["error"]["message"] for case in run["cases"])


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--workload", "cpu", "--items", "5"), "--items goes with a function of your own"),
        (("--workload", "mine:square", "--items", "5", "--tasks", "5"), "give one of them"),
        (("--workload", "mine:square", "--items", "0"), "there is nothing to run"),
    ],
)
def test_options_that_make_no_sense_are_refused(folder: Path, words: tuple[str, ...], problem: str) -> None:
    ended = Command(folder).run("compare", *words)
    assert ended.returncode == 2
    assert problem in " ".join(ended.stderr.split())
