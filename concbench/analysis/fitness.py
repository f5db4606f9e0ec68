"""How much identical cases differ when they are measured side by side, and so which differences can be detected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean, median, stdev
from sys import float_info

from concbench.measure.interpreters import Interpreter
from concbench.measure.probe.cores_taken import CoresTaken
from concbench.measure.probe.load import Activity
from concbench.measure.probe.machine import Machine
from concbench.model.result import Failure, Interval, Result, Sample
from concbench.stats.intervals import block_log_ratios, ratio_interval, scatter
from concbench.stats.t_distribution import t_quantile

SEARCH = 15.0
"""Seconds in which a difference should be detected; the smallest that can be is what a machine is judged by."""
ERROR, POWER = 0.005, 0.95
"""Probability of detecting a difference that does not exist, and one that does."""
CONFIDENCE = 1 - 2 * ERROR
_LARGEST_LOG = log(float_info.max)


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How much two identical cases differed that were measured side by side."""

    subject: str
    python: str
    """The name of the interpreter, empty if the user named none."""
    scatter: float | None
    """Relative standard deviation of single samples within a block; None if no block has two of a case."""
    hosts: float | None
    """Roughly how much hosts differ (or the machine over time, if that lasts for several samples): relative standard
    deviation of a host's mean beyond what single samples explain; None with one block, or if `scatter` is None."""
    between: float | None
    """Standard deviation between blocks of the log ratio of the two; None with one block."""
    ratio: Interval
    """Of the two; its true value is 1."""
    speeds: float | None
    """How much the CPU time of the same work varies: the slowest tenth of samples relative to the fastest tenth."""
    rounds: float
    """Per block, on average."""
    seconds_a_block: float
    findable: float | None
    """The smallest ratio of two cases that can be detected in `SEARCH` seconds; None with one block."""

    @property
    def label(self) -> str:
        """The subject, and the interpreter if the user named one."""
        return f"{self.subject} {self.python}".rstrip()


@dataclass(frozen=True, kw_only=True)
class Examination:
    """Everything that was measured of a machine."""

    started: str
    """ISO 8601, UTC."""
    machine: Machine
    interpreters: list[Interpreter]
    """Those that the user named, or the one that concbench runs on."""
    activity: Activity
    """While noise was measured or, if it wasn't, in one quiet second."""
    asked: bool
    """Whether noise was to be measured."""
    noise: Sequence[Noise] = ()
    failures: Sequence[Failure] = ()
    """Why noise could not be measured; each reason once."""
    cores_taken: Sequence[CoresTaken] = ()
    """What Python and some libraries of each interpreter would take for the number of cores."""


def noises(results: Sequence[Result], seconds_a_block: float) -> list[Noise]:
    """The noise of every subject, under every interpreter, whose two cases were both measured."""
    pairs: dict[tuple[str | None, str], list[Result]] = defaultdict(list)
    for result in results:
        if result.samples:
            pairs[result.case.side, result.case.subject].append(result)
    found = (noise_of(pair[0], pair[1], seconds_a_block) for pair in pairs.values() if len(pair) == 2)
    return [noise for noise in found if noise is not None]


def noise_of(result: Result, again: Result, seconds_a_block: float) -> Noise | None:
    """How much two identical cases differ; None if no round has a sample of both.

    The mean log ratio of a block of r rounds has the variance 2·h² + v/r, where h is the relative standard deviation
    between hosts, and v the variance of single log ratios within blocks. So h follows by subtraction, and is 0 if
    single samples explain everything. v is the plain variance, outliers included, because a block's mean has them, too.
    """
    logs = block_log_ratios(again.samples, result.samples)
    ratio = ratio_interval(again.samples, result.samples, CONFIDENCE)
    if ratio is None:
        return None
    rounds = len(result.samples) / len(logs)
    between = stdev(logs) if len(logs) > 1 else None
    within = _variance_within(result.samples, again.samples)
    hosts = None
    if within is not None and between is not None:
        hosts = sqrt(max((between**2 - within / rounds) / 2, 0.0))
    return Noise(
        subject=result.case.subject,
        python=result.case.side or "",
        scatter=None if within is None else fmean([scatter(result.samples), scatter(again.samples)]),
        hosts=hosts,
        between=between,
        ratio=ratio,
        speeds=speeds([*result.samples, *again.samples]),
        rounds=rounds,
        seconds_a_block=seconds_a_block,
        findable=None if between is None else findable(between, seconds_a_block),
    )


def _variance_within(samples: Sequence[Sample], others: Sequence[Sample]) -> float | None:
    """The variance of the log ratios of single pairs about their block's mean; None if no block has two."""
    walls = {(sample.block, sample.round): sample.wall for sample in samples}
    blocks: dict[int, list[float]] = defaultdict(list)
    for other in others:
        if (other.block, other.round) in walls:
            blocks[other.block].append(log(other.wall) - log(walls[other.block, other.round]))
    degrees = sum(len(logs) - 1 for logs in blocks.values())
    if not degrees:
        return None
    return sum((value - fmean(logs)) ** 2 for logs in blocks.values() for value in logs) / degrees


def speeds(samples: Sequence[Sample]) -> float | None:
    """The CPU time of the slowest tenth of samples relative to that of the fastest tenth; None if too few are known.

    All samples do the same work, and other processes' CPU time doesn't count: if it varies, the cores vary in speed.
    """
    times = sorted(sample.cpu for sample in samples if sample.cpu)
    if len(times) < 2:
        return None
    tenth = max(1, len(times) // 10)
    return median(times[-tenth:]) / median(times[:tenth])


def findable(between: float, seconds_a_block: float) -> float | None:
    """The smallest ratio of two cases that can be detected in `SEARCH` seconds; None if too few blocks fit into them.

    It is detected if the interval over n blocks lies above 1. That happens in `POWER` of all runs, and in `ERROR` of
    those without a difference, if the ratio is at least

        exp((t(1 - ERROR, n - 1) + t(POWER, n - 1)) · s / √n)

    where s is the standard deviation between blocks of the log ratio, t(p, f) the quantile of Student's t for f degrees
    of freedom, and n the number of blocks that fit. Like s, this is estimated from the m blocks that were measured,
    with a relative standard error of about 1/√(2(m - 1)), a quarter for 8. The sum of two quantiles is the usual
    approximation: by the noncentral t, the power is 0.945 with 20 blocks, 0.94 with 12, and 0.90 with 5.

    >>> round(findable(between=0.02, seconds_a_block=0.6), 4)
    1.0182
    """
    blocks = int(SEARCH / seconds_a_block) if seconds_a_block > 0 else 0
    if blocks < 2:
        return None
    distance = (t_quantile(1 - ERROR, blocks - 1) + t_quantile(POWER, blocks - 1)) * between / sqrt(blocks)
    return exp(min(distance, _LARGEST_LOG))
