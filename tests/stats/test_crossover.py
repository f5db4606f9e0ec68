"""What crossings promise: the size where the lines cross, an interval that holds it, and no answer without evidence."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from concbench.model.result import Interval
from concbench.stats.crossover import crossing

BLOCKS = 8
SIZES = (16, 1024, 65536)
NOISE = (0.011, -0.006, 0.004, -0.013, 0.008, 0.002, -0.009, 0.003)
"""What each block adds to a log ratio; it sums up to 0."""

Ratios = dict[int, dict[int, float]]


def line(sizes: tuple[int, ...], *means: float, noise: tuple[float, ...] = NOISE) -> Ratios:
    """Log ratios with these means at these sizes, and the noise of the blocks around each."""
    return {
        size: {block: mean + more for block, more in enumerate(noise)} for size, mean in zip(sizes, means, strict=True)
    }


def exchanged(ratios: Ratios) -> Ratios:
    """The log ratios of the other to the subject."""
    return {size: {block: -value for block, value in blocks.items()} for size, blocks in ratios.items()}


def found(ratios: Ratios) -> tuple[float, float, float]:
    """The ends of the interval and the estimate between them, of a crossing that there is."""
    faster, size = crossing(ratios)
    assert faster == "from"
    assert size is not None
    assert size.low is not None
    assert size.high is not None
    return size.low, size.estimate, size.high


# What is found


def test_a_line_that_falls_evenly_crosses_in_the_middle() -> None:
    low, estimate, high = found(line((16, 1024), 1.0, -1.0))
    assert estimate == pytest.approx(128)  # as far from 16 as from 1024, by factors
    assert 120 < low < 128 < high < 137


def test_the_crossing_lies_between_the_two_sizes_where_the_sign_changes() -> None:
    low, estimate, high = found(line(SIZES, 2.0, 1.0, -0.5))
    assert estimate == pytest.approx(1024 * 64 ** (1 / 1.5))
    assert 1024 < low < estimate < high < 65536


def test_without_noise_the_interval_is_as_narrow_as_the_points_that_are_looked_at() -> None:
    low, estimate, high = found(line((16, 1024), 1.0, -1.0, noise=(0.0, 0.0, 0.0)))
    assert low <= estimate <= high
    assert high / low < 1.03


def test_where_every_block_crosses_elsewhere_the_interval_holds_them_as_their_t_interval_does() -> None:
    """Parallel lines shift the crossing: in logarithms by as much as the mean of their shifts."""
    low, estimate, high = found(line((16, 1024), 1.0, -1.0))
    slope = -2.0 / log(64)
    expected = stats.t.interval(0.95, BLOCKS - 1, loc=0.0, scale=stats.sem(NOISE))
    assert log(low / estimate) == pytest.approx(expected[0] / -slope, abs=0.011)
    assert log(high / estimate) == pytest.approx(expected[1] / -slope, abs=0.011)


def test_the_answer_says_its_confidence_and_its_blocks() -> None:
    _, size = crossing(line((16, 1024), 1.0, -1.0), confidence=0.9)
    assert size is not None
    assert (size.confidence, size.blocks) == (0.9, BLOCKS)


def test_more_confidence_makes_a_wider_interval() -> None:
    ratios = line((16, 1024), 1.0, -1.0)
    ends = {confidence: crossing(ratios, confidence)[1] for confidence in (0.8, 0.99)}
    narrow, wide = ends[0.8], ends[0.99]
    assert narrow is not None and narrow.low is not None and narrow.high is not None
    assert wide is not None and wide.low is not None and wide.high is not None
    assert wide.low < narrow.low < narrow.high < wide.high


def test_what_is_faster_at_every_size_is_always_faster() -> None:
    assert crossing(line(SIZES, -0.2, -1.0, -0.5)) == ("always", None)


def test_what_is_slower_at_every_size_is_never_faster() -> None:
    assert crossing(line(SIZES, 0.2, 1.0, 0.5)) == ("never", None)


def test_exchanged_always_is_never_and_from_is_up_to_the_same_size() -> None:
    always, crossed = line(SIZES, -0.2, -1.0, -0.5), line(SIZES, 1.0, -0.5, -1.0)
    assert crossing(exchanged(always)) == ("never", None)
    assert crossing(crossed)[0] == "from"
    assert crossing(exchanged(crossed)) == ("up to", crossing(crossed)[1])


def test_sizes_may_be_seconds() -> None:
    found = crossing({size * 1e-6: blocks for size, blocks in line((16, 1024), 1.0, -1.0).items()})
    assert found[0] == "from"
    assert found[1] is not None
    assert found[1].estimate == pytest.approx(128e-6)


# What is left undecided


def test_noise_that_drowns_the_sign_at_one_end_is_undecided() -> None:
    loud = tuple(300 * each for each in NOISE)
    assert crossing(line((16, 1024), 1.0, -1.0, noise=loud)) == ("undecided", None)
    ratios = line((16, 1024), 1.0, -1.0)
    ratios[1024] = line((1024,), -1.0, noise=loud)[1024]
    assert crossing(ratios) == ("undecided", None)


def test_a_ratio_that_surely_passes_one_twice_is_below_it_in_part() -> None:
    assert crossing(line((16, 256, 4096, 65536), 1.0, -1.0, 1.0, -1.0)) == ("in part", None)
    assert crossing(line((16, 1024, 65536), 1.0, -1.0, 1.0)) == ("in part", None)
    assert crossing(line((16, 1024, 65536), -1.0, 1.0, -1.0)) == ("in part", None)


def test_what_is_sure_at_some_sizes_is_said_where_the_smallest_is_not() -> None:
    """A table marks the fastest of each row: that one is, and then the other, can't be called undecided below it."""
    ratios = line((16, 1024, 65536), 1.0, 1.0, -1.0)
    ratios[16] = line((16,), 1.0, noise=tuple(300 * each for each in NOISE))[16]
    faster, size = crossing(ratios)
    assert faster == "from"
    assert size is not None
    assert size.low == 16


