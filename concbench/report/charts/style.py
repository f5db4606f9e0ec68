"""What all charts share: colours that mean the same everywhere, scales and axes, and points with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, log2, log10
from typing import Any

import altair as alt

from concbench.analysis.breakdown import PARTS
from concbench.model.result import Interval
from concbench.model.run import Verdict

# Okabe and Ito, "Color Universal Design" (2008): distinct to people with any colour vision.
BLUE, SKY, ORANGE, VERMILLION = "#0072b2", "#56b4e9", "#e69f00", "#d55e00"
GREEN, PURPLE, YELLOW, GREY = "#009e73", "#cc79a7", "#f0e442", "#8a919c"

PART_COLOURS = dict(zip(PARTS.values(), (ORANGE, YELLOW, BLUE, VERMILLION, SKY, PURPLE, GREEN, GREY), strict=True))
"""Of the parts of wall time, in timelines too."""
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
"""Of cases or runs beside each other."""
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (12, 4), (4, 4))
"""Of the same, so that a line can be followed without its colour."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
VERDICTS: dict[Verdict, tuple[str, str]] = {
    "faster": (BLUE, "triangle-left"),
    "slower": (VERMILLION, "triangle-right"),
    "same": (GREEN, "square"),
    "undecided": (GREY, "circle"),
}
"""The colour and shape of each."""

