"""Factors as people say them, and how sure a figure is: half its interval, or the range of samples or rounds."""

from __future__ import annotations

from collections.abc import Sequence

from concbench.analysis.figures import pairs_of, values_of
from concbench.model.result import Interval, Result
from concbench.model.run import Comparison, Run, Verdict
from concbench.prediction.predict import Range
from concbench.report.units import TIME_UNITS, figures, seconds, spread
from concbench.stats.intervals import FEWEST_BLOCKS
from concbench.stats.verdicts import MARGIN, clearly

TIMES = "×"
EVEN = "1.00"
"""A factor that shows no difference with three digits."""
UNDECIDED = " ?"
"""Marks a factor in a table that may as well be none."""
UNDECIDED_SUFFIX = ": undecided"
"""Ends what a sentence says of such a factor."""
TOO_FEW_SUFFIX = ": too few to decide"
"""Ends it where all rounds agree on who is slower, so that `undecided` would contradict them."""
SMALLEST_RATIO = 1e-300
"""Smaller ones, which only a file can hold, are shown as this one."""
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


def predicted_time(expected: Range) -> str:
    """A predicted time with its range, as `12.5 s (11.9 to 13.4)`; without one that three digits don't show.

    >>> predicted_time(Range(estimate=0.0244, low=0.021, high=0.0291))
    '24.4 ms (21.0 to 29.1)'
    """
    text = seconds(expected.estimate)
    unit = text.rpartition(" ")[2]
    reach = time_range(unit, expected.low, expected.high, " to ")
    narrow = seconds(expected.low) == text == seconds(expected.high)
    return text if narrow else f"{text} ({reach})"


def factor(ratio: float) -> str:
    """A ratio of times as people say it, with three digits: never below 1, and without a direction at 1.00.

    >>> factor(0.137), factor(4.06), factor(1.0004)
    ('7.30× faster', '4.06× slower', '1.00×')
    """
    number = _number(ratio)
    if number == EVEN:
        return f"{number}{TIMES}"
    return f"{number}{TIMES} {'faster' if ratio < 1 else 'slower'}"


def factor_with_reach(ratio: Interval, pairs: Sequence[float], verdict: Verdict) -> str:
    """A ratio for a table: `7.30× faster ±8%`, or `24.0× slower (20.1-28.3)` with the range of its pairs.

    What is the `same` has no direction, and what is `undecided` a mark.

    >>> few = Interval(estimate=24.0, low=None, high=None, confidence=0.95, blocks=1)
    >>> factor_with_reach(few, [20.1, 24.0, 28.3], "slower"), factor_with_reach(few, [24.0], "undecided")
    ('24.0× slower (20.1-28.3)', '24.0× slower ?')
    """
    if verdict == "same" and ratio.low is not None and ratio.high is not None:
        farthest = max(ratio.high, 1 / ratio.low)
        return f"same {spread(1.0, 1.0, farthest)}".rstrip()
    reach = plus_minus(ratio) if has_interval(ratio, pairs) else ""
    if not reach and len(pairs) > 1 and _agree(pairs, ratio.estimate):
        first, last = sorted((min(pairs), max(pairs)), key=lambda each: max(each, 1 / each))
        reach = f"({_number(first)}-{_number(last)})"
    mark = UNDECIDED if verdict == "undecided" else ""
    return f"{factor(ratio.estimate)} {reach}".rstrip() + mark


def multiple(ratio: Interval, pairs: Sequence[float], than: str = "") -> str:
    """A ratio for a sentence, with its interval or the range of its pairs.

    >>> pool = Interval(estimate=0.137, low=0.126, high=0.148, confidence=0.95, blocks=8)
    >>> multiple(pool, [], "process")
    '7.30× faster than process (95 % interval 6.76× to 7.94×)'
    """
    if _number(ratio.estimate) == EVEN:
        return f"as fast{f' as {than}' if than else ''} ({_reach(ratio, pairs)})"
    return f"{factor(ratio.estimate)}{f' than {than}' if than else ''} ({_reach(ratio, pairs)})"


