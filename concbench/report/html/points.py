"""Figures with their intervals, a row each: a point on a line."""

from __future__ import annotations

from typing import Any

import altair as alt

from concbench.model import Interval

STEP = 24
"""Pixels that a row is high."""
DATA = "rows"
INTERVALS = "A line is a 95 % interval."
LEAST = 1e-6
"""Of its estimate: where an interval that reaches 0 begins, because a logarithmic scale has no 0."""


def ends(interval: Interval) -> tuple[float, float]:
    """Return where the line of an interval begins and ends: at its estimate where it has none.

    >>> ends(Interval(estimate=2.0, low=None, high=None, confidence=0.95, blocks=1))
    (2.0, 2.0)
    """
    low = interval.estimate if interval.low is None else interval.low
    high = interval.estimate if interval.high is None else interval.high
    return max(low, interval.estimate * LEAST), high


def pointed(axis: alt.Axis, scale: alt.Scale, y: alt.Y, **encodings: Any) -> list[alt.Chart]:
    """Return two layers on the data `rows`: a line from `low` to `high`, and a point at `estimate`.

    `encodings` may have a shape, which the line has not.
    """
    shape = {"shape": encodings.pop("shape")} if "shape" in encodings else {}
    base = alt.Chart(alt.NamedData(name=DATA))
    lines = base.mark_rule(strokeWidth=2.5, clip=True).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", y=y, **encodings
    )
    points = base.mark_point(size=80, filled=True, opacity=1, clip=True).encode(
        x=alt.X("estimate:Q", scale=scale, axis=axis), y=y, tooltip="tip:N", **shape, **encodings
    )
    return [lines, points]


def line_at(value: float) -> alt.Chart:
    """Return a layer with one upright line."""
    found: alt.Chart = alt.Chart(alt.NamedData(name="line")).mark_rule(style="line-at").encode(x=alt.datum(value))
    return found
