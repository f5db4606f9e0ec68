"""Who is fastest, by the ratios of results that ran side by side, and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from statistics import fmean

from concbench.analysis.figures import figures, pairs_of
from concbench.model.result import Result
from concbench.model.run import Run
from concbench.stats.intervals import median_interval, ratio_interval
from concbench.stats.two_samples import block_changes, chance_of_slower, least_scatter, typical_change
from concbench.stats.verdicts import clearly

HOPELESS = 3.0
"""A case that takes this many times as long is given up without an interval, after two rounds: one late sample alone
makes two samples side by side differ by such a factor."""
LEAST_ROUNDS = 2
BETWEEN_HOSTS = 0.016
"""The least standard deviation between hosts, as a logarithm, measured on a short `Pool.map`: three blocks that agree
better do so by chance."""
ALPHA = 0.05
"""How often, at most, a case is called surely the fastest and is not."""


def standing(result: Result, run: Run) -> float | None:
    """The seconds by which a result is ordered in its table; None without a measurement.

    This is the reference's median times the ratio in the table, since a median depends on the rounds that it comes
    from: a case that was given up early ran in the first blocks only. Without a ratio, it is the median.
    """
    if result.median is None:
        return None
    table = next((table for table in run.tables if table.name == result.case.table), None)
    reference = next((other for other in run.results if table is not None and other.case.id == table.reference), None)
    if reference is None or reference.median is None:
        return result.median.estimate
    ratios = (
        each.ratio.estimate
        for each in run.comparisons
        if (each.case, each.reference) == (result.case.id, reference.case.id)
    )
    ratio = next(ratios, None)
    return result.median.estimate if ratio is None else ratio * reference.median.estimate


def fastest_of(results: Sequence[Result]) -> Result | None:
    """The result that takes the least time; None without a measurement.

    Compares each with the one that has the most samples, in the rounds of both; by medians, if they share none.

    >>> fastest_of([])
    """
    measured = [result for result in results if result.median is not None or result.samples]
    beside = max(measured, key=lambda result: len(result.samples), default=None)
    return None if beside is None else min(measured, key=lambda result: _relative(result, beside))


def best_of_sides(results: Sequence[Result]) -> dict[str | None, Result]:
    """The result that takes the least time on each side, or under each interpreter, in the order of the results."""
    sides: dict[str | None, list[Result]] = {}
    for result in results:
        sides.setdefault(result.case.side, []).append(result)
    return {side: best for side, rows in sides.items() if (best := fastest_of(rows)) is not None}


def _relative(result: Result, beside: Result) -> float:
    """The time of a result as a multiple of another's; both were measured."""
    if result is beside:
        return 1.0
    try:
        found = ratio_interval(result.samples, beside.samples, metric=result.case.metric)
    except ValueError:  # a file may hold two samples of one round,
        found = None
    if found is not None:
        return found.estimate
    return _seconds(result) / _seconds(beside)


def _seconds(result: Result) -> float:
    median = result.median or median_interval(result.samples, metric=result.case.metric)
    return median.estimate


def leader_of(results: Sequence[Result]) -> Result | None:
    """The result that is faster than every other in the rounds that the two share; None without samples.

    Starting anywhere, the result furthest ahead takes the place of the one before, so that only results that ran side
    by side are compared. Trimmed means may be faster than each other in a circle: the search ends after one turn.
    """
    measured = [result for result in results if result.samples and result.failure is None]
    if not measured:
        return None
    first = measured[0]
    for _ in measured:
        ahead = {
            result.case.id: ratio
            for result in measured
            if (ratio := typical_change(figures(first), figures(result))) is not None
        }
        best = min(measured, key=lambda result: ahead.get(result.case.id, 0.0))
        if ahead.get(best.case.id, 0.0) >= 0:
            break
        first = best
    return first


def is_behind(result: Result, leader: Result, chance: float) -> bool:
    """Whether a result is surely slower than another, with an error rate of at most `chance`.

    Uses the gate's one-sided t-test over blocks; beyond a factor of `HOPELESS`, two rounds are enough.
    """
    blocks = block_changes(figures(leader), figures(result))
    if not blocks:
        return False
    rounds = len({(sample.block, sample.round) for sample in result.samples})
    if rounds >= LEAST_ROUNDS and fmean(blocks) > log(HOPELESS):
        return True
    return chance_of_slower(blocks, max(BETWEEN_HOSTS, least_scatter(figures(leader), figures(result)))) <= chance


def times_as_long(result: Result, leader: Result) -> float | None:
    """The wall time of a result as a multiple of the leader's; None where they never ran side by side."""
    found = typical_change(figures(leader), figures(result))
    return None if found is None else exp(found)


def surely_fastest(first: Result, results: Sequence[Result]) -> bool:
    """Whether every other result is surely slower: the interval of its ratio lies above 1, or all pairs agree.

    The error rate is divided among the others (Bonferroni): the more there are, the sooner one is ahead by chance.
    What every pair agrees on by far needs no interval (see `clearly`).
    """
    others = [result for result in results if result is not first]
    try:
        ratios = [
            ratio_interval(result.samples, first.samples, 1 - ALPHA / len(others), first.case.metric)
            for result in others
        ]
    except ValueError:  # a file may hold two samples of one round
        return False
    return all(
        ratio is not None
        and ((ratio.low is not None and ratio.low > 1) or clearly(pairs_of(result, first)) == "slower")
        for result, ratio in zip(others, ratios, strict=True)
    )
