"""Is a ratio surely at least so much, or surely less? Looked at while the figures come in."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, sqrt
from typing import Literal

from concbench.model import Interval
from concbench.stats.changes import LEAST_SCATTER, change_interval
from concbench.stats.gate import FEWEST_BLOCKS
from concbench.stats.looks import weights
from concbench.stats.remaining import remaining_blocks
from concbench.stats.student import t_quantile

LOOKS = (1 / 4, 3 / 8, 1 / 2, 3 / 4, 1.0)
"""Shares of the budget at which it is looked."""
ERROR = 0.05
"""The chance that the truth lies outside of any of the intervals; so half of that for being wrong on either side."""

Finding = Literal["reached", "missed", "undecided"]


class Threshold:
    """The looks at a ratio, and what they found.

    Each look spends its own share of the error rate, as in `stats.looks`: over all looks together, a ratio that is
    below `least` is found to have reached it in at most ERROR / 2 of all cases, and the other way round.
    """

    def __init__(self, least: float, looks: Sequence[float] = LOOKS) -> None:
        self.least = least
        self.finding: Finding = "undecided"
        self.interval: Interval | None = None
        """Of the last look."""
        self._blocks: list[float] = []
        """At the last look."""
        self._scatter = LEAST_SCATTER
        self._looks = list(zip(looks, weights(looks), strict=True))
        self._saved = 0.0

    def look(self, used: float, blocks: Sequence[float], scatter: float = LEAST_SCATTER) -> None:
        """Look at the log ratios by block, where `used` is the share of the budget: once for each planned look.

        `scatter` is what blocks are taken to scatter by at least. Too few blocks decide nothing, and spend nothing.

        >>> threshold = Threshold(1.5)
        >>> threshold.look(0.5, [log(2.0), log(2.1)] * 3)
        >>> threshold.finding
        'reached'
        """
        due = self._saved
        while self._looks and self._looks[0][0] <= used + 1e-9:
            due += self._looks.pop(0)[1]
        if due == self._saved and self._looks:
            return
        self._saved = due
        if not blocks or not due or self.finding != "undecided":
            return
        confidence = 1 - ERROR * due
        self._blocks, self._scatter = list(blocks), scatter
        self.interval = change_interval(blocks, confidence, scatter)
        if len(blocks) < FEWEST_BLOCKS or self.interval.low is None or self.interval.high is None:
            return
        self._saved = 0.0
        if self.interval.low >= self.least:
            self.finding = "reached"
        elif self.interval.high < self.least:
            self.finding = "missed"

    @property
    def more_blocks(self) -> int | None:
        """About how many more blocks it would take; None where nobody can tell, as at the threshold itself."""
        if self.interval is None:
            return None
        least, confidence = log(self.least), self.interval.confidence

        def settles(mean: float, deviation: float, size: int) -> bool:
            half = t_quantile((1 + confidence) / 2, size - 1) * deviation / sqrt(size)
            return size >= FEWEST_BLOCKS and abs(mean - least) > half

        return remaining_blocks(self._blocks, settles, self._scatter)
