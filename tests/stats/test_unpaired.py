"""What comparing two runs promises: Welch's test, as scipy does it, and no interval from one block."""

from __future__ import annotations

from math import log
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from concbench.stats.changes import LEAST_SCATTER
from concbench.stats.unpaired import difference

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
