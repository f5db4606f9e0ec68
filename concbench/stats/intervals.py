"""Estimates from samples with their confidence intervals; the unit of replication is the block.

Samples of one block share their hosts, and hosts differ, so only blocks are independent of each other: every interval
here is Student's t-interval over one value a block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import exp, inf, log, sqrt
from statistics import fmean, median, stdev
from sys import float_info

from concbench.model.case import Metric
from concbench.model.result import Interval, Sample
from concbench.stats.t_distribution import t_quantile

FEWEST_BLOCKS = 3
"""With fewer blocks there is no interval: of two, Student's t has one degree of freedom, and the 95 % interval is about
13 times as wide as their distance, so the range of the samples says more."""
NORMAL_MAD = 1.4826  # the standard deviation of a normal distribution, in median absolute deviations (Hampel 1974)
_LARGEST_LOG = log(float_info.max)


def mean_interval(blocks: Sequence[float], confidence: float = 0.95) -> Interval:
    """The mean of one value a block, with its t-interval, in the unit of the values.

    The interval is mean ± t·s/√n, with t the quantile of Student's t for n - 1 degrees of freedom and s the standard
    deviation between blocks (Student 1908). One block has an estimate and no interval: `low` and `high` are None.

    Raises ValueError where there is no block, or `confidence` is not between 0 and 1.

    >>> interval = mean_interval([1.0, 2.0, 3.0])
    >>> interval.estimate, round(interval.low, 2), round(interval.high, 2)
    (2.0, -0.48, 4.48)
    """
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
    if not blocks:
        raise ValueError("there is no block to take a mean of")
    mean, size = fmean(blocks), len(blocks)
    if size < 2:
        return Interval(estimate=mean, low=None, high=None, confidence=confidence, blocks=size)
    half = t_quantile((1 + confidence) / 2, size - 1) * stdev(blocks) / sqrt(size)
    return Interval(estimate=mean, low=mean - half, high=mean + half, confidence=confidence, blocks=size)


def median_interval(samples: Sequence[Sample], confidence: float = 0.95, metric: Metric = "wall") -> Interval:
    """The seconds of a metric: the geometric mean of the blocks' medians, with its interval.

    Medians, so that one late sample does not move its block; logarithms, because times scatter by a factor. Of fewer
    than `FEWEST_BLOCKS` blocks there is no interval: `low` and `high` are None.

    Raises ValueError where there is no sample, a time is not a positive number, or `confidence` is not between 0 and 1.

    >>> def sample(block, wall):
    ...     return Sample(block=block, round=0, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None)
    >>> round(median_interval([sample(0, 0.01), sample(1, 0.04)]).estimate, 6)
    0.02
    """
    if not samples:
        raise ValueError("there is no sample to take a median of")
    return _shown(block_log_medians(samples, metric), confidence)


def block_log_medians(samples: Sequence[Sample], metric: Metric = "wall") -> list[float]:
    """One value a block: the natural logarithm of the median seconds of a metric; raises as `median_interval`.

    >>> def sample(block, wall):
    ...     return Sample(block=block, round=0, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None)
    >>> block_log_medians([sample(0, 1.0), sample(0, 2.0), sample(0, 1.0)])
    [0.0]
    """
    return [log(median(times)) for times in times_by_block(samples, metric).values()]


def ratio_interval(
    samples: Sequence[Sample], reference: Sequence[Sample], confidence: float = 0.95, metric: Metric = "wall"
) -> Interval | None:
    """The metric of `samples` as a multiple of the reference's; None without a pair.

    The ratio is formed within a block and round, where the two ran side by side, and averaged on a log scale: see
    `block_log_ratios`. Below 1 means faster than the reference. With `samples` and `reference` exchanged, the
    interval is the reciprocal. Of fewer than `FEWEST_BLOCKS` blocks there is no interval: `low` and `high` are None.

    Raises ValueError where a time is not a positive number, a round holds two samples of one case, or
    `confidence` is not between 0 and 1.

    >>> def sample(block, wall):
    ...     return Sample(block=block, round=0, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None)
    >>> longer = [sample(block, wall) for block, wall in enumerate((0.2, 0.4, 0.6))]
    >>> twice = ratio_interval(longer, [sample(block, wall) for block, wall in enumerate((0.1, 0.2, 0.3))])
    >>> round(twice.estimate, 6), round(twice.low, 6), twice.blocks
    (2.0, 2.0, 3)
    """
    blocks = block_log_ratios(samples, reference, metric)
    return _shown(blocks, confidence) if blocks else None


def pair_ratios(samples: Sequence[Sample], reference: Sequence[Sample], metric: Metric = "wall") -> list[float]:
    """The ratio of a metric to the reference's in every round that has both, in the order of rounds.

    Raises as `block_log_ratios` does.

    >>> def sample(block, wall):
    ...     return Sample(block=block, round=0, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None)
    >>> pair_ratios([sample(0, 0.5), sample(1, 0.5)], [sample(0, 0.25)])
    [2.0]
    """
    times, reference_times = _by_round(samples, metric), _by_round(reference, metric)
    return [
        exp(min(log(times[key]) - log(reference_times[key]), _LARGEST_LOG))
        for key in sorted(times.keys() & reference_times.keys())
    ]


def block_log_ratios(samples: Sequence[Sample], reference: Sequence[Sample], metric: Metric = "wall") -> list[float]:
    """One value a block: the mean natural logarithm of the ratios of its pairs.

    A pair is a sample and a reference sample of the same block and round. A round in which one of the two is missing
    is left out, and so is a block without a pair; the list may be empty.

    Raises ValueError where a time is not a positive number, or a round holds two samples of one case.

    >>> def sample(block, wall):
    ...     return Sample(block=block, round=0, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None)
    >>> block_log_ratios([sample(0, 0.5), sample(1, 0.5)], [sample(0, 0.5)])
    [0.0]
    """
    ratios = log_ratios_by_block(samples, reference, metric)
    return [ratios[block] for block in sorted(ratios)]


def log_ratios_by_block(
    samples: Sequence[Sample], reference: Sequence[Sample], metric: Metric = "wall"
) -> dict[int, float]:
    """The same by the number of the block."""
    times, reference_times = _by_round(samples, metric), _by_round(reference, metric)
    ratios: dict[int, list[float]] = defaultdict(list)
    for (block, number), time in times.items():
        if (block, number) in reference_times:
            ratios[block].append(log(time) - log(reference_times[block, number]))
    return {block: fmean(found) for block, found in ratios.items()}


def scatter(samples: Sequence[Sample], metric: Metric = "wall") -> float:
    """The relative scatter of single samples within their blocks: 0.15 means about 15 %.

    It is the median distance of the log times of two successive rounds, scaled by 1.4826/√2 to the standard deviation
    of normal logarithms. Stray samples hardly move it, and neither does a slow drift (von Neumann and
    others 1941, with a median in place of their mean square). The usual distances from the block's median would come
    out a quarter too low for blocks of 5 samples; these do not. A block with fewer than 2 samples does not count; where
    there is no other, the scatter is 0.

    Raises ValueError where a time is not a positive number.

    >>> walls = [0.98, 1.0, 1.02]
    >>> samples = [Sample(block=0, round=i, start=0.0, run=w, stop=0.0, wall=w, cpu=None) for i, w in enumerate(walls)]
    >>> round(scatter(samples), 3)
    0.021
    """
    in_order = sorted(samples, key=lambda sample: sample.round)
    distances = [
        abs(log(after / before))
        for times in times_by_block(in_order, metric).values()
        for before, after in pairwise(times)
    ]
    return NORMAL_MAD / sqrt(2) * median(distances) if distances else 0.0


def _shown(logs: Sequence[float], confidence: float) -> Interval:
    """The exponential of the mean of one logarithm a block, with its interval if there are enough blocks."""
    found = exponentiated(mean_interval(logs, confidence))
    return found if len(logs) >= FEWEST_BLOCKS else replace(found, low=None, high=None)


def time_of(sample: Sample, metric: Metric) -> float:
    """The seconds of a metric; raises ValueError where they are not a positive number."""
    value = sample.wall if metric == "wall" else sample.each
    if value is None or not 0 < value < inf:
        word = "wall time" if metric == "wall" else "time of each"
        raise ValueError(f"the {word} of block {sample.block}, round {sample.round} is {value}, not a positive number")
    return value


def times_by_block(samples: Sequence[Sample], metric: Metric) -> dict[int, list[float]]:
    """The times of each block; raises ValueError where one is not a positive number."""
    blocks: dict[int, list[float]] = defaultdict(list)
    for sample in samples:
        blocks[sample.block].append(time_of(sample, metric))
    return blocks


def _by_round(samples: Sequence[Sample], metric: Metric) -> dict[tuple[int, int], float]:
    """The time of each block and round."""
    rounds: dict[tuple[int, int], float] = {}
    for sample in samples:
        key = sample.block, sample.round
        if key in rounds:  # it is unknown which of the two ran beside the other case
            raise ValueError(f"block {sample.block}, round {sample.round} holds two samples of one case")
        rounds[key] = time_of(sample, metric)
    return rounds


def exponentiated(interval: Interval) -> Interval:
    """The interval of a logarithm as one of the value itself."""
    return Interval(
        estimate=_exp(interval.estimate),
        low=None if interval.low is None else _exp(interval.low),
        high=None if interval.high is None else _exp(interval.high),
        confidence=interval.confidence,
        blocks=interval.blocks,
    )


def _exp(value: float) -> float:
    # Two blocks at a high confidence can reach beyond all floats, and infinity has no place in a JSON document.
    return exp(min(value, _LARGEST_LOG))
