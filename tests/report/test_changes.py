"""What a gate's table and sentences promise: they fit, every figure has its row, and what matters is said in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from concbench.model import Change, Gated, Interval, Run, Verdict
from concbench.report.changes import cells, change_table, compared, findings, gate_verdict, percentage, reach, sentences
from concbench.report.junit import junit
from concbench.report.sentences import filled
from concbench.report.summary import workflow_commands
from concbench.stats.changes import change_interval
from tests.report.gate_runs import BASE, HEAD, any_changes, change, gate_run, not_measured
from tests.report.runs import HOSTILE

NARROW = 80


def told(*changes: Change) -> list[str]:
    return [sentence for _, sentence in findings(gate_run(*changes))]


def widest(text: str) -> int:
    return max(map(len, text.splitlines()))


# Cells


def test_a_change_is_told_in_its_units_with_its_margin() -> None:
    assert cells(change(verdict="slower")) == (
        "wall",
        "10.0 ms",
        "15.0 ms",
        "+50%",
        "+45% to +55%",
        "5%",
        "REGRESSION",
    )
    assert cells(change(metric="memory", verdict="faster"))[:4] == ("memory", "10.0 MB", "5.00 MB", "-50%")


@pytest.mark.parametrize(
    ("verdict", "word"),
    [("slower", "REGRESSION"), ("faster", "better"), ("same", "same"), ("undecided", "undecided")],
)
def test_every_verdict_has_its_word(verdict: Verdict, word: str) -> None:
    assert cells(change(verdict=verdict))[-1] == word


def test_what_was_not_measured_has_no_figures() -> None:
    assert cells(not_measured()) == ("wall", "-", "-", "-", "-", "5%", "not measured")


@pytest.mark.parametrize(
    ("ratio", "told"),
    [
        (1.0, "+0.0%"),
        (1.0834, "+8.3%"),
        (0.93, "-7.0%"),
        (1.0996, "+10%"),
        (0.25, "-75%"),
        (3.5, "+250%"),
        (1e-9, "-100%"),
        (1e300, ">+99999%"),
    ],
)
def test_a_ratio_is_told_in_per_cent(ratio: float, told: str) -> None:
    assert percentage(ratio) == told


def test_an_interval_of_one_block_reaches_nowhere() -> None:
    assert reach(Interval(estimate=1.1, low=None, high=None, confidence=0.95, blocks=1)) == "-"


def test_an_interval_of_two_blocks_that_differ_wildly_is_still_short() -> None:
    assert reach(change_interval([-300.0, 300.0], 0.999)) == "-100% to >+99999%"


@pytest.mark.parametrize(("margin", "told"), [(0.05, "5%"), (0.07, "7%"), (1 / 30, "3.33%"), (0.0001, "0.01%")])
def test_a_margin_is_told_as_it_was_given(margin: float, told: str) -> None:
    assert cells(replace(change(), margin=margin))[-2] == told


# The table


def test_a_case_is_named_in_its_first_row() -> None:
    table = change_table(
        [change(metric="wall"), change(metric="cpu"), change("words/serial", "wall"), change("words/serial", "cpu")]
    )
    assert [line.split()[0] for line in table.splitlines()[2:]] == ["thumbnails/pool-map", "cpu", "words/serial", "cpu"]
    assert " head" not in table.split("verdict")[1]


def test_a_case_that_is_named_again_later_is_named_again() -> None:
    table = change_table([change("a/serial"), change("b/serial"), change("a/serial")])
    assert [line.split()[0] for line in table.splitlines()[2:]] == ["a/serial", "b/serial", "a/serial"]


def test_in_other_formats_every_row_has_its_name() -> None:
    table = change_table([change(metric="wall"), change(metric="cpu")], "github")
    assert table.count("thumbnails/pool-map") == 2


def test_where_it_is_too_wide_a_name_has_a_line_of_its_own() -> None:
    changes = [change(metric="wall"), change(metric="cpu"), change("words/serial")]
    assert widest(change_table(changes)) > NARROW
    lines = change_table(changes, width=NARROW).splitlines()
    assert max(map(len, lines)) <= NARROW
    assert [line for line in lines if not line.startswith("  ")] == ["thumbnails/pool-map", "words/serial"]
    assert [line.split()[0] for line in lines] == [
        *("metric", "--------"),
        *("thumbnails/pool-map", "wall", "cpu"),
        *("words/serial", "wall"),
    ]


@given(any_changes())
def test_it_fits_a_narrow_terminal_whatever_was_found(changes: list[Change]) -> None:
    table = change_table(changes, width=NARROW)
    assert widest(table) <= NARROW
    for found in changes:
        assert found.metric in table.split()
    for sentence in [*told(*changes), gate_verdict(gate_run(*changes)), compared(gate_run(*changes))]:
        assert widest(filled(sentence, NARROW, indent="  ")) <= NARROW


def test_a_gate_that_has_found_nothing_yet_has_an_empty_table() -> None:
    assert change_table([]).split()[0] == "case"
    assert gate_verdict(gate_run()) == "No regression in 0 cases."


# Sentences


@pytest.mark.parametrize(
    ("metric", "sentence"),
    [
        ("wall", "wall time is +50% longer"),
        ("cpu", "CPU time is +50% longer"),
        ("memory", "peak of memory is +50% more"),
    ],
)
def test_a_regression_is_told_with_its_interval_and_margin(metric: Gated, sentence: str) -> None:
    (found,) = told(change(metric=metric, verdict="slower"))
    assert found == f"thumbnails/pool-map: {sentence} (interval +45% to +55%; up to 5% would be none)"


def test_what_is_undecided_is_told_with_what_it_needs() -> None:
    undecided = change(verdict="undecided")
    start = "thumbnails/pool-map: wall time is undecided"
    assert told(undecided) == [f"{start}: +10%, interval -10% to +30%"]
    assert told(replace(undecided, more_seconds=30.0)) == [
        f"{start}: +10%, interval -10% to +30%; about 30 s more would settle it (--budget)"
    ]
    few = Interval(estimate=1.1, low=None, high=None, confidence=0.95, blocks=1)
    for ratio in (None, few):
        assert told(replace(undecided, ratio=ratio)) == [f"{start}: there are too few blocks (--budget)"]


LITTLE = "CPU time is 2% of wall time here: too little to gate"


def test_what_is_left_out_is_told_with_its_reason_and_is_nothing_undecided() -> None:
    left_out = replace(change(metric="cpu", verdict="undecided"), ratio=None, left_out=LITTLE)
    assert cells(left_out) == ("cpu", "10.0 ms", "11.0 ms", "-", "-", "5%", "left out")
    assert told(left_out) == [f"thumbnails/pool-map: {LITTLE}"]
    run = gate_run(change(), left_out)
    assert gate_verdict(run) == "No regression in 1 case."
    assert list(sentences(run)) == [f"thumbnails/pool-map: {LITTLE}"]
    assert workflow_commands(run, undecided_fails=True) == []
    assert 'failures="0"' in junit(run, undecided_fails=True)
    assert 'skipped="1"' in junit(run, undecided_fails=True)


def test_of_many_that_are_left_out_one_sentence_tells() -> None:
    found = [
        replace(change(name, metric="cpu", verdict="undecided"), ratio=None, left_out=LITTLE)
        for name in ("a", "b", "c")
    ]
    assert list(sentences(gate_run(*found))) == [
        "CPU time of a, b and c is too small beside their wall time to be gated"
    ]


def test_what_has_too_few_blocks_says_how_many_a_verdict_needs() -> None:
    few = replace(
        change(metric="memory", verdict="undecided"),
        ratio=Interval(estimate=1.0, low=0.9, high=1.1, confidence=0.95, blocks=3),
    )
    assert told(few) == [
        "thumbnails/pool-map: peak of memory is undecided: it was measured in 3 blocks, and 6 are needed (--budget)"
    ]


def test_what_could_not_be_measured_is_told_with_its_side_and_reason() -> None:
    assert told(not_measured()) == [
        "thumbnails/pool-map: wall time could not be measured: base: SyntaxError: invalid syntax"
    ]


def test_of_what_is_the_same_or_better_nothing_is_told() -> None:
    assert told(change(verdict="same"), change(verdict="faster")) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([change()], "No regression in 1 case."),
        ([change(), change(metric="cpu"), change("words/serial")], "No regression in 2 cases."),
        ([change(verdict="slower"), change(metric="cpu")], "1 regression in 1 case."),
        ([change(verdict="slower"), change(metric="cpu", verdict="slower")], "2 regressions in 1 case."),
        ([change(), change(metric="cpu", verdict="undecided")], "No regression in 1 case; 1 figure of 2 undecided."),
        ([not_measured(), change(metric="cpu")], "1 figure of 2 could not be measured."),
        (
            [change(verdict="slower"), not_measured("words/serial"), change("words/thread", verdict="undecided")],
            "1 regression in 3 cases; 1 figure of 3 could not be measured; 1 figure of 3 undecided.",
        ),
    ],
)
def test_the_one_sentence_that_matters(changes: list[Change], sentence: str) -> None:
    assert gate_verdict(gate_run(*changes)) == sentence


def test_it_is_told_what_was_compared_with_what() -> None:
    assert compared(gate_run(change())).startswith(
        "Compared base (HEAD~1, 0123456789, Python 3.13.5) with head (the working tree, fedcba9876+, Python 3.14.0): "
        "16 samples in 4 blocks, 31.4 s; seed 20261123."
    )
    assert "Interrupted" not in compared(gate_run(change()))
    assert compared(gate_run(change(), complete=False)).endswith("Interrupted: these are the figures so far.")


def test_a_side_without_a_revision_has_none() -> None:
    run = replace(gate_run(change()), sides=[replace(BASE, revision=None), replace(HEAD, revision=None)])
    assert compared(run).startswith("Compared base (HEAD~1, Python 3.13.5) with head (the working tree, Python 3.14.0)")


# Hostile text


def hostile() -> Run:
    side = replace(BASE, about=HOSTILE, revision=HOSTILE, python=HOSTILE)
    changes = [
        change(HOSTILE, verdict="slower"),
        not_measured(HOSTILE, note=HOSTILE),
        change(HOSTILE, verdict="undecided"),
    ]
    return replace(gate_run(*changes), sides=[side, side])


def test_hostile_text_is_shown_and_not_obeyed() -> None:
    run = hostile()
    assert all(sentence.isprintable() for _, sentence in findings(run))
    assert compared(run).isprintable()
    for width in (NARROW, 300):
        assert all(line.isprintable() for line in change_table(run.changes, width=width).splitlines())
        assert r"\x1b[31mred\x1b[0m\nnew" in change_table(run.changes, width=width)


def test_many_undecided_figures_share_a_sentence_and_a_failed_case_has_one() -> None:
    undecided = change(verdict="undecided")
    run = gate_run(
        replace(undecided, more_seconds=3.0),
        replace(undecided, metric="cpu", more_seconds=300.0),
        replace(undecided, metric="memory"),
        not_measured("broken/serial"),
        replace(not_measured("broken/serial"), metric="cpu"),
    )
    assert list(sentences(run)) == [
        "broken/serial could not be measured: base: SyntaxError: invalid syntax",
        "3 figures are undecided; about 3 s to 5 min more would settle each (--budget)",
    ]
