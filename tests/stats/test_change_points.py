"""What change points promise: none where nothing changed, the right place where something did, the same every time.

The noise of the simulations is that of a run's median: 3 % from one run to the next.
"""

from __future__ import annotations

import random
import time
from itertools import pairwise
from math import exp, log, sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from concbench.stats import change_points as module
from concbench.stats.change_points import FEWEST, change_points, step_interval

NOISE = 0.03
SERIES = 400
STEPPED = 200
FALSE_MARKS = 0.02
"""At most such a share of quiet series may have a mark: 1 %, and what 400 of them scatter."""

times = st.integers(1, 10**6).map(lambda count: count / 1000)
series = st.lists(times, max_size=30)
SCALES = [2.0**-20, 0.5, 1024.0]


def places(values: list[float]) -> list[int]:
    return [point.at for point in change_points(values)]


def normal(generator: random.Random) -> float:
    return generator.gauss(0, NOISE)


def heavy_tailed(generator: random.Random) -> float:
    """Student's t with 3 degrees of freedom."""
    return NOISE * generator.gauss(0, 1) / sqrt(generator.gammavariate(1.5, 2) / 3)


def now_and_then_late(generator: random.Random) -> float:
    """One run of twenty takes up to three times as long."""
    return normal(generator) + (log(3) * generator.random() if generator.random() < 0.05 else 0.0)


def simulated(generator: random.Random, noise: object, *levels: float) -> list[float]:
    """A run at each level, with noise."""
    assert callable(noise)
    return [0.012 * level * exp(noise(generator)) for level in levels]


# No change


@pytest.mark.parametrize("noise", [normal, heavy_tailed, now_and_then_late])
def test_where_nothing_changed_one_series_in_a_hundred_is_marked(noise: object) -> None:
    generator = random.Random(1)
    marked = sum(bool(places(simulated(generator, noise, *[1.0] * 30))) for _ in range(SERIES))
    assert marked / SERIES <= FALSE_MARKS


@given(times, st.integers(0, 60))
def test_a_constant_series_has_no_change_point(value: float, size: int) -> None:
    assert places([value] * size) == []


@given(st.lists(times, max_size=2 * FEWEST + 3))
def test_a_series_of_less_than_ten_runs_has_none(values: list[float]) -> None:
    assert places(values) == []


@pytest.mark.parametrize("late", [0, 1, 5, 15, 28, 29])
def test_one_late_run_is_no_change(late: int) -> None:
    values = simulated(random.Random(2), normal, *[1.0] * 30)
    values[late] *= 10
    assert places(values) == []


# A change


@pytest.mark.parametrize(("noise", "least"), [(normal, 0.95), (now_and_then_late, 0.6)])
def test_a_step_of_ten_percent_is_found_where_it_is(noise: object, least: float) -> None:
    generator = random.Random(3)
    found = 0
    for _ in range(STEPPED):
        at = places(simulated(generator, noise, *[1.0] * 10, *[1.1] * 10))
        found += len(at) == 1 and abs(at[0] - 10) <= 1
    assert found / STEPPED >= least


def test_a_step_back_is_found_as_well() -> None:
    generator = random.Random(4)
    right = 0
    for _ in range(50):
        at = places(simulated(generator, normal, *[1.0] * 12, *[1.12] * 10, *[1.0] * 12))
        right += len(at) == 2 and abs(at[0] - 12) <= 1 and abs(at[1] - 22) <= 1
    assert right >= 44


@given(st.integers(6, 20), st.integers(6, 20), st.sampled_from([0.5, 0.99, 1.01, 3.0]))
def test_a_clean_step_is_found_at_its_place_with_its_ratio(before: int, after: int, factor: float) -> None:
    (point,) = change_points([1.0] * before + [factor] * after)
    assert point.at == before
    assert point.ratio.estimate == pytest.approx(factor)
    assert point.ratio.blocks == before + after


def test_ratios_are_between_neighbouring_levels() -> None:
    points = change_points([1.0] * 10 + [2.0] * 10 + [3.0] * 10)
    assert [point.at for point in points] == [10, 20]
    assert [point.ratio.estimate for point in points] == pytest.approx([2.0, 1.5])
    assert [point.ratio.blocks for point in points] == [20, 20]


# Without random orders


