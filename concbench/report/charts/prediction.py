"""The chart of what was measured and is predicted: points, and curves with ranges, dashed beyond what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import altair as alt

from concbench.analysis.analysis import Analysis
from concbench.analysis.curves import At, Curve, Curves, curves_along, curves_of_items
from concbench.model.case import AxisName
from concbench.model.result import Interval, Result
from concbench.model.run import Table
from concbench.report import blocks
from concbench.report.charts import style
from concbench.report.charts.chart import Datum, Plot, by_column, slug
from concbench.report.charts.sweep import (
    AXIS_TITLES,
    CONSTANT,
    FAR,
    PADDING,
    constant_rows,
    level_layers,
    levels_of,
)
from concbench.report.experiments.view import NOTHING, in_words, label, median_cell
from concbench.report.sections.axes import AxisWords, phrase, title_of, words_of
from concbench.report.uncertainty import predicted_time
from concbench.report.units import listed

HEIGHT = 300
TOGETHER = 4
"""Subjects that share a chart: more curves with ranges can't be distinguished."""
CURVES = "curves"
"""The data of the curves."""
WITHIN, BEYOND = "predicted", "predicted beyond what was measured"
DASHES = {WITHIN: [1, 0], BEYOND: [5, 4]}
SOLID, DASHED = "lines: predicted", "dashed: beyond what was measured"
COLUMNS = 6
"""Values of the table, at most, beside those that were measured."""
RANGES = "Bands hold nine of ten outcomes, by the errors that the model is known to have."


def prediction_plots(first_case: str, analysis: Analysis) -> Iterator[Plot]:
    """A chart of the axis whose first case that is; none where nothing is predicted along it."""
    for found in analysis.axes:
        if found.lines[0].case.id != first_case:
            continue
        curves = curves_along(found, analysis)
        if curves.known:
            words = words_of(found.axis, found.messages)
            title = title_of(found, words)
            constant = constant_rows(found)
            yield from _plots(curves, words, f"Measured and predicted {title[:1].lower()}{title[1:]}", constant)


def prediction_of_items(table: Table, analysis: Analysis) -> Iterator[Plot]:
    """A chart of what is recommended in a table, and of what it was compared with, by the number of items."""
    ids = dict.fromkeys(id_ for found in analysis.run.recommendations for id_ in (found.case, *found.compared))
    rows = [row for id_ in ids if (row := analysis.results[id_]).case.table == table.name][:TOGETHER]
    curves = curves_of_items(rows, [in_words(row) for row in rows], analysis)
    if rows and curves.known:
        title = f"Measured and predicted by the number of tasks: {table.title.rstrip('.')}"
        yield from _plots(curves, words_of("tasks", False), title)


def _plots(found: Curves, words: AxisWords, title: str, constant: Sequence[Result] = ()) -> Iterator[Plot]:
    every = [interval for curve in found.curves for interval in _intervals(curve)]
    every += [result.median for result in constant if result.median is not None]
    levels = levels_of(constant)
    domain = style.domain_of(every)
    for first in range(0, len(found.curves), TOGETHER):
        curves = found.curves[first : first + TOGETHER]
        if not any(curve.measured or curve.predicted for curve in curves):
            continue
        points, lines = _points(curves, words), _lines(curves)
        yield Plot(
            name=slug("prediction", found.axis, curves[0].name),
            title=title,
            finding=f"{_finding(found.axis, curves, words)} {RANGES}".strip(),
            spec=_spec(found.axis, points, lines, domain, constant=bool(levels)),
            data={style.DATA: by_column(points), CURVES: by_column(lines)}
            | ({CONSTANT: by_column(levels)} if levels else {}),
            table=_table(curves, words, constant),
            height=HEIGHT + 135,
        )


def _intervals(curve: Curve) -> Iterator[Interval]:
    yield from (interval for _, interval, _ in curve.measured)
    for at in curve.predicted:
        time = at.time
        yield Interval(estimate=time.estimate, low=time.low, high=time.high, confidence=0.9, blocks=2)


def _points(curves: Sequence[Curve], words: AxisWords) -> list[Datum]:
    return [
        {
            "subject": curve.name,
            "size": value,
            **style.point(interval),
            "tip": f"{curve.name} {words.preposition} {phrase(words, words.worded(value))}: {median_cell(result)}, "
            "measured",
        }
        for curve in curves
        for value, interval, result in curve.measured
    ]


def _lines(curves: Sequence[Curve]) -> list[Datum]:
    """The curves in pieces; each begins where the one before it ends, so that there is no gap."""
    found: list[Datum] = []
    for curve in curves:
        piece = 0
        for before, at in pairwise(curve.predicted):
            if before is not curve.predicted[0] and (at.beyond or before.beyond) != _is_beyond(found[-1]):
                piece += 1
            basis = BEYOND if at.beyond or before.beyond else WITHIN
            ends = [before, at] if not found or found[-1]["piece"] != f"{curve.name} {piece}" else [at]
            found += [
                {
                    "subject": curve.name,
                    "piece": f"{curve.name} {piece}",
                    "basis": basis,
                    "size": end.value,
                    "estimate": end.time.estimate,
                    "low": max(end.time.low, end.time.estimate * style.LEAST),
                    "high": end.time.high,
                }
                for end in ends
            ]
    return found


def _is_beyond(datum: Datum) -> bool:
    return datum["basis"] == BEYOND