def test_one_block_whose_pairs_all_agree_by_far_is_enough() -> None:
    ratios = {16: {0: log(4)}, 1024: {0: log(0.25)}}
    assert crossing(ratios) == ("undecided", None)
    faster, size = crossing(ratios, pairs={16: [3.8, 4.0, 4.2], 1024: [0.24, 0.25, 0.26]})
    assert faster == "from"
    assert size is not None
    assert (size.low, size.high) == (16, 1024)


def test_noise_around_one_crossing_that_seems_to_be_several_is_one() -> None:
    ratios = line((16, 256, 4096, 65536), 1.0, -0.001, 0.001, -1.0)
    faster, size = crossing(ratios)
    assert faster == "from"
    assert size is not None
    assert size.low is not None
    assert size.high is not None
    assert size.low <= 256 < 4096 <= size.high


def test_a_ratio_that_only_touches_one_is_a_wide_interval_and_no_second_crossing() -> None:
    low, estimate, high = found(line((16, 256, 4096, 65536), 1.0, 0.001, 0.5, -1.0))
    assert low < 256
    assert 4096 < estimate < high


def test_sizes_that_nobody_can_tell_apart_are_undecided() -> None:
    assert crossing(line(SIZES, 0.0, 0.0, 0.0)) == ("undecided", None)


@pytest.mark.parametrize("blocks", [0, 1])
def test_fewer_than_two_blocks_are_undecided_however_clear_they_are(blocks: int) -> None:
    assert crossing(line((16, 1024), 5.0, -5.0, noise=(0.0,) * blocks)) == ("undecided", None)


def test_blocks_that_lack_a_size_are_left_out() -> None:
    ratios = line((16, 1024), 1.0, -1.0)
    complete = crossing(ratios)
    ratios[16][BLOCKS] = 1.5
    ratios[1024][BLOCKS + 1] = -1.5
    assert crossing(ratios) == complete


def test_blocks_that_share_no_size_are_undecided() -> None:
    assert crossing({16: {0: 1.0, 1: 1.0}, 1024: {2: -1.0, 3: -1.0}}) == ("undecided", None)


# What is refused


@pytest.mark.parametrize("sizes", [(), (16,)])
def test_fewer_than_two_sizes_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="two sizes"):
        crossing(line(sizes, *(1.0 for _ in sizes)))


