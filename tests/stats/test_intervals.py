"""What intervals promise, with scipy as oracle and hypothesis for what must hold of any samples."""

from __future__ import annotations

import random
from itertools import pairwise
from math import exp, isfinite, log
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from concbench.model.result import Interval, Sample
from concbench.stats.intervals import (
    block_log_ratios,
    mean_interval,
    median_interval,
    pair_ratios,
    ratio_interval,
    scatter,
)
from tests.stats.figures import sample, samples

walls = st.floats(1e-6, 1e3)
block_walls = st.lists(st.lists(walls, min_size=1, max_size=5), min_size=1, max_size=6)
paired_walls = st.lists(st.lists(st.tuples(walls, walls), min_size=1, max_size=5), min_size=3, max_size=6)


def bounds(interval: Interval | None) -> tuple[float, float, float]:
    assert interval is not None
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.estimate, interval.high


def pairs(blocks: list[list[tuple[float, float]]]) -> tuple[list[Sample], list[Sample]]:
    return samples(*[[a for a, _ in block] for block in blocks]), samples(*[[b for _, b in block] for block in blocks])


@given(
    blocks=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30).filter(lambda b: max(b) - min(b) > 1e-3),
    confidence=st.floats(0.5, 0.999),
)
def test_a_mean_has_the_t_interval_of_scipy(blocks: list[float], confidence: float) -> None:
    expected = stats.t.interval(confidence, len(blocks) - 1, fmean(blocks), stats.sem(blocks))
    low, _, high = bounds(mean_interval(blocks, confidence))
    assert (low, high) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_a_mean_says_its_confidence_and_its_blocks() -> None:
    interval = mean_interval([1.0, 2.0, 3.0], confidence=0.9)
    assert (interval.confidence, interval.blocks) == (0.9, 3)


def test_one_block_has_an_estimate_and_no_interval() -> None:
    assert mean_interval([2.5]) == Interval(estimate=2.5, low=None, high=None, confidence=0.95, blocks=1)
    assert median_interval(samples([0.1, 0.1])).low is None
    ratio = ratio_interval(samples([0.2]), samples([0.1]))
    assert ratio is not None
    assert ratio.estimate == pytest.approx(2)
    assert (ratio.low, ratio.high) == (None, None)


def test_two_blocks_have_an_estimate_and_no_interval() -> None:
    median = median_interval(samples([0.1], [0.2]))
    ratio = ratio_interval(samples([0.2], [0.2]), samples([0.1], [0.1]))
    assert (median.low, median.high, median.blocks) == (None, None, 2)
    assert ratio is not None
    assert (ratio.low, ratio.high, ratio.blocks) == (None, None, 2)


def test_pairs_are_the_rounds_that_hold_both() -> None:
    case = [sample(1, 0, 0.4), sample(0, 0, 0.2), sample(0, 1, 50.0)]
    reference = [sample(0, 0, 0.1), sample(1, 0, 0.1), sample(1, 1, 60.0)]
    assert pair_ratios(case, reference) == pytest.approx([2.0, 4.0])


def test_no_blocks_are_refused() -> None:
    with pytest.raises(ValueError, match="no block"):
        mean_interval([])


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, float("nan")])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        mean_interval([1.0], confidence)


def test_a_median_is_the_geometric_mean_of_block_medians() -> None:
    interval = median_interval(samples([0.01, 0.01, 9.0], [0.03, 0.05]))
    assert interval.estimate == pytest.approx((0.01 * 0.04) ** 0.5)
    assert interval.blocks == 2


def test_a_median_has_the_t_interval_of_its_blocks_logs() -> None:
    medians = [0.011, 0.012, 0.0105, 0.0117]
    logs = [log(wall) for wall in medians]
    expected = stats.t.interval(0.95, 3, fmean(logs), stats.sem(logs))
    low, _, high = bounds(median_interval(samples(*[[wall] for wall in medians])))
    assert (low, high) == pytest.approx([exp(bound) for bound in expected])


