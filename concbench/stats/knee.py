"""The knee of a closed loop: the smallest level of concurrency that has nearly all of the throughput there is.

In a closed loop a fixed number of callers, the level N, each make the next call as soon as their last one has come
back. By Little's law (Little, "A Proof for the Queuing Formula L = λW", 1961), N callers whose calls take R seconds
make X = N / R calls a second. With few of them R is constant and X grows with N; from some level on something is
saturated, X stays, and R grows instead: X(N) ≤ min(N / R(1), X_max), the asymptotic bounds of Denning and Buzen ("The
Operational Analysis of Queueing Network Models", 1978). Beyond, X may even fall, as the universal scalability law has
it (Gunther, "Guerrilla Capacity Planning", 2007). The level at which the bounds meet, or at which throughput per
response time is largest, is called the knee (Jain, "The Art of Computer Systems Performance Analysis", 1991, section
3.3). Real curves have no corner, so here it is defined by a share of the throughput:

    the knee is the smallest N at which X(N) is at least 95 % of the largest X(N) at any level without more errors.

X is estimated at the levels that were measured. As it rises and then falls, the means are replaced by the nearest
sequence that does so (`unimodal`). Between two levels, X is concave: a curve that bends down lies above its chord and
below the continuation of the chord to the left of it. So both bound where X reaches the 95 %, and the knee is the mean
of the two bounds. Its interval is found by drawing the means anew, with their scatter, and taking the quantiles of the
lower bounds below and of the upper bounds above.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log, sqrt
from statistics import fmean

from concbench.stats.t_distribution import t_quantile

SHARE = 0.95
"""The share of the largest throughput that is enough."""
FURTHER = 0.75
"""The chord to the left begins at most this far from zero, as the slope between two close levels is mostly noise."""
BENT = 2 / 3
"""How far up between its bounds a crossing is taken to be, on a logarithmic scale."""
DRAWS = 400
"""Repetitions that an interval is taken from: its ends are good to about a tenth of their distance."""
NORMAL = 1.959964
"""The quantile of the normal distribution that a t quantile replaces where the scatter is itself an estimate."""
SEED = 17
"""So that the same figures have the same interval."""


@dataclass(frozen=True)
class Crossing:
    """Where a curve reaches a share of its largest value; levels, not necessarily whole."""

    low: float
    high: float
    """The bounds that concavity gives."""
    below: int | None
    """The highest level that was measured and has less; None where even the lowest has enough."""
    enough: int
    """The lowest that has enough."""
    most: float
    """The largest value of the curve, per second."""

    @property
    def estimate(self) -> float:
        """Between the bounds, and nearer to the upper one: curves bend, and seldom break."""
        return exp((1 - BENT) * log(self.low) + BENT * log(self.high))


@dataclass(frozen=True)
class KneeEstimate:
    """A knee, and how sure it is; levels of concurrency."""

    crossing: Crossing
    low: float | None
    high: float | None
    """The ends of the interval; None where no level was measured twice, so that the scatter is unknown."""
    curve: Mapping[int, float]
    """Calls a second at each level, smoothed."""


def knee(throughputs: Mapping[int, Sequence[float]], confidence: float = 0.95, share: float = SHARE) -> KneeEstimate:
    """The knee of a closed loop, of the calls a second that were measured at some levels, once or several times.

    Raises ValueError where there is nothing, or a throughput is not a positive number.

    >>> found = knee({1: [10], 2: [20], 4: [40], 8: [80], 9: [90], 10: [100], 16: [100], 32: [100]})
    >>> round(found.crossing.estimate, 1), found.crossing.below, found.crossing.enough
    (9.5, 9, 10)
    """
    if not throughputs or not all(throughputs.values()):
        raise ValueError("a knee needs at least one throughput of each level")
    if not all(value > 0 for values in throughputs.values() for value in values):
        raise ValueError("a throughput is a positive number of calls a second")
    levels = sorted(throughputs)
    weights = [float(len(throughputs[level])) for level in levels]
    means = [fmean(map(log, throughputs[level])) for level in levels]
    curve = unimodal(means, weights)
    found = crossing(dict(zip(levels, map(exp, curve), strict=True)), share)
    smoothed = dict(zip(levels, map(exp, curve), strict=True))
    degrees = sum(len(values) - 1 for values in throughputs.values())
    if degrees == 0:
        return KneeEstimate(found, None, None, smoothed)
    squares = sum(
        (log(value) - mean) ** 2 for level, mean in zip(levels, means, strict=True) for value in throughputs[level]
    )
    scatter = sqrt(squares / degrees) * t_quantile((1 + confidence) / 2, degrees) / NORMAL
    draw = random.Random(SEED)
    drawn = []
    for _ in range(DRAWS):
        again = [mean + draw.gauss(0, scatter / sqrt(weight)) for mean, weight in zip(curve, weights, strict=True)]
        drawn.append(crossing(dict(zip(levels, map(exp, unimodal(again, weights)), strict=True)), share))
    tail = (1 - confidence) / 2
    lows, highs = sorted(each.low for each in drawn), sorted(each.high for each in drawn)
    low, high = lows[int(tail * DRAWS)], highs[-1 - int(tail * DRAWS)]
    return KneeEstimate(found, min(low, found.low), max(high, found.high), smoothed)


def crossing(curve: Mapping[int, float], share: float = SHARE) -> Crossing:
    """Where a curve that rises and then falls reaches a share of its largest value.

    >>> found = crossing({1: 10.0, 2: 20.0, 4: 40.0, 8: 60.0, 16: 60.0})
    >>> round(found.low, 1), round(found.high, 1), round(found.estimate, 1)
    (5.7, 7.4, 6.8)
    """
    levels = sorted(curve)
    most = max(curve.values())
    wanted = share * most
    at = next(at for at, level in enumerate(levels) if curve[level] >= wanted)
    enough = levels[at]
    if at == 0:
        return Crossing(float(enough), float(enough), None, enough, most)
    below = levels[at - 1]
    # The line through the origin is an upper bound of a concave curve, too: the one of no callers and no calls.
    before = next((level for level in reversed(levels) if level <= FURTHER * below), 0)
    before_it = curve.get(before, 0.0)
    chord = (curve[enough] - curve[below]) / (enough - below)
    steeper = max(chord, (curve[below] - before_it) / (below - before))
    low, high = (below + (wanted - curve[below]) / slope for slope in (steeper, chord))
    return Crossing(low, high, below, enough, most)


def unimodal(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The sequence that rises and then falls and is nearest to some values, by weighted squares.

    For each place of the largest value, pool adjacent violators (Ayer and others, "An Empirical Distribution Function
    for Sampling with Incomplete Information", 1955) on both sides of it; the best of these (Frisén, "Unimodal
    Regression", 1986).

    >>> unimodal([1.0, 3.0, 2.0, 4.0, 1.0], [1.0] * 5)
    [1.0, 2.5, 2.5, 4.0, 1.0]
    """
    best: tuple[float, list[float]] | None = None
    for mode in range(len(values)):
        rising = _rising(values[: mode + 1], weights[: mode + 1])
        falling = _rising(values[mode + 1 :][::-1], weights[mode + 1 :][::-1])[::-1]
        fitted = [*rising, *falling]
        if any(later > earlier + 1e-12 for earlier, later in pairwise(fitted[mode:])):
            continue  # this is no mode of it
        off = sum(weight * (value - fit) ** 2 for value, weight, fit in zip(values, weights, fitted, strict=True))
        if best is None or off < best[0] - 1e-15:
            best = off, fitted
    if best is None:
        raise ValueError("there are no values to fit a sequence to")
    return best[1]


def _rising(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The nearest sequence that never falls."""
    pooled: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        mean, total, size = value, weight, 1
        while pooled and pooled[-1][0] > mean:
            other, its, count = pooled.pop()
            mean, total, size = (mean * total + other * its) / (total + its), total + its, size + count
        pooled.append((mean, total, size))
    return [mean for mean, _, size in pooled for _ in range(size)]
