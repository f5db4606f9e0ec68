"""Crossovers: from which size on, or up to which, one is faster than the other, as their ratio passes 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, exp, log
from statistics import fmean, median
from typing import Literal, TypeVar

from concbench.model.result import Interval
from concbench.stats.intervals import FEWEST_BLOCKS, mean_interval
from concbench.stats.verdicts import clearly

FINENESS = 0.0104
"""The distance of two points at which the interval is evaluated, as logarithms, at most: its ends are found to within
about 1 %."""

Faster = Literal["from", "up to", "always", "never", "in part", "undecided"]

Size = TypeVar("Size", bound=float)

_Point = tuple[float, list[float]]  # the logarithm of a size, and every block's log ratio there


def crossing(
    ratios: Mapping[Size, Mapping[int, float]],
    confidence: float = 0.95,
    pairs: Mapping[Size, Sequence[float]] | None = None,
) -> tuple[Faster, Interval | None]:
    """From which size on ratios are below 1, given their natural logarithms by size and block.

    A size is any positive number: bytes of a message, seconds of a task, a number of workers.

    Between two measured sizes a block's log ratio is taken to be linear in the logarithm of the size. The estimate is
    where the mean over blocks is 0, and the interval covers the sizes at which the t-interval over blocks includes 0
    (inversion of a test, as Fieller's, "Some Problems in Interval Estimation", 1954, does for one line).

    Whether a ratio is surely above or below 1 at a size follows from all blocks that have it, and, if these are few,
    from the ratios of its `pairs`: a table marks the fastest in the same way. Returns `from` and the size where it is
    surely above at smaller sizes and surely below at larger ones; `up to` and the size for the other way round; `in
    part` where it turns more than once; `always` or `never` where it surely is below or above 1 at every size; and
    otherwise `undecided`. An undecided size lies within the interval, even if it is the smallest or the largest.

    Raises ValueError where there are fewer than two sizes, or one that is not more than 0.

    >>> crossing({16: {0: 0.5, 1: 0.51, 2: 0.5}, 1024: {0: -0.5, 1: -0.51, 2: -0.5}})[0]
    'from'
    >>> crossing({1e-5: {0: -0.5, 1: -0.51, 2: -0.5}, 1e-3: {0: 0.5, 1: 0.51, 2: 0.5}})[0]
    'up to'
    >>> crossing({16: {0: -0.5, 1: -0.51, 2: -0.5}, 1024: {0: -0.5, 1: -0.51, 2: -0.5}})
    ('always', None)
    """
    sizes = sorted(ratios)
    if len(sizes) < 2:
        raise ValueError("a crossing lies between two sizes, so it takes at least two")
    if sizes[0] <= 0:
        raise ValueError(f"a size has to be more than 0, and not {sizes[0]}")
    signs = [_sign(list(ratios[size].values()), confidence, (pairs or {}).get(size, ())) for size in sizes]
    if all(sign < 0 for sign in signs):
        return "always", None
    if all(sign > 0 for sign in signs):
        return "never", None
    sure = [sign for sign in signs if sign]
    if len(set(sure)) < 2:
        return "undecided", None
    if sure != sorted(sure, reverse=sure[0] > 0):
        return "in part", None
    turned = sure[0]
    lines = {size: {block: turned * value for block, value in blocks.items()} for size, blocks in ratios.items()}
    found = _passing(sizes, lines, [turned * sign for sign in signs], confidence)
    if found is None:
        return "in part", None
    return ("from" if turned > 0 else "up to"), found


def _passing(
    sizes: Sequence[Size], lines: Mapping[Size, Mapping[int, float]], signs: Sequence[int], confidence: float
) -> Interval | None:
    """The size at which ratios pass 1 that are surely above it at smaller sizes and surely below at larger ones.

    None where in between they are surely below and then surely above again.
    """
    before = max(place for place, sign in enumerate(signs) if sign > 0)
    after = min(place for place, sign in enumerate(signs) if sign < 0)
    ends = sizes[before : after + 1]
    blocks = sorted(set.intersection(*(set(lines[size]) for size in ends)))
    if not blocks:  # each size has blocks of its own
        ends = [sizes[before], sizes[after]]
        points = list(_points(ends, [[fmean(lines[size].values())] for size in ends]))
    else:
        points = list(_points(ends, [[lines[size][each] for each in blocks] for size in ends]))
    at = [_sign(values, confidence) for _, values in points]
    sure = [sign for sign in at if sign]
    estimates = [_zero(one, other) for one, other in pairwise(points) if fmean(one[1]) > 0 >= fmean(other[1])]
    if not estimates or sure != sorted(sure, reverse=True):
        return None
    # Ratios are surely above 1 at all points up to `above`, and surely below 1 from `below` on: between these two lie
    # the sizes that may be the crossing.
    above = max(0, next((number for number, sign in enumerate(at) if sign <= 0), 1) - 1)
    below = min(len(at) - 1, max((number for number, sign in enumerate(at) if sign >= 0), default=0) + 1)
    return Interval(
        estimate=_size(median(estimates), ends),
        low=_size(points[above][0], ends) if all(signs[:before]) else sizes[0],
        high=_size(points[below][0], ends) if all(signs[after:]) else sizes[-1],
        confidence=confidence,
        blocks=len(blocks),
    )


def _sign(values: Sequence[float], confidence: float, pairs: Sequence[float] = ()) -> int:
    """1 if a mean of log ratios is surely above 0, -1 if it is surely below, 0 if neither.

    It is sure if the interval excludes 0, or all pairs agree by far (see `clearly`).
    """
    if len(values) >= FEWEST_BLOCKS:
        interval = mean_interval(values, confidence)
        if interval.low is not None and interval.low > 0:
            return 1
        if interval.high is not None and interval.high < 0:
            return -1
    return {"slower": 1, "faster": -1, None: 0}[clearly(pairs)]


def _points(sizes: Sequence[float], lines: Sequence[Sequence[float]]) -> list[_Point]:
    """The logarithm of each evaluated size, and every block's log ratio there."""
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
    """The logarithm of the size at which the mean is 0, if it passes 0 between two neighbouring points."""
    (at, values), (next_at, next_values) = before, after
    share = fmean(values) / (fmean(values) - fmean(next_values))
    return min(at + share * (next_at - at), next_at)


def _size(at: float, sizes: Sequence[float]) -> float:
    """The size of a logarithm, kept by rounding within the measured sizes."""
    return min(max(exp(at), sizes[0]), sizes[-1])
