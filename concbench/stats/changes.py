"""From two sides' samples to a change: the head as a multiple of the base, block by block, for each gated metric."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import log, sqrt
from statistics import fmean, median, stdev

from concbench.model import Case, Gated, Interval
from concbench.stats.intervals import NORMAL_MAD, exponentiated, mean_interval
from concbench.stats.student import t_quantile, t_tail

TRIMMED = 0.25
"""The share of a block's ratios that is left out at each end, so that one late sample does not move its block."""
LEAST_SCATTER = 0.001
"""Blocks that agree better than to 0.1 % agree by chance, or because the system counts in pages or in ticks."""


def values(case: Case, metric: Gated) -> dict[tuple[int, int], float]:
    """Return a metric by block and round, in seconds or bytes; memory has one value a block. What is 0 is left out.

    Raises ValueError where a round holds two samples.
    """
    if metric == "memory":
        return {(peak.block, 0): float(peak.memory) for peak in case.peaks if peak.memory > 0}
    found: dict[tuple[int, int], float] = {}
    for sample in case.samples:
        key = sample.block, sample.round
        if key in found:  # which of the two ran beside the other side, nobody knows
            raise ValueError(f"block {sample.block}, round {sample.round} holds two samples of one case")
        value: float | None = getattr(sample, metric)
        if value is not None and value > 0:
            found[key] = value
    return found


def by_block(case: Case, metric: Gated) -> dict[int, list[float]]:
    """Return a metric's values by block, in seconds or bytes; raises as `values` does."""
    blocks: dict[int, list[float]] = defaultdict(list)
    for (block, _), value in values(case, metric).items():
        blocks[block].append(value)
    return blocks


def level(case: Case, metric: Gated, confidence: float = 0.95) -> Interval | None:
    """Return a metric of one case, in seconds or bytes: the geometric mean of the blocks' medians; None without any.

    >>> from concbench.model import Peak, Settings, Workload
    >>> case = Case(id="a", part="a", subject="a", workload=Workload(name="cpu", tasks=1), settings=Settings())
    >>> case.peaks += [Peak(block=0, memory=100), Peak(block=1, memory=400)]
    >>> round(level(case, "memory").estimate, 6)
    200.0
    """
    blocks = by_block(case, metric)
    if not blocks:
        return None
    return exponentiated(mean_interval([log(median(found)) for found in blocks.values()], confidence))


def block_changes(base: Case, head: Case, metric: Gated) -> list[float]:
    """Return one value a block: the natural logarithm of head by base, averaged over the pairs of that block.

    A pair is a sample of each side of the same block and round. The average leaves out a quarter of the pairs at each
    end (a trimmed mean: Tukey and McLaughlin, 1963); fewer than four pairs are all taken.
    """
    return [trimmed_mean(pairs) for pairs in _paired(base, head, metric)]


def typical_change(base: Case, head: Case, metric: Gated) -> float | None:
    """Return the trimmed mean of the log ratios of all pairs, whichever block they are of; None without any.

    Where blocks have few pairs, it is moved less by late samples than a mean over blocks; what it lacks is an interval.
    """
    pairs = [pair for block in _paired(base, head, metric) for pair in block]
    return trimmed_mean(pairs) if pairs else None


def least_scatter(base: Case, head: Case, metric: Gated) -> float:
    """Return the standard deviation between blocks that the pairs within them alone account for, as a logarithm.

    Blocks that differ by less agree by chance, as three or five of them may, and an interval made from that would be
    far too narrow. It is the typical distance of two successive pairs, scaled by 1.4826/√2 to what for normal
    logarithms is their standard deviation (as `intervals.scatter` has it), over the root of how many pairs there are a
    block.
    """
    blocks = [pairs for pairs in _paired(base, head, metric) if len(pairs) > 1]
    distances = [abs(after - before) for pairs in blocks for before, after in pairwise(pairs)]
    if not distances:
        return LEAST_SCATTER
    return max(LEAST_SCATTER, NORMAL_MAD / sqrt(2) * median(distances) / sqrt(fmean(map(len, blocks))))


def _paired(base: Case, head: Case, metric: Gated) -> list[list[float]]:
    """Return the log ratios of the pairs of every block, in the order of their rounds."""
    before, after = values(base, metric), values(head, metric)
    blocks: dict[int, list[float]] = defaultdict(list)
    for key in sorted(after.keys() & before.keys()):
        blocks[key[0]].append(log(after[key]) - log(before[key]))
    return [blocks[block] for block in sorted(blocks)]


def trimmed_mean(found: Sequence[float], share: float = TRIMMED) -> float:
    """Return the mean without the smallest and the largest, a share of them at each end.

    >>> trimmed_mean([1.0, 2.0, 3.0, 100.0])
    2.5
    """
    cut = int(len(found) * share)
    return fmean(sorted(found)[cut : len(found) - cut])


def change_interval(blocks: Sequence[float], confidence: float, least: float = LEAST_SCATTER) -> Interval:
    """Return the ratio of head to base with its t-interval over blocks; raises ValueError where there is no block.

    Blocks are taken to scatter by `least` at least.

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
    """Return the chance of a mean log ratio as large as this, or larger, where head and base are the same.

    It is the tail of Student's t for the mean over blocks, which are taken to scatter by `least` at least; 1 where
    there are fewer than two blocks.

    >>> round(chance_of_slower([0.02, 0.04, 0.03]), 3)
    0.018
    >>> chance_of_slower([0.5])
    1.0
    """
    if len(blocks) < 2:
        return 1.0
    return t_tail(fmean(blocks) * sqrt(len(blocks)) / scatter_of(blocks, least), len(blocks) - 1)


def scatter_of(blocks: Sequence[float], least: float = LEAST_SCATTER) -> float:
    """Return the standard deviation between at least two blocks, as an interval may rely on it."""
    return max(stdev(blocks), least)
