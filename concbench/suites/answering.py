"""From the samples of cases to medians, ideal times, comparisons, and outcomes of claims."""

from __future__ import annotations

from collections.abc import Sequence

from concbench.model import Case, Claim, ClaimOutcome, Comparison, Part
from concbench.stats.intervals import median_interval
from concbench.stats.verdicts import compare, judge
from concbench.strategies.strategy import strategies
from concbench.workloads.ideal import ideal


def summarise(cases: Sequence[Case], cores: int) -> None:
    """Give every measured case its median and its ideal time.

    Where a part holds `serial`, computing is taken at the speed that it was measured at in the same rounds.
    """
    for case in cases:
        if case.samples:
            case.median = median_interval(case.samples)
    for case in cases:
        if case.median is None:
            continue
        beside = (other for other in cases if other.part == case.part and other.subject == "serial")
        serial = next((other.median.estimate for other in beside if other.median is not None), None)
        lanes = strategies.get(case.subject).lanes(case.settings, case.workload.tasks)
        case.ideal = ideal(case.workload, lanes, cores, serial)


def comparisons(parts: Sequence[Part], cases: Sequence[Case], seconds_a_block: float) -> list[Comparison]:
    """Compare every measured case with the reference of its part."""
    by_id = {case.id: case for case in cases}
    found = []
    for part in parts:
        reference = by_id.get(part.reference or "")
        for case in cases:
            if reference is not None and case.part == part.name and case is not reference:
                comparison = compare(case, reference, seconds_a_block)
                if comparison is not None:
                    found.append(comparison)
    return found


def judged(claims: Sequence[Claim], cases: Sequence[Case], seconds_a_block: float) -> list[ClaimOutcome]:
    """Return what the samples say of each claim."""
    by_id = {case.id: case for case in cases}
    outcomes = []
    for claim in claims:
        case, reference = by_id.get(claim.case), by_id.get(claim.reference)
        comparison = compare(case, reference, seconds_a_block) if case and reference else None
        outcomes.append(judge(claim, comparison))
    return outcomes
