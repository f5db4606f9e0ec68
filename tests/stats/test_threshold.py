"""Whether a ratio is at least so much: looked at as often as planned, and wrong no oftener than promised."""

from __future__ import annotations

import random
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.stats.sequential import ERROR, FEWEST_BLOCKS, THRESHOLD_LOOKS, Threshold

BLOCKS = 40


def ended(truth: float, least: float, scatter: float, draw: random.Random) -> Threshold:
    """A measurement of so many blocks, looked at after each of them."""
    threshold = Threshold(least)
    blocks: list[float] = []
    for number in range(1, BLOCKS + 1):
        blocks.append(draw.gauss(log(truth), scatter))
        threshold.look(number / BLOCKS, blocks)
        if threshold.finding != "undecided":
            break
    return threshold


def test_at_the_threshold_itself_it_is_wrong_no_oftener_than_promised() -> None:
    draw = random.Random(20261123)
    times = 1000
    found = [ended(1.5, 1.5, 0.1, draw).finding for _ in range(times)]
    # Two standard deviations of such a count above the promise.
    most = times * ERROR / 2 + 2 * (times * ERROR / 2) ** 0.5
    assert found.count("missed") <= most
    assert found.count("reached") <= most


def test_what_is_clear_is_found_and_the_right_way_round() -> None:
    draw = random.Random(7)
    assert {ended(2.0, 1.5, 0.1, draw).finding for _ in range(50)} == {"reached"}
    assert {ended(1.2, 1.5, 0.1, draw).finding for _ in range(50)} == {"missed"}


def test_too_few_blocks_decide_nothing_and_their_share_is_kept() -> None:
    threshold, usual = Threshold(1.5), Threshold(1.5)
    few = [log(2.0), log(2.1)]
    threshold.look(THRESHOLD_LOOKS[0], few)
    assert (threshold.finding, threshold.interval is None) == ("undecided", False)
    enough = [log(1.4), log(1.6)] * FEWEST_BLOCKS
    threshold.look(THRESHOLD_LOOKS[1], enough)
    usual.look(THRESHOLD_LOOKS[1], enough)
    assert threshold.interval == usual.interval
    assert threshold.interval is not None
    assert threshold.interval.confidence == pytest.approx(1 - ERROR * THRESHOLD_LOOKS[1])


def test_between_two_looks_nothing_is_decided() -> None:
    threshold = Threshold(1.5)
    found = []
    for used in (THRESHOLD_LOOKS[0] / 2, THRESHOLD_LOOKS[0]):
        threshold.look(used, [log(9.0)] * 20)
        found.append(threshold.finding)
    assert found == ["undecided", "reached"]


def test_what_is_undecided_says_how_much_more_it_takes() -> None:
    threshold = Threshold(1.5)
    threshold.look(1.0, [log(3.0), log(3.1), log(3.2)])  # too few, and clear
    assert threshold.finding == "undecided"
    assert threshold.more_blocks == FEWEST_BLOCKS - 3


def test_at_the_threshold_itself_no_time_is_said() -> None:
    threshold = Threshold(1.5)
    threshold.look(1.0, [log(1.3), log(1.73)] * 4)
    assert threshold.finding == "undecided"
    assert threshold.more_blocks is None


@given(st.lists(st.floats(-3, 3), max_size=30), st.floats(0.1, 10), st.floats(0, 1))
def test_what_is_decided_lies_wholly_on_its_side(blocks: list[float], least: float, used: float) -> None:
    threshold = Threshold(least)
    threshold.look(used, blocks)
    threshold.look(1.0, blocks)
    interval = threshold.interval
    if threshold.finding != "undecided":
        assert interval is not None
        assert interval.low is not None
        assert interval.high is not None
        assert len(blocks) >= FEWEST_BLOCKS
        assert interval.low >= least if threshold.finding == "reached" else interval.high < least
