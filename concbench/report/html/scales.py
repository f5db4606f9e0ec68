"""Scales and their labels: logarithmic ones that show 12 ms beside 14 s, and times in one unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, log2, log10

import altair as alt

from concbench.model import Interval

MOST_TICKS = 7
FARTHEST = 10.0
"""A scale reaches no further than so many times its estimates: an interval from two blocks may reach anywhere."""
NARROW = 4.0
"""Times its lowest value: what a logarithmic scale has to reach for powers of ten to be ticks enough."""
SMALLEST, LARGEST = 1e-100, 1e100
"""Ends of the longest scale there is."""
ROOM = 1.15
"""What is left free at both ends."""

# Constant expressions: no text of a run is ever part of one.
TIME_LABELS = (
    "datum.value >= 0.9995 ? format(datum.value, '.3~r') + ' s' : "
    "datum.value >= 0.0009995 ? format(datum.value * 1e3, '.3~r') + ' ms' : "
    "datum.value >= 0.0000009995 ? format(datum.value * 1e6, '.3~r') + ' µs' : "
    "format(datum.value * 1e9, '.3~r') + ' ns'"
)
RATIO_LABELS = "format(datum.value, datum.value < 0.001 ? '.1~e' : '.3~r')"
SIZE_LABELS = (
    "datum.value >= 1073741824 ? format(datum.value / 1073741824, '.3~r') + ' GiB' : "
    "datum.value >= 1048576 ? format(datum.value / 1048576, '.3~r') + ' MiB' : "
    "datum.value >= 1024 ? format(datum.value / 1024, '.3~r') + ' KiB' : format(datum.value, '.4~r') + ' B'"
)


def log_scale(domain: tuple[float, float]) -> alt.Scale:
    """Return a logarithmic scale from here to there; what lies outside is cut."""
    return alt.Scale(type="log", domain=list(domain), nice=False, clamp=True)


def reach(intervals: Iterable[Interval], also: Sequence[float] = ()) -> tuple[float, float]:
    """Return from where to where a logarithmic scale goes that shows these intervals, and these values.

    >>> lone = Interval(estimate=1.0, low=0.001, high=2.0, confidence=0.95, blocks=2)
    >>> [round(end, 3) for end in reach([lone])]
    [0.087, 2.3]
    """
    found = [interval for interval in intervals if interval.estimate > 0]
    estimates = [*(interval.estimate for interval in found), *also]
    if not estimates:
        return 0.1, 10.0
    # Within what a logarithm can be taken of, whatever a file says.
    least, most = max(SMALLEST, min(estimates) / FARTHEST), min(LARGEST, max(estimates) * FARTHEST)
    lows = [interval.low for interval in found if interval.low is not None]
    highs = [interval.high for interval in found if interval.high is not None]
    low, high = max(least, min([*estimates, *lows])), min(most, max([*estimates, *highs]))
    return min(low, LARGEST) / ROOM, max(high, SMALLEST) * ROOM


def ticks(domain: tuple[float, float]) -> list[float]:
    """Return round values within a logarithmic scale: 1, 2 and 5 times powers of ten, fewer or more where that suits.

    >>> ticks((0.008, 0.3)), ticks((1e-6, 10)), ticks((0.86, 1.46))
    ([0.01, 0.02, 0.05, 0.1, 0.2], [1e-06, 0.0001, 0.01, 1.0], [0.9, 1.0, 1.1, 1.2, 1.3, 1.4])
    """
    low, high = domain
    if high < NARROW * low:
        return evenly(low, high)
    first, last = floor(log10(low)), ceil(log10(high))
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [float(f"{step}e{power}") for power in range(first, last + 1) for step in steps]
        within = [value for value in found if low <= value <= high]
        if len(within) <= MOST_TICKS:
            break
    return within[:: ceil(len(within) / MOST_TICKS)]


def evenly(low: float, high: float) -> list[float]:
    """Return round values at equal distances, at most seven."""
    power = floor(log10((high - low) / MOST_TICKS))
    for step in (1, 2, 5, 10, 20, 50):
        first, last = ceil(low / step / 10.0**power), floor(high / step / 10.0**power)
        if last - first < MOST_TICKS:
            break
    return [float(f"{number * step}e{power}") for number in range(first, last + 1)]


def powers_of_two(values: Iterable[float]) -> list[float]:
    """Return the powers of two around these values, or every second, fourth, … of them where there are many.

    >>> powers_of_two([16, 1024, 65536])
    [16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0]
    """
    found = list(values)
    first, last = floor(log2(min(found))), ceil(log2(max(found)))
    return [2.0**power for power in range(first, last + 1, max(1, round((last - first) / (MOST_TICKS - 2))))]


def time_axis(title: str, domain: tuple[float, float]) -> alt.Axis:
    """Return an axis of times, each with its unit."""
    return alt.Axis(title=title, values=ticks(domain), labelExpr=TIME_LABELS, labelOverlap="greedy", grid=True)


def ratio_axis(title: str, domain: tuple[float, float]) -> alt.Axis:
    """Return an axis of ratios."""
    return alt.Axis(title=title, values=ticks(domain), labelExpr=RATIO_LABELS, labelOverlap="greedy", grid=True)


def names_axis() -> alt.Axis:
    """Return the axis that has the names of cases."""
    return alt.Axis(title=None, ticks=False, domain=False, labelPadding=8)
