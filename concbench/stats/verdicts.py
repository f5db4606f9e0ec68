"""From intervals and pairs to verdicts: faster, slower, the same, or undecided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from concbench.model.result import Interval
from concbench.model.run import Verdict

MARGIN = 0.05
"""Ratios from 1/1.05 to 1.05 count as the same."""

CLEAR = 2.0
"""If every pair differs by more than this factor in the same direction, the difference is clear, however few blocks
there were: side by side, three pairs in a row don't do that by chance."""
CLEAR_OF_FEW = {1: 10.0, 2: 3.0}
"""The factor for one pair or two: one late sample may double its time. In simulations with noise of 25 % a sample, and
one sample in 20 late by a factor of two to five, fewer than 1 in 400 comparisons of equals are called clear."""

TAIL = 0.1
"""The share of samples at each end that need not agree, where there are no pairs but two sides of many samples."""


def clearly(pairs: Sequence[float]) -> Literal["faster", "slower"] | None:
    """What every pair agrees on by a factor of two or more; None where they don't.

    `pairs` are the ratios to the reference in the rounds that hold both (`intervals.pair_ratios`). Fewer than three
    have to differ by more: see `CLEAR_OF_FEW`.

    >>> clearly([2.4, 31.0, 2.1]), clearly([0.2, 0.3, 0.6]), clearly([24.0]), clearly([2.5, 2.5]), clearly([])
    ('slower', None, 'slower', None, None)
    """
    factor = CLEAR_OF_FEW.get(len(pairs), CLEAR)
    if pairs and min(pairs) > factor:
        return "slower"
    return "faster" if pairs and max(pairs) < 1 / factor else None


def clearly_apart(base: Sequence[float], head: Sequence[float]) -> Literal["faster", "slower"] | None:
    """What nearly all samples of two sides that did not run side by side agree on by a factor of two or more.

    All but the lowest and the highest tenth of each side: of ten thousand rounds, some are always late. Of a side with
    fewer than three samples, the factors of `CLEAR_OF_FEW` hold.

    >>> clearly_apart([1.0, 1.1, 1.2], [2.5, 3.0, 2.6]), clearly_apart([1.0, 1.1, 1.2], [1.9, 3.0, 2.6])
    ('slower', None)
    """
    if not base or not head:
        return None
    factor = CLEAR_OF_FEW.get(min(len(base), len(head)), CLEAR)
    (least, most), (fewest, longest) = _without_tails(base), _without_tails(head)
    if fewest > factor * most:
        return "slower"
    return "faster" if factor * longest < least else None


def _without_tails(samples: Sequence[float]) -> tuple[float, float]:
    """The least and the largest sample without a tenth of them at each end."""
    cut = int(len(samples) * TAIL)
    kept = sorted(samples)[cut : len(samples) - cut]
    return kept[0], kept[-1]


def verdict(ratio: Interval, margin: float = MARGIN, pairs: Sequence[float] = ()) -> Verdict:
    """The verdict on an interval of ratios to the reference, and on the ratios of its pairs.

    `same` needs evidence: the whole interval lies within 1/(1+margin) and 1+margin. Otherwise an interval below 1 is
    `faster` and one above 1 is `slower`. Without an interval, or with one that includes 1, the pairs decide if they
    `clearly` agree. Everything else is `undecided`.

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
