"""How sure a figure is: half its interval, or, where that would say nothing, the range of samples."""

from __future__ import annotations

from collections.abc import Sequence

from concbench.analysis.figures import pairs_of, values_of
from concbench.model.result import Interval, Result
from concbench.model.run import Comparison, Run
from concbench.report.units import TIME_UNITS, figures, seconds, spread
from concbench.stats.intervals import FEWEST_BLOCKS
from concbench.stats.verdicts import clearly

PLAIN = 1e4
"""The end of a range that is farther than this factor from the unit before it has a unit of its own."""


def plus_minus(interval: Interval) -> str:
    """How far an interval reaches, as `±3%`; empty if there is none that says anything.

    >>> plus_minus(Interval(estimate=1.0, low=0.98, high=1.03, confidence=0.95, blocks=4))
    '±3%'
    >>> plus_minus(Interval(estimate=1.0, low=0.98, high=1.03, confidence=0.95, blocks=2))
    ''
    """
    if interval.blocks < FEWEST_BLOCKS:
        return ""
    return spread(interval.estimate, interval.low, interval.high)


def time_with_reach(median: Interval, seen: Sequence[float]) -> str:
    """A time for a table, as `134 ms ±3%`; or with the range of samples, as `134 ms (128-141)`.

    >>> few = Interval(estimate=0.134, low=None, high=None, confidence=0.95, blocks=1)
    >>> time_with_reach(few, [0.128, 0.134, 0.141]), time_with_reach(few, [0.134])
    ('134 ms (128-141)', '134 ms')
    """
    text, reach = seconds(median.estimate), plus_minus(median)
    if not reach and len(seen) > 1:
        reach = f"({time_range(text.rpartition(' ')[2], min(seen), max(seen), '-')})"
    return f"{text} {reach}".rstrip()


def time_in_words(result: Result) -> str:
    """The median of a result for a sentence: `134 ms ±3%`, or `134 ms (128 to 141 in 4 samples)`."""
    if result.median is None:
        return "-"
    text, reach = seconds(result.median.estimate), plus_minus(result.median)
    seen = values_of(result)
    if not reach and len(seen) > 1:
        reach = f"({time_range(text.rpartition(' ')[2], min(seen), max(seen), ' to ')} in {len(seen):,} samples)"
    return f"{text} {reach}".rstrip()


def time_range(unit: str, low: float, high: float, between: str) -> str:
    """A range of seconds in the unit that stands before it, or with its own units where it is far from that.

    >>> time_range("ms", 0.128, 0.141, "-"), time_range("s", 0.0000012, 3.0, " to ")
    ('128-141', '1.20 µs to 3.00 s')
    """
    scale = next(scale for scale, name in TIME_UNITS if name == unit)
    if low / scale >= 1 / PLAIN and high / scale < PLAIN:
        return f"{figures(low / scale)}{between}{figures(high / scale)}"
    return f"{seconds(low)}{between}{seconds(high)}"


def ratio_with_reach(ratio: Interval, pairs: Sequence[float]) -> str:
    """A ratio for a table, as `0.137 ±8%`; or with the range of its pairs, as `24.0 (20.1-28.3)`."""
    text, reach = figures(ratio.estimate), plus_minus(ratio) if has_interval(ratio, pairs) else ""
    if not reach and len(pairs) > 1:
        reach = f"({figures(min(pairs))}-{figures(max(pairs))})"
    return f"{text} {reach}".rstrip()


def multiple(ratio: Interval, pairs: Sequence[float]) -> str:
    """A ratio for a sentence, with its interval or the range of its pairs.

    >>> few = Interval(estimate=24.0, low=None, high=None, confidence=0.95, blocks=1)
    >>> multiple(few, [20.1, 24.0, 28.3]), multiple(few, [24.0])
    ('24.0 times (20.1 to 28.3 in 3 rounds)', '24.0 times (1 round)')
    """
    return f"{figures(ratio.estimate)} times ({reach_in_words(ratio, pairs)})"


def reach_in_words(ratio: Interval, pairs: Sequence[float]) -> str:
    """How far a ratio may be off: `95 % interval 0.98 to 1.03`, or `0.9 to 1.2 in 2 rounds`."""
    if ratio.low is not None and ratio.high is not None and has_interval(ratio, pairs):
        return f"{100 * ratio.confidence:g} % interval {figures(ratio.low)} to {figures(ratio.high)}"
    if len(pairs) > 1:
        return f"{figures(min(pairs))} to {figures(max(pairs))} in {len(pairs):,} rounds"
    return "1 round" if pairs else "too few rounds for an interval"


def pairs_in(comparison: Comparison, run: Run) -> list[float]:
    """The ratios of a comparison's pairs."""
    named = {result.case.id: result for result in run.results}
    return pairs_of(named.get(comparison.case), named.get(comparison.reference))


def verdict_in_words(comparison: Comparison, pairs: Sequence[float]) -> str:
    """A verdict; `clearly slower` if it rests on all pairs, and not on an interval."""
    clear = not has_interval(comparison.ratio, pairs) and clearly(pairs) == comparison.verdict
    return f"clearly {comparison.verdict}" if clear else comparison.verdict


def has_interval(ratio: Interval, pairs: Sequence[float]) -> bool:
    """Whether the interval of a ratio is shown: it says something, and nothing that every pair contradicts."""
    if not plus_minus(ratio) or ratio.low is None or ratio.high is None:
        return False
    return not (ratio.low <= 1 <= ratio.high and clearly(pairs))
