"""From which size on one is faster than the other: where an interval of ratios passes 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import exp, log
from typing import Literal

from concbench.model import Interval
from concbench.stats.intervals import mean_interval

STEPS = 400
"""Points between two neighbouring sizes at which the interval is looked at: neighbours differ by a factor of 64 or
less, so an end of the interval is found to within 1 %."""

Faster = Literal["from", "always", "never", "undecided"]


def crossing(ratios: Mapping[int, Mapping[int, float]], confidence: float = 0.95) -> tuple[Faster, Interval | None]:
    """Say from which size on ratios are below 1, given their natural logarithms by size and block.

    Between two measured sizes a block's log ratio is taken to be linear in the logarithm of the size. The estimate is
    where the mean over blocks is 0, and the interval holds the sizes at which the t-interval over blocks holds 0:
    those that these samples can't tell from the crossing (inversion of a test, as Fieller's, "Some Problems in
    Interval Estimation", 1954, does for one line).

    Returns `from` and the size where the ratio is surely above 1 at the smallest size and surely below 1 at the
    largest, and passes 1 once; `always` or `never` where it surely is below or above 1 at every size; and otherwise
    `undecided`. Blocks that lack a size are left out.

    Raises ValueError where there are fewer than two sizes.

    >>> crossing({16: {0: 0.5, 1: 0.51}, 1024: {0: -0.5, 1: -0.51}})[0]
    'from'
    >>> crossing({16: {0: -0.5, 1: -0.51}, 1024: {0: -0.5, 1: -0.51}})
    ('always', None)
    """
    sizes = sorted(ratios)
    if len(sizes) < 2:
        raise ValueError("a crossing lies between two sizes, and there are not so many")
    blocks = sorted(set.intersection(*(set(ratios[size]) for size in sizes)))
    if len(blocks) < 2:
        return "undecided", None
    lines = [[ratios[size][block] for block in blocks] for size in sizes]
    signs = [_sign(values, confidence) for values in lines]
    if all(sign < 0 for sign in signs):
        return "always", None
    if all(sign > 0 for sign in signs):
        return "never", None
    if not signs[0] > 0 > signs[-1]:
        return "undecided", None
    points = list(_points(sizes, lines))
    unsure = [at for at, values in points if _sign(values, confidence) == 0]
    estimates = [at for (at, values), (_, later) in pairwise(points) if sum(values) > 0 >= sum(later)]
    if len(estimates) != 1:
        return "undecided", None
    return "from", Interval(
        estimate=exp(estimates[0]),
        low=exp(min(unsure, default=estimates[0])),
        high=exp(max(unsure, default=estimates[0])),
        confidence=confidence,
        blocks=len(blocks),
    )


def _sign(values: Sequence[float], confidence: float) -> int:
    """Return 1 where the interval of a mean lies above 0, -1 where it lies below, and 0 where it holds 0."""
    interval = mean_interval(values, confidence)
    if interval.low is None or interval.high is None:
        return 0
    return 1 if interval.low > 0 else -1 if interval.high < 0 else 0


def _points(sizes: Sequence[int], lines: Sequence[Sequence[float]]) -> list[tuple[float, list[float]]]:
    """Return the logarithm of each size that is looked at, and every block's log ratio there."""
    points = []
    for (size, values), (next_size, next_values) in pairwise(zip(sizes, lines, strict=True)):
        for step in range(STEPS):
            share = step / STEPS
            at = (1 - share) * log(size) + share * log(next_size)
            points.append((at, [(1 - share) * a + share * b for a, b in zip(values, next_values, strict=True)]))
    points.append((log(sizes[-1]), list(lines[-1])))
    return points
