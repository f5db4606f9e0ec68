"""How sure a figure is: ± where an interval says something, else the range that was seen; and `clearly`, where so."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.comparisons import compare
from concbench.model.result import Interval, Result
from concbench.report.experiments.view import median_cell
from concbench.report.uncertainty import (
    multiple,
    plus_minus,
    ratio_with_reach,
    time_in_words,
    time_with_reach,
    verdict_in_words,
)
from concbench.stats.intervals import pair_ratios
from tests.builders import case as case_of
from tests.builders import result

walls = st.floats(1e-6, 1e3)


def interval(estimate: float, low: float | None, high: float | None, blocks: int = 4) -> Interval:
    return Interval(estimate=estimate, low=low, high=high, confidence=0.95, blocks=blocks)


def case(*blocks: list[float]) -> Result:
    return result("a/thread", blocks)


def test_two_blocks_show_their_range_and_no_interval() -> None:
    assert median_cell(case([0.128, 0.134], [0.134, 0.141])) == "134 ms (128-141)"
    assert time_in_words(case([0.128, 0.134], [0.134, 0.141])) == "134 ms (128 to 141 in 4 samples)"


def test_an_interval_of_a_file_with_two_blocks_is_not_shown_either() -> None:
    assert plus_minus(interval(1.0, 0.9, 1.1, blocks=2)) == ""


def test_an_interval_of_three_times_the_figure_is_not_shown() -> None:
    assert time_with_reach(interval(0.134, 0.03, 0.525), [0.1, 0.134, 0.31]) == "134 ms (100-310)"
    assert ratio_with_reach(interval(1.0, 0.0802, 12.9), [0.7, 1.0, 1.4]) == "1.00 (0.700-1.40)"
    assert multiple(interval(1.0, 0.0802, 12.9), [0.7, 1.0, 1.4]) == "1.00 times (0.700 to 1.40 in 3 rounds)"


def test_a_single_sample_has_no_range() -> None:
    assert median_cell(case([0.134])) == "134 ms"
    assert multiple(interval(24.0, None, None, blocks=1), [24.0]) == "24.0 times (1 round)"


def test_24_times_in_one_block_are_clearly_slower() -> None:
    slow, fast = result("a/process", [[2.4, 2.3, 2.6]]), result("a/pool-map", [[0.1, 0.1, 0.1]])
    found = compare(slow, fast, seconds_a_block=1.0)
    assert found is not None
    assert (found.verdict, found.more_seconds) == ("slower", None)
    assert verdict_in_words(found, pair_ratios(slow.samples, fast.samples)) == "clearly slower"


def test_what_rests_on_its_interval_needs_no_clearly() -> None:
    slow, fast = result("a/process", [[2.4], [2.3], [2.6]]), result("a/pool-map", [[0.1], [0.1], [0.1]])
    found = compare(slow, fast, seconds_a_block=1.0)
    assert found is not None
    assert verdict_in_words(found, pair_ratios(slow.samples, fast.samples)) == "slower"


@given(st.lists(st.lists(walls, min_size=1, max_size=4), min_size=1, max_size=5))
def test_every_cell_is_short_and_no_interval_is_wider_than_its_figure(blocks: list[list[float]]) -> None:
    cell = median_cell(case(*blocks))
    half = re.search(r"±([\d.]+)%", cell)
    assert half is None or (float(half[1]) <= 100 and len(blocks) > 2)
    assert len(cell) <= 34


@pytest.mark.parametrize("pairs", [3, 4, 8])
def test_equal_cases_with_noise_of_25_percent_are_never_called_clear(pairs: int) -> None:
    """As many pairs as a short run has, in one block, where there is no interval: 2,000 times."""
    random = Random(pairs)
    for _ in range(2000):
        one, other = ([random.lognormvariate(0, 0.25) for _ in range(pairs)] for _ in range(2))
        found = compare(result("a/one", [one]), result("a/other", [other]), seconds_a_block=1.0)
        assert found is not None
        assert found.verdict == "undecided"


@pytest.mark.parametrize("pairs", [1, 2, 3])
def test_with_late_samples_few_pairs_of_equal_cases_are_called_clear_in_less_than_1_of_100(pairs: int) -> None:
    """One sample in 20 is late by a factor of two to five, which an interval of three blocks forgives no better."""
    random = Random(pairs)

    def wall() -> float:
        return random.lognormvariate(0, 0.25) * (random.uniform(2, 5) if random.random() < 0.05 else 1.0)

    wrong = 0
    for _ in range(4000):
        one, other = ([wall() for _ in range(pairs)] for _ in range(2))
        found = compare(result("a/one", [one]), result("a/other", [other]), seconds_a_block=1.0)
        wrong += found is not None and found.verdict != "undecided"
    assert wrong < 40


def test_a_range_far_from_its_unit_has_units_of_its_own() -> None:
    median = Interval(estimate=1.0, low=None, high=None, confidence=0.95, blocks=1)
    assert time_with_reach(median, [2e-6, 1.0, 3.0]) == "1.00 s (2.00 µs-3.00 s)"


def test_a_case_of_another_experiment_shows_the_range_of_its_own_metric() -> None:
    found = result(case_of("a/pipe", experiment="messages"), [[1e-5, 2e-5]])
    assert median_cell(found).startswith("15.0 µs (10.0-20.0)")
