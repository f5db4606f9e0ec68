"""How sure a figure is: ± where an interval says something, else the range that was seen; and `clearly`, where so."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.answer import inverted
from concbench.analysis.comparisons import compare
from concbench.model.result import Interval, Result
from concbench.model.run import Verdict
from concbench.report.experiments.view import median_cell
from concbench.report.uncertainty import (
    beside,
    factor,
    factor_with_reach,
    multiple,
    plus_minus,
    time_in_words,
    time_with_reach,
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
    vague = interval(1.2, 0.0802, 12.9)
    assert factor_with_reach(vague, [0.7, 1.0, 1.4], "undecided") == "1.20× slower ?"
    assert multiple(vague, [0.7, 1.0, 1.4], "b") == "1.20× slower than b (1.43× faster to 1.40× slower in 3 rounds)"


def test_a_single_sample_has_no_range() -> None:
    assert median_cell(case([0.134])) == "134 ms"
    assert multiple(interval(24.0, None, None, blocks=1), [24.0]) == "24.0× slower (1 round)"


def test_24_times_in_one_block_are_clearly_slower() -> None:
    slow, fast = result("a/process", [[2.4, 2.3, 2.6]]), result("a/pool-map", [[0.1, 0.1, 0.1]])
    found = compare(slow, fast, seconds_a_block=1.0)
    assert found is not None
    assert (found.verdict, found.more_seconds) == ("slower", None)
    pairs = pair_ratios(slow.samples, fast.samples)
    assert beside(found.ratio, pairs, found.verdict, "b") == "is 24.3× slower than b (23.0× to 26.0× in 3 rounds)"
    assert factor_with_reach(found.ratio, pairs, found.verdict) == "24.3× slower (23.0-26.0)"


# Factors


def test_a_verdict_has_its_words() -> None:
    def said(low: float, estimate: float, high: float, verdict: Verdict) -> tuple[str, str]:
        ratio = interval(estimate, low, high)
        return factor_with_reach(ratio, [], verdict), beside(ratio, [], verdict, "b")

    assert said(0.126, 0.137, 0.148, "faster") == (
        "7.30× faster ±8%",
        "is 7.30× faster than b (95 % interval 6.76× to 7.94×)",
    )
    assert said(3.8, 4.06, 4.35, "slower") == (
        "4.06× slower ±7%",
        "is 4.06× slower than b (95 % interval 3.80× to 4.35×)",
    )
    assert said(0.99, 1.01, 1.03, "same") == (
        "same ±3%",
        "takes as long as b, within 5 % (95 % interval 1.01× faster to 1.03× slower)",
    )
    assert said(0.94, 1.01, 1.09, "undecided") == (
        "1.01× slower ±8% ?",
        "is between 1.06× faster and 1.09× slower than b (95 % interval): undecided",
    )


@pytest.mark.parametrize(
    ("pairs", "cell", "words"),
    [
        ([1.5], "1.50× slower ?", "was 1.50× slower than b in the only round: too few to decide"),
        (
            [1.2, 1.8],
            "1.50× slower (1.20-1.80) ?",
            "was between 1.20× and 1.80× slower than b in 2 rounds: too few to decide",
        ),
        ([0.8, 1.8], "1.50× slower ?", "was between 1.25× faster and 1.80× slower than b in 2 rounds: undecided"),
        ([], "1.50× slower ?", "was 1.50× slower than b (too few rounds for an interval): undecided"),
    ],
)
def test_without_an_interval_the_rounds_say_how_open_it_is(pairs: list[float], cell: str, words: str) -> None:
    ratio = interval(1.5, None, None, blocks=1)
    assert factor_with_reach(ratio, pairs, "undecided") == cell
    assert beside(ratio, pairs, "undecided", "b") == words


def test_what_all_rounds_agree_on_is_not_called_undecided_but_too_few_to_decide() -> None:
    """Three times as long in the only round is not clear: one late sample may do that; see `CLEAR_OF_FEW`."""
    slow, fast = result("a/process", [[0.32]]), result("a/pool-map", [[0.1]])
    found = compare(slow, fast, seconds_a_block=1.0)
    assert found is not None
    assert found.verdict == "undecided"
    pairs = pair_ratios(slow.samples, fast.samples)
    assert (
        beside(found.ratio, pairs, found.verdict, "b") == "was 3.20× slower than b in the only round: too few to decide"
    )
    assert factor_with_reach(found.ratio, pairs, found.verdict) == "3.20× slower ?"


@given(st.floats(1e-12, 1e12))
def test_a_factor_is_never_below_1_and_the_same_both_ways(ratio: float) -> None:
    said, inverse = factor(ratio), factor(1 / ratio)
    number, _, way = said.partition("×")
    assert float(number) >= 1
    assert way.strip() == ("" if number == "1.00" else "faster" if ratio < 1 else "slower")
    swapped = {"faster": "slower", "slower": "faster", "": ""}[way.strip()]
    assert inverse.endswith(swapped)
    assert abs(float(inverse.partition("×")[0]) / float(number) - 1) < 0.006


@given(st.lists(st.lists(walls, min_size=1, max_size=3), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_a_sentence_has_the_factor_of_its_cell_and_the_direction_of_its_verdict(
    blocks: list[list[float]], random: Random
) -> None:
    """For any samples: the table and the sentence can't say two things."""
    one = result("a/one", blocks)
    other = result("a/other", [[wall * random.choice([0.1, 0.98, 1.0, 1.02, 5.0]) for wall in each] for each in blocks])
    found = compare(one, other, seconds_a_block=1.0)
    assert found is not None
    pairs = pair_ratios(one.samples, other.samples)
    cell, words = factor_with_reach(found.ratio, pairs, found.verdict), beside(found.ratio, pairs, found.verdict, "b")
    if found.verdict in ("faster", "slower"):
        assert words.startswith(f"is {factor(found.ratio.estimate)} than b (")
        assert cell.startswith(factor(found.ratio.estimate))
        assert found.verdict in cell.split(" ")
    elif found.verdict == "same":
        assert cell.startswith("same")
        assert words.startswith("takes as long as b, within 5 %")
    else:
        assert cell.endswith(" ?")
        assert words.endswith((": undecided", ": too few to decide"))
    assert all(float(each) >= 1 for each in re.findall(r"([\d.]+)×", f"{cell} {words}"))


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 2.0))
def test_a_ratio_the_other_way_round_reaches_as_far(estimate: float, width: float) -> None:
    """The ± of a factor is that of its ratio: an interval on a log scale is as wide both ways."""
    ratio = interval(estimate, estimate / (1 + width), estimate * (1 + width))
    assert plus_minus(ratio) == plus_minus(inverted(ratio))


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
