"""What summaries promise: stray samples are named and no others, and two modes are seen where there are two."""

from __future__ import annotations

import random
from math import exp, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.stats.distribution import APART, FEWEST, modes, outliers, summary
from concbench.stats.intervals import median_interval, scatter
from tests.stats.figures import measured_each, samples

SIMULATIONS = 600
SIZE = 40
FALSE_NOTICES = 0.02
FOUND = 0.95

times = st.floats(1e-6, 1e3)
blocks = st.lists(st.lists(times, min_size=1, max_size=6), min_size=1, max_size=5)
many = st.lists(times, min_size=FEWEST, max_size=60)


def normal(generator: random.Random) -> float:
    """On the scale of times, not of their logarithms."""
    return max(0.1, generator.gauss(1, 0.1))


def lognormal(generator: random.Random) -> float:
    return generator.lognormvariate(0, 0.15)


def heavy_tailed(generator: random.Random) -> float:
    """The logarithm is Student's t with 3 degrees of freedom."""
    return exp(0.03 * generator.gauss(0, 1) / sqrt(generator.gammavariate(1.5, 2) / 3))


def uniform(generator: random.Random) -> float:
    return generator.uniform(1, 1.5)


def late(generator: random.Random) -> float:
    """A shortest time, and exponential delays."""
    return 1 + generator.expovariate(5)


# Two modes


@pytest.mark.parametrize("draw", [normal, lognormal, heavy_tailed, uniform, late])
@pytest.mark.parametrize("size", [FEWEST, SIZE, 100])
def test_one_mode_is_hardly_ever_taken_for_two(draw: object, size: int) -> None:
    assert callable(draw)
    generator = random.Random(1)
    noticed = sum(modes([draw(generator) for _ in range(size)]) is not None for _ in range(SIMULATIONS))
    assert noticed / SIMULATIONS < FALSE_NOTICES


@pytest.mark.parametrize("share", [0.5, 0.3])
def test_two_modes_a_fifth_apart_are_found(share: float) -> None:
    generator = random.Random(2)
    found = 0
    for _ in range(SIMULATIONS):
        fast = round(share * SIZE)
        values = [level * generator.lognormvariate(0, 0.03) for level in [1.0] * fast + [1.2] * (SIZE - fast)]
        generator.shuffle(values)
        seen = modes(values)
        found += seen is not None and abs(seen[0] - 1) < 0.05 and abs(seen[1] - 1.2) < 0.05
    assert found / SIMULATIONS >= FOUND


def test_two_modes_are_found_beside_outliers() -> None:
    generator = random.Random(3)
    values = [level * generator.lognormvariate(0, 0.02) for level in [1.0] * 19 + [1.3] * 19] + [9.0, 14.0]
    assert modes(values) == pytest.approx((1.0, 1.3), rel=0.03)


def test_modes_that_are_too_close_are_one() -> None:
    assert modes([1.0] * 20 + [1.04] * 20) is None
    assert modes([1.0] * 20 + [1.06] * 20) == (1.0, 1.06)


def test_few_stray_samples_are_no_mode() -> None:
    assert modes([1.0 + number / 1000 for number in range(36)] + [3.0] * 4) is None


def test_too_few_samples_have_one_mode() -> None:
    half = (FEWEST - 1) // 2
    assert modes([1.0] * half + [2.0] * half) is None


@given(many, st.randoms(use_true_random=False))
def test_the_order_of_samples_does_not_matter_to_modes(values: list[float], generator: random.Random) -> None:
    shuffled = list(values)
    generator.shuffle(shuffled)
    assert modes(shuffled) == modes(values)


@given(many)
def test_modes_lie_apart_and_within_the_samples(values: list[float]) -> None:
    found = modes(values)
    if found is not None:
        assert min(values) <= found[0] < found[1] <= max(values)
        assert found[1] >= APART * found[0]


@given(times, st.integers(0, 60))
def test_equal_samples_have_one_mode(value: float, size: int) -> None:
    assert modes([value] * size) is None


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_modes_are_of_positive_numbers(value: float) -> None:
    with pytest.raises(ValueError, match="a time is a positive number"):
        modes([1.0] * 30 + [value])


# Outliers


def test_a_stray_sample_is_named_with_its_block_and_round() -> None:
    walls = [[1.0, 1.01, 0.99, 1.02], [2.0, 2.02, 6.4, 1.98], [1.0, 1.0, 1.01, 0.2]]
    found = outliers(samples(*walls))
    assert [(outlier.block, outlier.round, outlier.value) for outlier in found] == [(2, 3, 0.2), (1, 2, 6.4)]
    assert found[1].factor == pytest.approx(6.4 / 2.01)


def test_normal_samples_have_hardly_any() -> None:
    generator = random.Random(4)
    named = 0
    for _ in range(200):
        walls = [[generator.lognormvariate(0, 0.15) for _ in range(5)] for _ in range(8)]
        named += len(outliers(samples(*walls)))
    assert named / (200 * SIZE) < 0.001


def test_a_sample_ten_times_as_late_is_always_named() -> None:
    generator = random.Random(5)
    for _ in range(200):
        walls = [[generator.lognormvariate(0, 0.1) for _ in range(5)] for _ in range(8)]
        walls[3][2] *= 10
        assert (3, 2) in [(outlier.block, outlier.round) for outlier in outliers(samples(*walls))]


def test_where_samples_are_alike_a_small_difference_is_no_outlier() -> None:
    assert outliers(samples([1.0] * 9 + [1.04])) == []
    assert [outlier.round for outlier in outliers(samples([1.0] * 9 + [1.06]))] == [9]


@given(blocks, st.sampled_from([2.0**-20, 0.5, 1024.0]))
def test_the_unit_does_not_matter_to_outliers(walls: list[list[float]], scale: float) -> None:
    def places(factor: float) -> set[tuple[int, int]]:
        found = outliers(samples(*[[factor * wall for wall in block] for block in walls]))
        return {(outlier.block, outlier.round) for outlier in found}

    assert places(scale) == places(1.0)


# The summary


@given(blocks)
def test_a_summary_has_the_figures_of_the_intervals(walls: list[list[float]]) -> None:
    of_wall = samples(*walls)
    found = summary(of_wall)
    assert (found.blocks, found.samples) == (len(walls), sum(map(len, walls)))
    assert found.median == median_interval(of_wall)
    assert found.scatter == scatter(of_wall)
    assert (found.spread is None) == (len(walls) == 1)
    assert summary(measured_each(of_wall), "each") == found


def test_the_spread_is_between_the_medians_of_blocks() -> None:
    found = summary(samples([1.0, 5.0, 1.0], [exp(0.2)], [exp(0.1), exp(0.1)]))
    assert found.spread == pytest.approx(0.1)


def test_a_summary_needs_a_sample_with_a_time() -> None:
    with pytest.raises(ValueError, match="no sample"):
        summary([])
    with pytest.raises(ValueError, match="time of each of block 0, round 0 is None"):
        summary(samples([1.0]), "each")