def _finding(axis: AxisName, curves: Sequence[Curve], words: AxisWords) -> str:
    """What was measured to be fastest, and what is predicted to be at the largest value."""
    measured = [(value, interval, result, curve) for curve in curves for value, interval, result in curve.measured]
    most = max((each[0] for each in measured), default=0.0)
    said = []
    if measured:
        compared = measured if len(curves) == 1 and axis != "tasks" else [each for each in measured if each[0] == most]
        value, _, result, curve = min(compared, key=lambda each: each[1].estimate)
        said.append(f"{_at(words, value)}: {curve.name}, {median_cell(result)}")
    far = max((curve.predicted[-1].value for curve in curves if curve.predicted), default=0)
    ends = [(curve.predicted[-1], curve) for curve in curves if curve.predicted and curve.predicted[-1].value == far]
    text = f"Measured to be fastest {said[0]}" if said and len(measured) > 1 else f"Measured {said[0]}" if said else ""
    if ends and far > most:
        at, curve = min(ends, key=lambda each: each[0].time.estimate)
        close = [other.name for each, other in ends if other is not curve and each.time.low < at.time.high]
        tie = f", and {listed(close)} may be as fast" if close else ""
        text += f"{'; predicted' if text else 'Predicted'} {_at(words, far)}: {curve.name}, about "
        text += f"{predicted_time(at.time)}, beyond what was measured{tie}"
    return f"{text}." if text else ""


def _at(words: AxisWords, value: float) -> str:
    return f"{words.preposition} {phrase(words, words.worded(value))}"


def _table(curves: Sequence[Curve], words: AxisWords, constant: Sequence[Result]) -> blocks.Table:
    measured = {value for curve in curves for value, _, _ in curve.measured}
    others = sorted({float(at.value) for curve in curves for at in curve.predicted} - measured)
    step = max(1, -(-len(others) // COLUMNS))
    shown = sorted({*measured, *others[::-1][::step]})
    return blocks.Table(
        headers=("subject", *(words.worded(value) for value in shown)),
        rows=(
            *((curve.name, *(_cell(curve, value) for value in shown)) for curve in curves),
            *((label(result), *[median_cell(result)] * len(shown)) for result in constant),
        ),
        notes=("≈ predicted; + beyond what was measured; all others are measured",),
    )


def _cell(curve: Curve, value: float) -> str:
    result = next((result for at, _, result in curve.measured if at == value), None)
    if result is not None:
        return median_cell(result)
    found: At | None = next((at for at in curve.predicted if at.value == value), None)
    if found is None:
        return NOTHING
    return f"≈ {predicted_time(found.time)}{' +' if found.beyond else ''}"


def _axis(axis: AxisName, sizes: Sequence[float], beyond: bool) -> tuple[alt.Scale, alt.Axis]:
    low, high = min(sizes), max(sizes)
    logarithmic = high > FAR * low
    margin = max((high - low) / PADDING, 0.5)
    ends = (low / style.MARGIN, high * style.MARGIN) if logarithmic else (low - margin, high + margin)
    scale = style.log_scale(ends) if logarithmic else alt.Scale(domain=list(ends), nice=False, zero=False)
    values = [tick for tick in style.ticks(ends) if tick >= 1] if logarithmic else sorted(set(sizes))
    # What lines mean stands here and not in a legend, for which a narrow page has no room beside the names.
    title = [f"{AXIS_TITLES[axis]}{' (log scale)' if logarithmic else ''}", SOLID, *([DASHED] if beyond else [])]
    return scale, alt.Axis(title=title, values=values, labelOverlap="greedy", labelExpr="format(datum.value, ',d')")


def _spec(
    axis: AxisName, points: Sequence[Datum], lines: Sequence[Datum], domain: tuple[float, float], *, constant: bool
) -> dict[str, object]:
    subjects = list(dict.fromkeys(str(row["subject"]) for row in (*points, *lines)))
    scale, times = style.log_scale(domain), style.time_axis("wall time (log scale)", domain)
    beyond = any(row["basis"] == BEYOND for row in lines)
    x_scale, x_axis = _axis(axis, sorted({float(row["size"]) for row in (*points, *lines)}), beyond)
    colours, shapes = (
        alt.Scale(domain=subjects, range=list(looks)[: len(subjects)]) for looks in (style.SERIES, style.SHAPES)
    )
    legend = style.names_legend(symbolSize=120, symbolOpacity=1)
    colour = alt.Color("subject:N", sort=None, legend=legend, scale=colours)
    x = alt.X("size:Q", scale=x_scale, axis=x_axis)
    y = alt.Y("estimate:Q", scale=scale, axis=times)
    low = alt.Y("low:Q", scale=scale, axis=times)
    dashes = alt.StrokeDash(
        "basis:N", sort=None, legend=None, scale=alt.Scale(domain=list(DASHES), range=list(DASHES.values()))
    )
    curves, measured = style.marks(CURVES).encode(x=x), style.marks().encode(x=x)
    layers = [
        curves.mark_area(opacity=0.16, clip=True).encode(y=low, y2="high:Q", color=colour, detail="piece:N"),
        curves.mark_line(strokeWidth=2, clip=True).encode(y=y, color=colour, strokeDash=dashes, detail="piece:N"),
        measured.mark_rule(strokeWidth=2, clip=True).encode(y=low, y2="high:Q", color=colour),
        measured.mark_point(size=80, filled=True, opacity=1, clip=True).encode(
            y=y, color=colour, shape=alt.Shape("subject:N", sort=None, legend=legend, scale=shapes), tooltip="tip:N"
        ),
    ]
    return style.specification(HEIGHT, *layers, *(level_layers(y) if constant else ()))
