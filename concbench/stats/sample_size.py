"""How many more blocks settle a question, answered only where that is known within a factor of two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import expm1, inf, log1p, sqrt
from random import Random
from statistics import fmean, stdev

from concbench.stats.t_distribution import t_quantile

Settles = Callable[[float, float, int], bool]
"""Whether a mean, a standard deviation and a number of blocks settle the question."""

FUTURES = 400
"""Simulated futures."""
SURE = 0.95
"""The share of them in which the answer has to be right within a factor of two."""
STEPS = 16
"""Blocks drawn one by one; after these, as many at once as make each step about `STRIDE` of those there are."""
STRIDE = 1 / 16
FARTHEST = 32
"""How many more blocks are simulated for a question about a mean: no answer beyond has been seen."""
FARTHEST_FOR_PRECISION = 1000
"""The same for a question about precision."""


def remaining_blocks(
    blocks: Sequence[float], settles: Settles, least: float = 0.0, farthest: int = FARTHEST
) -> int | None:
    """About how many more blocks settle a question; None where that isn't known within a factor of two.

    A few blocks determine neither the mean nor the scatter well, so futures are drawn from their predictive
    distribution (normal values under the reference prior: the variance is (n-1)·s²/χ², the mean normal about theirs
    with that variance over n; Gelman and others, "Bayesian Data Analysis", 3.2). In each future, blocks are added until
    the question is settled. The answer is the number that is right within a factor of two in most futures, if in
    `SURE` of them. Draws have a fixed seed: the same blocks give the same answer.

    For a question about a mean, such as whether a ratio differs from 1, there is mostly an answer only where a few
    blocks will do: knowing the distance well enough to predict the time is knowing it well enough to decide. The time
    to reach a precision depends on the scatter alone, and can be predicted from about twenty blocks.

    Args:
        blocks: One value a block, such as the logarithm of a ratio; the answer is None for fewer than two.
        settles: Whether that many blocks with such a mean and standard deviation settle it.
        least: The standard deviation that blocks are assumed to have at least.
        farthest: How many more blocks are simulated.

    >>> remaining_blocks([0.4, 0.5], lambda mean, deviation, size: size >= 5)
    3
    """
    size = len(blocks)
    if size < 2:
        return None
    mean, deviation = fmean(blocks), max(stdev(blocks), least)
    draw = Random(size)
    taken = []
    unknown = 0
    for _ in range(FUTURES):
        found = _one_future(size, mean, deviation, settles, least, farthest, draw)
        if found > farthest:
            unknown += 1
            if unknown > (1 - SURE) * FUTURES:
                return None
        taken.append(found)
    return _within_a_factor_of_two(taken)


def blocks_to_verdict(blocks: Sequence[float], margin: float, confidence: float) -> int | None:
    """About how many more blocks decide the verdict on these log ratios; None where that can't be estimated.

    It is decided once their interval excludes 1, or lies within the margin.
    """
    within = log1p(margin)

    def settles(mean: float, deviation: float, size: int) -> bool:
        half = t_quantile((1 + confidence) / 2, size - 1) * deviation / sqrt(size)
        return abs(mean) > half or abs(mean) + half < within

    return remaining_blocks(blocks, settles)


def blocks_to_precision(blocks: Sequence[float], asked: float, confidence: float = 0.95) -> int | None:
    """About how many more blocks reach a precision (see `reach`); None where that can't be estimated."""
    return remaining_blocks(
        blocks,
        lambda _mean, deviation, size: _reach(deviation, size, confidence) <= asked,
        farthest=FARTHEST_FOR_PRECISION,
    )


def reach(blocks: Sequence[float], confidence: float = 0.95) -> float:
    """How far the interval of a mean of logarithms reaches beyond it, relative to it; infinite for one block.

    >>> round(reach([0.0, 0.02, 0.01]), 4)
    0.0252
    """
    if len(blocks) < 2:
        return inf
    return _reach(stdev(blocks), len(blocks), confidence)


def _reach(deviation: float, size: int, confidence: float) -> float:
    return expm1(min(700.0, t_quantile((1 + confidence) / 2, size - 1) * deviation / sqrt(size)))


def _one_future(
    size: int, mean: float, deviation: float, settles: Settles, least: float, farthest: int, draw: Random
) -> float:
    """How many more blocks it takes in one future; infinite beyond `farthest`."""
    truth = deviation * sqrt((size - 1) / (2 * draw.gammavariate((size - 1) / 2, 1.0)))
    centre = draw.gauss(mean, truth / sqrt(size))
    squares = deviation**2 * (size - 1)
    more = 0
    while more < farthest:
        step = 1 if more < STEPS else max(1, int(STRIDE * (size + more)))
        # Of all blocks of this step at once: their mean, and their squared distances from it.
        new = draw.gauss(centre, truth / sqrt(step))
        inner = 2 * truth**2 * draw.gammavariate((step - 1) / 2, 1.0) if step > 1 else 0.0
        known = size + more
        distance = new - mean
        mean += distance * step / (known + step)
        squares += inner + distance**2 * known * step / (known + step)
        more += step
        if settles(mean, max(sqrt(squares / (size + more - 1)), least), size + more):
            return more
    return inf


def _within_a_factor_of_two(taken: Sequence[float]) -> int | None:
    """The number that most of these lie within a factor of two of, if enough of them do."""
    likely = [each for each in set(taken) if each < inf]
    counted = {each: taken.count(each) for each in likely}
    best: list[int] = []
    most = 0
    for number in range(1, int(max(likely, default=0)) + 1):
        right = sum(times for each, times in counted.items() if number / 2 <= each <= 2 * number)
        if right > most:
            best, most = [number], right
        elif right == most:
            best.append(number)
    return best[len(best) // 2] if most >= SURE * len(taken) else None
