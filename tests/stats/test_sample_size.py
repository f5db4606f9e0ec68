"""What is said of how much longer it takes: right within a factor of two where the truth is known, or not said."""

from __future__ import annotations

from functools import partial
from math import exp, log, log1p, sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from concbench.stats.sample_size import FARTHEST, blocks_to_precision, blocks_to_verdict, reach, remaining_blocks
from concbench.stats.two_samples import change_interval
from concbench.stats.verdicts import MARGIN, verdict

SEED = 20261126
RIGHT = 0.9


def is_decided(blocks: list[float]) -> bool:
    return verdict(change_interval(blocks, 0.95, 0.0)) != "undecided"


def trials(size: int, number: int, draw: Random) -> tuple[int, int, int]:
    """Comparisons of known truths: how many were undecided, of how many a time was said, and was right."""
    undecided = said = right = 0
    for _ in range(number):
        scatter = exp(draw.uniform(log(0.005), log(0.5)))
        truth = draw.choice((-1, 1)) * exp(draw.uniform(log(0.002), log(2.0)))
        blocks = [draw.gauss(truth, scatter) for _ in range(size)]
        if is_decided(blocks):
            continue
        undecided += 1
        more = blocks_to_verdict(blocks, MARGIN, 0.95)
        if more is None:
            continue
        said += 1
        taken = 0
        while taken <= 2 * more and not (taken and is_decided(blocks)):
            blocks.append(draw.gauss(truth, scatter))
            taken += 1
        right += more / 2 <= taken <= 2 * more
    return undecided, said, right


def test_a_time_that_is_said_is_right_within_a_factor_of_two_in_nine_of_ten() -> None:
    draw = Random(SEED)
    found = [trials(size, 250, draw) for size in (3, 4, 6, 8)]
    _, said, right = (sum(each) for each in zip(*found, strict=True))
    assert said >= 5
    assert right >= RIGHT * said


@pytest.mark.thorough
@pytest.mark.parametrize("size", [3, 4, 6, 8, 12])
def test_a_time_that_is_said_is_right_from_however_few_blocks(size: int) -> None:
    _, said, right = trials(size, 3000, Random(SEED + size))
    assert said
    assert right >= stats.binom.ppf(0.001, said, RIGHT)


def test_a_precision_that_is_said_to_take_a_time_takes_it_in_nine_of_ten() -> None:
    draw, said, right = Random(SEED), 0, 0
    for _ in range(40):
        scatter = exp(draw.uniform(log(0.03), log(0.2)))
        blocks = [draw.gauss(0.0, scatter) for _ in range(24)]
        more = blocks_to_precision(blocks, 0.02)
        if reach(blocks) <= 0.02 or more is None:
            continue
        said += 1
        early = [*blocks, *(draw.gauss(0.0, scatter) for _ in range((more - 1) // 2))]
        late = [*early, *(draw.gauss(0.0, scatter) for _ in range(2 * more - (more - 1) // 2))]
        right += reach(early) > 0.02 >= reach(late)
    assert said >= 12
    assert right >= RIGHT * said


def test_where_only_the_number_of_blocks_matters_it_is_known_exactly() -> None:
    for more in (1, 2, 7, 15):
        found = remaining_blocks([0.1, 0.3, 0.2], partial(is_large, 3 + more))
        assert found is not None
        assert more / 2 <= found <= 2 * more


def is_large(enough: int, _mean: float, _deviation: float, size: int) -> bool:
    return size >= enough


def test_one_block_says_nothing_and_a_question_that_is_never_settled_has_no_time() -> None:
    assert remaining_blocks([0.1], lambda *_: True) is None
    assert remaining_blocks([0.1, 0.2], lambda *_: False) is None


def test_the_next_block_is_drawn_as_student_has_it() -> None:
    blocks = [0.1, 0.4, 0.2, 0.5, 0.3]
    mean, deviation = 0.3, sqrt(0.025)
    drawn: list[float] = []

    def note(found: float, _deviation: float, size: int) -> bool:
        assert size == 6
        drawn.append(6 * found - 5 * mean)
        return True

    assert remaining_blocks(blocks, note) == 1
    scaled = [(each - mean) / (deviation * sqrt(1 + 1 / 5)) for each in drawn]
    assert stats.kstest(scaled, stats.t(4).cdf).pvalue > 0.01


def test_the_scatter_of_many_more_blocks_is_drawn_as_the_chi_square_distribution_has_it() -> None:
    blocks = [0.1, 0.4, 0.2, 0.5, 0.3]
    last: list[float] = []

    def note(_mean: float, deviation: float, size: int) -> bool:
        if size > 2000:
            last.append(deviation)
        return size > 2000

    remaining_blocks(blocks, note, farthest=4000)
    # By then it is the truth itself: its variance is 4·s²/χ², of 4 degrees of freedom.
    assert stats.kstest([4 * 0.025 / each**2 for each in last], stats.chi2(4).cdf).pvalue > 0.01


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=12), st.floats(0.001, 0.5))
def test_the_same_blocks_have_the_same_answer_and_it_is_a_number_of_blocks(blocks: list[float], margin: float) -> None:
    found = blocks_to_verdict(blocks, margin, 0.95)
    assert found == blocks_to_verdict(blocks, margin, 0.95)
    assert found is None or 1 <= found <= FARTHEST


@given(st.lists(st.floats(-0.2, 0.2), min_size=2, max_size=12))
def test_what_is_said_of_a_ratio_is_said_of_its_reciprocal(blocks: list[float]) -> None:
    """About: the futures of the one are not those of the other."""
    one, other = blocks_to_verdict(blocks, MARGIN, 0.95), blocks_to_verdict([-block for block in blocks], MARGIN, 0.95)
    if one is not None and other is not None:
        assert one / 4 <= other <= 4 * one


def test_a_precision_is_an_interval_s_reach() -> None:
    blocks = [0.0, 0.02, 0.01]
    half = stats.t.ppf(0.975, 2) * 0.01 / sqrt(3)
    assert reach(blocks) == pytest.approx(exp(half) - 1)
    assert log1p(reach(blocks)) == pytest.approx(half)
    assert reach([0.1]) == float("inf")
