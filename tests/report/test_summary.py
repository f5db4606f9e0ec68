"""What a gate's Markdown and annotations promise: all that was found, in the form that others act on, and no more."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest

from concbench.model import Change
from concbench.report.changes import HEADERS
from concbench.report.summary import markdown_summary, workflow_commands
from tests.report.gate_runs import change, gate_run, not_measured
from tests.report.runs import HOSTILE


def lines(*changes: Change) -> list[str]:
    return markdown_summary(gate_run(*changes)).splitlines()


def rows(*changes: Change) -> list[list[str]]:
    """The cells of the table, without its header."""
    table = [line.replace(r"\|", "&#124;") for line in lines(*changes) if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


# Markdown


def test_it_begins_with_a_heading_and_the_sentence_that_matters() -> None:
    assert lines(change(verdict="slower"))[:3] == ["## concbench", "", "**1 regression in 1 case.**"]


def test_it_ends_with_a_line_of_its_own_for_what_is_appended_next() -> None:
    text = markdown_summary(gate_run(change()))
    assert text.endswith("\n")
    assert "Compared base (HEAD~1, 0123456789, Python 3.13.5) with head" in html.unescape(text.splitlines()[-1])


def test_every_figure_has_a_row_with_its_name() -> None:
    assert rows(change(metric="wall", verdict="slower"), change(metric="cpu")) == [
        ["thumbnails/pool-map", "wall", "10.0 ms", "15.0 ms", "+50%", "+45% to +55%", "5%", "REGRESSION"],
        ["thumbnails/pool-map", "cpu", "10.0 ms", "10.1 ms", "+1.0%", "-1.0% to +3.0%", "5%", "same"],
    ]


def test_what_needs_a_sentence_has_an_item_between_empty_lines() -> None:
    found = lines(change(), change("words/serial", verdict="slower"), not_measured("words/thread"))
    (first, second) = [at for at, line in enumerate(found) if line.startswith("- ")]
    assert second == first + 1
    assert found[first - 1] == found[second + 1] == ""  # without them, it would be part of the table
    assert found[first].startswith("- words/serial: wall time is +50% longer")
    assert found[second].endswith("could not be measured: base: SyntaxError: invalid syntax")


def test_hostile_names_neither_end_a_cell_nor_are_taken_for_html() -> None:
    found = [change(HOSTILE, verdict="slower"), not_measured(HOSTILE, note=f"base: {HOSTILE}")]
    text = markdown_summary(gate_run(*found))
    assert "<" not in text
    assert all(line.isprintable() for line in text.splitlines())
    assert all(len(row) == len(HEADERS) for row in rows(*found))
    assert [line for line in text.splitlines() if line.startswith(("#", "new"))] == ["## concbench"]


# Annotations


def test_each_finding_is_one_annotation_and_red_ones_are_errors() -> None:
    run = gate_run(
        change(), change("a/serial", verdict="slower"), not_measured("b/serial"), change(verdict="undecided")
    )
    assert [line.partition(" title=concbench::")[0] for line in workflow_commands(run, undecided_fails=False)] == [
        "::error",
        "::error",
        "::warning",
    ]
    assert all(line.startswith("::error ") for line in workflow_commands(run, undecided_fails=True))


def test_an_annotation_says_what_was_found() -> None:
    (line,) = workflow_commands(gate_run(change(verdict="slower")), undecided_fails=False)
    assert line.startswith(
        "::error title=concbench::thumbnails/pool-map: wall time is +50%25 longer (interval +45%25 to"
    )


@pytest.mark.parametrize("text", ["%0A::error::x", "%", "%25", "\r\n::error::x", "\u2028::error::x"])
def test_no_name_or_reason_begins_another_annotation(text: str) -> None:
    for found in (
        change(text, verdict="slower"),
        not_measured(note=text),
        replace(change(verdict="undecided"), case=text),
    ):
        (line,) = workflow_commands(gate_run(found), undecided_fails=False)
        assert len(line.splitlines()) == 1
        assert "%" not in line.replace("%25", "")  # nothing that would be read as another letter


def test_where_nothing_is_wrong_there_is_no_annotation() -> None:
    assert workflow_commands(gate_run(change(), change(verdict="faster")), undecided_fails=True) == []
