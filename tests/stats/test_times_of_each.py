"""What intervals and verdicts promise of the time of each: what they promise of wall time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model.result import Sample
from concbench.stats.intervals import (
    block_log_ratios,
    log_ratios_by_block,
    median_interval,
    ratio_interval,
    scatter,
)
from tests.stats.figures import measured_each, samples

times = st.floats(1e-9, 1e3)
blocks = st.lists(st.lists(times, min_size=2, max_size=4), min_size=1, max_size=5)


@given(blocks)
def test_the_median_and_the_scatter_are_those_of_wall_times_with_the_same_figures(walls: list[list[float]]) -> None:
    of_wall = samples(*walls)
    of_each = measured_each(of_wall)
    assert median_interval(of_each, metric="each") == median_interval(of_wall)
    assert scatter(of_each, "each") == scatter(of_wall)


@given(blocks, st.floats(0.1, 10))
def test_ratios_are_those_of_wall_times_with_the_same_figures(walls: list[list[float]], factor: float) -> None:
    of_wall, reference = samples(*walls), samples(*[[factor * wall for wall in block] for block in walls])
    of_each, each_reference = measured_each(of_wall), measured_each(reference)
    assert ratio_interval(of_each, each_reference, metric="each") == ratio_interval(of_wall, reference)
    assert block_log_ratios(of_each, each_reference, "each") == block_log_ratios(of_wall, reference)
    by_block = log_ratios_by_block(of_each, each_reference, "each")
    assert [by_block[block] for block in sorted(by_block)] == block_log_ratios(of_wall, reference)


def test_log_ratios_are_told_by_the_numbers_of_their_blocks() -> None:
    of_wall = samples([1.0], [1.0], [1.0])
    assert set(log_ratios_by_block(of_wall[1:], of_wall)) == {1, 2}


ASKING: list[Callable[[list[Sample]], object]] = [
    lambda found: median_interval(found, metric="each"),
    lambda found: ratio_interval(found, found, metric="each"),
    lambda found: block_log_ratios(found, found, "each"),
    lambda found: log_ratios_by_block(found, found, "each"),
    lambda found: scatter(found, "each"),
]


@pytest.mark.parametrize("ask", ASKING)
def test_a_sample_without_a_time_of_each_is_refused_and_named(ask: Callable[[list[Sample]], object]) -> None:
    found = [*measured_each(samples([1.0])), *samples([1.0], [1.0])[1:]]
    with pytest.raises(ValueError, match="the time of each of block 1, round 0 is None, not a positive number"):
        ask(found)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_of_each_that_is_none_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=f"the time of each of block 0, round 0 is {value}"):
        median_interval([replace(samples([1.0])[0], each=value)], metric="each")
