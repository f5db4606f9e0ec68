"""How cases stand to each other, by one estimate: the ratio of those that ran side by side, and else their medians."""

from __future__ import annotations

from collections.abc import Sequence

from concbench.model import Case, Run
from concbench.stats.intervals import median_interval, ratio_interval


def standing(case: Case, run: Run) -> float | None:
    """Return what a case takes, in seconds, as its table's order has it; None where it was not measured.

    It is the reference's median times the ratio that the table shows, because a median alone tells as much of the
    rounds that it comes from: a case that was given up early ran in the first blocks only. Without a ratio, it is the
    median.
    """
    if case.median is None:
        return None
    part = next((part for part in run.parts if part.name == case.part), None)
    reference = next((other for other in run.cases if part is not None and other.id == part.reference), None)
    if reference is None or reference.median is None:
        return case.median.estimate
    ratios = (each.ratio.estimate for each in run.comparisons if (each.case, each.reference) == (case.id, reference.id))
    ratio = next(ratios, None)
    return case.median.estimate if ratio is None else ratio * reference.median.estimate


def fastest_of(cases: Sequence[Case]) -> Case | None:
    """Return the case that takes the least time; None where none was measured.

    All are compared with the one that has the most samples, in the rounds of both; by medians, where there are none.

    >>> fastest_of([])
    """
    measured = [case for case in cases if case.median is not None or case.samples]
    beside = max(measured, key=lambda case: len(case.samples), default=None)
    return None if beside is None else min(measured, key=lambda case: _relative(case, beside))


def _relative(case: Case, beside: Case) -> float:
    """Return the time of a case as a multiple of another's; both were measured."""
    if case is beside:
        return 1.0
    try:
        found = ratio_interval(case.samples, beside.samples, metric=case.metric)
    except ValueError:  # a file may hold two samples of one round, and then nobody knows which ran beside which
        found = None
    if found is not None:
        return found.estimate
    return _seconds(case) / _seconds(beside)


def _seconds(case: Case) -> float:
    median = case.median or median_interval(case.samples, metric=case.metric)
    return median.estimate
