"""What a gate's table and sentences promise: they fit, every figure has its row, and what matters is said in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.figures import SHARES
from concbench.model.result import Interval
from concbench.model.run import Change, Gated, Run, Verdict
from concbench.report.blocks import Paragraph, Table
from concbench.report.blocks import Verdict as Answer
from concbench.report.github import annotation_lines
from concbench.report.junit import junit
from concbench.report.sections.changes import (
    LONG,
    answer,
    case_names,
    cells,
    changes_shown,
    changes_table,
    compared,
    findings,
    gate_verdict,
    percentage,
    reach,
    report,
    sentences,
    table,
)
from concbench.report.terminal import terminal_text
from concbench.stats.two_samples import change_interval
from tests.builders import BASE, HEAD, HOSTILE, change, example_run, gate_run, interval, not_measured

NARROW = 80


def said(*changes: Change) -> list[str]:
    return [sentence for _, sentence in findings(gate_run(*changes))]


def printed(run: Run, width: int) -> list[str]:
    return terminal_text(report(run), width).split("\n")


def of_share_or(metric: Gated, ratio: Interval | None) -> dict[str, Interval | None]:
    """The same change as a ratio, or, of a share, as a difference."""
    return {"ratio": None, "difference": ratio} if metric in SHARES else {"ratio": ratio}


@st.composite
def any_changes(draw: st.DrawFn) -> list[Change]:
    """The changes of one case, with figures as some machine may give them."""
    name, found = draw(st.from_regex(r"[a-z]{1,60}", fullmatch=True)), []
    for metric in draw(st.lists(st.sampled_from(get_args(Gated)), min_size=1, unique=True)):
        level = draw(st.floats(4, 12)) if metric == "memory" else draw(st.floats(-7, 4))
        ratio = draw(st.none() | st.builds(interval, st.floats(0.01, 20), st.floats(0, 20)))
        more = {
            "base": interval(10.0**level, 0.1),
            "head": draw(st.none() | st.just(interval(10.0**level, 0.1))),
            **of_share_or(metric, ratio),
            "margin": draw(st.floats(1e-4, 0.99)),
            "more_seconds": draw(st.none() | st.floats(1e-3, 1e5)),
            "note": draw(st.sampled_from(["", "head: it did not work"])),
        }
        verdict: Verdict = draw(st.sampled_from(get_args(Verdict))) if ratio else "undecided"
        found.append(change(name, metric, verdict, **more))
    return found


# Cells


def test_a_change_has_its_units_and_its_margin() -> None:
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
    ("ratio", "text"),
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
def test_a_ratio_is_shown_in_per_cent(ratio: float, text: str) -> None:
    assert percentage(ratio) == text


def test_an_interval_of_one_block_reaches_nowhere() -> None:
    assert reach(Interval(estimate=1.1, low=None, high=None, confidence=0.95, blocks=1)) == "-"


def test_an_interval_of_two_blocks_that_differ_wildly_is_still_short() -> None:
    assert reach(change_interval([-300.0, 300.0], 0.999)) == "-100% to >+99999%"


@pytest.mark.parametrize(("margin", "text"), [(0.05, "5%"), (0.07, "7%"), (1 / 30, "3.33%"), (0.0001, "0.01%")])
def test_a_margin_is_shown_as_it_was_given(margin: float, text: str) -> None:
    assert cells(replace(change(), margin=margin))[-2] == text


# The table


def test_every_row_names_its_case_without_the_side() -> None:
    run = gate_run(change(metric="wall"), change(metric="cpu"), change("words/serial"))
    assert [row[:2] for row in changes_table(run).rows] == [
        ("thumbnails/pool-map", "wall"),
        ("thumbnails/pool-map", "cpu"),
        ("words/serial", "wall"),
    ]


def test_without_sides_a_case_is_named_by_its_id() -> None:
    """Two saved runs may hold both sides of a gate each."""
    run = replace(gate_run(change("words/serial")), sides=[])
    assert case_names(run) == {"words/serial head": "words/serial head"}


@given(any_changes())
def test_it_fits_a_narrow_terminal_whatever_was_found(changes: list[Change]) -> None:
    lines = printed(gate_run(*changes), NARROW)
    assert max(map(len, lines)) <= NARROW
    for found in changes:
        assert any(found.metric in line.split() for line in lines)


def test_a_gate_that_has_found_nothing_yet_has_an_empty_table() -> None:
    assert changes_table(gate_run()).rows == ()
    assert gate_verdict(gate_run()) == "No regression in 0 cases."


def test_a_report_begins_with_warnings_and_ends_with_what_was_compared() -> None:
    run = replace(gate_run(change(verdict="slower")), warnings=["the machine is busy"])
    first, *_, last = report(run)
    assert first == Paragraph("the machine is busy", "warning")
    assert last == Paragraph(compared(run), "note")
    assert Paragraph(compared(run), "note") not in list(report(run, quiet=True))


def test_the_answer_is_red_for_a_regression_and_for_what_could_not_be_measured() -> None:
    def outcome(*changes: Change) -> str:
        return next(block.outcome for block in answer(gate_run(*changes)) if isinstance(block, Answer))

    assert outcome(change(), change(verdict="undecided")) == "passed"
    assert outcome(change(verdict="slower")) == outcome(not_measured()) == "failed"


def test_a_run_that_is_no_gate_has_neither_answer_nor_table() -> None:
    assert [*answer(example_run()), *table(example_run())] == []


# Sentences


@pytest.mark.parametrize(
    ("metric", "sentence"),
    [
        ("wall", "wall time is 50% longer"),
        ("cpu", "CPU time is 50% longer"),
        ("memory", "peak memory is 50% higher"),
    ],
)
def test_a_regression_comes_with_its_interval_and_margin(metric: Gated, sentence: str) -> None:
    (found,) = said(change(metric=metric, verdict="slower"))
    assert found == f"thumbnails/pool-map: {sentence} (interval +45% to +55%; margin 5%)"


def test_a_share_is_shown_in_per_cent_and_its_change_in_points() -> None:
    less, more = change(metric="utilisation", verdict="slower"), change(metric="dispatch", verdict="slower")
    assert cells(less)[1:] == ("50%", "30%", "-20 pp", "-22 to -18 pp", "5 pp", "REGRESSION")
    assert cells(more)[1:] == ("50%", "70%", "+20 pp", "+18 to +22 pp", "5 pp", "REGRESSION")
    assert said(less, more) == [
        "thumbnails/pool-map: utilisation is 20 points lower (interval -22 to -18 points; margin 5 points)",
        "thumbnails/pool-map: dispatch share is 20 points higher (interval +18 to +22 points; margin 5 points)",
    ]
    assert "+20 points (+18 to +22 points)" in junit(gate_run(more), False)


def test_a_share_that_is_undecided_says_how_far_it_may_be_in_points() -> None:
    (found,) = said(change(metric="dispatch", verdict="undecided"))
    assert found == "thumbnails/pool-map: dispatch share is undecided: +6.0 points, interval +4.0 to +8.0 points"


def test_what_is_undecided_comes_with_what_it_needs() -> None:
    undecided = change(verdict="undecided")
    start = "thumbnails/pool-map: wall time is undecided"
    assert said(undecided) == [f"{start}: +10%, interval -10% to +30%"]
    assert said(replace(undecided, more_seconds=30.0)) == [
        f"{start}: +10%, interval -10% to +30%; about 30 s more would settle it (--budget)"
    ]
    few = Interval(estimate=1.1, low=None, high=None, confidence=0.95, blocks=1)
    for ratio in (None, few):
        assert said(replace(undecided, ratio=ratio)) == [f"{start}: too few blocks (--budget)"]


LITTLE = "CPU time is 2% of wall time here: too little to gate"


def test_what_is_left_out_comes_with_its_reason_and_is_not_undecided() -> None:
    left_out = replace(change(metric="cpu", verdict="undecided"), ratio=None, left_out=LITTLE)
    assert cells(left_out) == ("cpu", "10.0 ms", "11.0 ms", "-", "-", "5%", "left out")
    assert said(left_out) == [f"thumbnails/pool-map: {LITTLE}"]
    run = gate_run(change(), left_out)
    assert gate_verdict(run) == "No regression in 1 case."
    assert list(sentences(run)) == [f"thumbnails/pool-map: {LITTLE}"]
    assert list(annotation_lines(run, undecided_fails=True)) == []
    assert 'failures="0"' in junit(run, undecided_fails=True)
    assert 'skipped="1"' in junit(run, undecided_fails=True)


def test_many_that_are_left_out_share_a_sentence() -> None:
    found = [
        replace(change(name, metric="cpu", verdict="undecided"), ratio=None, left_out=LITTLE)
        for name in ("t/a", "t/b", "t/c")
    ]
    assert list(sentences(gate_run(*found))) == [
        "CPU time is too small a share of wall time to gate in t/a, t/b and t/c"
    ]


def test_what_only_one_side_has_is_new_or_gone_and_fails_nothing() -> None:
    def alone(where: str, side: Literal["base", "head"]) -> Change:
        return change(where, verdict="undecided", base=None, head=None, ratio=None, chance=None, only=side)

    run = gate_run(change(), alone("words/serial", "head"), alone("words/thread", "base"))
    assert cells(run.changes[1]) == ("-", "-", "-", "-", "-", "-", "new")
    assert gate_verdict(run) == "No regression in 1 case."
    assert list(sentences(run)) == [
        "Only the head has words/serial: new, so not compared",
        "Only the base has words/thread: gone, so not compared",
    ]
    assert list(annotation_lines(run, undecided_fails=True)) == []
    assert 'failures="0"' in junit(run, undecided_fails=True)


def test_a_long_table_shows_what_is_not_the_same_and_counts_the_others() -> None:
    run = gate_run(*(change(f"suite/t{number}") for number in range(LONG)), change("suite/red", verdict="slower"))
    shown, rest = changes_shown(run, everything=False)
    assert isinstance(shown, Table)
    assert [row[0] for row in shown.rows] == ["suite/red"]
    assert rest == Paragraph(f"{LONG} more figures are the same (--verbose shows all).")
    (everything,) = changes_shown(run, everything=True)
    assert isinstance(everything, Table)
    assert len(everything.rows) == LONG + 1
    (none,) = changes_shown(gate_run(*(change(f"suite/t{number}") for number in range(LONG + 1))), everything=False)
    assert none == Paragraph(f"{LONG + 1} figures are the same (--verbose shows all).")


def test_what_has_too_few_blocks_says_how_many_a_verdict_needs() -> None:
    few = replace(
        change(metric="memory", verdict="undecided"),
        ratio=Interval(estimate=1.0, low=0.9, high=1.1, confidence=0.95, blocks=3),
    )
    assert said(few) == ["thumbnails/pool-map: peak memory is undecided: measured in 3 blocks of at least 6 (--budget)"]


def test_what_could_not_be_measured_comes_with_its_side_and_reason() -> None:
    assert said(not_measured()) == [
        "thumbnails/pool-map: wall time could not be measured: base: SyntaxError: invalid syntax"
    ]


def test_of_what_is_the_same_or_better_nothing_is_said() -> None:
    assert said(change(verdict="same"), change(verdict="faster")) == []


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


def test_it_says_what_was_compared_with_what() -> None:
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


@pytest.mark.parametrize("width", [NARROW, 300])
def test_hostile_text_is_shown_and_not_obeyed(width: int) -> None:
    lines = printed(hostile(), width)
    assert all(line.isprintable() for line in lines)
    assert any(r"\x1b[31mred\x1b[0m\nnew" in line for line in lines)


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