@pytest.mark.parametrize("size", [0, -16])
def test_a_size_without_logarithm_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"more than 0, and not {size}"):
        crossing(line((size, 16), 1.0, -1.0))


# Whatever the figures

logs = st.floats(-3, 3)
few = settings(max_examples=10)  # each looks at hundreds of points between two sizes


@st.composite
def any_ratios(draw: st.DrawFn) -> Ratios:
    """Log ratios of two to four sizes, more often than not above 1 at first and below 1 at last."""
    sizes = sorted(draw(st.lists(st.integers(1, 2**34), min_size=2, max_size=4, unique=True)))
    blocks = draw(st.integers(2, 6))
    means = [draw(st.floats(0.1, 3)), *(draw(logs) for _ in sizes[2:]), draw(st.floats(-3, -0.1))]
    scale = draw(st.sampled_from([0.0, 0.001, 0.03, 1.0]))
    return {
        size: {block: mean + scale * draw(st.floats(-1, 1)) for block in range(blocks)}
        for size, mean in zip(sizes, means, strict=True)
    }


@few
@given(any_ratios())
def test_the_estimate_lies_within_its_interval_and_that_within_the_sizes(ratios: Ratios) -> None:
    faster, size = crossing(ratios)
    assert (size is not None) == (faster == "from")
    if size is not None:
        assert size.low is not None
        assert size.high is not None
        assert min(ratios) <= size.low <= size.estimate <= size.high <= max(ratios)


@few
@given(ratios=any_ratios(), factor=st.integers(2, 1000))
def test_sizes_in_another_unit_are_crossed_at_the_same_place(ratios: Ratios, factor: int) -> None:
    faster, size = crossing(ratios)
    other_faster, other = crossing({factor * size: blocks for size, blocks in ratios.items()})
    assert other_faster == faster
    if size is not None and other is not None:
        for one, scaled in ((size.estimate, other.estimate), (size.low, other.low), (size.high, other.high)):
            assert one is not None
            assert scaled == pytest.approx(factor * one, rel=1e-6)


@few
@given(any_ratios())
def test_exchanging_the_two_turns_the_answer_round_at_the_same_size(ratios: Ratios) -> None:
    opposite = {"always": "never", "never": "always", "from": "up to", "up to": "from"}
    faster, size = crossing(ratios)
    assert crossing(exchanged(ratios)) == (opposite.get(faster, faster), size)


@few
@given(any_ratios())
def test_the_order_of_blocks_and_sizes_means_nothing(ratios: Ratios) -> None:
    turned = {size: dict(reversed(blocks.items())) for size, blocks in reversed(ratios.items())}
    assert crossing(turned) == crossing(ratios)


# How often the interval holds the truth


def simulated(generator: np.random.Generator, sizes: tuple[int, ...], truth: float, slope: float) -> Interval:
    """The answer for lines that fall through 0 at the true size, shifted and tilted a little from block to block."""
    shifts = generator.normal(0, 0.03, BLOCKS)
    tilts = generator.normal(0, 0.005, BLOCKS)
    ratios = {
        size: {
            block: slope * log(truth / size)
            + shifts[block]
            + tilts[block] * log(size / truth)
            + float(generator.normal(0, 0.02))
            for block in range(BLOCKS)
        }
        for size in sizes
    }
    faster, interval = crossing(ratios)
    assert faster == "from"
    assert interval is not None
    return interval


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("sizes", "truth", "slope", "simulations", "least"),
    [((16, 1024), 100.0, 0.3, 200, 0.9), ((1024, 65536, 2**20), 20_000.0, 0.1, 50, 0.88)],
    ids=["two", "three"],
)
def test_a_95_percent_interval_holds_the_true_size_95_times_in_100(
    sizes: tuple[int, ...], truth: float, slope: float, simulations: int, least: float
) -> None:
    generator = np.random.default_rng(20)
    intervals = [simulated(generator, sizes, truth, slope) for _ in range(simulations)]
    held = sum(i.low is not None and i.high is not None and i.low <= truth <= i.high for i in intervals)
    assert least <= held / simulations <= 0.99
    assert exp(float(np.mean([log(interval.estimate) for interval in intervals]))) == pytest.approx(truth, rel=0.05)