def test_no_samples_have_no_median() -> None:
    with pytest.raises(ValueError, match="no sample"):
        median_interval([])


@given(block_walls)
def test_a_median_lies_within_its_interval_and_among_the_samples(blocks: list[list[float]]) -> None:
    interval = median_interval(samples(*blocks))
    everything = [wall for block in blocks for wall in block]
    assert min(everything) * 0.999999 <= interval.estimate <= max(everything) * 1.000001
    if interval.low is not None and interval.high is not None:
        assert interval.low <= interval.estimate <= interval.high


@given(blocks=block_walls, factor=st.floats(0.1, 10))
def test_another_unit_of_time_only_scales_the_median(blocks: list[list[float]], factor: float) -> None:
    once = median_interval(samples(*blocks))
    scaled = median_interval(samples(*[[wall * factor for wall in block] for block in blocks]))
    assert scaled.estimate == pytest.approx(once.estimate * factor, rel=1e-6)
    if once.high is not None and once.high < 1e100:
        assert scaled.high == pytest.approx(once.high * factor, rel=1e-6)


@pytest.mark.parametrize("wall", [0.0, -0.1, float("nan"), float("inf")])
def test_a_wall_time_that_is_no_time_is_refused_with_its_place(wall: float) -> None:
    broken = [sample(3, 7, wall)]
    with pytest.raises(ValueError, match="block 3, round 7"):
        median_interval(broken)
    with pytest.raises(ValueError, match="block 3, round 7"):
        ratio_interval(broken, broken)


def test_a_ratio_is_below_one_for_the_faster_case() -> None:
    case, reference = samples([0.1, 0.1], [0.1], [0.1]), samples([0.2, 0.2], [0.2], [0.2])
    low, estimate, high = bounds(ratio_interval(case, reference))
    assert (low, estimate, high) == pytest.approx((0.5, 0.5, 0.5))


def test_a_ratio_has_the_t_interval_of_block_means() -> None:
    case, reference = samples([1.0, 1.2], [1.1, 0.9], [1.3, 1.0]), samples([1.1, 1.0], [0.8, 1.2], [1.2, 1.1])
    logs = [
        fmean([log(1 / 1.1), log(1.2)]),
        fmean([log(1.1 / 0.8), log(0.9 / 1.2)]),
        fmean([log(1.3 / 1.2), log(1 / 1.1)]),
    ]
    assert block_log_ratios(case, reference) == pytest.approx(logs)
    expected = stats.t.interval(0.95, 2, fmean(logs), stats.sem(logs))
    low, _, high = bounds(ratio_interval(case, reference))
    assert (low, high) == pytest.approx([exp(bound) for bound in expected])


def test_a_round_that_one_case_missed_is_left_out() -> None:
    case = [sample(0, 0, 0.2), sample(0, 1, 50.0), sample(1, 0, 0.4), sample(2, 0, 70.0)]
    reference = [sample(0, 0, 0.1), sample(1, 0, 0.2), sample(1, 1, 60.0)]
    ratio = ratio_interval(case, reference)
    assert ratio is not None
    assert ratio.estimate == pytest.approx(2)
    assert ratio.blocks == 2


def test_without_a_pair_there_is_no_ratio() -> None:
    assert ratio_interval([], []) is None
    assert ratio_interval(samples([0.1]), []) is None
    assert ratio_interval([sample(0, 0, 0.1)], [sample(0, 1, 0.1)]) is None
    assert ratio_interval([sample(0, 0, 0.1)], [sample(1, 0, 0.1)]) is None


def test_two_samples_of_one_round_are_refused() -> None:
    with pytest.raises(ValueError, match="block 0, round 4 holds two samples"):
        ratio_interval([sample(0, 4, 0.1), sample(0, 4, 0.2)], [sample(0, 4, 0.1)])


