"""What all charts share: colours that mean the same everywhere, scales and axes, and points with intervals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log2, log10
from typing import Any

import altair as alt

from concbench.analysis.breakdown import PARTS
from concbench.model.result import Interval
from concbench.model.run import Verdict
from concbench.report.charts.text import width_of, wrapped

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
"""Pixels for the names of cases beside their marks; if one needs more, all stand above their marks."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"

DATA = "rows"
"""The data of most charts."""
NAMES = "names"
"""The data of the names of rows, with the lines of each."""
STEP = 24
"""The height of a row in pixels."""
NAME_SIZE, NAME_LINE = 12, 15
"""Pixels: of the type of a name, and from one of its lines to the next."""
NAME_WIDTH = 330
"""Pixels of a line of a name that stands above its mark: what a phone has room for."""
MOST_LINES = 4
LINE_LETTERS = 44
"""Of a line in a legend: what `NAMES_WIDTH` has room for."""
LINE_BREAK = "↵"
"""Stands in data for the end of a line, because every control character there is written out."""
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
FACTOR_LABELS = (
    "datum.value === 1 ? '1' : datum.value < 1 ? format(1 / datum.value, '.3~r') + '× faster' : "
    "format(datum.value, '.3~r') + '× slower'"
)
PERCENT_LABELS = "datum.value === 1 ? 'no change' : format(100 * (datum.value - 1), '+.3~r') + '%'"
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
        "halo": {"color": _parameter("surface"), "stroke": _parameter("surface"), "strokeWidth": 5},
    },
}


def marks(data: str = DATA) -> alt.Chart:
    """A chart of the data of that name, to be given marks and encodings."""
    return alt.Chart(alt.NamedData(name=data))


def specification(height: int, *layers: alt.Chart, stacked: bool = False) -> dict[str, Any]:
    """Layers as a Vega-Lite specification, with parameters that a page sets.

    They are the colours of `LIGHT`, the width of names, and whether names are `stacked` above their marks.
    """
    spec = alt.layer(*layers).properties(width="container", height=height).to_dict()
    values = {**LIGHT, "names": NAMES_WIDTH, "stacked": stacked}
    parameters = [{"name": name, "value": value} for name, value in values.items()]
    return {
        **{name: value for name, value in spec.items() if name not in ("config", "$schema")},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "params": [*spec.get("params", []), *parameters],
        "config": CONFIG,
    }


# Rows with names


