"""Comparing blocks that were not measured side by side: two runs, at two times, perhaps on two machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from concbench.model import Interval
from concbench.stats.changes import LEAST_SCATTER
from concbench.stats.intervals import exponentiated
from concbench.stats.student import t_quantile, t_tail

ROUNDING = 1e-6
"""Degrees this near below a whole number are that number: two equal scatters give 3.9999999 as easily as 4."""


@dataclass(frozen=True)
class Difference:
    """By how much the means of two series of logarithms differ, and how sure that is."""

    mean: float
    error: float
    """The standard error of the difference."""
    degrees: int
    blocks: int
    """Of the shorter series."""

    def interval(self, confidence: float) -> Interval:
        """Return the ratio that the difference stands for, with its interval."""
        half = t_quantile((1 + confidence) / 2, self.degrees) * self.error
        return exponentiated(
            Interval(
                estimate=self.mean,
                low=self.mean - half,
                high=self.mean + half,
                confidence=confidence,
                blocks=self.blocks,
            )
        )

    def chance_of_slower(self) -> float:
        """Return the chance of so large a difference, or a larger one, where there is none."""
        return t_tail(self.mean / self.error, self.degrees)


def difference(base: Sequence[float], head: Sequence[float]) -> Difference | None:
    """Return head minus base, from one logarithm a block of each; None where either has fewer than two blocks.

    The blocks of two runs can't be paired, and scatter differently, so this is Welch's test ("The Generalization of
    'Student's' Problem when Several Different Population Variances are Involved", 1947), with its degrees of freedom
    rounded down. What differs between the two runs as a whole, as another temperature, is in no such interval.

    >>> found = difference([0.0, 0.01, -0.01], [0.1, 0.11, 0.09])
    >>> round(found.mean, 3), found.degrees, found.interval(0.95).low > 1.05
    (0.1, 4, True)
    """
    if len(base) < 2 or len(head) < 2:
        return None
    parts = [(max(stdev(blocks), LEAST_SCATTER) ** 2 / len(blocks), len(blocks) - 1) for blocks in (base, head)]
    error = sqrt(sum(square for square, _ in parts))
    degrees = error**4 / sum(square**2 / free for square, free in parts)
    return Difference(fmean(head) - fmean(base), error, max(1, int(degrees + ROUNDING)), min(len(base), len(head)))
