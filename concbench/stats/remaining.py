"""How many more blocks settle a question: told only where that can be known within a factor of two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, sqrt
from random import Random
from statistics import fmean, stdev

Settles = Callable[[float, float, int], bool]
"""Given the mean, the standard deviation and the number of blocks, says whether these settle the question."""

FUTURES = 400
"""Futures that are drawn."""
SURE = 0.95
"""The share of them in which it takes as long as is said, within a factor of two."""
STEPS = 16
"""Blocks that are drawn one by one; then, as many at once as make each step about `STRIDE` of what there is by then."""
STRIDE = 1 / 16
FARTHEST = 32
"""More blocks than these are not looked ahead: of a question of a mean, no such answer has been seen."""


def remaining_blocks(
    blocks: Sequence[float], settles: Settles, least: float = 0.0, farthest: int = FARTHEST
) -> int | None:
    """Return about how many more blocks settle a question; None where that can't be known within a factor of two.

    A few blocks know little of what more of them will show: neither the mean nor the scatter is known well. So futures
    are drawn from what these blocks leave possible (the predictive distribution of normal values under the reference
    prior: the variance is (n-1)·s²/χ², the mean normal about theirs with that variance over n; Gelman and others,
    "Bayesian Data Analysis", 3.2), and in each it is counted how many blocks it takes until the question is settled,
    when it is looked at after every block. The answer is the number that is right within a factor of two in most
    futures, if it is in `SURE` of them. Draws have a fixed seed: the same blocks have the same answer.

    For a question of a mean, as whether a ratio differs from 1, that is mostly where a few blocks will do: who knows
    the distance well enough to tell the time knows it well enough to decide. How long a precision takes depends on the
    scatter alone, and can be told from about twenty blocks.

    Args:
        blocks: One value a block, as the logarithm of a ratio; at least two, else None is returned.
        settles: Whether so many blocks of such a mean and standard deviation settle it.
        least: The standard deviation that blocks are taken to have at least.
        farthest: How many more blocks are looked ahead.

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


def _one_future(
    size: int, mean: float, deviation: float, settles: Settles, least: float, farthest: int, draw: Random
) -> float:
    """Return how many more blocks it takes in one future, as far as it is looked at; infinity beyond."""
    truth = deviation * sqrt((size - 1) / (2 * draw.gammavariate((size - 1) / 2, 1.0)))
    centre = draw.gauss(mean, truth / sqrt(size))
    squares = deviation**2 * (size - 1)
    more = 0
    while more < farthest:
        step = 1 if more < STEPS else max(1, int(STRIDE * (size + more)))
        # Of so many blocks at once: their mean, and their squared distances from it.
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
    """Return the number that most of these lie within a factor of two of, if it is enough of them."""
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
