"""What is said below the changes between two files promises: how many, and what the intervals of that tool cover."""

from __future__ import annotations

import pytest

from concbench.model.result import Interval
from concbench.model.run import Change
from concbench.report.sections.differences import sentences
from tests.builders import change, not_measured

ALONE = Interval(estimate=1.1, low=None, high=None, confidence=0.95, blocks=1)


def said(*changes: Change, tool: str = "pyperf", reference: str | None = None) -> list[str]:
    return list(sentences(changes, tool, reference))


def test_what_changed_and_what_only_one_side_has_is_counted() -> None:
    alone = change(only="head", ratio=None), change(only="base", ratio=None)
    first, *_ = said(change(verdict="slower"), change(), *alone)
    assert first == "1 of 2 figures worse, 0 better; 1 new; 1 gone. Less than 10% is no change between two runs."
    assert said(change(), reference="a/serial")[0].endswith("two runs. Times are multiples of a/serial's.")


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("pyperf", "Intervals (95 %) are over processes: the values of a process count as one. They don't cover what "),
        ("hyperfine", "Intervals (95 %) are over runs: each run is a process. The runs of one file all came before "),
        ("", "Intervals (95 %) are over blocks: the samples of a block count as one. They don't cover what "),
    ],
)
def test_an_interval_says_what_it_is_over(tool: str, words: str) -> None:
    assert said(change(), tool=tool)[1].startswith(words)


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        (
            "pytest-benchmark",
            "There is no interval: pytest-benchmark runs all rounds of a benchmark in one process, and ",
        ),
        (
            "pyperf",
            "There is no interval: a side has fewer than 3 processes. A row without one counts as a change only ",
        ),
        ("", "There is no interval: a side has fewer than 3 blocks. A row without one counts as a change only "),
    ],
)
def test_where_there_is_no_interval_it_is_said_why(tool: str, words: str) -> None:
    count, why = said(change(ratio=ALONE), tool=tool)
    assert count == "0 of 1 figure worse, 0 better."  # and nothing on 10 %
    assert why.startswith(words)
    assert why.endswith("takes more than twice as long as nearly every one of the other.")


def test_rows_with_and_without_an_interval_are_distinguished() -> None:
    _, over, without = said(change(), change(ratio=ALONE), tool="hyperfine")
    assert over.startswith("Intervals")
    assert without.startswith("Where there is no interval, a side has fewer than 3 runs. A row without one counts")


def test_a_case_that_failed_is_a_sentence() -> None:
    assert said(not_measured("short/process"))[1:] == [
        "short/process head could not be compared: base: SyntaxError: invalid syntax"
    ]
