"""From which size on, or up to which, one is faster than the other: where an interval of ratios passes 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, exp, log
from statistics import fmean
from typing import Literal, TypeVar

from concbench.model import Interval
from concbench.stats.intervals import mean_interval

FINENESS = 0.0104
"""By how much the logarithms of two points differ at which the interval is looked at, at most: its ends are found to
within about 1 %."""

Faster = Literal["from", "up to", "always", "never", "undecided"]

Size = TypeVar("Size", bound=float)

_Point = tuple[float, list[float]]  # the logarithm of a size, and every block's log ratio there


def crossing(ratios: Mapping[Size, Mapping[int, float]], confidence: float = 0.95) -> tuple[Faster, Interval | None]:
    """Say from which size on ratios are below 1, given their natural logarithms by size and block.

    A size is whatever can be larger or smaller: bytes of a message, seconds of a task, a number of workers.

    Between two measured sizes a block's log ratio is taken to be linear in the logarithm of the size. The estimate is
    where the mean over blocks is 0, and the interval holds the sizes at which the t-interval over blocks holds 0:
    those that these samples can't tell from the crossing (inversion of a test, as Fieller's, "Some Problems in
    Interval Estimation", 1954, does for one line).

    Returns `from` and the size where the ratio is surely above 1 at the smallest size and surely below 1 at the
    largest, and passes 1 once; `up to` and the size where it is the other way round; `always` or `never` where it
    surely is below or above 1 at every size; and otherwise `undecided`. Blocks that lack a size are left out.

    Raises ValueError where there are fewer than two sizes, or one that is not more than 0.

    >>> crossing({16: {0: 0.5, 1: 0.51}, 1024: {0: -0.5, 1: -0.51}})[0]
    'from'
    >>> crossing({1e-5: {0: -0.5, 1: -0.51}, 1e-3: {0: 0.5, 1: 0.51}})[0]
    'up to'
    >>> crossing({16: {0: -0.5, 1: -0.51}, 1024: {0: -0.5, 1: -0.51}})
    ('always', None)
    """
    sizes = sorted(ratios)
    if len(sizes) < 2:
        raise ValueError("a crossing lies between two sizes, and there are not so many")
    if sizes[0] <= 0:
        raise ValueError(f"a size is more than 0, and not {sizes[0]}")
    blocks = sorted(set.intersection(*(set(ratios[size]) for size in sizes)))
    if len(blocks) < 2:
        return "undecided", None
    lines = [[ratios[size][block] for block in blocks] for size in sizes]
    signs = [_sign(values, confidence) for values in lines]
    if all(sign < 0 for sign in signs):
        return "always", None
    if all(sign > 0 for sign in signs):
        return "never", None
    if signs[0] < 0 < signs[-1]:
        found = _passing(sizes, [[-value for value in values] for values in lines], confidence)
        return ("undecided" if found is None else "up to"), found
    if not signs[0] > 0 > signs[-1]:
        return "undecided", None
    found = _passing(sizes, lines, confidence)
    return ("undecided" if found is None else "from"), found


def _passing(sizes: Sequence[float], lines: Sequence[Sequence[float]], confidence: float) -> Interval | None:
    """Return the size at which ratios pass 1 that are surely above it at first and surely below at last.

    None where they pass it more than once.
    """
    points = list(_points(sizes, lines))
    estimates = [_zero(one, other) for one, other in pairwise(points) if fmean(one[1]) > 0 >= fmean(other[1])]
    if len(estimates) != 1:
        return None
    # Ratios are surely above 1 at all points up to `above`, and surely below 1 from `below` on: between these two lie
    # the sizes that can't be told from the crossing.
    signs = [_sign(values, confidence) for _, values in points]
    above = next(number for number, sign in enumerate(signs) if sign <= 0) - 1
    below = next(number for number in reversed(range(len(signs))) if signs[number] >= 0) + 1
    return Interval(
        estimate=_size(estimates[0], sizes),
        low=_size(points[above][0], sizes),
        high=_size(points[below][0], sizes),
        confidence=confidence,
        blocks=len(lines[0]),
    )


def _sign(values: Sequence[float], confidence: float) -> int:
    """Return 1 where the interval of a mean lies above 0, -1 where it lies below, and 0 where it holds 0."""
    interval = mean_interval(values, confidence)
    if interval.low is None or interval.high is None:
        return 0
    return 1 if interval.low > 0 else -1 if interval.high < 0 else 0


def _points(sizes: Sequence[float], lines: Sequence[Sequence[float]]) -> list[_Point]:
    """Return the logarithm of each size that is looked at, and every block's log ratio there."""
    points: list[_Point] = []
    for (size, values), (next_size, next_values) in pairwise(zip(sizes, lines, strict=True)):
        steps = max(1, ceil((log(next_size) - log(size)) / FINENESS))
        for step in range(steps):
            share = step / steps
            at = (1 - share) * log(size) + share * log(next_size)
            points.append((at, [(1 - share) * a + share * b for a, b in zip(values, next_values, strict=True)]))
    points.append((log(sizes[-1]), list(lines[-1])))
    return points


def _zero(before: _Point, after: _Point) -> float:
    """Return the logarithm of the size at which the mean is 0, where it passes 0 between two neighbouring points."""
    (at, values), (next_at, next_values) = before, after
    share = fmean(values) / (fmean(values) - fmean(next_values))
    return min(at + share * (next_at - at), next_at)


def _size(at: float, sizes: Sequence[float]) -> float:
    """Return the size of a logarithm: rounding must not take it out of the sizes that were measured."""
    return min(max(exp(at), sizes[0]), sizes[-1])
