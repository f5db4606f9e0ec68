"""What verdicts promise: each needs its evidence, and an undecided one says how much longer it takes."""

from __future__ import annotations

from math import exp, log
from statistics import fmean, stdev
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from concbench.model import Claim, Comparison, Interval, Verdict
from concbench.stats.remaining import FARTHEST
from concbench.stats.verdicts import MARGIN, compare, judge, verdict
from tests.stats.samples import case

ratios = st.floats(0.01, 100)


def ratio(low: float | None, high: float | None) -> Interval:
    estimate = 1.0 if low is None or high is None else (low * high) ** 0.5
    return Interval(estimate=estimate, low=low, high=high, confidence=0.95, blocks=8)


def case_with_ratios(*logs: float) -> Comparison | None:
    """Compare a case whose block values are these logarithms with one that always takes a second."""
    return compare(case("thread", *[[exp(value)] for value in logs]), case("serial", *[[1.0] for _ in logs]), 2.0)


def test_an_interval_within_the_margin_is_the_same() -> None:
    assert verdict(ratio(0.96, 1.04)) == "same"


def test_an_interval_that_fills_the_margin_is_the_same() -> None:
    assert verdict(ratio(1 / 1.05, 1.05)) == "same"


@pytest.mark.parametrize(("low", "high"), [(0.97, 0.99), (1.01, 1.03)])
def test_a_sure_difference_within_the_margin_is_the_same(low: float, high: float) -> None:
    assert verdict(ratio(low, high)) == "same"


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.6), (0.9, 0.99)])
def test_an_interval_below_one_is_faster(low: float, high: float) -> None:
    assert verdict(ratio(low, high)) == "faster"


@pytest.mark.parametrize(("low", "high"), [(1.5, 1.6), (1.01, 1.1)])
def test_an_interval_above_one_is_slower(low: float, high: float) -> None:
    assert verdict(ratio(low, high)) == "slower"


@pytest.mark.parametrize(("low", "high"), [(0.9, 1.01), (0.99, 1.1), (0.5, 2.0), (0.9, 1.0), (1.0, 1.1)])
def test_an_interval_that_is_too_wide_is_undecided(low: float, high: float) -> None:
    assert verdict(ratio(low, high)) == "undecided"


def test_a_ratio_without_an_interval_is_undecided() -> None:
    assert verdict(ratio(None, None)) == "undecided"


def test_a_wider_margin_finds_more_cases_the_same() -> None:
    assert verdict(ratio(0.9, 1.01), margin=0.15) == "same"


def test_without_a_margin_only_exactly_one_is_the_same() -> None:
    assert verdict(ratio(1.0, 1.0), margin=0) == "same"
    assert verdict(ratio(1.001, 1.002), margin=0) == "slower"


@pytest.mark.parametrize("margin", [-0.01, float("nan")])
def test_a_negative_margin_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        verdict(ratio(0.9, 1.1), margin)


@given(first=ratios, second=ratios)
def test_the_exchanged_ratio_has_the_mirrored_verdict(first: float, second: float) -> None:
    low, high = sorted((first, second))
    mirrored: dict[Verdict, Verdict] = {"faster": "slower", "slower": "faster"}
    found = verdict(ratio(low, high), margin=0.0501)  # a margin on which no rounding of a reciprocal falls
    assert verdict(ratio(1 / high, 1 / low), margin=0.0501) == mirrored.get(found, found)


@given(first=ratios, second=ratios, shrink=st.floats(0, 1))
def test_a_narrower_interval_keeps_a_verdict_unless_it_becomes_the_same(
    first: float, second: float, shrink: float
) -> None:
    low, high = sorted((first, second))
    centre = (low + high) / 2
    wide = verdict(ratio(low, high))
    narrow = verdict(ratio(centre - shrink * (centre - low), centre + shrink * (high - centre)))
    assert wide == "undecided" or narrow in (wide, "same")


def test_a_comparison_names_its_cases_its_margin_and_its_ratio() -> None:
    cases = case("thread", [1.0], [1.0], [1.0]), case("serial", [2.0], [2.0], [2.0])
    found = compare(*cases, seconds_a_block=3.0, margin=0.1)
    assert found is not None
    assert (found.case, found.reference, found.margin) == ("thread", "serial", 0.1)
    assert found.ratio.estimate == pytest.approx(0.5)
    assert (found.verdict, found.more_seconds) == ("faster", None)


