"""From the samples of a run to medians, ideal times, comparisons, and outcomes of claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from concbench.analysis.breakdown import least_serial
from concbench.model.case import Workload, room_for
from concbench.model.result import Result
from concbench.model.run import Claim, ClaimOutcome, Comparison, Table
from concbench.stats.intervals import block_log_ratios, median_interval, pair_ratios, ratio_interval
from concbench.stats.sample_size import blocks_to_verdict
from concbench.stats.verdicts import MARGIN, verdict
from concbench.strategies.strategy import strategies
from concbench.workloads.ideal import ideal
from concbench.workloads.workload import is_function


def summarised(results: Sequence[Result], cores: int) -> list[Result]:
    """The results with the median and the ideal time of every measured case.

    Computing is assumed to run at the best speed in evidence (see `least_serial`). Nothing is faster than the ideal, so
    it is at most what the case nearest to it took.
    """
    with_medians = [
        replace(result, median=median_interval(result.samples, metric=result.case.metric)) if result.samples else result
        for result in results
    ]
    return within_reach([replace(result, ideal=ideal_of(result, with_medians, cores)) for result in with_medians])


def ideal_of(result: Result, results: Sequence[Result], cores: int) -> float | None:
    """The least seconds in which a case's tasks can be done on its workers and some cores; None where unknown."""
    case = result.case
    if result.median is None or case.experiment != "tasks":
        return None
    if is_function(case.workload.name) and case.workload.busy is None:
        return None  # how much of its time it computes was not examined
    serial = least_serial(result, results)
    if serial is None and case.side is not None and case.workload.loops:
        return None  # calibrated on another side: how long its loops take here is unknown
    lanes = strategies.get(case.subject).lanes(case.settings, case.workload.tasks)
    return ideal(case.workload, lanes, room_for(case.workload, case.settings, cores), serial)


def within_reach(results: Sequence[Result]) -> list[Result]:
    """The results with the ideals of cases that did the same work lowered until none was faster than its own."""
    beyond: dict[tuple[str, str | None, Workload, int | None], float] = {}
    for result in results:
        if result.ideal and result.median is not None:
            case = result.case
            work = case.table, case.side, case.workload, case.settings.inner_threads
            beyond[work] = max(beyond.get(work, 1.0), result.ideal / result.median.estimate)
    return [
        replace(result, ideal=result.ideal / beyond.get((case.table, case.side, case.workload, threads), 1.0))
        if result.ideal is not None
        else result
        for result in results
        for case, threads in [(result.case, result.case.settings.inner_threads)]
    ]


def comparisons(tables: Sequence[Table], results: Sequence[Result], seconds_a_block: float) -> list[Comparison]:
    """Every measured case compared with the reference of its table."""
    by_id = {result.case.id: result for result in results}
    found = []
    for table in tables:
        reference = by_id.get(table.reference or "")
        for result in results:
            if reference is not None and result.case.table == table.name and result is not reference:
                comparison = compare(result, reference, seconds_a_block)
                if comparison is not None:
                    found.append(comparison)
    return found


def compare(
    result: Result, reference: Result, seconds_a_block: float, margin: float = MARGIN, confidence: float = 0.95
) -> Comparison | None:
    """A case's metric as a multiple of the reference's, with its verdict; None where no pair exists.

    If it is undecided, `more_seconds` is about how much longer the run would have to go on, if one more block takes
    `seconds_a_block`; None where that isn't known within a factor of two (see `remaining_blocks`).

    Raises ValueError where a time is not a positive number, a round holds two samples of one case, the margin is
    negative, or `confidence` is not between 0 and 1.
    """
    ratio = ratio_interval(result.samples, reference.samples, confidence, result.case.metric)
    if ratio is None:
        return None
    found = verdict(ratio, margin, pair_ratios(result.samples, reference.samples, result.case.metric))
    more = None
    if found == "undecided":
        more = blocks_to_verdict(
            block_log_ratios(result.samples, reference.samples, result.case.metric), margin, confidence
        )
    return Comparison(
        case=result.case.id,
        reference=reference.case.id,
        ratio=ratio,
        verdict=found,
        margin=margin,
        more_seconds=None if more is None else more * seconds_a_block,
    )


def judged(claims: Sequence[Claim], results: Sequence[Result], seconds_a_block: float) -> list[ClaimOutcome]:
    """What the samples say of each claim."""
    by_id = {result.case.id: result for result in results}
    outcomes = []
    for claim in claims:
        result, reference = by_id.get(claim.case), by_id.get(claim.reference)
        if claim.verdict in ("loses updates", "keeps updates"):
            outcomes.append(judge_updates(claim, result))
            continue
        comparison = compare(result, reference, seconds_a_block) if result and reference else None
        outcomes.append(judge(claim, comparison))
    return outcomes


def judge(claim: Claim, comparison: Comparison | None) -> ClaimOutcome:
    """What the comparison of the claim's case with its reference says of the claim.

    A claim is confirmed by its own verdict only: a case claimed to be `faster` and found to be the `same` refutes it.
    A comparison of None, where no pair exists, is `not measured`.

    >>> claim = Claim(sentence="Threads help.", case="thread", verdict="faster", reference="serial")
    >>> judge(claim, None).outcome
    'not measured'
    """
    outcome: Literal["confirmed", "refuted", "undecided", "not measured"]
    if comparison is None:
        outcome = "not measured"
    elif comparison.verdict == "undecided":
        outcome = "undecided"
    else:
        outcome = "confirmed" if comparison.verdict == claim.verdict else "refuted"
    return ClaimOutcome(claim=claim, outcome=outcome, comparison=comparison)


def judge_updates(claim: Claim, result: Result | None) -> ClaimOutcome:
    """What a case's samples say of a claim on lost updates.

    One lost update settles it. If none was lost, that refutes nothing: the next one may be.
    """
    if result is None or not result.samples:
        return ClaimOutcome(claim=claim, outcome="not measured", comparison=None)
    lost = sum(sample.lost or 0 for sample in result.samples)
    updates = len(result.samples) * result.case.workload.tasks * (result.case.settings.workers or 1)
    outcome: Literal["confirmed", "refuted", "undecided"]
    if claim.verdict == "loses updates":
        outcome = "confirmed" if lost else "undecided"
    else:
        outcome = "refuted" if lost else "confirmed"
    return ClaimOutcome(claim=claim, outcome=outcome, comparison=None, lost=lost, updates=updates)
