"""From the samples of cases to medians, ideal times, comparisons, and outcomes of claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from concbench.model import Case, Claim, ClaimOutcome, Comparison, Crossing, Part, Workload
from concbench.stats.crossing import crossing
from concbench.stats.intervals import log_ratios_by_block, median_interval, pair_ratios
from concbench.stats.verdicts import compare, judge
from concbench.stats.where import least_serial
from concbench.strategies.strategy import strategies
from concbench.workloads.ideal import ideal
from concbench.workloads.named import is_function


def summarise(cases: Sequence[Case], cores: int) -> None:
    """Give every measured case its median and its ideal time.

    Computing is taken at the best speed that anything shows: see `least_serial`. And as nothing is faster than the
    ideal, that is no more than what the case took that comes nearest to it.
    """
    for case in cases:
        if case.samples:
            case.median = median_interval(case.samples, metric=case.metric)
    for case in cases:
        if case.median is None or case.experiment != "tasks":
            continue
        if is_function(case.workload.name) and case.workload.busy is None:
            continue  # nobody has looked how much of its time it computes
        serial = least_serial(case, cases)
        if serial is None and case.side is not None and case.workload.loops:
            continue  # calibrated on another side: how long its loops take here, nobody knows
        lanes = strategies.get(case.subject).lanes(case.settings, case.workload.tasks)
        case.ideal = ideal(case.workload, lanes, cores, serial)
    within_reach(cases)


def within_reach(cases: Sequence[Case]) -> None:
    """Lower the ideals of cases that did the same work until none of them was faster than its own."""
    done: dict[tuple[str, str | None, Workload], list[tuple[Case, float]]] = {}
    for case in cases:
        if case.ideal and case.median is not None:
            key = case.part, case.side, case.workload
            done.setdefault(key, []).append((case, case.ideal / case.median.estimate))
    for found in done.values():
        beyond = max(share for _, share in found)
        for case, _ in found:
            if beyond > 1 and case.ideal is not None:
                case.ideal /= beyond


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
        if claim.verdict in ("loses updates", "keeps updates"):
            outcomes.append(judge_updates(claim, case))
            continue
        comparison = compare(case, reference, seconds_a_block) if case and reference else None
        outcomes.append(judge(claim, comparison))
    return outcomes


def judge_updates(claim: Claim, case: Case | None) -> ClaimOutcome:
    """Return what a case's samples say of a claim on lost updates.

    One lost update settles it. That none was lost in so many refutes nothing: it may happen in the next.
    """
    if case is None or not case.samples:
        return ClaimOutcome(claim=claim, outcome="not measured", comparison=None)
    lost = sum(sample.lost or 0 for sample in case.samples)
    updates = len(case.samples) * case.workload.tasks * (case.settings.workers or 1)
    outcome: Literal["confirmed", "refuted", "undecided"]
    if claim.verdict == "loses updates":
        outcome = "confirmed" if lost else "undecided"
    else:
        outcome = "refuted" if lost else "confirmed"
    return ClaimOutcome(claim=claim, outcome=outcome, comparison=None, lost=lost, updates=updates)


def crossings(pairs: Sequence[tuple[str, str]], cases: Sequence[Case]) -> list[Crossing]:
    """Find for each pair of subjects from which size of messages on, or up to which, the first is the faster one.

    Cases are compared whose ends lie on cores alike, as those of the first measured case do. A pair that was measured
    at fewer than two sizes is left out.
    """
    found = []
    cores = next((case.settings.cores for case in cases if case.samples), None)
    placed = [case for case in cases if case.settings.cores == cores]
    for subject, other in pairs:
        ratios: dict[int, dict[int, float]] = {}
        side_by_side: dict[int, list[float]] = {}
        for size in sorted({case.workload.payload for case in placed if case.workload.payload > 0}):
            first, second = (
                next((case for case in placed if case.subject == name and case.workload.payload == size), None)
                for name in (subject, other)
            )
            if first is not None and second is not None:
                blocks = log_ratios_by_block(first.samples, second.samples, first.metric)
                if blocks:
                    ratios[size] = blocks
                    side_by_side[size] = pair_ratios(first.samples, second.samples, first.metric)
        if len(ratios) > 1:
            faster, size_from = crossing(ratios, pairs=side_by_side)
            found.append(Crossing(subject=subject, other=other, sizes=list(ratios), faster=faster, size=size_from))
    return found
