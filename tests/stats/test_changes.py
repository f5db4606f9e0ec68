"""What a change promises: head by base, side by side, block by block, and no sample that stands alone."""

from __future__ import annotations

import random
from math import exp, isclose, log
from statistics import fmean, stdev

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from concbench.model import Gated, Interval
from concbench.stats.changes import (
    LEAST_SCATTER,
    block_changes,
    chance_of_slower,
    change_interval,
    least_scatter,
    level,
    scatter_of,
    trimmed_mean,
    values,
)
from tests.stats.gates import side, walls

METRICS: tuple[Gated, ...] = ("wall", "cpu", "memory")
times = st.floats(1e-6, 1e4)
rounds = st.tuples(st.integers(0, 3), st.integers(0, 9))
timed = st.tuples(times, st.none() | st.just(0.0) | times)
samples = st.dictionaries(rounds, timed, max_size=25)
memory = st.dictionaries(st.integers(0, 7), st.integers(0, 10**12), max_size=8)
sides = st.tuples(samples, memory)
log_ratios = st.lists(st.floats(-3, 3), min_size=2, max_size=30)


# Trimming


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(0, 0.49))
def test_the_trimmed_mean_is_that_of_scipy(found: list[float], share: float) -> None:
    assert trimmed_mean(found, share) == pytest.approx(float(stats.trim_mean(found, share)), rel=1e-9, abs=1e-6)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=50))
def test_a_quarter_is_left_out_at_each_end(found: list[float]) -> None:
    assert trimmed_mean(found) == pytest.approx(float(stats.trim_mean(found, 0.25)), abs=1e-12)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=3))
def test_fewer_than_four_values_are_all_taken(found: list[float]) -> None:
    assert trimmed_mean(found) == pytest.approx(fmean(found))


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=30), st.floats(1, 1e9))
def test_one_value_that_is_far_off_does_not_move_a_block_beyond_the_others(found: list[float], stray: float) -> None:
    low, high = min(found) - 1e-12, max(found) + 1e-12
    assert low <= trimmed_mean([*found, stray]) <= high
    assert low <= trimmed_mean([*found, -stray]) <= high


# Values


@pytest.mark.parametrize("metric", METRICS)
@given(sides)
def test_only_positive_values_are_taken(
    metric: Gated, one: tuple[dict[tuple[int, int], tuple[float, None]], dict[int, int]]
) -> None:
    found = values(side("base", *one), metric)
    assert all(value > 0 for value in found.values())


def test_a_sample_without_cpu_time_still_has_its_wall_time() -> None:
    case = side("base", {(0, 0): (1.0, None), (0, 1): (2.0, 0.0), (1, 0): (3.0, 0.5)})
    assert values(case, "wall") == {(0, 0): 1.0, (0, 1): 2.0, (1, 0): 3.0}
    assert values(case, "cpu") == {(1, 0): 0.5}


def test_memory_has_one_value_a_block_and_none_where_nothing_was_seen() -> None:
    case = side("base", {}, {0: 4096, 2: 0, 5: 8192})
    assert values(case, "memory") == {(0, 0): 4096.0, (5, 0): 8192.0}


@pytest.mark.parametrize("metric", ["wall", "cpu"])
def test_two_samples_in_one_round_are_refused(metric: Gated) -> None:
    case = walls("base", [1.0, 2.0])
    case.samples.append(case.samples[1])
    with pytest.raises(ValueError, match="block 0, round 1 holds two samples"):
        values(case, metric)


# Block by block


@pytest.mark.parametrize("metric", METRICS)
@given(sides, sides)
def test_swapping_base_and_head_inverts_the_ratio(
    metric: Gated,
    one: tuple[dict[tuple[int, int], tuple[float, float]], dict[int, int]],
    other: tuple[dict[tuple[int, int], tuple[float, float]], dict[int, int]],
) -> None:
    base, head = side("base", *one), side("head", *other)
    there, back = block_changes(base, head, metric), block_changes(head, base, metric)
    assert there == pytest.approx([-value for value in back], abs=1e-12)
    if there:
        forth, inverse = change_interval(there, 0.9), change_interval(back, 0.9)
        assert forth.estimate == pytest.approx(1 / inverse.estimate)


@pytest.mark.parametrize("metric", METRICS)
@given(sides, sides, st.randoms(use_true_random=False))
def test_the_order_of_samples_means_nothing(
    metric: Gated,
    one: tuple[dict[tuple[int, int], tuple[float, float]], dict[int, int]],
    other: tuple[dict[tuple[int, int], tuple[float, float]], dict[int, int]],
    draw: object,
) -> None:
    base, head = side("base", *one), side("head", *other)
    before = block_changes(base, head, metric), level(base, metric)
    for case in (base, head):
        draw.shuffle(case.samples)  # type: ignore[attr-defined]  # hypothesis calls it a Random
        draw.shuffle(case.peaks)  # type: ignore[attr-defined]
    after = block_changes(base, head, metric), level(base, metric)
    assert after[0] == pytest.approx(before[0], abs=1e-12)
    assert same(before[1], after[1])


