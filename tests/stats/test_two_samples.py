"""What a change promises: head by base, side by side, block by block, and no sample that stands alone."""

from __future__ import annotations

import random
from math import exp, log
from statistics import fmean, stdev

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from concbench.stats.two_samples import (
    LEAST_SCATTER,
    Figures,
    block_changes,
    chance_of_slower,
    change_interval,
    difference,
    least_scatter,
    mean_level,
    scatter_of,
    trimmed_mean,
)
from tests.stats.figures import figures

values = st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 9)), st.floats(1e-6, 1e4), max_size=25)
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


# Block by block


@given(values, values)
def test_swapping_base_and_head_inverts_the_ratio(base: Figures, head: Figures) -> None:
    there, back = block_changes(base, head), block_changes(head, base)
    assert there == pytest.approx([-value for value in back], abs=1e-12)
    if there:
        forth, inverse = change_interval(there, 0.9), change_interval(back, 0.9)
        assert forth.estimate == pytest.approx(1 / inverse.estimate)


@given(values, values, st.randoms(use_true_random=False))
def test_the_order_of_figures_means_nothing(base: Figures, head: Figures, draw: random.Random) -> None:
    def shuffled(figures: Figures) -> Figures:
        return dict(draw.sample(list(figures.items()), len(figures)))

    changes, found = block_changes(base, head), mean_level(base)
    assert block_changes(shuffled(base), shuffled(head)) == pytest.approx(changes, abs=1e-12)
    again = mean_level(shuffled(base))
    assert again == found or (again and found and again.estimate == pytest.approx(found.estimate))


@given(values, st.floats(0.1, 10))
def test_a_side_that_takes_a_factor_longer_is_found_by_that_factor(base: Figures, factor: float) -> None:
    changes = block_changes(base, {key: factor * value for key, value in base.items()})
    assert changes == pytest.approx([log(factor)] * len(changes), abs=1e-9)


def test_a_round_of_one_side_only_counts_for_nothing() -> None:
    base = {(0, 0): 1.0, (0, 1): 1.0, (1, 0): 1.0}
    head = {(0, 0): 2.0, (0, 2): 99.0, (1, 1): 99.0, (2, 0): 99.0}
    assert block_changes(base, head) == [log(2)]
    assert block_changes(figures([], [1.0]), figures([1.0])) == []


def test_blocks_come_in_their_order_whenever_they_were_found() -> None:
    base = {(2, 0): 1.0, (0, 0): 1.0, (1, 0): 1.0}
    head = {(1, 0): 2.0, (2, 0): 3.0, (0, 0): 1.0}
    assert block_changes(base, head) == [log(1), log(2), log(3)]


def test_one_late_sample_does_not_move_its_block() -> None:
    base = figures([1.0] * 8)
    head = figures([1.1] * 7 + [500.0])
    assert block_changes(base, head) == pytest.approx([log(1.1)])


# Level


@given(values)
def test_the_level_is_the_geometric_mean_of_the_blocks_medians(found: Figures) -> None:
    level = mean_level(found)
    blocks = {block for block, _ in found}
    if not blocks:
        assert level is None
        return
    assert level is not None
    medians = [stats.scoreatpercentile([value for key, value in found.items() if key[0] == b], 50) for b in blocks]
    assert level.estimate == pytest.approx(float(stats.gmean(medians)))
    assert level.blocks == len(blocks)


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
def test_what_blocks_scatter_by_at_least_is_taken_into_account(blocks: list[float], least: float) -> None:
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
    base = figures(*([1.0] * pairs for _ in range(100)))
    head = figures(*([exp(draw.gauss(0, scatter)) for _ in range(pairs)] for _ in range(100)))
    found = least_scatter(base, head)
    assert found / (scatter / pairs**0.5) == pytest.approx(1, abs=0.15)  # also where there are few pairs
    # Blocks that differ by nothing but their pairs do scatter by about so much.
    assert stdev(block_changes(base, head)) == pytest.approx(found, rel=0.3)


@given(values, values)
def test_the_least_scatter_is_that_of_either_direction_and_never_none(base: Figures, head: Figures) -> None:
    found = least_scatter(base, head)
    assert found >= LEAST_SCATTER
    assert found == pytest.approx(least_scatter(head, base))


def test_hosts_that_differ_are_not_taken_for_pairs_that_scatter() -> None:
    base = figures([1.0] * 4, [1.0] * 4)
    head = figures([1.0] * 4, [9.0] * 4)
    assert least_scatter(base, head) == LEAST_SCATTER


def test_one_late_sample_of_many_hardly_moves_the_least_scatter() -> None:
    quiet = [0.98, 0.99, 1.0, 1.01, 1.02, 1.0, 0.99, 1.01]
    base = figures([1.0] * 8, [1.0] * 8)
    found = least_scatter(base, figures(quiet, quiet))
    late = least_scatter(base, figures(quiet, [*quiet[:7], 500.0]))
    assert found <= late < 2 * found


def test_where_no_block_has_two_pairs_only_the_usual_least_is_known() -> None:
    assert least_scatter(figures([1.0], [1.0]), figures([1.0], [9.0])) == LEAST_SCATTER


# Welch's comparison of two runs

ALMOST = 1e-5
"""How far a whole number of degrees may lie from scipy's by nothing but rounding."""

series = st.lists(st.floats(-2, 2), min_size=2, max_size=12)


def scatters(blocks: list[float]) -> bool:
    return stdev(blocks) > 10 * LEAST_SCATTER


@given(series.filter(scatters), series.filter(scatters))
def test_it_is_welchs_test_with_degrees_rounded_down(base: list[float], head: list[float]) -> None:
    found = difference(base, head)
    oracle = stats.ttest_ind(head, base, equal_var=False, alternative="greater")
    assert found is not None
    assert found.mean / found.error == pytest.approx(oracle.statistic, rel=1e-9, abs=1e-12)
    assert found.degrees >= 1
    assert oracle.df - 1 - ALMOST < found.degrees < oracle.df + ALMOST
    assert found.chance_of_slower() == pytest.approx(float(stats.t.sf(oracle.statistic, found.degrees)), abs=1e-9)


def test_equal_scatters_do_not_lose_a_degree_to_rounding() -> None:
    found = difference([0.0, 0.0, 1.8946937190310233], [0.0, 1.8946937190310233, 1.8946937190310233])
    assert found is not None
    assert found.degrees == 4


@given(series, series)
def test_what_is_slower_one_way_is_faster_the_other(base: list[float], head: list[float]) -> None:
    there, back = difference(base, head), difference(head, base)
    assert there is not None
    assert back is not None
    one, other = there.interval(0.95), back.interval(0.95)
    assert one.low is not None
    assert other.high is not None
    assert log(one.estimate) == pytest.approx(-log(other.estimate), abs=1e-9)
    assert log(one.low) == pytest.approx(-log(other.high), abs=1e-6)


@pytest.mark.parametrize(("base", "head"), [([], [1.0, 2.0]), ([1.0], [1.0, 2.0]), ([1.0, 2.0], [1.0])])
def test_one_block_is_too_few(base: list[float], head: list[float]) -> None:
    assert difference(base, head) is None


def test_blocks_that_are_all_alike_are_not_believed_to_be() -> None:
    found = difference([0.0] * 4, [0.0005] * 4)
    assert found is not None
    assert found.chance_of_slower() > 0.2