LIGHT = {"ink": "#1c2127", "muted": "#57606a", "grid": "#dfe3e8", "surface": "#ffffff"}
"""Colours that depend on light and dark: parameters of every chart, which a page sets to its own."""
NAMES_WIDTH = 290
"""Pixels for the name of a case beside its mark; a page that is narrow sets fewer."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"

DATA = "rows"
"""The data of most charts."""
STEP = 24
"""The height of a row in pixels."""
INTERVALS = "Lines are 95 % intervals."
LEAST = 1e-6
"""Of an estimate: where an interval that reaches 0 begins, because a logarithmic scale has no 0."""
MOST_TICKS = 7
FARTHEST = 10.0
"""Times the estimates: a scale reaches no further, because an interval from two blocks may reach anywhere."""
NARROW = 4.0
"""Times its lowest value: a logarithmic scale that reaches less far has too few powers of ten for its ticks."""
SMALLEST, LARGEST = 1e-100, 1e100
"""Ends of the longest scale."""
MARGIN = 1.15
"""The factor by which a scale extends beyond its data."""

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


def _parameter(name: str) -> dict[str, str]:
    return {"expr": name}


_TEXT: dict[str, Any] = {
    "labelColor": _parameter("ink"),
    "titleColor": _parameter("muted"),
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
}
CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "transparent",
    "aria": False,  # the page describes the chart in a sentence and a table
    "view": {"stroke": None},
    "axis": {
        **_TEXT,
        "domainColor": _parameter("muted"),
        "tickColor": _parameter("muted"),
        "gridColor": _parameter("grid"),
        "labelLimit": _parameter("names"),
    },
    "legend": {**_TEXT, "labelLimit": NAMES_WIDTH, "symbolStrokeColor": _parameter("muted")},
    "title": {"color": _parameter("ink"), "anchor": "start", "fontSize": 14},
    "style": {
        "bar": {"stroke": _parameter("muted"), "strokeWidth": 0.6},
        "edged": {"stroke": _parameter("surface"), "strokeWidth": 0.7},
        "reference": {"color": _parameter("ink"), "strokeWidth": 1.5, "strokeDash": [4, 3]},
        "ink": {"color": _parameter("ink")},
    },
}


def marks(data: str = DATA) -> alt.Chart:
    """A chart of the data of that name, to be given marks and encodings."""
    return alt.Chart(alt.NamedData(name=data))


def specification(height: int, *layers: alt.Chart) -> dict[str, Any]:
    """Layers as a Vega-Lite specification, with the parameters `ink`, `muted`, `grid`, `surface` and `names`."""
    spec = alt.layer(*layers).properties(width="container", height=height).to_dict()
    parameters = [{"name": name, "value": value} for name, value in (*LIGHT.items(), ("names", NAMES_WIDTH))]
    return {
        **{name: value for name, value in spec.items() if name not in ("config", "$schema")},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "params": [*spec.get("params", []), *parameters],
        "config": CONFIG,
    }


# Points with intervals


def ends(interval: Interval) -> tuple[float, float]:
    """Both ends of an interval on a logarithmic scale; the estimate if there is none.

    >>> ends(Interval(estimate=2.0, low=None, high=None, confidence=0.95, blocks=1))
    (2.0, 2.0)
    """
    low = interval.estimate if interval.low is None else interval.low
    high = interval.estimate if interval.high is None else interval.high
    return max(low, interval.estimate * LEAST), high


def point(interval: Interval) -> dict[str, float]:
    """The fields of a datum that `points_with_intervals` needs."""
    low, high = ends(interval)
    return {"estimate": interval.estimate, "low": low, "high": high}


def points_with_intervals(
    axis: alt.Axis, scale: alt.Scale, y: alt.Y, *, shape: alt.Shape | None = None, **encodings: Any
) -> list[alt.Chart]:
    """Two layers on `DATA`: a horizontal line from `low` to `high`, and a point at `estimate`."""
    lines = marks().mark_rule(strokeWidth=2.5, clip=True)
    points = marks().mark_point(size=80, filled=True, opacity=1, clip=True)
    shapes = {} if shape is None else {"shape": shape}
    return [
        lines.encode(x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", y=y, **encodings),
        points.encode(x=alt.X("estimate:Q", scale=scale, axis=axis), y=y, tooltip="tip:N", **shapes, **encodings),
    ]


def ratios_with_verdicts(ratios: Iterable[Interval], rows: int) -> dict[str, Any]:
    """The specification of ratios of times in `DATA`, whose colour and shape is the `verdict`; `line` is at 1."""
    domain = domain_of(ratios, [1.0])
    legend = alt.Legend(title=None, orient="bottom", columns=legend_columns(4))
    names, looks = list(VERDICTS), list(VERDICTS.values())
    layers = points_with_intervals(
        ratio_axis("relative time (log scale)", domain),
        log_scale(domain),
        alt.Y("case:N", sort=None, axis=names_axis()),
        color=alt.Color("verdict:N", scale=alt.Scale(domain=names, range=[look[0] for look in looks]), legend=legend),
        shape=alt.Shape("verdict:N", scale=alt.Scale(domain=names, range=[look[1] for look in looks]), legend=legend),
    )
    line = marks("line").mark_rule(style="reference").encode(x=alt.datum(1.0))
    return specification(STEP * rows, line, *layers)


# Scales and axes


def log_scale(domain: tuple[float, float]) -> alt.Scale:
    """A logarithmic scale over `domain`; marks beyond it are cut."""
    return alt.Scale(type="log", domain=list(domain), nice=False, clamp=True)


def domain_of(intervals: Iterable[Interval], also: Sequence[float] = ()) -> tuple[float, float]:
    """The domain of a logarithmic scale that shows these intervals and values.

    >>> lone = Interval(estimate=1.0, low=0.001, high=2.0, confidence=0.95, blocks=2)
    >>> [round(end, 3) for end in domain_of([lone])]
    [0.087, 2.3]
    """
    found = [interval for interval in intervals if interval.estimate > 0]
    estimates = [*(interval.estimate for interval in found), *also]
    if not estimates:
        return 0.1, 10.0
    # A file may hold any number, but a logarithm needs one within bounds.
    least, most = max(SMALLEST, min(estimates) / FARTHEST), min(LARGEST, max(estimates) * FARTHEST)
    lows = [interval.low for interval in found if interval.low is not None]
    highs = [interval.high for interval in found if interval.high is not None]
    low, high = max(least, min([*estimates, *lows])), min(most, max([*estimates, *highs]))
    return min(low, LARGEST) / MARGIN, max(high, SMALLEST) * MARGIN


def ticks(domain: tuple[float, float]) -> list[float]:
    """Round values on a logarithmic scale: 1, 2 and 5 times powers of ten, or fewer or more as the domain requires.

    >>> ticks((0.008, 0.3)), ticks((1e-6, 10)), ticks((0.86, 1.46))
    ([0.01, 0.02, 0.05, 0.1, 0.2], [1e-06, 0.0001, 0.01, 1.0], [0.9, 1.0, 1.1, 1.2, 1.3, 1.4])
    """
    low, high = domain
    if high < NARROW * low:
        return _even_ticks(low, high)
    first, last = floor(log10(low)), ceil(log10(high))
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [float(f"{step}e{power}") for power in range(first, last + 1) for step in steps]
        within = [value for value in found if low <= value <= high]
        if len(within) <= MOST_TICKS:
            break
    return within[:: ceil(len(within) / MOST_TICKS)]


def _even_ticks(low: float, high: float) -> list[float]:
    power = floor(log10((high - low) / MOST_TICKS))
    for step in (1, 2, 5, 10, 20, 50):
        first, last = ceil(low / step / 10.0**power), floor(high / step / 10.0**power)
        if last - first < MOST_TICKS:
            break
    return [float(f"{number * step}e{power}") for number in range(first, last + 1)]


def powers_of_two(values: Iterable[float]) -> list[float]:
    """The powers of two around these values, or every second, fourth, … if there are many.

    >>> powers_of_two([16, 1024, 65536])
    [16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0]
    """
    found = list(values)
    first, last = floor(log2(min(found))), ceil(log2(max(found)))
    return [2.0**power for power in range(first, last + 1, max(1, round((last - first) / (MOST_TICKS - 2))))]


def time_axis(title: str, domain: tuple[float, float]) -> alt.Axis:
    """An axis of times, each with its unit."""
    return alt.Axis(title=title, values=ticks(domain), labelExpr=TIME_LABELS, labelOverlap="greedy", grid=True)


def ratio_axis(title: str, domain: tuple[float, float]) -> alt.Axis:
    """An axis of ratios."""
    return alt.Axis(title=title, values=ticks(domain), labelExpr=RATIO_LABELS, labelOverlap="greedy", grid=True)


def legend_columns(most: int) -> alt.ExprRef:
    """The number of columns of a legend; half as many on a narrow page."""
    return alt.ExprRef(f"names < {NAMES_WIDTH} ? {most // 2} : {most}")


def names_axis() -> alt.Axis:
    """The axis with the names of cases."""
    return alt.Axis(title=None, ticks=False, domain=False, labelPadding=8)
