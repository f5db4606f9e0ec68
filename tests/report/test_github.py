"""What a gate's summary and annotations on GitHub promise: all that was found, in the form that is acted on."""

from __future__ import annotations

import html

import pytest

from concbench.model.run import Change
from concbench.report.github import annotation_lines, job_summary
from concbench.report.sections.changes import HEADERS
from tests.builders import HOSTILE, change, gate_run, not_measured


def lines(*changes: Change) -> list[str]:
    return job_summary(gate_run(*changes)).splitlines()


def rows(*changes: Change) -> list[list[str]]:
    """The cells of the table, without its header."""
    table = [line.replace(r"\|", "&#124;") for line in lines(*changes) if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def test_a_summary_begins_with_the_verdict_and_ends_with_what_was_compared() -> None:
    found = lines(change(verdict="slower"))
    assert found[:3] == ["## concbench", "", "**FAILED:** 1 regression in 1 case."]
    assert "Compared base (HEAD~1, 0123456789, Python 3.13.5) with head" in html.unescape(found[-1])
    assert job_summary(gate_run(change())).endswith("\n")  # what is appended next begins a line


def test_every_figure_has_a_row_with_its_name() -> None:
    assert rows(change(metric="wall", verdict="slower"), change(metric="cpu")) == [
        ["thumbnails/pool-map", "wall", "10.0 ms", "15.0 ms", "+50%", "+45% to +55%", "5%", "REGRESSION"],
        ["thumbnails/pool-map", "cpu", "10.0 ms", "10.1 ms", "+1.0%", "-1.0% to +3.0%", "5%", "same"],
    ]


def test_every_sentence_is_a_paragraph() -> None:
    found = lines(change(), change("words/serial", verdict="slower"), not_measured("words/thread"))
    regression = next(at for at, line in enumerate(found) if line.startswith("words/serial: wall time is 50% longer"))
    assert found[regression - 1] == found[regression + 1] == ""
    assert found[regression + 2].endswith("could not be measured: base: SyntaxError: invalid syntax")


def test_hostile_names_neither_end_a_cell_nor_are_taken_for_html() -> None:
    found = [change(HOSTILE, verdict="slower"), not_measured(HOSTILE, note=f"base: {HOSTILE}")]
    text = job_summary(gate_run(*found))
    assert "<" not in text
    assert all(line.isprintable() for line in text.splitlines())
    assert all(len(row) == len(HEADERS) for row in rows(*found))
    assert [line for line in text.splitlines() if line.startswith(("#", "new"))] == ["## concbench"]


def test_each_finding_is_one_annotation_and_those_that_fail_the_gate_are_errors() -> None:
    run = gate_run(
        change(), change("a/serial", verdict="slower"), not_measured("b/serial"), change(verdict="undecided")
    )
    kinds = [line.partition(" title=concbench::")[0] for line in annotation_lines(run, undecided_fails=False)]
    assert kinds == ["::error", "::error", "::warning"]
    assert all(line.startswith("::error ") for line in annotation_lines(run, undecided_fails=True))


def test_an_annotation_says_what_was_found() -> None:
    (line,) = annotation_lines(gate_run(change(verdict="slower")), undecided_fails=False)
    assert line.startswith("::error title=concbench::thumbnails/pool-map: wall time is 50%25 longer (interval +45%25")
    assert list(annotation_lines(gate_run(change(), change(verdict="faster")), undecided_fails=True)) == []


@pytest.mark.parametrize("text", ["%0A::error::x", "%", "%25", "\r\n::error::x", "\u2028::error::x"])
def test_no_name_or_reason_begins_another_annotation(text: str) -> None:
    for found in (change(text, verdict="slower"), not_measured(note=text), change(text, verdict="undecided")):
        (line,) = annotation_lines(gate_run(found), undecided_fails=False)
        assert len(line.splitlines()) == 1
        assert "%" not in line.replace("%25", "")  # nothing that would be read as another letter