def same(one: Interval | None, other: Interval | None) -> bool:
    if one is None or other is None:
        return one is other
    return isclose(one.estimate, other.estimate, rel_tol=1e-9) and one.blocks == other.blocks


@given(sides, st.floats(0.1, 10))
def test_a_side_that_takes_a_factor_longer_is_found_by_that_factor(
    one: tuple[dict[tuple[int, int], tuple[float, float]], dict[int, int]], factor: float
) -> None:
    base = side("base", *one)
    head = side("head", {key: (wall * factor, cpu and cpu * factor) for key, (wall, cpu) in one[0].items()})
    for metric in METRICS[:2]:
        changes = block_changes(base, head, metric)
        assert changes == pytest.approx([log(factor)] * len(changes), abs=1e-9)


def test_a_round_of_one_side_only_counts_for_nothing() -> None:
    base = side("base", {(0, 0): (1.0, 1.0), (0, 1): (1.0, 1.0), (1, 0): (1.0, 1.0)})
    head = side("head", {(0, 0): (2.0, 2.0), (0, 2): (99.0, 99.0), (1, 1): (99.0, 99.0), (2, 0): (99.0, 99.0)})
    assert block_changes(base, head, "wall") == [log(2)]


def test_a_round_whose_cpu_time_the_system_did_not_tell_counts_for_wall_time_only() -> None:
    base = side("base", {(0, 0): (1.0, 1.0), (1, 0): (1.0, None), (2, 0): (1.0, 0.0)})
    head = side("head", {(0, 0): (2.0, 4.0), (1, 0): (2.0, 4.0), (2, 0): (2.0, 4.0)})
    assert len(block_changes(base, head, "wall")) == 3
    assert block_changes(base, head, "cpu") == [log(4)]


def test_memory_is_compared_block_by_block_whatever_the_rounds_are() -> None:
    base = side("base", {(0, 0): (1.0, 1.0)}, {0: 1000, 1: 1000, 2: 0, 3: 1000})
    head = side("head", {(0, 5): (1.0, 1.0)}, {0: 1100, 1: 2000, 2: 3000, 4: 5000})
    assert block_changes(base, head, "memory") == pytest.approx([log(1.1), log(2)])


def test_blocks_come_in_their_order_whenever_they_were_found() -> None:
    base = side("base", {(2, 0): (1.0, None), (0, 0): (1.0, None), (1, 0): (1.0, None)})
    head = side("head", {(1, 0): (2.0, None), (2, 0): (3.0, None), (0, 0): (1.0, None)})
    assert block_changes(base, head, "wall") == [log(1), log(2), log(3)]


def test_one_late_sample_does_not_move_its_block() -> None:
    base = walls("base", [1.0] * 8)
    head = walls("head", [1.1] * 7 + [500.0])
    assert block_changes(base, head, "wall") == pytest.approx([log(1.1)])


def test_sides_without_a_common_round_have_no_change() -> None:
    assert block_changes(walls("base", [], [1.0]), walls("head", [1.0]), "wall") == []


# Level


@given(sides)
def test_the_level_of_a_case_is_the_geometric_mean_of_its_blocks_medians(
    one: tuple[dict[tuple[int, int], tuple[float, float]], dict[int, int]],
) -> None:
    found = level(side("base", *one), "wall")
    blocks = sorted({block for block, _ in one[0]})
    if not blocks:
        assert found is None
        return
    assert found is not None
    medians = [stats.scoreatpercentile([wall for key, (wall, _) in one[0].items() if key[0] == b], 50) for b in blocks]
    assert found.estimate == pytest.approx(float(stats.gmean(medians)))
    assert found.blocks == len(blocks)


def test_a_metric_that_was_not_measured_has_no_level() -> None:
    case = side("base", {(0, 0): (1.0, None)})
    assert level(case, "cpu") is None
    assert level(case, "memory") is None
    assert level(case, "wall") is not None


# Interval and chance


@given(log_ratios, st.floats(0.5, 0.999))
def test_the_interval_is_the_t_interval_of_scipy(blocks: list[float], confidence: float) -> None:
    assume(stdev(blocks) > LEAST_SCATTER)
    low, high = stats.t.interval(confidence, len(blocks) - 1, loc=fmean(blocks), scale=stats.sem(blocks))
    found = change_interval(blocks, confidence)
    assert found.low is not None
    assert found.high is not None
    assert (found.estimate, found.confidence, found.blocks) == (exp(fmean(blocks)), confidence, len(blocks))
    assert log(found.low) == pytest.approx(float(low), rel=1e-6, abs=1e-9)
    if high < 700:  # a float holds no larger exponent
        assert log(found.high) == pytest.approx(float(high), rel=1e-6, abs=1e-9)


@given(log_ratios)
def test_the_chance_is_that_of_scipys_one_sided_test(blocks: list[float]) -> None:
    assume(stdev(blocks) > LEAST_SCATTER)
    expected = stats.ttest_1samp(blocks, 0, alternative="greater").pvalue
    assert chance_of_slower(blocks) == pytest.approx(float(expected), rel=1e-6, abs=1e-12)