def beside(ratio: Interval, pairs: Sequence[float], verdict: Verdict, than: str = "", margin: float = MARGIN) -> str:
    """What a comparison says, as the predicate of a sentence on the one that is compared.

    >>> close = Interval(estimate=1.01, low=0.94, high=1.09, confidence=0.95, blocks=8)
    >>> beside(close, [], "undecided", "process")
    'is between 1.06× faster and 1.09× slower than process (95 % interval): undecided'
    >>> once = Interval(estimate=3.2, low=None, high=None, confidence=0.95, blocks=1)
    >>> beside(once, [3.2], "undecided", "process")
    'was 3.20× slower than process in the only round: too few to decide'
    """
    if verdict == "same":
        as_long = f"takes as long as {than}," if than else "takes as long,"
        return f"{as_long} within {100 * margin:.0f} % ({_reach(ratio, pairs)})"
    if verdict != "undecided":
        return f"is {multiple(ratio, pairs, than)}"
    compared = f" than {than}" if than else ""
    if ratio.low is not None and ratio.high is not None and has_interval(ratio, pairs):
        span = _span(ratio.low, ratio.high, " and ")
        return f"is between {span}{compared} ({100 * ratio.confidence:g} % interval){UNDECIDED_SUFFIX}"
    ending = TOO_FEW_SUFFIX if pairs and _agree(pairs, ratio.estimate) else UNDECIDED_SUFFIX
    if len(pairs) > 1:
        return f"was between {_span(min(pairs), max(pairs), ' and ')}{compared} in {len(pairs):,} rounds{ending}"
    if pairs and ending == TOO_FEW_SUFFIX:
        return f"was {factor(ratio.estimate)}{compared} in the only round{ending}"
    return f"was {multiple(ratio, pairs, than)}{ending}"


def reach_in_words(ratio: Interval, pairs: Sequence[float]) -> str:
    """How far a factor may be off: `95 % interval 0.98 to 1.03`, or `0.9 to 1.2 in 2 rounds`."""
    if ratio.low is not None and ratio.high is not None and has_interval(ratio, pairs):
        return f"{100 * ratio.confidence:g} % interval {figures(ratio.low)} to {figures(ratio.high)}"
    if len(pairs) > 1:
        return f"{figures(min(pairs))} to {figures(max(pairs))} in {len(pairs):,} rounds"
    return "1 round" if pairs else "too few rounds for an interval"


def _reach(ratio: Interval, pairs: Sequence[float]) -> str:
    """The same for a ratio of times, whose ends are factors, too."""
    if ratio.low is not None and ratio.high is not None and has_interval(ratio, pairs):
        return f"{100 * ratio.confidence:g} % interval {_span(ratio.low, ratio.high, ' to ', ratio.estimate)}"
    if len(pairs) > 1:
        return f"{_span(min(pairs), max(pairs), ' to ', ratio.estimate)} in {len(pairs):,} rounds"
    return reach_in_words(ratio, pairs)


def _span(low: float, high: float, joined: str, about: float | None = None) -> str:
    """From one factor to another, the smaller first where both have one direction.

    That direction is left out if it is that of the ratio which the span is `about`.
    """
    if low < 1 < high and EVEN not in (_number(low), _number(high)):
        return f"{factor(low)}{joined}{factor(high)}"
    first, last = sorted((low, high), key=lambda each: max(each, 1 / each))
    known = about is not None and (about < 1) == (last < 1)
    return f"{_number(first)}{TIMES}{joined}{f'{_number(last)}{TIMES}' if known else factor(last)}"


def _agree(ratios: Sequence[float], about: float) -> bool:
    """Whether all ratios lie on the same side of 1 as the one that they are about."""
    return min(ratios) > 1 if about > 1 else max(ratios) < 1


def _number(ratio: float) -> str:
    """The larger of a ratio and its reciprocal, with three digits."""
    return figures(1 / max(ratio, SMALLEST_RATIO) if ratio < 1 else ratio)


def pairs_in(comparison: Comparison, run: Run) -> list[float]:
    """The ratios of a comparison's pairs."""
    named = {result.case.id: result for result in run.results}
    return pairs_of(named.get(comparison.case), named.get(comparison.reference))


def has_interval(ratio: Interval, pairs: Sequence[float]) -> bool:
    """Whether the interval of a ratio is shown: it says something, and nothing that every pair contradicts."""
    if not plus_minus(ratio) or ratio.low is None or ratio.high is None:
        return False
    return not (ratio.low <= 1 <= ratio.high and clearly(pairs))
