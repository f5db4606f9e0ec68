"""The chart of how long each case took: medians with intervals, on a scale that shows 12 ms beside 14 s."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from concbench.analysis.analysis import Analysis
from concbench.model.result import Result
from concbench.model.run import Table
from concbench.report import blocks
from concbench.report.charts import style
from concbench.report.charts.chart import Datum, Plot, by_column, slug
from concbench.report.experiments.view import label, median_cell, view_of
from concbench.report.units import seconds


def wall_plot(table: Table, analysis: Analysis) -> Plot | None:
    """The medians of a table and the ideals that are known; None if nothing was measured."""
    known = [
        (result, result.median)
        for result in analysis.rows(table)
        if result.median is not None and result.median.estimate > 0
    ]
    if not known:
        return None
    title = view_of(known[0][0]).median
    ideals: list[Datum] = [
        {"case": label(result), "ideal": result.ideal, "tip": f"{label(result)}: ideal {seconds(result.ideal)}"}
        for result, _ in known
        if result.ideal
    ]
    domain = style.domain_of([median for _, median in known], [float(ideal["ideal"]) for ideal in ideals])
    axis, scale = style.time_axis(f"{title.lower()} (log scale)", domain), style.log_scale(domain)
    named = style.Rows([label(result) for result, _ in known])
    layers = style.points_with_intervals(axis, scale, named, color=alt.value(style.BLUE))
    if ideals:
        ticks = style.marks("ideals").mark_tick(
            style="ink", thickness=2, size=style.STEP * 0.6, clip=True, yOffset=named.below
        )
        layers.append(ticks.encode(x=alt.X("ideal:Q", scale=scale, axis=axis), y=named.y, tooltip="tip:N"))
    rows: list[Datum] = [
        {"case": label(result), **style.point(median), "tip": f"{label(result)}: {median_cell(result)}"}
        for result, median in known
    ]
    return Plot(
        name=slug(table.name, "wall"),
        title=title,
        finding=f"{extremes([result for result, _ in known], analysis)} {style.INTERVALS}"
        + (" Vertical marks are ideal times." if ideals else ""),
        spec=style.specification(named.height, *layers, stacked=named.stacked),
        data={style.DATA: by_column(rows), **named.data} | ({"ideals": by_column(ideals)} if ideals else {}),
        table=blocks.Table(
            headers=("case", "median", "from", "to", "ideal"),
            rows=tuple(
                (label(result), median_cell(result), _end(median.low), _end(median.high), _end(result.ideal))
                for result, median in known
            ),
        ),
        height=named.height + 50,
        heights=named.heights,
    )


def extremes(results: Sequence[Result], analysis: Analysis) -> str:
    """A sentence on the fastest, or the recommended, and the slowest of measured cases."""
    ordered = sorted(results, key=lambda result: analysis.standing(result) or 0.0)
    recommended = [
        result for result in results for found in analysis.run.recommendations[:1] if result.case.id == found.case
    ]
    word, first, last = "Fastest", ordered[0], ordered[-1]
    if recommended:
        word, first = "Recommended", recommended[0]
    if len(ordered) == 1:
        return f"{label(first)}: {median_cell(first)}."
    times = {median_cell(result) for result in results}
    if len(times) == 1:
        return f"All take {times.pop()}."
    slowest = "" if first is last else f"; slowest: {label(last)}, {median_cell(last)}"
    return f"{word}: {label(first)}, {median_cell(first)}{slowest}."


def _end(value: float | None) -> str:
    return "-" if value is None else seconds(min(value, style.LARGEST))
