"""A metric of a result as numbers: by block and round, as a level, in pairs with another's, and its cost.

Comparing works on ratios, which are differences of logarithms. Of a share it is the difference itself that says
something: a dispatch of 1 % that becomes 2 % has doubled, and nothing happened. So a share enters as a number whose
logarithm it is, and `changed` turns the ratios that come out back into differences.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, expm1, log
from statistics import median
from sys import float_info

from concbench.model.result import Interval, Result
from concbench.model.run import Change, Gated
from concbench.stats.intervals import pair_ratios
from concbench.stats.two_samples import Figures, mean_level

SHARES: dict[Gated, int] = {"utilisation": -1, "dispatch": 1}
"""The metrics that are shares; -1: less of it is worse."""


def figures(result: Result, metric: Gated = "wall") -> Figures:
    """A metric by block and round, in seconds or bytes, without zeros; memory and shares have one value a block.

    A share s is exp(s), or exp(-s) where less of it is worse.

    Raises ValueError where a round holds two samples, as it is unknown which of them ran beside which other sample.
    """
    if metric == "memory":
        return {(peak.block, 0): float(peak.memory) for peak in result.peaks if peak.memory > 0}
    if metric in SHARES:
        shares = {(each.block, 0): getattr(each, metric) for each in result.shares}
        return {key: exp(SHARES[metric] * share) for key, share in shares.items() if share is not None}
    found: dict[tuple[int, int], float] = {}
    for sample in result.samples:
        key = sample.block, sample.round
        if key in found:
            raise ValueError(f"block {sample.block}, round {sample.round} holds two samples of one case")
        value: float | None = getattr(sample, metric)
        if value is not None and value > 0:
            found[key] = value
    return found


def level(result: Result, metric: Gated, confidence: float = 0.95) -> Interval | None:
    """A metric of a result, in seconds or bytes: the geometric mean of its blocks' medians; None without any.

    Of shares, their mean.
    """
    found = mean_level(figures(result, metric), confidence)
    return _as_share(found, metric, 0.0) if found is not None and metric in SHARES else found


def log_margin(metric: Gated, margin: float) -> float:
    """A margin as one of ratios: a share's is a difference.

    >>> log_margin("wall", 0.05), round(log_margin("dispatch", 0.05), 4)
    (0.05, 0.0513)
    """
    return expm1(margin) if metric in SHARES else margin


def changed(change: Change) -> Change:
    """A change with its ratio; of a share, with the difference that this ratio stands for."""
    if change.ratio is None or change.metric not in SHARES:
        return change
    return replace(change, ratio=None, difference=_as_share(change.ratio, change.metric, -1.0))


def _as_share(found: Interval, metric: Gated, least: float) -> Interval:
    """What figures of a share stand for; a share is not below 0 or above 1, wherever its interval ends."""

    def share(figure: float) -> float:
        return min(1.0, max(least, SHARES[metric] * log(max(figure, float_info.min))))

    ends = [None if end is None else share(end) for end in (found.low, found.high)]
    low, high = ends if SHARES[metric] > 0 else ends[::-1]
    return replace(found, estimate=share(found.estimate), low=low, high=high)


def values_of(result: Result) -> list[float]:
    """The seconds of a result's metric in every sample."""
    found = (getattr(sample, result.case.metric) for sample in result.samples)
    return [value for value in found if value is not None]


def blocks_of(result: Result) -> set[int]:
    """The blocks that a case has samples of."""
    return {sample.block for sample in result.samples}


def pairs_of(result: Result | None, other: Result | None) -> list[float]:
    """The ratios of a result to another in the rounds of both; none where a file leaves open which those are."""
    if result is None or other is None:
        return []
    try:
        return pair_ratios(result.samples, other.samples, result.case.metric)
    except ValueError:  # a file may hold two samples of one round, or one without a time
        return []


def cpu_seconds(result: Result) -> float | None:
    """The median CPU seconds of a sample; None if unknown."""
    known = [sample.cpu for sample in result.samples if sample.cpu is not None]
    return median(known) if known else None


def left_running(result: Result) -> float | None:
    """The median number of processes that a command left running when it ended; None of anything else."""
    known = [sample.left for sample in result.samples if sample.left is not None]
    return median(known) if known else None


def memory_of_workers(result: Result) -> int | None:
    """The most bytes that the workers of a cluster held before or after a sample; None where that is unknown.

    No peak: what they held while they ran the tasks, and had given back by then, is not in it.
    """
    if not on_cluster(result):
        return None
    held = [[node.memory for node in sample.nodes] for sample in result.samples if sample.nodes]
    if any(each is None for of_sample in held for each in of_sample):
        return None
    return max((sum(each or 0 for each in of_sample) for of_sample in held), default=None)


def on_cluster(result: Result) -> bool:
    """Whether its tasks ran on a cluster, whose workers said what they used."""
    return any(sample.nodes for sample in result.samples)


def peak_memory(result: Result) -> int | None:
    """The peak memory of the process tree in bytes: PSS, or RSS where the system has no PSS; None without a watch.

    Of a command it is that of its own processes, without the host that started it.
    """
    watch = result.watch
    if watch is None:
        return None
    peak = watch.peak_rss if watch.peak_pss is None else watch.peak_pss
    return max(0, peak - (watch.base_pss or 0)) if result.case.runs_a_program else peak