def test_a_comparison_keeps_to_its_confidence() -> None:
    blocks = case("thread", [0.9], [0.92], [0.88]), case("serial", [1.0], [1.0], [1.0])
    sure = compare(*blocks, seconds_a_block=1.0)
    surer = compare(*blocks, seconds_a_block=1.0, confidence=0.999)
    assert sure is not None
    assert surer is not None
    assert (sure.verdict, sure.ratio.confidence) == ("faster", 0.95)
    assert (surer.verdict, surer.ratio.confidence) == ("undecided", 0.999)


def test_cases_without_a_pair_have_no_comparison() -> None:
    assert compare(case("thread"), case("serial", [1.0]), seconds_a_block=1.0) is None


@pytest.mark.parametrize(
    "logs", [(0.02, 0.02, 0.04), (-0.02, -0.04, -0.02), (0.02, 0.08, 0.01, 0.01), (0.05, 0.05, 0.0, 0.04, 0.02, -0.02)]
)
def test_an_undecided_comparison_says_how_much_longer_it_takes_where_a_few_blocks_will_do(
    logs: tuple[float, ...],
) -> None:
    found = case_with_ratios(*logs)
    assert found is not None
    assert found.verdict == "undecided"
    assert found.more_seconds is not None
    # With the mean and the scatter of these blocks, so many settle it.
    blocks = len(logs) + round(found.more_seconds / 2.0)
    half = stats.t.ppf(0.975, blocks - 1) * stdev(logs) / blocks**0.5
    assert abs(fmean(logs)) > half or abs(fmean(logs)) + half < log(1 + MARGIN)


@pytest.mark.parametrize(
    "logs",
    [(0.0, 0.1, 0.2), (-0.1, 0.1), (-0.3, 0.1, -0.2, 0.05), (0.05, -0.045, 0.08, -0.07), (0.0, 0.01) * 3 + (0.3,)],
)
def test_an_undecided_comparison_says_no_time_where_that_may_be_any(logs: tuple[float, ...]) -> None:
    found = case_with_ratios(*logs)
    assert found is not None
    assert (found.verdict, found.more_seconds) == ("undecided", None)


@given(st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=8))
def test_only_an_undecided_comparison_takes_longer(logs: list[float]) -> None:
    found = case_with_ratios(*logs)
    assert found is not None
    if found.verdict != "undecided":
        assert found.more_seconds is None
    elif found.more_seconds is not None:
        assert 2.0 <= found.more_seconds <= 2.0 * FARTHEST


def test_one_block_can_not_say_how_much_longer_it_takes() -> None:
    found = case_with_ratios(0.1)
    assert found is not None
    assert (found.verdict, found.more_seconds) == ("undecided", None)


def test_what_no_reasonable_run_would_settle_promises_no_time() -> None:
    found = case_with_ratios(5.0, -5.0)
    assert found is not None
    assert (found.verdict, found.more_seconds) == ("undecided", None)


@pytest.mark.parametrize(
    ("claimed", "found", "outcome"),
    [
        ("faster", "faster", "confirmed"),
        ("slower", "slower", "confirmed"),
        ("same", "same", "confirmed"),
        ("faster", "slower", "refuted"),
        ("faster", "same", "refuted"),
        ("same", "faster", "refuted"),
        ("faster", "undecided", "undecided"),
        ("same", "undecided", "undecided"),
    ],
)
def test_a_claim_is_confirmed_by_its_own_verdict_only(
    claimed: Literal["faster", "slower", "same"], found: Verdict, outcome: str
) -> None:
    claim = Claim(sentence="Threads help.", case="thread", verdict=claimed, reference="serial")
    comparison = Comparison(
        case="thread", reference="serial", ratio=ratio(0.9, 1.1), verdict=found, margin=MARGIN, more_seconds=None
    )
    judged = judge(claim, comparison)
    assert judged.outcome == outcome
    assert judged.claim is claim
    assert judged.comparison is comparison


def test_a_claim_without_a_comparison_is_not_measured() -> None:
    claim = Claim(sentence="Threads help.", case="thread", verdict="faster", reference="serial")
    assert judge(claim, None).outcome == "not measured"
