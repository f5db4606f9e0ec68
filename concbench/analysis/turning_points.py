"""From which number of items on one way of running a job is predicted to be faster than another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, exp, hypot, log
from typing import Literal

from concbench.model.case import Case, Settings, Workload
from concbench.prediction.predict import Job, NotPredictable, Predictor, Range

STEP = 10**0.5
"""The factor from one number of items to the next at which both are predicted."""
FARTHEST = 100
"""Times the items that were run: predictions go no further than this, …"""
MOST = 200_000
"""… nor to more items than this, which are simulated in a fraction of a second."""


@dataclass(frozen=True, kw_only=True)
class TurningPoint:
    """Where one way of running a job becomes faster than another, as far as that is predicted."""

    faster: Literal["from", "always", "never"]
    """`never`: not for any number of items up to `upto`; whatever is none of the three is not certain enough."""
    items: Range | None
    """From how many on; of `from` only."""
    upto: int
    """The largest number of items that was looked at."""


@dataclass(frozen=True)
class _Point:
    """How two ways compare for one number of items."""

    place: float
    """The logarithm of the number of items."""
    ratio: float
    """The logarithm of the ratio of their times."""
    reach: float
    """How far it may be off."""


def turning_point(model: Predictor, one: Case, other: Case) -> TurningPoint | None:
    """From which number of items on the first of two cases is faster; None where that is not certain enough."""
    now = one.workload.tasks
    upto = farthest(one.workload)
    try:
        points = [_point(model, one, other, items) for items in counts(now, upto)]
    except NotPredictable:
        return None
    last = points[-1]
    if last.ratio + last.reach >= 0:
        certainly_not = all(point.ratio - point.reach > 0 for point in points)
        return TurningPoint(faster="never", items=None, upto=upto) if certainly_not else None
    if all(point.ratio + point.reach < 0 for point in points):
        return TurningPoint(faster="always", items=None, upto=upto)
    estimate, low, high = (_crossing(points, side) for side in (0.0, -1.0, 1.0))
    return TurningPoint(faster="from", items=Range(estimate=estimate, low=low, high=high), upto=upto)


def farthest(workload: Workload) -> int:
    """The largest number of items that is looked at."""
    return max(workload.tasks, min(MOST, max(FARTHEST * workload.tasks, workload.total or 0)))


def counts(now: int, upto: int) -> list[int]:
    """The numbers of items to look at: from 1 to the largest, with the one that was run.

    >>> counts(60, 600)
    [1, 3, 10, 32, 60, 100, 316, 600]
    """
    found, number = {1, now, upto}, 1.0
    while number < upto:
        found.add(round(number))
        number *= STEP
    return sorted(found)


def _point(model: Predictor, one: Case, other: Case, items: int) -> _Point:
    job = Job(items=items)
    first, second = (
        model.predict(case.subject, scaled(case.settings, case.workload.tasks, items), job).wall
        for case in (one, other)
    )
    return _Point(log(items), log(first.estimate / second.estimate), hypot(_reach(first), _reach(second)))


def scaled(settings: Settings, items: int, fewer: int) -> Settings:
    """Settings for fewer items than they were made for: chunks shrink with them, so that no worker is left without.

    >>> [scaled(Settings(chunksize=25), 100, other).chunksize for other in (10, 1000)]
    [3, 25]
    """
    if settings.chunksize is None or fewer >= items:
        return settings
    return replace(settings, chunksize=max(1, ceil(settings.chunksize * fewer / items)))


def _reach(time: Range) -> float:
    """How far a time may be off, as a logarithm."""
    low = max(time.low, time.estimate / exp(5))  # a range that reaches down to 0 says nothing
    return max(log(time.high / time.estimate), log(time.estimate / low))


def _crossing(points: Sequence[_Point], side: float) -> float:
    """Where the first becomes faster for good: for the ratio itself, or for one end of its range."""
    values = [point.ratio + side * point.reach for point in points]
    after = len(values)
    while after and values[after - 1] < 0:
        after -= 1
    if after == 0:
        return exp(points[0].place)
    if after == len(values):
        return exp(points[-1].place)
    before, behind = values[after - 1], values[after]
    share = before / (before - behind)
    return exp(points[after - 1].place + share * (points[after].place - points[after - 1].place))