@dataclass(frozen=True)
class Rows:
    """Rows of a chart, each with a name: beside its mark, or above it where there is too little room beside it."""

    names: Sequence[str]
    step: int = STEP
    """The height of a row without its name."""
    several: bool = False
    """Whether a row has several marks, whose data have an `offset` each, in pixels."""

    @property
    def stacked(self) -> bool:
        """Whether a name is too long to stand beside its mark, however wide the page is."""
        return any(width_of(name, NAME_SIZE) > NAMES_WIDTH for name in self.names)

    @property
    def height(self) -> int:
        """Pixels of all rows, with their names where they are at first."""
        return self.stacked_height if self.stacked else self.step * len(self.names)

    @property
    def stacked_height(self) -> int:
        """Pixels of all rows, with their names above them."""
        return (self.step + self._above) * len(self.names)

    @property
    def heights(self) -> Sequence[int]:
        """Both heights, where a page may choose."""
        return () if self.stacked else (self.height, self.stacked_height)

    @property
    def y(self) -> alt.Y:
        """The place of a mark whose data names its row `case`."""
        # A constant expression, as everywhere: no text of a run is part of one.
        axis = alt.Axis(title=None, ticks=False, domain=False, labelPadding=8, labelExpr="stacked ? '' : datum.label")
        return alt.Y("case:N", sort=None, axis=axis)

    @property
    def below(self) -> alt.ExprRef:
        """How far a mark is below the middle of its row."""
        own = " + datum.offset" if self.several else ""
        return alt.ExprRef(f"(stacked ? {self._above / 2:g} : 0){own}")

    @property
    def data(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """What `layer` draws."""
        return {NAMES: {"case": self.names, "lines": [LINE_BREAK.join(lines) for lines in self._lines]}}

    @property
    def layers(self) -> list[alt.Chart]:
        """The names above the marks, in front of a margin of their own that keeps lines away from them."""
        text = alt.ExprRef(f"stacked ? split(datum.lines, '{LINE_BREAK}') : ''")
        look: dict[str, Any] = {"align": "left", "baseline": "top", "fontSize": NAME_SIZE, "lineHeight": NAME_LINE}
        named = marks(NAMES).encode(x=alt.value(0), y=self.y)
        top = -(self.step + self._above) / 2 + 2
        return [named.mark_text(style=each, dy=top, text=text, **look) for each in ("halo", "ink")]

    @property
    def _lines(self) -> list[list[str]]:
        return [wrapped(name, NAME_WIDTH, NAME_SIZE, MOST_LINES) for name in self.names]

    @property
    def _above(self) -> int:
        return NAME_LINE * max((len(lines) for lines in self._lines), default=1)


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
    axis: alt.Axis, scale: alt.Scale, rows: Rows, *, shape: alt.Shape | None = None, **encodings: Any
) -> list[alt.Chart]:
    """Layers of `DATA`: a line from `low` to `high` and a point at `estimate`; and the names of their rows."""
    lines = marks().mark_rule(strokeWidth=2.5, clip=True, yOffset=rows.below)
    points = marks().mark_point(size=80, filled=True, opacity=1, clip=True, yOffset=rows.below)
    shapes = {} if shape is None else {"shape": shape}
    estimate = alt.X("estimate:Q", scale=scale, axis=axis)
    return [
        lines.encode(x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", y=rows.y, **encodings),
        points.encode(x=estimate, y=rows.y, tooltip="tip:N", **shapes, **encodings),
        *rows.layers,
    ]


def ratios_with_verdicts(
    ratios: Iterable[Interval], verdicts: Collection[Verdict], rows: Rows, *, changes: bool = False
) -> dict[str, Any]:
    """The specification of ratios of times in `DATA`, whose colour and shape is the `verdict`; `line` is at 1.

    The axis has factors, or, for `changes` from one run to another, per cent.
    """
    domain = domain_of(ratios, [1.0])
    legend = alt.Legend(title=None, orient="bottom", columns=legend_columns(4))
    shown = {name: look for name, look in VERDICTS.items() if name in verdicts}
    names, looks = list(shown), list(shown.values())
    layers = points_with_intervals(
        change_axis(domain) if changes else factor_axis(domain),
        log_scale(domain),
        rows,
        color=alt.Color("verdict:N", scale=alt.Scale(domain=names, range=[look[0] for look in looks]), legend=legend),
        shape=alt.Shape("verdict:N", scale=alt.Scale(domain=names, range=[look[1] for look in looks]), legend=legend),
    )
    line = marks("line").mark_rule(style="reference").encode(x=alt.datum(1.0))
    return specification(rows.height, line, *layers, stacked=rows.stacked)


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
        return even_ticks(low, high)
    first, last = floor(log10(low)), ceil(log10(high))
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [float(f"{step}e{power}") for power in range(first, last + 1) for step in steps]
        within = [value for value in found if low <= value <= high]
        if len(within) <= MOST_TICKS:
            break
    return within[:: ceil(len(within) / MOST_TICKS)]


def even_ticks(low: float, high: float) -> list[float]:
    """Round values on a linear scale.

    >>> even_ticks(0, 0.137)
    [0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12]
    """
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


def factor_axis(domain: tuple[float, float]) -> alt.Axis:
    """An axis of ratios as factors: to the left of 1 what is faster, to the right what is slower."""
    return alt.Axis(
        title="time compared with the reference (log scale)",
        values=factor_ticks(domain),
        labelExpr=FACTOR_LABELS,
        labelOverlap="greedy",
        grid=True,
    )


def factor_ticks(domain: tuple[float, float]) -> list[float]:
    """Ratios whose factors are round, whichever direction they have.

    >>> factor_ticks((0.09, 3))
    [0.1, 0.2, 0.5, 1.0, 2.0]
    """
    low, high = domain
    found = [tick for tick in ticks((1.0, max(high, 1 / low))) if tick > 1]
    return [1 / tick for tick in reversed(found) if 1 / tick >= low] + [1.0] + [tick for tick in found if tick <= high]


def change_axis(domain: tuple[float, float]) -> alt.Axis:
    """An axis of ratios as changes in per cent."""
    return alt.Axis(
        title="change in time (log scale)",
        values=ticks(domain),
        labelExpr=PERCENT_LABELS,
        labelOverlap="greedy",
        grid=True,
    )


def names_legend(**more: Any) -> alt.Legend:
    """A legend of names, which are broken into two lines if they are long."""
    # A constant expression: the name is the datum's.
    cut = f"lastindexof(slice(datum.label, 0, {LINE_LETTERS + 1}), ' ')"
    at = f"({cut} > 0 ? {cut} : {LINE_LETTERS})"
    lines = f"[slice(datum.label, 0, {at}), trim(slice(datum.label, {at}))]"
    expression = f"length(datum.label) > {LINE_LETTERS} ? {lines} : datum.label"
    return alt.Legend(title=None, orient="bottom", columns=legend_columns(2), labelExpr=expression, **more)


def legend_columns(most: int) -> alt.ExprRef:
    """The number of columns of a legend; half as many on a narrow page."""
    return alt.ExprRef(f"names < {NAMES_WIDTH} ? {most // 2} : {most}")