@given(log_ratios)
def test_slower_and_faster_share_the_whole_chance(blocks: list[float]) -> None:
    assert chance_of_slower(blocks) + chance_of_slower([-value for value in blocks]) == pytest.approx(1)


@given(log_ratios, st.floats(0, 3))
def test_a_slower_head_is_never_more_likely_to_be_chance(blocks: list[float], more: float) -> None:
    assert chance_of_slower([value + more for value in blocks]) <= chance_of_slower(blocks) * (1 + 1e-6) + 1e-12


def test_one_block_has_an_estimate_and_neither_interval_nor_evidence() -> None:
    found = change_interval([0.5], 0.95)
    assert (found.estimate, found.low, found.high) == (exp(0.5), None, None)
    assert chance_of_slower([0.5]) == 1
    assert chance_of_slower([]) == 1


def test_no_block_has_no_interval() -> None:
    with pytest.raises(ValueError, match="no block"):
        change_interval([], 0.95)


@given(st.floats(-1, 1), st.integers(2, 20))
def test_blocks_that_agree_exactly_still_have_a_width(value: float, size: int) -> None:
    found = change_interval([value] * size, 0.95)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.estimate < found.high
    assert 0 < chance_of_slower([value] * size) <= 1


@given(log_ratios)
def test_no_scatter_is_relied_on_that_is_smaller_than_a_thousandth(blocks: list[float]) -> None:
    assert scatter_of(blocks) == max(stdev(blocks), 0.001)


@given(log_ratios, st.floats(0.001, 1))
def test_what_blocks_scatter_by_at_least_is_heeded(blocks: list[float], least: float) -> None:
    assert scatter_of(blocks, least) == max(stdev(blocks), least)
    found = change_interval(blocks, 0.9, least)
    assert found.high is not None
    half = float(stats.t.ppf(0.95, len(blocks) - 1)) * max(stdev(blocks), least) / len(blocks) ** 0.5
    if fmean(blocks) + half < 700:
        assert log(found.high) == pytest.approx(fmean(blocks) + half, rel=1e-6, abs=1e-9)
    expected = float(stats.t.sf(fmean(blocks) * len(blocks) ** 0.5 / max(stdev(blocks), least), len(blocks) - 1))
    assert chance_of_slower(blocks, least) == pytest.approx(expected, rel=1e-6, abs=1e-12)


# What pairs within blocks say of the scatter between them


@pytest.mark.parametrize(("scatter", "pairs"), [(0.15, 3), (0.15, 12), (0.15, 48), (0.02, 12)])
def test_the_least_scatter_of_blocks_is_that_of_their_pairs_over_the_root_of_how_many(
    scatter: float, pairs: int
) -> None:
    draw = random.Random(7)
    base = walls("base", *([1.0] * pairs for _ in range(100)))
    head = walls("head", *([exp(draw.gauss(0, scatter)) for _ in range(pairs)] for _ in range(100)))
    found = least_scatter(base, head, "wall")
    assert found / (scatter / pairs**0.5) == pytest.approx(1, abs=0.15)  # also where there are few pairs
    # Blocks that differ by nothing but their pairs do scatter by about so much.
    assert stdev(block_changes(base, head, "wall")) == pytest.approx(found, rel=0.3)


@pytest.mark.parametrize("metric", METRICS)
@given(sides, sides)
def test_the_least_scatter_is_that_of_either_direction_and_never_none(
    metric: Gated,
    one: tuple[dict[tuple[int, int], tuple[float, float]], dict[int, int]],
    other: tuple[dict[tuple[int, int], tuple[float, float]], dict[int, int]],
) -> None:
    base, head = side("base", *one), side("head", *other)
    found = least_scatter(base, head, metric)
    assert found >= LEAST_SCATTER
    assert found == pytest.approx(least_scatter(head, base, metric))


def test_hosts_that_differ_are_not_taken_for_pairs_that_scatter() -> None:
    base = walls("base", [1.0] * 4, [1.0] * 4)
    head = walls("head", [1.0] * 4, [9.0] * 4)
    assert least_scatter(base, head, "wall") == LEAST_SCATTER


def test_one_late_sample_of_many_hardly_moves_the_least_scatter() -> None:
    quiet = [0.98, 0.99, 1.0, 1.01, 1.02, 1.0, 0.99, 1.01]
    base = walls("base", [1.0] * 8, [1.0] * 8)
    found = least_scatter(base, walls("head", quiet, quiet), "wall")
    late = least_scatter(base, walls("head", quiet, [*quiet[:7], 500.0]), "wall")
    assert found <= late < 2 * found


@pytest.mark.parametrize("metric", METRICS)
def test_where_no_block_has_two_pairs_only_the_usual_least_is_known(metric: Gated) -> None:
    base = side("base", {(0, 0): (1.0, 1.0), (1, 0): (1.0, 1.0)}, {0: 1000, 1: 1000})
    head = side("head", {(0, 0): (1.0, 1.0), (1, 0): (9.0, 9.0)}, {0: 1000, 1: 9000})
    assert least_scatter(base, head, metric) == LEAST_SCATTER