@pytest.mark.parametrize("levels", [[1.0] * 200 + [1.1] * 200, [1.1 ** (n // 80 % 2) for n in range(400)]])
def test_what_needs_no_random_orders_would_be_found_by_them_as_well(
    levels: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = simulated(random.Random(9), normal, *levels)
    found = places(values)
    monkeypatch.setattr(module, "CERTAIN", 0.0)
    assert places(values) == found


def test_a_clear_step_of_many_runs_needs_no_random_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    values = simulated(random.Random(9), normal, *[1.0] * 200, *[1.1] * 200)
    monkeypatch.setattr(module, "Random", None)
    assert module._split([log(value) for value in values], module.LEVEL, module.PERMUTATIONS) == 200


@given(st.lists(st.integers(-100, 100), min_size=12, max_size=200), st.randoms(use_true_random=False))
def test_random_orders_are_as_strong_at_most_as_often_as_the_bound_says(values: list[int], draw: random.Random) -> None:
    scores = [len(values) * value - sum(values) for value in values]
    weights, widths = module._weights(len(scores)), module._widths(len(scores))
    found = [module._strongest(draw.sample(scores, len(scores)), weights, widths)[0] for _ in range(20)]
    strongest = max(found)
    assume(strongest > 0)
    share = module._share_at_most(scores, strongest, weights, widths)
    assert share > 1e-6  # one of twenty was as strong
    assert [module._reaches(scores, each, weights, widths) for each in found] == [
        module._strongest(scores, weights, widths)[0] >= each for each in found
    ]


# Any series


@given(series, st.sampled_from(SCALES))
def test_the_unit_does_not_matter(values: list[float], scale: float) -> None:
    assert places([scale * value for value in values]) == places(values)


@given(series)
def test_places_are_in_order_and_leave_enough_runs_on_both_sides(values: list[float]) -> None:
    bounds = [0, *places(values), len(values)]
    assert len(bounds) == 2 or all(after - before >= FEWEST for before, after in pairwise(bounds))
    assert places(values) == bounds[1:-1]


def test_backwards_the_steps_are_at_the_same_places() -> None:
    generator = random.Random(5)
    for _ in range(10):
        values = simulated(generator, normal, *[1.0] * 15, *[1.1] * 15, *[1.3] * 10)
        assert sorted(len(values) - at for at in places(values[::-1])) == places(values)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_positive_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="a series is of positive numbers"):
        change_points([1.0, value])


@pytest.mark.parametrize("level", [0.0, 1.0, float("nan")])
def test_a_level_is_a_probability(level: float) -> None:
    with pytest.raises(ValueError, match="a level lies between 0 and 1"):
        change_points([1.0], level=level)


@pytest.mark.parametrize("levels", [[1.0] * 500, [1.0] * 250 + [1.1] * 250, [1.1 ** (n // 50 % 2) for n in range(500)]])
def test_500_runs_take_no_longer_than_a_person_waits(levels: list[float]) -> None:
    values = simulated(random.Random(6), normal, *levels)
    begin = time.process_time()
    change_points(values)
    assert time.process_time() - begin < 2  # 0.6 s where this was written


# The interval of a step


@pytest.mark.filterwarnings("ignore:Precision loss occurred")
@given(st.lists(st.floats(0.5, 2), min_size=2, max_size=30), st.lists(st.floats(0.5, 2), min_size=2, max_size=30))
def test_the_interval_is_that_of_a_trimmed_t(before: list[float], after: list[float]) -> None:
    found = step_interval(before, after)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.estimate <= found.high
    scipys = scipy_stats.ttest_ind(
        [log(value) for value in after], [log(value) for value in before], equal_var=False, trim=0.2
    )
    if scipys.statistic == scipys.statistic and abs(scipys.statistic) < 1e6:  # where both sides scatter
        low, _ = scipys.confidence_interval(0.95)
        assert log(found.low) <= low + 1e-9  # degrees of freedom are rounded down
    with_one = step_interval(before[:1], after)
    assert (with_one.low, with_one.high) == (None, None)


def test_the_interval_is_scipys_where_the_degrees_are_whole() -> None:
    before, after = [1.0, 1.1, 1.2, 1.3], [2.0, 2.2, 2.4, 2.6]
    found = step_interval(before, after)
    scipys = scipy_stats.ttest_ind([log(value) for value in after], [log(value) for value in before], equal_var=False)
    low, high = scipys.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((exp(low), exp(high)), rel=1e-9)


def test_one_late_run_hardly_moves_a_level() -> None:
    quiet = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0, 1.01]
    assert step_interval(quiet, [*quiet, 30.0]).estimate == pytest.approx(1.0, abs=0.01)


def test_a_step_needs_two_sides() -> None:
    with pytest.raises(ValueError, match="a value on each side"):
        step_interval([], [1.0])
    with pytest.raises(ValueError, match="a confidence lies between"):
        step_interval([1.0], [1.0], confidence=1.0)


def test_an_interval_never_reaches_infinity() -> None:
    found = step_interval([1e-12, 1e9], [1e-12, 1e9], confidence=0.9999999)
    assert found.high is not None
    assert found.high < float("inf")