@given(paired_walls)
def test_exchanged_cases_have_the_reciprocal_ratio(blocks: list[list[tuple[float, float]]]) -> None:
    case, reference = pairs(blocks)
    low, estimate, high = bounds(ratio_interval(case, reference))
    if high < 1e100 and low > 1e-100:
        expected = (1 / high, 1 / estimate, 1 / low)
        assert bounds(ratio_interval(reference, case)) == pytest.approx(expected, rel=1e-6)


@given(blocks=paired_walls, seed=st.integers(0, 1000))
def test_a_drift_that_both_cases_share_cancels(blocks: list[list[tuple[float, float]]], seed: int) -> None:
    generator = random.Random(seed)
    drifted = [[(a * speed, b * speed) for a, b in block if (speed := generator.uniform(0.1, 10))] for block in blocks]
    assert block_log_ratios(*pairs(drifted)) == pytest.approx(block_log_ratios(*pairs(blocks)), abs=1e-9)


@given(blocks=paired_walls, seed=st.integers(0, 1000))
def test_the_order_of_samples_does_not_matter(blocks: list[list[tuple[float, float]]], seed: int) -> None:
    case, reference = pairs(blocks)
    before = ratio_interval(case, reference), median_interval(case), scatter(case)
    random.Random(seed).shuffle(case)
    after = ratio_interval(case, reference), median_interval(case), scatter(case)
    assert bounds(after[0]) == pytest.approx(bounds(before[0]), rel=1e-6)
    assert bounds(after[1]) == pytest.approx(bounds(before[1]), rel=1e-6)
    assert after[2] == pytest.approx(before[2])


@given(blocks=paired_walls)
def test_more_confidence_is_never_a_narrower_interval(blocks: list[list[tuple[float, float]]]) -> None:
    case, reference = pairs(blocks)
    low, estimate, high = bounds(ratio_interval(case, reference, 0.9))
    wider_low, same, wider_high = bounds(ratio_interval(case, reference, 0.99))
    assert same == estimate
    assert wider_low <= low <= estimate <= high <= wider_high


def test_an_interval_beyond_all_floats_stays_finite() -> None:
    far = samples([1e-300], [1e300], [1.0]), samples([1.0], [1.0], [1.0])
    low, _, high = bounds(ratio_interval(*far, confidence=0.9999))
    assert low == 0
    assert isfinite(high)


@pytest.mark.parametrize("rounds", [2, 3, 5, 20])
def test_scatter_is_the_standard_deviation_of_normal_logs_however_short_the_blocks(rounds: int) -> None:
    generator = random.Random(1)
    blocks = [[exp(generator.gauss(block % 7, 0.15)) for _ in range(rounds)] for block in range(2000)]
    assert scatter(samples(*blocks)) == pytest.approx(0.15, rel=0.05)


def test_scatter_is_scipys_median_absolute_deviation_of_successive_differences() -> None:
    block = [1.0, 1.1, 0.9, 1.3, 1.05]
    differences = [log(after / before) for before, after in pairwise(block)]
    expected = stats.median_abs_deviation([*differences, *[-d for d in differences]], scale="normal") / 2**0.5
    assert scatter(samples(block)) == pytest.approx(expected, rel=1e-4)


def test_scatter_does_not_see_a_slow_drift() -> None:
    assert scatter(samples([1.001**number for number in range(500)])) < 0.002


def test_scatter_does_not_see_that_blocks_differ() -> None:
    assert scatter(samples([1.0, 1.0, 1.0], [5.0, 5.0, 5.0])) == 0


def test_a_stray_sample_hardly_moves_the_scatter() -> None:
    generator = random.Random(2)
    block = [exp(generator.gauss(0, 0.15)) for _ in range(100)]
    stray = [*block[:50], 100.0, *block[51:]]
    assert scatter(samples(stray)) == pytest.approx(scatter(samples(block)), rel=0.1)


@pytest.mark.parametrize("blocks", [[], [[0.1]], [[0.1], [0.2], [0.4]]])
def test_fewer_than_two_samples_a_block_have_no_scatter(blocks: list[list[float]]) -> None:
    assert scatter(samples(*blocks)) == 0
