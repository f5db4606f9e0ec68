"""What the card of a run promises: its answer, the factor, the two timelines on one scale, and nothing cut off."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given

from concbench.model.run import Claim, Run
from concbench.report.charts.card import CARD_HEIGHT, CARD_WIDTH, png, svg
from concbench.report.charts.hero import ACROSS, Hero, hero
from concbench.report.charts.pictures import pictures
from concbench.report.charts.runs import NamedRun
from concbench.report.charts.text import width_of, wrapped
from tests.builders import change, environment, example_run, failed_run, gate_run, hostile_run, result, run, steady
from tests.report.charts.traced import trace, traced_run
from tests.report.runs import advised_run, facts_run, messages_run, tried
from tests.runs.any_run import runs

SENTENCE = "A pool is faster than a process for each task."
LONG = "executor-processes workers 16 chunksize 1 start_method forkserver"
TEXT = "{http://www.w3.org/2000/svg}text"


def card_of(found: Run) -> Hero:
    card = hero(found)
    assert card is not None
    return card


def claimed_run(pool: float = 0.1, process: float = 0.5) -> Run:
    claim = Claim(sentence=SENTENCE, case="short/pool-map", verdict="faster", reference="short/process")
    return run([result("short/process", steady(process)), result("short/pool-map", steady(pool))], claims=[claim])


def texts(picture: str) -> list[str]:
    return ["".join(each.itertext()) for each in ElementTree.fromstring(picture).iter(TEXT)]


def test_a_claim_is_shown_with_its_outcome_and_the_factor() -> None:
    card = card_of(claimed_run())
    assert (card.kicker, card.claim, card.tone) == ("Confirmed", SENTENCE, "good")
    assert (card.figure, card.word) == ("5.00×", "faster")
    assert card.detail.startswith("pool-map is 5.00× faster than process (95 % interval ")
    assert [strip.name for strip in card.strips] == ["pool-map", "process"]


def test_a_refuted_claim_says_so_and_names_what_was_faster() -> None:
    card = card_of(claimed_run(pool=0.5, process=0.1))
    assert (card.kicker, card.tone, card.figure) == ("Refuted", "bad", "5.00×")
    assert card.detail.startswith("process is 5.00× faster than pool-map")


def test_what_does_not_differ_has_no_factor() -> None:
    card = card_of(claimed_run(pool=0.1, process=0.1))
    assert (card.figure, card.word) == ("", "no difference")


def test_a_recommendation_is_shown_beside_what_it_was_compared_with() -> None:
    card = card_of(advised_run(tried("pool-map", 0.05), tried("serial", 0.1)))
    assert card.kicker == "Recommended"
    assert card.claim == "pool-map for mine:square"
    assert (card.figure, card.word) == ("2.00×", "faster")


def test_without_a_claim_or_recommendation_the_fastest_is_shown() -> None:
    rows = [result(f"short/{name}", steady(wall)) for name, wall in (("serial", 0.2), ("thread", 0.1), ("pool", 0.1))]
    card = card_of(run(rows))
    assert (card.kicker, card.claim, card.figure) == ("Fastest", "thread for 8 tasks", "2.00×")
    assert card.detail.endswith("As fast, or too close to call: pool.")


@pytest.mark.parametrize("found", [gate_run(change(verdict="slower")), facts_run(), failed_run()])
def test_where_nothing_is_the_answer_there_is_no_card(found: Run) -> None:
    assert hero(found) is None


def test_both_timelines_have_one_scale() -> None:
    found = traced_run()
    short = trace(100, 4)
    longer = replace(found.results[0], trace=replace(short, wall=1.0, run=0.993))
    card = card_of(replace(found, results=[longer, *found.results[1:]]))
    pool, process = card.strips
    assert process.extent / pool.extent == pytest.approx(1.0 / short.wall, rel=0.01)
    assert process.extent <= ACROSS
    assert pool.paths.keys() >= {"even", "odd"}
    assert ("median", "median of the samples without a trace") in card.legend


def test_if_one_was_not_traced_both_are_bars_of_their_medians_with_intervals() -> None:
    pool, process = card_of(example_run()).strips
    assert pool.paths.keys() == process.paths.keys() == {"bar"}
    assert process.median / pool.median == pytest.approx(0.413 / 0.0818)
    assert process.interval == pytest.approx([process.median * 0.405 / 0.413, process.median * 0.421 / 0.413])


def test_a_timeline_of_very_many_tasks_is_small() -> None:
    assert len(svg(card_of(traced_run(50_000, 8)))) < 300_000


def test_times_of_anything_but_tasks_have_a_card_too() -> None:
    assert card_of(messages_run()).strips[0].paths.keys() == {"bar"}


def test_the_picture_has_the_size_of_a_social_card_and_says_it_all() -> None:
    card = card_of(traced_run())
    picture = svg(card)
    root = ElementTree.fromstring(picture)
    assert (root.get("width"), root.get("height")) == (str(CARD_WIDTH), str(CARD_HEIGHT))
    found = texts(picture)
    assert card.figure + card.word in found
    assert "Confirmed" in found
    assert "23 November 2026" in found
    assert any("Example CPU @ 2.40 GHz, 2 of 4 cores" in text for text in found)
    assert struct.unpack(">II", png(card)[16:24]) == (CARD_WIDTH, CARD_HEIGHT)


def long_run() -> Run:
    found = traced_run()
    cases = [replace(each.case, row=f"{LONG} {each.case.row}") for each in found.results]
    results = [replace(each, case=case) for each, case in zip(found.results, cases, strict=True)]
    claim = replace(found.claims[0].claim, sentence=f"{SENTENCE} " * 4, case=cases[1].label, reference=cases[0].label)
    comparison = replace(found.comparisons[0], case=cases[1].id, reference=cases[0].id)
    return replace(
        found,
        tables=[replace(found.tables[0], reference=cases[0].id)],
        results=results,
        comparisons=[comparison],
        claims=[replace(found.claims[0], claim=claim, comparison=comparison)],
        environment=environment(cpu_model="Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz"),
    )


def test_long_names_are_broken_into_lines_and_none_is_cut() -> None:
    found = texts(svg(card_of(long_run())))
    assert not any("…" in text for text in found)
    assert any(text.startswith(f"{LONG} pool-map") for text in found)
    assert (SENTENCE + " ") * 3 + SENTENCE in " ".join(found)


def test_lines_fit_their_width_and_hold_all_words() -> None:
    lines = wrapped(LONG, 150, 12, 9)
    assert " ".join(lines) == LONG
    assert all(width_of(line, 12) <= 150 for line in lines)
    assert wrapped("x" * 100, 60, 12, 2)[-1].endswith("…")


def test_foreign_text_is_escaped() -> None:
    picture = svg(card_of(hostile_run()))
    assert "<script" not in picture
    assert not re.search("[\u2028\u2029\u202e\u200f\x1b]", picture)
    assert any("<script>" in text or "\\x1b" in text for text in texts(picture))


def test_it_is_a_chart_by_its_name() -> None:
    named = [NamedRun("before", example_run()), NamedRun("after", example_run())]
    ((name, picture),) = pictures(named[:1], "svg", ["hero"])
    assert name == "hero.svg"
    assert picture.startswith(b"<svg")
    assert [name for name, _ in pictures(named, "svg", ["before-hero", "after-hero"])] == [
        "before-hero.svg",
        "after-hero.svg",
    ]


@given(found=runs())
def test_any_run_that_can_be_read_has_a_card_or_none(found: Run) -> None:
    card = hero(found)
    if card is not None:
        assert texts(svg(card))
