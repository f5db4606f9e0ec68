"""What claims and crossings promise: the outcome, the figures it rests on, and sentences in the words of their axis."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from concbench.model.case import AxisName
from concbench.model.result import Interval
from concbench.model.run import Claim, ClaimOutcome, Crossing, Run, Verdict
from concbench.report.sections.claims import because, claims, crossings, names_of
from concbench.report.uncertainty import pairs_in
from concbench.report.units import figures
from tests.builders import example_run, failed_run
from tests.report.runs import crossings as example_crossings
from tests.report.runs import messages_run


def reason(verdict: Verdict, more: float | None = None, **ratio: Any) -> str:
    """The figures under the example's claim, if its comparison were another."""
    run = example_run()
    comparison = replace(run.comparisons[0], verdict=verdict, more_seconds=more)
    comparison = replace(comparison, ratio=replace(comparison.ratio, **ratio))
    return because(replace(run.claims[0], comparison=comparison), run)


def test_a_claim_has_its_outcome_and_its_figures() -> None:
    (verdict,) = claims(example_run())
    assert (verdict.outcome, verdict.text) == ("confirmed", "a pool beats one process per task on short CPU tasks")
    assert verdict.because == ("pool-map is 5.05× faster than process (95 % interval 4.85× to 5.24×).")


@pytest.mark.parametrize(
    ("verdict", "more", "ending"),
    [
        ("faster", None, "pool-map is 5.05× faster than process (95 % interval 4.85× to 5.24×)."),
        ("same", None, "pool-map takes as long as process, within 3 % (95 % interval 4.85× to 5.24×)."),
        ("undecided", 95.0, ": undecided; about 95 s more, in more blocks, would decide it (--blocks, --budget)."),
        ("undecided", None, ": undecided; it takes more blocks to decide (--blocks)."),
    ],
)
def test_a_verdict_has_what_it_needs(verdict: Verdict, more: float | None, ending: str) -> None:
    assert reason(verdict, more).endswith(ending)


def test_a_claim_without_an_interval_gives_the_range_of_its_rounds() -> None:
    pairs = pairs_in(example_run().comparisons[0], example_run())
    seen = f"{figures(1 / max(pairs))}× to {figures(1 / min(pairs))}× in {len(pairs)} rounds"
    assert f"is 5.05× faster than process ({seen})" in reason("faster", low=None, high=None, blocks=1)


def test_rows_of_two_tables_are_named_with_their_tables() -> None:
    found = messages_run()
    comparison = replace(found.comparisons[0], case="1MiB/os-pipe", reference="16B/os-pipe")
    assert names_of(comparison, found) == ("1MiB/os-pipe", "16B/os-pipe")


def test_what_was_not_measured_says_so() -> None:
    (verdict,) = claims(failed_run())
    assert (verdict.outcome, verdict.because) == ("not measured", "")
    assert because(failed_run().claims[0], failed_run()) == "short/pool-map and short/process were not both measured."


def test_what_was_not_measured_comes_last() -> None:
    run = replace(example_run(), claims=[*failed_run().claims, *example_run().claims])
    assert [verdict.outcome for verdict in claims(run)] == ["confirmed", "not measured"]


def test_many_that_were_not_measured_share_a_line_unless_all_are_asked_for() -> None:
    run = replace(example_run(), claims=[*example_run().claims, *failed_run().claims * 3])
    assert [verdict.text for verdict in claims(run)][1:] == ["3 other claims, whose cases were left out or failed."]
    assert len(list(claims(run, every=True))) == 4
    assert len(list(claims(replace(run, claims=failed_run().claims * 3)))) == 3


@pytest.mark.parametrize(
    ("lost", "updates", "sentence"),
    [
        (40_000, 160_000, "any/value lost 40,000 of 160,000 updates."),
        (1, 1, "any/value lost 1 of 1 update."),
        (0, 1_000, "any/value lost none of 1,000 updates."),
        (None, None, "any/value was not measured."),
    ],
)
def test_a_claim_on_updates_says_how_many_were_lost(lost: int | None, updates: int | None, sentence: str) -> None:
    claim = Claim(sentence="It loses some.", case="any/value", verdict="loses updates", reference="any/value")
    outcome = ClaimOutcome(claim=claim, outcome="confirmed", comparison=None, lost=lost, updates=updates)
    assert because(outcome, example_run()) == sentence


