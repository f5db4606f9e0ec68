"""Comparing two samples: paired within blocks that ran side by side, or unpaired (Welch) where they did not.

A change is the head as a multiple of the base.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log, sqrt
from statistics import fmean, median, stdev

from concbench.model.result import Interval
from concbench.stats.intervals import NORMAL_MAD, exponentiated, mean_interval
from concbench.stats.t_distribution import t_quantile, t_tail

TRIMMED = 0.25
"""The share of a block's ratios left out at each end, so that one late sample does not move its block."""
LEAST_SCATTER = 0.001
"""Blocks that agree to better than 0.1 % do so by chance, or because the system counts in pages or ticks."""

ROUNDING = 1e-6
"""Degrees of freedom this close below a whole number are that number: two equal scatters may give 3.9999999 for 4."""

Figures = Mapping[tuple[int, int], float]
"""A metric by block and round, in seconds or bytes."""


def by_block(figures: Figures) -> dict[int, list[float]]:
    """The values of each block."""
    blocks: dict[int, list[float]] = defaultdict(list)
    for (block, _), value in figures.items():
        blocks[block].append(value)
    return blocks


def mean_level(figures: Figures, confidence: float = 0.95) -> Interval | None:
    """The geometric mean of the blocks' medians, with its interval; None without any.

    >>> round(mean_level({(0, 0): 100, (1, 0): 400}).estimate, 6)
    200.0
    """
    blocks = by_block(figures)
    if not blocks:
        return None
    return exponentiated(mean_interval([log(median(found)) for found in blocks.values()], confidence))


def block_changes(base: Figures, head: Figures) -> list[float]:
    """One value a block: the natural logarithm of head by base, averaged over the pairs of that block.

    A pair is a sample of each side of the same block and round. The average leaves out a quarter of the pairs at each
    end (a trimmed mean: Tukey and McLaughlin, 1963); fewer than four pairs are all taken.
    """
    return [trimmed_mean(pairs) for pairs in _paired(base, head)]


def typical_change(base: Figures, head: Figures) -> float | None:
    """The trimmed mean of the log ratios of all pairs, whichever block they are of; None without any.

    Late samples move it less than a mean over blocks with few pairs each; but it has no interval.
    """
    pairs = [pair for block in _paired(base, head) for pair in block]
    return trimmed_mean(pairs) if pairs else None


def least_scatter(base: Figures, head: Figures) -> float:
    """The standard deviation between blocks that the pairs within them alone account for, as a logarithm.

    Three or five blocks may agree better than that by chance, and their interval would be far too narrow. It is the
    median distance of two successive pairs, scaled by 1.4826/√2 to the standard deviation of normal logarithms (as in
    `intervals.scatter`), over the root of the number of pairs a block.
    """
    blocks = [pairs for pairs in _paired(base, head) if len(pairs) > 1]
    distances = [abs(after - before) for pairs in blocks for before, after in pairwise(pairs)]
    if not distances:
        return LEAST_SCATTER
    return max(LEAST_SCATTER, NORMAL_MAD / sqrt(2) * median(distances) / sqrt(fmean(map(len, blocks))))


def _paired(base: Figures, head: Figures) -> list[list[float]]:
    """The log ratios of the pairs of every block, in the order of their rounds."""
    blocks: dict[int, list[float]] = defaultdict(list)
    for key in sorted(head.keys() & base.keys()):
        blocks[key[0]].append(log(head[key]) - log(base[key]))
    return [blocks[block] for block in sorted(blocks)]


def trimmed_mean(found: Sequence[float], share: float = TRIMMED) -> float:
    """The mean without a share of the values at each end.

    >>> trimmed_mean([1.0, 2.0, 3.0, 100.0])
    2.5
    """
    cut = int(len(found) * share)
    return fmean(sorted(found)[cut : len(found) - cut])


def change_interval(blocks: Sequence[float], confidence: float, least: float = LEAST_SCATTER) -> Interval:
    """The ratio of head to base with its t-interval over blocks, assumed to scatter by `least` at least.

    Raises ValueError where there is no block.

    >>> interval = change_interval([log(1.1), log(1.1), log(1.1)], 0.95)
    >>> round(interval.estimate, 3), interval.low < 1.1 < interval.high
    (1.1, True)
    """
    plain = mean_interval(blocks, confidence)
    if len(blocks) < 2:
        return exponentiated(plain)
    half = t_quantile((1 + confidence) / 2, len(blocks) - 1) * scatter_of(blocks, least) / sqrt(len(blocks))
    return exponentiated(replace(plain, low=plain.estimate - half, high=plain.estimate + half))


def chance_of_slower(blocks: Sequence[float], least: float = LEAST_SCATTER) -> float:
    """The one-sided p-value: the chance of a mean log ratio at least as large where head and base are the same.

    The tail of Student's t for the mean over blocks, which are assumed to scatter by `least` at least; 1 for fewer than
    two blocks.

    >>> round(chance_of_slower([0.02, 0.04, 0.03]), 3)
    0.018
    >>> chance_of_slower([0.5])
    1.0
    """
    if len(blocks) < 2:
        return 1.0
    return t_tail(fmean(blocks) * sqrt(len(blocks)) / scatter_of(blocks, least), len(blocks) - 1)


def scatter_of(blocks: Sequence[float], least: float = LEAST_SCATTER) -> float:
    """The standard deviation between at least two blocks, never below `least`."""
    return max(stdev(blocks), least)


@dataclass(frozen=True)
class Difference:
    """The difference of the means of two unpaired series of logarithms, with its standard error."""

    mean: float
    error: float
    degrees: int
    blocks: int
    """Of the shorter series."""

    def interval(self, confidence: float) -> Interval:
        """The ratio that the difference stands for, with its interval."""
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
        """The one-sided p-value: the chance of a difference at least as large where there is none."""
        return t_tail(self.mean / self.error, self.degrees)


def difference(base: Sequence[float], head: Sequence[float]) -> Difference | None:
    """Head minus base, from one logarithm a block of each; None where either has fewer than two blocks.

    The blocks of two runs can't be paired and scatter differently, so this is Welch's test ("The Generalization of
    'Student's' Problem when Several Different Population Variances are Involved", 1947), with its degrees of freedom
    rounded down. The interval doesn't cover what differs between the two runs as a whole, such as temperature.

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
