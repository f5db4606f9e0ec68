"""What a knee promises: it is found where it is known, its interval holds it, and the smoothed curve has one mode."""

from __future__ import annotations

import random
from math import exp, log

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from concbench.stats.knee import SHARE, crossing, knee, unimodal

LEVELS = [1, 2, 4, 8, 16, 24, 32, 40, 48, 64, 96, 128, 192, 256]

rates = st.lists(st.floats(0.1, 1e5), min_size=1, max_size=12)


def soft(level: float, most: float, bend: float) -> float:
    """A curve that rises in proportion to the level, and bends towards a largest throughput; sharply, or early."""
    return float(level / (1 + (level / most) ** bend) ** (1 / bend))


def true_knee(most: float, bend: float) -> float:
    """Where such a curve reaches 95 % of its value at the highest level."""
    wanted = SHARE * soft(LEVELS[-1], most, bend)
    low, high = 0.0, float(LEVELS[-1])
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if soft(middle, most, bend) < wanted else (low, middle)
    return low


@given(st.integers(3, 120))
def test_of_a_curve_with_a_corner_it_is_just_below_the_corner(corner: int) -> None:
    levels = sorted({*LEVELS, max(1, round(0.9 * corner)), corner})
    found = knee({level: [min(level, corner) / 0.03] for level in levels})
    assert found.crossing.estimate == pytest.approx(SHARE * corner, rel=0.03)
    assert (found.low, found.high) == (None, None)


@given(st.floats(5, 120), st.floats(1.5, 8))
def test_of_a_curve_that_bends_it_lies_between_the_levels_around_it(most: float, bend: float) -> None:
    found = knee({level: [soft(level, most, bend)] for level in LEVELS}).crossing
    true = true_knee(most, bend)
    assert found.below is not None
    assert found.below <= true <= found.enough
    assert found.low - 1e-6 <= true <= found.high + 1e-6
    assert found.below <= found.low <= found.estimate <= found.high <= found.enough


@pytest.mark.thorough
def test_its_interval_holds_it_about_as_often_as_it_says() -> None:
    draw = random.Random(5)
    held = 0
    for _ in range(60):
        most, bend = draw.uniform(10, 100), draw.uniform(2, 8)
        true = true_knee(most, bend)
        levels = sorted({*LEVELS, round(0.9 * true), round(1.1 * true)})
        found = knee(
            {level: [soft(level, most, bend) * exp(draw.gauss(0, 0.03)) for _ in range(4)] for level in levels}
        )
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.crossing.estimate <= found.high
        held += found.low <= true <= found.high
    assert held >= 50


@given(st.dictionaries(st.integers(1, 512), st.lists(st.floats(0.1, 1e5), min_size=1, max_size=3), min_size=1))
def test_whatever_was_measured_it_is_one_of_the_levels_or_between_two(found: dict[int, list[float]]) -> None:
    estimate = knee(found)
    assert min(found) - 1e-9 <= estimate.crossing.estimate <= max(found) + 1e-9
    assert estimate.crossing.enough in found
    assert estimate.curve[estimate.crossing.enough] >= SHARE * max(estimate.curve.values()) * (1 - 1e-9)


@given(st.dictionaries(st.integers(1, 512), st.floats(0.1, 1e5), min_size=1), st.floats(0.01, 100))
def test_the_unit_of_throughput_does_not_matter(curve: dict[int, float], scale: float) -> None:
    scaled = {level: value * scale for level, value in curve.items()}
    assume(max(scaled.values()) < 1e300)
    assert crossing(scaled).estimate == pytest.approx(crossing(curve).estimate, rel=1e-6)


def test_a_throughput_that_falls_again_has_its_knee_before_the_peak() -> None:
    falling = {1: 10.0, 2: 20.0, 4: 40.0, 8: 80.0, 12: 100.0, 16: 90.0, 32: 60.0}
    found = crossing(falling)
    assert (found.below, found.enough, found.most) == (8, 12, 100.0)


@pytest.mark.parametrize("nothing", [{}, {1: []}, {1: [0.0]}, {1: [2.0], 2: [-1.0]}])
def test_without_figures_there_is_no_knee(nothing: dict[int, list[float]]) -> None:
    with pytest.raises(ValueError, match="throughput"):
        knee(nothing)


# The smoothed curve


@given(rates)
def test_a_sequence_rises_and_then_falls(values: list[float]) -> None:
    fitted = unimodal(values, [1.0] * len(values))
    top = fitted.index(max(fitted))
    assert fitted[: top + 1] == sorted(fitted[: top + 1])
    assert fitted[top:] == sorted(fitted[top:], reverse=True)


@given(rates)
def test_a_sequence_that_does_so_already_stays_as_it_is(values: list[float]) -> None:
    half = len(values) // 2
    shaped = [*sorted(values[:half]), *sorted(values[half:], reverse=True)]
    assert unimodal(shaped, [1.0] * len(shaped)) == pytest.approx(shaped)


@given(rates, st.integers(0, 11))
def test_no_sequence_of_one_mode_that_is_easy_to_think_of_is_nearer(values: list[float], place: int) -> None:
    logs = [log(value) for value in values]
    fitted = unimodal(logs, [1.0] * len(logs))
    top = min(place, len(logs) - 1)
    rising = [max(logs[: at + 1]) for at in range(top + 1)]
    falling = [min(rising[-1], *logs[top + 1 : at + 1]) for at in range(top + 1, len(logs))]
    other = [*rising, *falling]

    def off(sequence: list[float]) -> float:
        return sum((one - two) ** 2 for one, two in zip(logs, sequence, strict=True))

    assert off(fitted) <= off(other) + 1e-9


def test_of_nothing_there_is_no_sequence() -> None:
    with pytest.raises(ValueError, match="no values"):
        unimodal([], [])
