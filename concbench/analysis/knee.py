"""How many concurrent calls of a function are enough: the knee of what a closed loop measured at several levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log
from typing import Literal

from concbench.model.result import Interval, Load, Result
from concbench.model.run import Knee
from concbench.stats.knee import SHARE, KneeEstimate, knee

BEYOND = 1.2
"""The highest level is this many times the lowest with enough, before throughput is taken to have stopped rising."""
MORE_ERRORS = 0.01
"""The share of its calls by which a level fails more often than those below it, before that may be its own doing."""
BY_CHANCE = 0.01
"""And the chance of that, or worse, where all levels fail as often."""
MOST_TERMS, NEGLIGIBLE = 10_000, 1e-12
"""Terms of a sum of chances, at most, and the share of it below which the others are left out."""
LEAST = 1e-6
"""Calls a second: less is none."""


@dataclass(frozen=True)
class Level:
    """What was measured with a number of concurrent calls."""

    level: int
    result: Result

    @property
    def loads(self) -> list[Load]:
        """Of each sample."""
        return [sample.load for sample in self.result.samples if sample.load is not None]

    @property
    def throughputs(self) -> list[float]:
        """Calls a second of each sample that had any."""
        return [load.throughput for load in self.loads if load.throughput > LEAST]

    @property
    def calls(self) -> int:
        """All that were made."""
        return sum(load.calls for load in self.loads)

    @property
    def failed(self) -> int:
        """Those of them that failed."""
        return sum(load.failed for load in self.loads)

    @property
    def lost(self) -> int:
        """Workers whose initializer raised."""
        return sum(load.lost for load in self.loads)


@dataclass(frozen=True)
class Finding:
    """What the levels of one kind of caller say."""

    found: Literal["knee", "errors", "open", "failing"]
    levels: Mapping[int, Level]
    """All that were measured, in order."""
    good: tuple[int, ...]
    """Those that do not fail more often than lower ones, in order."""
    failing: int | None
    """The lowest of the others."""
    estimate: KneeEstimate | None
    """None where calls fail at every level."""


def levels_of(results: Iterable[Result]) -> dict[int, Level]:
    """The levels that were measured, or could not be, in order."""
    found = [
        Level(result.case.settings.workers or 1, result)
        for result in results
        if result.case.experiment == "load" and (result.samples or result.failure is not None)
    ]
    return {each.level: each for each in sorted(found, key=lambda each: each.level)}


def finding(levels: Mapping[int, Level]) -> Finding:
    """What was measured at some levels comes to; raises ValueError where there are none."""
    if not levels:
        raise ValueError("no level was measured")
    good: list[int] = []
    failing = None
    for number, level in levels.items():
        if fails(level, [levels[each] for each in good]):
            failing = number
            break
        good.append(number)
    if not good:
        return Finding("failing", levels, (), failing, None)
    estimate = knee({number: levels[number].throughputs for number in good})
    saturated = good[-1] >= BEYOND * estimate.crossing.enough
    found: Literal["knee", "errors", "open"] = "knee" if saturated else "open" if failing is None else "errors"
    return Finding(found, levels, tuple(good), failing, estimate)


def fails(level: Level, below: Sequence[Level]) -> bool:
    """Whether a level could not be measured, or its calls fail more often than those at lower levels do.

    A function may fail on some items at any level; what counts is whether it fails more often here, which Fisher's
    exact test decides ("Statistical Methods for Research Workers", 1934, section 21.02).
    """
    if level.result.failure is not None or level.lost or not level.throughputs:
        return True
    calls, failed = sum(each.calls for each in below), sum(each.failed for each in below)
    if not calls or not level.calls or level.failed / level.calls <= failed / calls + MORE_ERRORS:
        return False
    return chance_of_more(level.failed, level.calls, failed, calls) < BY_CHANCE


def chance_of_more(failed: int, calls: int, others_failed: int, other_calls: int) -> float:
    """The chance that this number of all failures, or more, are among these calls, where all fail as often.

    >>> round(chance_of_more(1, 10, 0, 10), 3), chance_of_more(5, 10, 0, 90) < 0.001
    (0.5, True)
    """
    failures = failed + others_failed
    ways = _log_ways(calls, failed) + _log_ways(other_calls, others_failed) - _log_ways(calls + other_calls, failures)
    chance = term = exp(min(0.0, ways))
    for more in range(failed, min(calls, failures, failed + MOST_TERMS)):
        rest = failures - more
        term *= (calls - more) / (more + 1) * rest / (other_calls - rest + 1)
        chance += term
        if term < NEGLIGIBLE * chance:
            break
    return min(1.0, chance)


def _log_ways(of: int, some: int) -> float:
    """The logarithm of the number of ways to choose some of all."""
    return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)


def nearest(found: Finding) -> int | None:
    """The level to go by: of those that were measured and don't fail, the one nearest to the knee."""
    if found.estimate is None:
        return None
    wanted = log(found.estimate.crossing.estimate)
    return min(found.good, key=lambda level: (abs(log(level) - wanted), level))


def knees(results: Sequence[Result], most_calls: int) -> list[Knee]:
    """The knee of each table of a load; `most_calls` is how many were allowed."""
    tables: dict[str, list[Result]] = {}
    for result in results:
        tables.setdefault(result.case.table, []).append(result)
    return [_knee(name, levels, most_calls) for name, rows in tables.items() if (levels := levels_of(rows))]


def _knee(table: str, levels: Mapping[int, Level], most_calls: int) -> Knee:
    found = finding(levels)
    by = nearest(found)
    return Knee(
        table=table,
        subject=next(iter(levels.values())).result.case.subject,
        found=found.found,
        case=None if by is None else levels[by].result.case.id,
        level=_interval(found),
        share=SHARE,
        failing=found.failing,
        calls=sum(level.calls for level in levels.values()),
        most_calls=most_calls,
    )


def _interval(found: Finding) -> Interval | None:
    """The knee with its interval; where throughput still rises, it is only known to be no lower than the highest."""
    estimate = found.estimate
    if estimate is None:
        return None
    blocks = max(len(found.levels[level].throughputs) for level in found.good)
    crossing = estimate.crossing
    if found.found == "open" or estimate.low is None or estimate.high is None:
        return Interval(estimate=crossing.estimate, low=None, high=None, confidence=0.95, blocks=blocks)
    high = estimate.high if found.failing is None else min(estimate.high, float(found.failing))
    return Interval(
        estimate=crossing.estimate,
        low=min(estimate.low, crossing.estimate),
        high=max(high, crossing.estimate),
        confidence=0.95,
        blocks=blocks,
    )
