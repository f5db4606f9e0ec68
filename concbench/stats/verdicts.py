"""From intervals to verdicts on cases, and from verdicts to outcomes of claims."""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p, sqrt
from typing import Literal

from concbench.model import Case, Claim, ClaimOutcome, Comparison, Interval, Verdict
from concbench.stats.intervals import block_log_ratios, pair_ratios, ratio_interval
from concbench.stats.remaining import remaining_blocks
from concbench.stats.student import t_quantile

MARGIN = 0.05
"""Ratios from 1/1.05 to 1.05 are the same to most readers."""

CLEAR = 2.0
"""Where every pair differs by more than this factor, and all in one direction, the difference is clear, however few
blocks there were: side by side, three pairs in a row do not differ by so much, and in one direction, by chance."""
CLEAR_OF_FEW = {1: 10.0, 2: 3.0}
"""Of one pair or two, by so much: one late sample may double its time. In simulations with noise of 25 % a sample, and
with one sample in 20 late by a factor of two to five, fewer than 1 in 400 comparisons of equals are called clear."""


def clearly(pairs: Sequence[float]) -> Literal["faster", "slower"] | None:
    """Return what every pair agrees on by a factor of two or more; None where they do not.

    `pairs` are the ratios to the reference in the rounds that hold both (`intervals.pair_ratios`). Fewer than three
    must differ by more: see `CLEAR_OF_FEW`.

    >>> clearly([2.4, 31.0, 2.1]), clearly([0.2, 0.3, 0.6]), clearly([24.0]), clearly([2.5, 2.5]), clearly([])
    ('slower', None, 'slower', None, None)
    """
    factor = CLEAR_OF_FEW.get(len(pairs), CLEAR)
    if pairs and min(pairs) > factor:
        return "slower"
    return "faster" if pairs and max(pairs) < 1 / factor else None


def verdict(ratio: Interval, margin: float = MARGIN, pairs: Sequence[float] = ()) -> Verdict:
    """Return what an interval of ratios to the reference says, and the ratios of its pairs.

    `same` is a finding that needs evidence: the whole interval lies within 1/(1+margin) and 1+margin. Otherwise an
    interval below 1 is `faster` and one above 1 is `slower`; and so is, without an interval or with one that holds 1,
    what is `clearly` so by its pairs. Everything else is `undecided`.

    Raises ValueError where the margin is negative.

    >>> verdict(Interval(estimate=0.8, low=0.75, high=0.85, confidence=0.95, blocks=8))
    'faster'
    >>> verdict(Interval(estimate=0.98, low=0.97, high=0.99, confidence=0.95, blocks=8))
    'same'
    """
    if not margin >= 0:
        raise ValueError(f"a margin is at least 0, not {margin}")
    if ratio.low is None or ratio.high is None:
        return clearly(pairs) or "undecided"
    if 1 / (1 + margin) <= ratio.low and ratio.high <= 1 + margin:
        return "same"
    if ratio.high < 1:
        return "faster"
    if ratio.low > 1:
        return "slower"
    return clearly(pairs) or "undecided"


def compare(
    case: Case, reference: Case, seconds_a_block: float, margin: float = MARGIN, confidence: float = 0.95
) -> Comparison | None:
    """Return the case's metric as a multiple of the reference's, with its verdict; None where no pair exists.

    An undecided comparison says in `more_seconds` about how much longer the run would have to go on, where one more
    block takes `seconds_a_block`; None where that can't be known within a factor of two: see `remaining_blocks`.

    Raises ValueError where a time is not a positive number, a round holds two samples of one case, the margin is
    negative, or `confidence` is not between 0 and 1.

    >>> from concbench.model import Sample, Settings, Workload
    >>> def case(name, *walls):
    ...     case = Case(id=name, part="a", subject=name, workload=Workload(name="cpu", tasks=1), settings=Settings())
    ...     for block, wall in enumerate(walls):
    ...         case.samples.append(Sample(block=block, round=0, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None))
    ...     return case
    >>> compare(case("thread", 1.0, 1.0), case("serial", 2.0, 2.0), seconds_a_block=1.0).verdict
    'undecided'
    >>> compare(case("thread", 1.0, 1.0, 1.0), case("serial", 2.0, 2.0, 2.0), seconds_a_block=1.0).verdict
    'faster'
    >>> undecided = compare(case("thread", 1.02, 1.02, 1.04), case("serial", 1.0, 1.0, 1.0), seconds_a_block=1.0)
    >>> undecided.verdict, undecided.more_seconds
    ('undecided', 2.0)
    """
    ratio = ratio_interval(case.samples, reference.samples, confidence, case.metric)
    if ratio is None:
        return None
    found = verdict(ratio, margin, pair_ratios(case.samples, reference.samples, case.metric))
    more = None
    if found == "undecided":
        more = more_blocks(block_log_ratios(case.samples, reference.samples, case.metric), margin, confidence)
    return Comparison(
        case=case.id,
        reference=reference.id,
        ratio=ratio,
        verdict=found,
        margin=margin,
        more_seconds=None if more is None else more * seconds_a_block,
    )


def judge(claim: Claim, comparison: Comparison | None) -> ClaimOutcome:
    """Return what the comparison of the claim's case with its reference says of the claim.

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


def more_blocks(blocks: Sequence[float], margin: float, confidence: float) -> int | None:
    """Return about how many more blocks would settle which verdict these log ratios have; None where nobody can tell.

    That is until their interval leaves out 1, or lies within the margin.
    """
    within = log1p(margin)

    def settles(mean: float, deviation: float, size: int) -> bool:
        half = t_quantile((1 + confidence) / 2, size - 1) * deviation / sqrt(size)
        return abs(mean) > half or abs(mean) + half < within

    return remaining_blocks(blocks, settles)
