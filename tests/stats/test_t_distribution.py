"""What `t_quantile` and `t_tail` promise, with scipy and closed forms as oracles."""

from __future__ import annotations

from math import atan, cos, isclose, pi, sin, sqrt, tan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from concbench.stats.t_distribution import t_quantile, t_tail

DEGREES = [*range(1, 61), *range(61, 1000, 47), 1000]
# Nearer to the centre scipy itself has fewer than 9 digits; there the closed forms are the oracle.
PROBABILITIES = [0.501, 0.51, 0.6, 0.7499, 0.75, 0.7501, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9995]

probabilities = st.floats(0.0005, 0.9995)
degrees_of_freedom = st.integers(1, 1000)


@pytest.mark.parametrize("probability", PROBABILITIES)
def test_quantiles_are_those_of_scipy(probability: float) -> None:
    for degrees in DEGREES:
        assert t_quantile(probability, degrees) == pytest.approx(student.ppf(probability, degrees), rel=1e-9, abs=0)


@pytest.mark.parametrize("probability", PROBABILITIES)
def test_the_lower_half_mirrors_the_upper(probability: float) -> None:
    for degrees in DEGREES:
        expected = student.ppf(1 - probability, degrees)
        assert t_quantile(1 - probability, degrees) == pytest.approx(expected, rel=1e-9, abs=0)
        assert t_quantile(1 - probability, degrees) == pytest.approx(-t_quantile(probability, degrees), rel=1e-9, abs=0)


@given(probability=st.floats(0.5, 0.9995, exclude_min=True), degrees=degrees_of_freedom)
def test_a_quantile_has_its_probability_below_it(probability: float, degrees: int) -> None:
    # The survival function, because its digits do not drown in the 1 of a probability near 1.
    assert isclose(student.sf(t_quantile(probability, degrees), degrees), 1 - probability, rel_tol=1e-9)


@given(probabilities)
def test_one_degree_is_cauchys_distribution(probability: float) -> None:
    assert isclose(t_quantile(probability, 1), tan(pi * (probability - 0.5)), rel_tol=1e-9)


@given(st.floats(1e-12, 1 - 1e-12))
def test_two_degrees_have_a_closed_form_and_digits_to_the_centre_and_far_into_the_tails(probability: float) -> None:
    expected = (2 * probability - 1) / sqrt(2 * probability * (1 - probability))
    assert isclose(t_quantile(probability, 2), expected, rel_tol=1e-9)


@given(st.floats(1e-9, 0.25))
def test_four_degrees_have_the_mass_of_their_finite_sum(mass: float) -> None:
    angle = atan(t_quantile(0.5 + mass, 4) / 2)
    exact_mass = (0.5 + mass) - 0.5
    assert isclose(sin(angle) * (1 + cos(angle) ** 2 / 2) / 2, exact_mass, rel_tol=1e-9)  # Abramowitz and Stegun 26.7.4


@given(first=probabilities, second=probabilities, degrees=degrees_of_freedom)
def test_a_quantile_never_falls_as_its_probability_rises(first: float, second: float, degrees: int) -> None:
    low, high = sorted((first, second))
    rounding = 1e-9 * abs(t_quantile(high, degrees))
    assert t_quantile(low, degrees) <= t_quantile(high, degrees) + rounding


@given(probability=st.floats(0.51, 0.9995), degrees=degrees_of_freedom)
def test_more_degrees_make_a_narrower_distribution(probability: float, degrees: int) -> None:
    assert t_quantile(probability, degrees + 1) < t_quantile(probability, degrees)


@given(degrees_of_freedom)
def test_the_median_is_zero(degrees: int) -> None:
    assert t_quantile(0.5, degrees) == 0


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.1, 1.1, float("nan"), float("inf")])
def test_a_probability_that_is_none_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        t_quantile(probability, 7)


@pytest.mark.parametrize("degrees", [0, -1])
def test_fewer_than_one_degree_is_refused(degrees: int) -> None:
    with pytest.raises(ValueError, match="at least 1 degree"):
        t_quantile(0.975, degrees)


@given(t=st.floats(-60, 60), degrees=degrees_of_freedom)
def test_the_tail_is_that_of_scipy(t: float, degrees: int) -> None:
    assert t_tail(t, degrees) == pytest.approx(student.sf(t, degrees), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("t", [1e-300, 1e-9, 0.5, 1.0, 2.5, 10.0, 1e3, 1e6])
def test_tails_near_the_centre_and_far_out_are_those_of_scipy(t: float) -> None:
    for degrees in DEGREES:
        expected = student.sf(t, degrees)
        if expected > 1e-290:  # below, floats themselves run out
            assert t_tail(t, degrees) == pytest.approx(expected, rel=1e-8, abs=0)
        assert t_tail(-t, degrees) == pytest.approx(student.sf(-t, degrees), rel=1e-9, abs=0)


@given(t=st.floats(-100, 100), degrees=degrees_of_freedom)
def test_the_two_tails_of_a_value_make_a_whole(t: float, degrees: int) -> None:
    assert t_tail(t, degrees) + t_tail(-t, degrees) == pytest.approx(1, abs=1e-15)


@given(probability=probabilities, degrees=degrees_of_freedom)
def test_the_tail_above_a_quantile_is_what_the_quantile_leaves(probability: float, degrees: int) -> None:
    assert t_tail(t_quantile(probability, degrees), degrees) == pytest.approx(1 - probability, rel=1e-9)


@given(first=st.floats(-1e6, 1e6), second=st.floats(-1e6, 1e6), degrees=degrees_of_freedom)
def test_a_tail_never_grows_as_its_value_rises(first: float, second: float, degrees: int) -> None:
    low, high = sorted((first, second))
    assert t_tail(high, degrees) <= t_tail(low, degrees) * (1 + 1e-9)
    assert 0 <= t_tail(high, degrees) <= 1


@given(degrees_of_freedom)
def test_half_of_a_distribution_is_above_zero(degrees: int) -> None:
    assert t_tail(0.0, degrees) == t_tail(-0.0, degrees) == 0.5


@pytest.mark.parametrize("degrees", [0, -1])
def test_a_tail_of_fewer_than_one_degree_is_refused(degrees: int) -> None:
    with pytest.raises(ValueError, match="at least 1 degree"):
        t_tail(1.0, degrees)
