"""Change points: where a series of runs stepped to another level.

Repeated runs of one case scatter around a level, and a change of the code, of the interpreter or of the machine moves
that level. A threshold on "last run against the run before" marks noise and misses small steps. Looking for the places
where the whole series splits best is what Daly and others found to work for a continuous stream of benchmark results
("The Use of Change Point Detection to Identify Software Performance Regressions in a Continuous Integration System",
ICPE 2020, after Matteson and James, "A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data",
JASA 2014): split in two, test the split by permutation, go on with both parts. So it is done here, with one difference:
E-divisive's energy distance also marks a change of scatter alone, which is no regression, so the statistic here is of
level only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import comb, exp, floor, inf, log, sqrt
from operator import mul, sub
from random import Random
from statistics import fmean, median
from sys import float_info

from concbench.model.result import Interval
from concbench.stats.intervals import NORMAL_MAD
from concbench.stats.t_distribution import t_quantile

LEVEL = 0.01
"""The share of series without a change in which one is marked. A series is tested again after every new run, so 5 %
would cry wolf; with 1 %, a first step is found once there are about a dozen runs, 6 of them on either side."""

PERMUTATIONS = 999
"""A p-value of 1 % is then known to ±0.3 % (its standard error)."""

FEWEST = 3
"""Runs on each side of a change point, at least: one late run, or two, are no new level yet."""

FARTHEST = 2.5
"""Scaled median absolute deviations from the median beyond which a run counts no more."""

NARROWEST = 6
"""Runs in a window on each side of a place, at least."""

SURE = 3
"""Once this many times 1/level random orders were all weaker, no others are tried."""

CERTAIN = 0.1
"""A split whose p-value is at most this share of the level, by a bound, needs no random orders."""

TRIMMED = 0.2
"""The share of the runs of a level that its mean leaves out, at either end."""

_ROUNDING = 1e-9  # what would be a whole number of degrees of freedom may come out smaller by less
_STEPS = 10**6  # of a score in a deviation
_LARGEST_LOG = log(float_info.max)


@dataclass(frozen=True, kw_only=True)
class ChangePoint:
    """A place in a series from which on its values lie at another level."""

    at: int
    """The position of the first value at the new level; counted from 0."""
    ratio: Interval
    """The new level as a multiple of the one before. Its `blocks` are the runs at both levels."""


def change_points(values: Sequence[float], level: float = LEVEL, permutations: int = PERMUTATIONS) -> list[ChangePoint]:
    """The change points of positive values, given in the order of time and in any unit.

    A segment, at first the whole series, is split where the contrast of two sides is largest, |a - b|·√(mn/(m+n)), with
    a and b the mean scores of m values before a place and n behind it. The sides are all of the segment (the maximal
    CUSUM), or windows of a width of 6, 8, 12, 17, … on either side (the moving sums of Eichinger and Kirch, "A MOSUM
    Procedure for the Estimation of Multiple Random Change Points", Bernoulli 2018), since a level that was left and
    came back hardly shows in all of the segment. Among permutations of the same scores, whose total sum of squares is
    the same, a contrast orders splits as a two-sample t does.

    The split is a change point where fewer than `level` of `permutations` random orders of the segment, itself
    included, have a contrast at least as large; then both sides are segments in their turn (binary segmentation; Scott
    and Knott 1974, Vostrikova 1981). In the end each place is moved to where the values between its neighbours split
    best. The test is exact for values that can be exchanged when nothing changed, whatever their distribution; values
    that drift can't, and a drift is marked as steps.

    A score is the distance of a logarithm from the segment's median, of at most 2.5 scaled median absolute deviations
    (Huber 1964): a run that took ten times as long because of something else on the machine must neither hide a step
    nor become one. It does not depend on the order, so the test stays exact.

    Multiplying all values by a number changes nothing, and the same values have the same random orders. Fewer than 6
    values have no change point, and fewer than 10 have none at the level of 1 %. Takes about 0.02 s for 500 values,
    with a clear step or without, and 0.4 s with ten.

    Raises ValueError where a value is not a positive number, or `level` is not between 0 and 1.

    >>> [point] = change_points([10, 11, 10, 10, 11, 10, 12, 13, 12, 12, 13, 12])
    >>> point.at, round(point.ratio.estimate, 2)
    (6, 1.2)
    >>> change_points([10, 11, 10, 12, 11, 10, 11, 10, 12, 10, 11, 11])
    []
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not at {level}")
    logs = [_log(value) for value in values]
    places: list[int] = []
    segments = [(0, len(logs))]
    while segments:
        begin, end = segments.pop()
        split = _split(logs[begin:end], level, permutations)
        if split is not None:
            places.append(begin + split)
            segments += [(begin, begin + split), (begin + split, end)]
    bounds = [0, *_moved(logs, sorted(places)), len(logs)]
    sides = [(pairs[0], pairs[1][1]) for pairs in pairwise(pairwise(bounds))]
    return [ChangePoint(at=at, ratio=step_interval(values[begin:at], values[at:end])) for (begin, at), end in sides]


def step_interval(before: Sequence[float], after: Sequence[float], confidence: float = 0.95) -> Interval:
    """The level of `after` as a multiple of the level of `before`, with its interval.

    A level is the mean of the logarithms with a fifth cut off at either end, so that a single run does not move it; the
    interval is that of Yuen ("The two-sample trimmed t for unequal population variances", Biometrika 1974), which is
    Welch's where there are fewer than 5 values. Its degrees of freedom are rounded down. The unit of replication is the
    run: `blocks` counts the runs of both sides. Where the place of the step was chosen because the step is large there,
    the interval is a little too narrow. `low` and `high` are None where a side has one value.

    Raises ValueError where a side is empty, a value is not a positive number, or `confidence` is not between 0 and 1.

    >>> interval = step_interval([1.0, 1.0, 1.0], [2.0, 2.0, 2.0])
    >>> round(interval.estimate, 6), round(interval.low, 6), interval.blocks
    (2.0, 2.0, 6)
    """
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
    if not before or not after:
        raise ValueError("a step needs a value on each side")
    one, other = _Level.of(before), _Level.of(after)
    distance, runs = other.mean - one.mean, len(before) + len(after)
    if min(one.kept, other.kept) < 2:
        return Interval(estimate=_exp(distance), low=None, high=None, confidence=confidence, blocks=runs)
    total = one.variance + other.variance
    half = 0.0
    if total > 0:
        share = one.variance / total
        degrees = floor(1 / (share**2 / (one.kept - 1) + (1 - share) ** 2 / (other.kept - 1)) + _ROUNDING)
        half = t_quantile((1 + confidence) / 2, max(1, degrees)) * sqrt(total)
    return Interval(
        estimate=_exp(distance),
        low=_exp(distance - half),
        high=_exp(distance + half),
        confidence=confidence,
        blocks=runs,
    )


@dataclass(frozen=True)
class _Level:
    """The trimmed mean of some logarithms, its variance, and how many values it kept."""

    mean: float
    variance: float
    kept: int

    @classmethod
    def of(cls, values: Sequence[float]) -> _Level:
        logs = sorted(map(_log, values))
        cut = int(TRIMMED * len(logs))
        kept = logs[cut : len(logs) - cut]
        winsorised = [kept[0]] * cut + kept + [kept[-1]] * cut
        centre = fmean(winsorised)
        squares = sum((value - centre) ** 2 for value in winsorised)
        variance = squares / (len(kept) * (len(kept) - 1)) if len(kept) > 1 else inf
        return cls(mean=fmean(kept), variance=variance, kept=len(kept))


def _split(logs: Sequence[float], level: float, permutations: int) -> int | None:
    """The first position after the clearest change point of a segment; None if it has none."""
    size = len(logs)
    if size < 2 * FEWEST or (size < 2 * NARROWEST and _smallest_share(size) >= level):
        return None
    scores = _scores(logs)
    weights, widths = _weights(size), _widths(size)
    strongest, place = _strongest(scores, weights, widths)
    if strongest == 0:
        return None
    if _share_at_most(scores, strongest, weights, widths) <= CERTAIN * level:
        return place
    # Sorted first: the random orders then depend on the values, which are their seed, and not on their order. It stops
    # as soon as the answer is known (Besag and Clifford 1991), so that a quiet series takes no time.
    scores = sorted(scores)
    draw = Random(repr(scores)).random
    as_strong, enough = 1, level * (permutations + 1)
    for tried in range(permutations):
        if as_strong >= enough or (as_strong == 1 and tried >= SURE / level):
            break
        as_strong += _reaches(sorted(scores, key=lambda _score: draw()), strongest, weights, widths)
    return place if as_strong < enough else None


def _smallest_share(size: int) -> float:
    """The smallest share of the orders of a segment without windows that can split as clearly as the order it has.

    An order splits as clearly if the same values come first, in whatever order, or if they come last.
    """
    return 2 / comb(size, size // 2)


def _share_at_most(scores: Sequence[int], contrast: float, weights: Sequence[float], widths: Sequence[int]) -> float:
    """A bound for the share of random orders whose largest contrast is at least as large; may be far above 1.

    The chance that a sum of k scores drawn without replacement is s or more is at most that with replacement in the
    bounds of Hoeffding, exp(-2s²/(k(b - a)²)), and of Bernstein, exp(-s²/2 / (kv + Ms/3)); a and b are the smallest
    and the largest score, M the larger of their sizes and v the variance ("Probability Inequalities for Sums of
    Bounded Random Variables", JASA 1963, section 6). The first scores of a segment are such a sum, or the others are,
    if they are fewer. Of two windows, the first is drawn from both; or one of the two is off by half of their
    difference. The bounds of all places are added up.
    """
    size, largest, spread = len(scores), max(map(abs, scores)), max(scores) - min(scores)
    variance = sum(map(mul, scores, scores)) / size
    by_range = 2 * exp(-((contrast / spread) ** 2))
    total = 0.0
    for left, weight in enumerate(weights, FEWEST):
        needed, drawn = contrast / weight, min(left, size - left)
        if needed <= drawn * largest:
            total += min(by_range, 2 * exp(-(needed**2) / 2 / (drawn * variance + largest * needed / 3)))
    for width in widths:
        needed = contrast * sqrt(2 * width)
        if needed <= 2 * width * largest:
            by_variance = 4 * exp(-(needed**2) / 8 / (width * variance + largest * needed / 6))
            total += (size - 2 * width + 1) * min(by_range, by_variance)
    return total


def _reaches(scores: Sequence[int], contrast: float, weights: Sequence[float], widths: Sequence[int]) -> bool:
    """Whether the largest contrast of scores is at least as large as another; doesn't look where it can't be."""
    sums = [0, *accumulate(scores)]
    if max(map(mul, map(abs, sums[FEWEST : len(scores) - FEWEST + 1]), weights)) >= contrast:
        return True
    span, largest = max(sums) - min(sums), max(map(abs, scores))
    for width in widths:
        scale = sqrt(2 * width)
        if 2 * min(span, width * largest) / scale < contrast:
            continue
        inside = list(map(sub, sums[width:], sums))
        if (max(inside) - min(inside)) / scale < contrast:
            continue
        if max(map(abs, map(sub, inside[width:], inside))) / scale >= contrast:
            return True
    return False


def _strongest(scores: Sequence[int], weights: Sequence[float], widths: Sequence[int]) -> tuple[float, int]:
    """The largest contrast of scores whose sum is 0, and the first position after it."""
    sums = [0, *accumulate(scores)]
    contrasts = list(map(mul, map(abs, sums[FEWEST : len(scores) - FEWEST + 1]), weights))
    best = max(contrasts)
    place = FEWEST + contrasts.index(best)
    for width in widths:
        inside = list(map(sub, sums[width:], sums))
        steps = list(map(abs, map(sub, inside[width:], inside)))
        step = max(steps)
        if step / sqrt(2 * width) > best:
            best, place = step / sqrt(2 * width), width + steps.index(step)
    return best, place


def _weights(size: int) -> list[float]:
    """What turns a sum of the first scores into a contrast, for each split that leaves enough on both sides."""
    return [sqrt(size / (left * (size - left))) for left in range(FEWEST, size - FEWEST + 1)]


def _widths(size: int) -> list[int]:
    """The widths of the windows on either side of a place, each √2 times the one before."""
    widths = []
    width = float(NARROWEST)
    while width <= size / 2:
        widths.append(round(width))
        width *= sqrt(2)
    return [width for width in widths if 2 * width <= size]


def _moved(logs: Sequence[float], places: Sequence[int]) -> list[int]:
    """The places, each moved to where the values between its neighbours split best."""
    bounds = [0, *places, len(logs)]
    for number in range(1, len(bounds) - 1):
        begin, end = bounds[number - 1], bounds[number + 1]
        _, split = _strongest(_scores(logs[begin:end]), _weights(end - begin), ())
        bounds[number] = begin + split
    return bounds[1:-1]


def _scores(logs: Sequence[float]) -> list[int]:
    """How far each logarithm counts from the median, in some unit, less the mean of all.

    Whole numbers, so that their sum is 0, and equal sums are equal in whatever order they were added.
    """
    middle = median(logs)
    distances = [value - middle for value in logs]
    unit = NORMAL_MAD * median(map(abs, distances))
    if unit > 0:
        raw = [round(_STEPS * max(-FARTHEST, min(FARTHEST, distance / unit))) for distance in distances]
    else:  # most values are one and the same: all others are infinitely far from it
        raw = [(distance > 0) - (distance < 0) for distance in distances]
    total = sum(raw)
    return [len(raw) * score - total for score in raw]


def _log(value: float) -> float:
    if not 0 < value < inf:
        raise ValueError(f"a series is of positive numbers, not {value}")
    return log(value)


def _exp(value: float) -> float:
    return exp(min(value, _LARGEST_LOG))  # two runs at a high confidence can reach beyond all floats
