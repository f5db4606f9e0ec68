"""What the sentences under the tables promise: the outcome, the figures it rests on, and how they came about."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from concbench.model import AxisName, Claim, ClaimOutcome, Comparison, Crossing, Failure, Interval, Run, Verdict
from concbench.report.sentences import (
    because,
    claims,
    counted,
    crossings,
    details,
    filled,
    how_measured,
    tracebacks,
)
from concbench.report.uncertainty import pairs_in
from concbench.report.units import figures
from tests.example_run import example_run
from tests.report.runs import HOSTILE, failed_run, hostile_run
from tests.report.sharing import BLOCKS, facts_run, messages_run
from tests.report.sharing import crossings as example_crossings


def only_claim(
    run: Run, outcome: Literal["confirmed", "refuted", "undecided"], verdict: Verdict, more: float | None = None
) -> ClaimOutcome:
    """The claim of a run with another outcome."""
    comparison = replace(run.comparisons[0], verdict=verdict, more_seconds=more)
    return replace(run.claims[0], outcome=outcome, comparison=comparison)


def without_interval(comparison: Comparison) -> Comparison:
    return replace(comparison, ratio=replace(comparison.ratio, low=None, high=None, blocks=1))


# Claims


@pytest.mark.parametrize(
    ("outcome", "verdict"), [("confirmed", "faster"), ("refuted", "slower"), ("undecided", "undecided")]
)
def test_a_claim_begins_with_its_outcome_and_gives_its_figures(
    outcome: Literal["confirmed", "refuted", "undecided"], verdict: Verdict
) -> None:
    run = example_run()
    run.claims = [only_claim(run, outcome, verdict)]
    first, second = next(claims(run, 200)).splitlines()
    assert first == f"{outcome.upper()}: a pool beats one process per task on short CPU tasks"
    figures = "short/pool-map takes 0.198 times (95 % interval 0.191 to 0.206) the time of short/process"
    assert second.startswith(f"  {figures}: {verdict}")
    assert second.endswith(".")


def test_a_claim_that_could_not_be_measured_says_so() -> None:
    (paragraph,) = claims(failed_run(), 200)
    assert paragraph.startswith("NOT MEASURED: ")
    assert "short/pool-map and short/process were not both measured." in paragraph


def test_the_same_names_its_margin() -> None:
    assert because(only_claim(example_run(), "confirmed", "same"), example_run()).endswith(": same (within 3 %).")


def test_undecided_says_how_much_longer_it_would_take() -> None:
    text = because(only_claim(example_run(), "undecided", "undecided", more=95), example_run())
    assert text.endswith(": undecided; about 95 s more, in more blocks, would settle it (--blocks, --budget).")


def test_undecided_asks_for_blocks_where_the_time_can_not_be_told() -> None:
    text = because(only_claim(example_run(), "undecided", "undecided"), example_run())
    assert text.endswith(": undecided; only more blocks can tell (--blocks).")


def test_a_claim_without_an_interval_gives_the_range_of_its_rounds() -> None:
    run = example_run()
    run.claims = [replace(run.claims[0], comparison=without_interval(run.comparisons[0]))]
    pairs = pairs_in(run.comparisons[0], run)
    low, high = figures(min(pairs)), figures(max(pairs))
    assert f"0.198 times ({low} to {high} in {len(pairs)} rounds)" in because(run.claims[0], run)


def test_claims_keep_to_the_width_and_break_no_name() -> None:
    run = example_run()
    names = ("short/pool-imap-unordered", "short/executor-interpreters")
    claim = replace(run.claims[0].claim, case=names[0], reference=names[1])
    run.claims = [replace(run.claims[0], claim=claim)]
    for width in range(40, 100):
        (paragraph,) = claims(run, width)
        assert max(map(len, paragraph.splitlines())) <= width
        assert all(name in paragraph for name in names)


# How it was measured


def test_how_it_was_measured_tells_samples_blocks_machine_and_seed() -> None:
    text = how_measured(example_run())
    assert text == (
        "16 samples in 4 blocks, 31.4 s, 82 % of it inside samples; CPython 3.13.5, 2 usable cores, load 1.3; "
        "seed 20261123. ± is half a 95 % interval over blocks."
    )


def test_one_of_each_is_singular() -> None:
    run = example_run()
    run.cases = run.cases[:1]
    run.cases[0].samples = run.cases[0].samples[:1]
    run.blocks = 1
    run.environment = replace(run.environment, usable_cores=1)
    assert how_measured(run).startswith("1 sample in 1 block, ")
    assert ", 1 usable core, " in how_measured(run)
    assert counted(0, "task") == "0 tasks"


def test_a_free_threaded_interpreter_is_named_and_an_unknown_load_is_not() -> None:
    run = example_run()
    run.environment = replace(run.environment, gil=False, load_start=None)
    assert "CPython 3.13.5, free-threaded, 2 usable cores; seed" in how_measured(run)


def test_an_interrupted_run_says_that_it_was() -> None:
    assert how_measured(replace(example_run(), complete=False)).endswith("Interrupted: these are the figures so far.")


def test_details_name_the_machine_and_every_case_with_its_settings() -> None:
    lines = list(details(example_run()))
    assert lines == [
        "Example CPU @ 2.40 GHz, 4 logical cores; Linux 6.12",
        "governor unknown; revision 0123abc+",
        "short/process: workers 2, limit 2; 20,000 loops; 8 samples",
        "short/pool-map: workers 2, chunksize 13, start_method fork; 20,000 loops; 8 samples",
        "short/ray: workers 2; 20,000 loops; 0 samples",
    ]


def test_a_paragraph_is_filled_to_the_width() -> None:
    assert filled("one-two three", 9, indent="  ") == "  one-two\n  three"


# Tracebacks


def test_a_traceback_is_shown_once_with_all_cases_that_have_it() -> None:
    run = example_run()
    for case, text in zip(
        run.cases, ("Traceback:\n  line\nLookupError", "Traceback:\n  line\nLookupError", "other"), strict=True
    ):
        case.error = Failure(kind="raised", message="LookupError", traceback=text)
    first, second = tracebacks(run)
    assert first == "Raised by the task, in short/process, short/pool-map:\n  Traceback:\n    line\n  LookupError"
    assert second == "Raised by the task, in short/ray:\n  other"


def test_cases_that_failed_without_a_traceback_have_none() -> None:
    assert list(tracebacks(failed_run())) == []


def test_no_sentence_lets_a_control_character_through() -> None:
    run = hostile_run()
    blocks = [*claims(run, 80), how_measured(run), *details(run), *tracebacks(run)]
    assert len(blocks) == 1 + 1 + 2 + 3 + 1
    for block in blocks:
        assert "\\x1b[31mred" in "".join(block.split("\n  ")) or "gnp" not in block
        assert all(line.isprintable() for line in block.split("\n"))


# Lost updates


def lost(
    outcome: Literal["confirmed", "refuted", "undecided", "not measured"], lost: int | None, updates: int | None
) -> ClaimOutcome:
    claim = Claim(sentence="It loses some.", case="any/value", verdict="loses updates", reference="any/value")
    return ClaimOutcome(claim=claim, outcome=outcome, comparison=None, lost=lost, updates=updates)


def test_a_claim_on_updates_says_how_many_of_how_many_were_lost() -> None:
    assert because(lost("confirmed", 40_000, 160_000), example_run()) == "any/value lost 40,000 of 160,000 updates."
    assert because(lost("confirmed", 1, 1), example_run()) == "any/value lost 1 of 1 update."
    assert because(lost("undecided", 0, 1_000), example_run()) == "any/value lost none of 1,000 updates."


def test_a_claim_on_updates_that_were_not_counted_compares_with_nothing() -> None:
    assert because(lost("not measured", None, None), example_run()) == "any/value was not measured."


def test_a_claim_on_updates_begins_with_its_outcome_as_others_do() -> None:
    run = example_run()
    run.claims = [lost("refuted", 3, 4)]
    assert list(claims(run, 100)) == ["REFUTED: It loses some.\n  any/value lost 3 of 4 updates."]


# Crossings


def told(*of: Crossing) -> list[str]:
    return list(crossings(replace(messages_run(), crossings=list(of))))


def test_each_answer_to_a_crossing_has_its_sentence() -> None:
    assert told(*example_crossings()) == [
        "shared-memory is faster than pipe from messages of 20 KiB on (95 % interval 16 KiB to 24 KiB).",
        "pipe-bytes is always faster than pipe, from messages of 16 B to 1 MiB.",
        "queue is never faster than pipe, from messages of 16 B to 1 MiB.",
        "Whether os-pipe overtakes pipe between messages of 16 B and 1 MiB is undecided.",
    ]


def crossed(axis: AxisName, low: float, estimate: float, high: float, most: float, **others: str) -> Crossing:
    size = Interval(estimate=estimate, low=low, high=high, confidence=0.95, blocks=BLOCKS)
    found = Crossing(subject="pool-map", other="serial", sizes=[1e-6, most], faster="from", size=size, axis=axis)
    return replace(found, **others)  # type: ignore[arg-type]  # texts where texts belong


def test_a_crossing_is_told_in_the_units_of_its_axis() -> None:
    told = [
        *crossings(replace(example_run(), crossings=[crossed("task_time", 2.8e-4, 3.1e-4, 3.5e-4, 0.1)])),
        *crossings(replace(example_run(), crossings=[crossed("payload", 1024, 2048, 4096, 2**20)])),
        *crossings(replace(example_run(), crossings=[crossed("memory", 2**20, 2**21, 2**22, 2**30, faster="up to")])),
    ]
    assert told == [
        "pool-map is faster than serial from tasks of 310 µs on (95 % interval 280 µs to 350 µs).",
        "pool-map is faster than serial from payloads of 2 KiB on (95 % interval 1 KiB to 4 KiB).",
        "pool-map is faster than serial up to 2 MiB a task (95 % interval 1 MiB to 4 MiB).",
    ]


def test_between_two_whole_numbers_there_are_no_workers() -> None:
    assert told(crossed("workers", 1.9, 2.4, 3.0, 8), crossed("workers", 1.9, 2.4, 3.0, 8, faster="up to")) == [
        "pool-map is faster than serial from 3 workers on (95 % interval 2 to 3).",
        "pool-map is faster than serial up to 2 workers (95 % interval 1 to 3).",
    ]
    assert told(crossed("workers", 1.0, 1.0, 1.0, 8, faster="up to"))[0].startswith(
        "pool-map is faster than serial up to 1 worker ("
    )


def test_a_whole_number_that_its_logarithm_missed_by_a_hair_is_that_number() -> None:
    (text,) = told(crossed("tasks", 9.999999999, 20.0000000001, 30.0, 100))
    assert "from 20 tasks on (95 % interval 10 to 30)" in text


def test_what_else_was_the_same_stands_before_it() -> None:
    (text,) = told(crossed("workers", 1.9, 2.4, 3.0, 8, at="sleep, tasks of 10us"))
    assert text.startswith("sleep, tasks of 10us: pool-map is faster than serial from 3 workers on")


def test_those_of_whom_the_same_is_to_be_said_share_a_sentence() -> None:
    always, never, undecided = example_crossings()[1:]
    assert told(
        *(replace(never, subject=name) for name in "abc"), always, replace(undecided, subject="d"), undecided
    ) == [
        "a, b and c are never faster than pipe, from messages of 16 B to 1 MiB.",
        "pipe-bytes is always faster than pipe, from messages of 16 B to 1 MiB.",
        "Whether d and os-pipe overtake pipe between messages of 16 B and 1 MiB is undecided.",
    ]


def test_a_crossing_without_an_interval_says_its_estimate_only() -> None:
    crossing = replace(
        example_crossings()[0], size=Interval(estimate=1536.2, low=None, high=None, confidence=0.95, blocks=1)
    )
    assert told(crossing) == ["shared-memory is faster than pipe from messages of 1.50 KiB on."]


def test_a_crossing_says_its_confidence() -> None:
    size = example_crossings()[0].size
    assert size is not None
    (text,) = told(replace(example_crossings()[0], size=replace(size, confidence=0.995)))
    assert "(99.5 % interval " in text


def test_sizes_are_told_from_the_smallest_to_the_largest_in_whatever_order_they_are() -> None:
    (text,) = told(replace(example_crossings()[1], sizes=[2**20, 16, 1024]))
    assert text.endswith("from messages of 16 B to 1 MiB.")


def test_without_crossings_there_is_no_sentence() -> None:
    assert told() == []


def test_no_sentence_on_crossings_lets_a_control_character_through() -> None:
    for each in told(*(replace(one, subject=HOSTILE, other=HOSTILE, at=HOSTILE) for one in example_crossings())):
        assert each.isprintable()


# How facts were observed


def test_how_facts_were_observed_tells_no_samples_and_no_blocks() -> None:
    assert how_measured(facts_run()) == "7 observations in 31.4 s; CPython 3.13.5."


def test_one_fact_is_one_observation_and_a_free_threaded_interpreter_is_named() -> None:
    run = facts_run()
    run.facts = run.facts[:1]
    run.environment = replace(run.environment, gil=False)
    assert how_measured(run) == "1 observation in 31.4 s; CPython 3.13.5, free-threaded."


def test_facts_that_were_interrupted_say_so() -> None:
    assert how_measured(replace(facts_run(), complete=False)).endswith(" Interrupted: these are the facts so far.")