# Crossings


def said(*of: Crossing, run: Run | None = None) -> list[str]:
    return [block.text for block in crossings(replace(run or messages_run(), crossings=list(of)))]


def test_each_answer_has_its_sentence() -> None:
    assert said(*example_crossings(), replace(example_crossings()[3], faster="in part")) == [
        "shared-memory is faster than pipe for messages of 20 KiB or more (95 % interval 16 KiB to 24 KiB).",
        "pipe-bytes is always faster than pipe for messages of 16 B to 1 MiB.",
        "queue is never faster than pipe for messages of 16 B to 1 MiB.",
        "It is undecided whether os-pipe overtakes pipe between messages of 16 B and 1 MiB.",
        "os-pipe is faster than pipe in places, and slower in others, between messages of 16 B and 1 MiB.",
    ]


def crossed(axis: AxisName, low: float, estimate: float, high: float, most: float, **others: str) -> Crossing:
    size = Interval(estimate=estimate, low=low, high=high, confidence=0.95, blocks=4)
    found = Crossing(subject="pool-map", other="serial", sizes=[1e-6, most], faster="from", size=size, axis=axis)
    return replace(found, **others)  # type: ignore[arg-type]  # texts where texts belong


@pytest.mark.parametrize(
    ("crossing", "ending"),
    [
        (crossed("task_time", 2.8e-4, 3.1e-4, 3.5e-4, 0.1),
         "for tasks of 310 µs or more (95 % interval 280 µs to 350 µs)."),
        (crossed("payload", 1024, 2048, 4096, 2**20), "for payloads of 2 KiB or more (95 % interval 1 KiB to 4 KiB)."),
        (crossed("memory", 2**20, 2**21, 2**22, 2**30, faster="up to"),
         "with up to 2 MiB a task (95 % interval 1 MiB to 4 MiB)."),
        (crossed("workers", 1.9, 2.4, 3.0, 8), "with 3 workers or more (95 % interval 2 to 3)."),
        (crossed("workers", 1.9, 2.4, 3.0, 8, faster="up to"), "with up to 2 workers (95 % interval 1 to 3)."),
        (crossed("workers", 1.0, 1.0, 1.0, 8, faster="up to"), "with up to 1 worker (95 % interval 1 to 1)."),
        (crossed("tasks", 9.999999999, 20.0000000001, 30.0, 100), "for 20 tasks or more (95 % interval 10 to 30)."),
    ],
)  # fmt: skip
def test_a_crossing_is_in_the_units_of_its_axis_and_in_whole_workers(crossing: Crossing, ending: str) -> None:
    assert said(crossing, run=example_run()) == [f"pool-map is faster than serial {ending}"]


def test_what_else_was_the_same_stands_before_it() -> None:
    (text,) = said(crossed("workers", 1.9, 2.4, 3.0, 8, at="sleep, tasks of 10us"))
    assert text.startswith("sleep, tasks of 10us: pool-map is faster than serial with 3 workers or more")


def test_those_with_the_same_answer_share_a_sentence() -> None:
    always, never, undecided = example_crossings()[1:]
    three = [replace(never, subject=name) for name in "abc"]
    assert said(*three, always, replace(undecided, subject="d"), undecided) == [
        "a, b and c are never faster than pipe for messages of 16 B to 1 MiB.",
        "pipe-bytes is always faster than pipe for messages of 16 B to 1 MiB.",
        "It is undecided whether d and os-pipe overtake pipe between messages of 16 B and 1 MiB.",
    ]


def test_a_crossing_gives_its_confidence_or_no_interval() -> None:
    first = example_crossings()[0]
    assert first.size is not None
    assert "(99.5 % interval " in said(replace(first, size=replace(first.size, confidence=0.995)))[0]
    alone = replace(first, size=replace(first.size, estimate=1536.2, low=None, high=None))
    assert said(alone) == ["shared-memory is faster than pipe for messages of 1.50 KiB or more."]


def test_sizes_go_from_the_smallest_to_the_largest_in_whatever_order_they_are() -> None:
    (text,) = said(replace(example_crossings()[1], sizes=[2**20, 16, 1024]))
    assert text.endswith("for messages of 16 B to 1 MiB.")
