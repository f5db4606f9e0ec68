"""What a quantile promises: what the standard library finds, for every share and any values."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.experiments.quantiles import quantile

values = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=200).map(sorted)
shares = st.floats(min_value=0, max_value=1)


@given(values.filter(lambda found: len(found) > 1), st.integers(min_value=2, max_value=100))
def test_it_is_what_the_standard_library_finds(found: list[float], parts: int) -> None:
    expected = statistics.quantiles(found, n=parts, method="inclusive")
    ours = [quantile(found, part / parts) for part in range(1, parts)]
    assert ours == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(values)
def test_the_middle_is_the_median_and_the_ends_are_the_ends(found: list[float]) -> None:
    assert quantile(found, 0.5) == pytest.approx(statistics.median(found))
    assert (quantile(found, 0.0), quantile(found, 1.0)) == (found[0], found[-1])


@given(values, shares, shares)
def test_it_lies_between_the_values_and_grows_with_the_share(found: list[float], one: float, other: float) -> None:
    low, high = (quantile(found, share) for share in sorted((one, other)))
    slack = 1e-9 * found[-1]
    assert found[0] - slack <= low <= high + slack
    assert high <= found[-1] + slack


@given(st.floats(min_value=0, max_value=1e6), shares)
def test_of_one_value_it_is_that_value(value: float, share: float) -> None:
    assert quantile([value], share) == value


def test_of_no_value_there_is_none() -> None:
    with pytest.raises(ValueError, match="there is no value to take a quantile of"):
        quantile([], 0.5)
