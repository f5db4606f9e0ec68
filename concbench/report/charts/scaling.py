"""The chart of speed-up over workers: the measured points, the ideal, and the scaling laws fitted to the points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp, log

import altair as alt

from concbench.analysis.analysis import Analysis
from concbench.model.result import Interval
from concbench.report import blocks
from concbench.report.charts import style
from concbench.report.charts.chart import Datum, Plot, by_column, slug
from concbench.report.experiments.view import median_cell
from concbench.report.sections.scaling import SHORT, Line, by_name, headers, lines, rows
from concbench.report.uncertainty import factor
from concbench.report.units import counted, figures
from concbench.stats.scaling_laws import Law

HEIGHT = 300
STEPS = 60
"""Points of a curve, evenly spread on a logarithmic scale: enough to look smooth."""
MOST_WORKERS = 1e6
"""Curves go no further."""
IDEAL, MEASURED, HELD_OUT = "ideal", "measured", "measured, held out"
CURVES = {
    IDEAL: (style.GREY, [4, 3]),
    SHORT["usl"]: (style.BLUE, [1, 0]),
    SHORT["amdahl"]: (style.ORANGE, [8, 3, 2, 3]),
}
"""The colour and the dashes of each line."""


def scaling_plots(table: str, analysis: Analysis) -> Iterator[Plot]:
    """A chart for every subject of a table that laws were fitted to."""
    for line in lines(analysis.run):
        points = _points(line, analysis)
        if points and line.table == table:
            most = max(2.0, max(float(row["workers"]) for row in points))
            yield Plot(
                name=slug("scaling", line.table, line.subject),
                title=f"Speed-up of {line.subject} with more workers",
                finding=_finding(line, points),
                spec=_spec(points, most),
                data={style.DATA: by_column(points), "curves": by_column(_curves(line, _single(line, analysis), most))},
                table=blocks.Table(headers=tuple(headers(line)), rows=tuple(map(tuple, rows(line, analysis)))),
                height=HEIGHT + 110,
            )


def _finding(line: Line, points: Sequence[Datum]) -> str:
    best = max(points, key=lambda row: float(row["estimate"]))
    workers, speed_up = int(best["workers"]), float(best["estimate"])
    found = f"{line.subject} was fastest with {counted(workers, 'worker')}"
    return f"{found}: {factor(1 / speed_up)} than with one." if workers > 1 and speed_up > 1 else f"{found}."


def _points(line: Line, analysis: Analysis) -> list[Datum]:
    """The measured speed-up of each number of workers over one worker."""
    results, single = analysis.results, _single(line, analysis)
    found: list[Datum] = []
    for each in line.predictions:
        result = results.get(each.case)
        if result is None or result.median is None or each.workers > MOST_WORKERS:
            continue
        low, high = style.ends(result.median)
        speed_up = _within(single / result.median.estimate)
        workers = counted(each.workers, "worker")
        tip = f"{line.subject} with {workers}: {median_cell(result)}, {figures(speed_up)} times as fast"
        found.append(
            {
                "workers": each.workers,
                "estimate": speed_up,
                "low": _within(single / high),
                "high": _within(single / low),
                "what": HELD_OUT if each.held_out else MEASURED,
                "tip": f"{tip} as with one{' (held out)' if each.held_out else ''}",
            }
        )
    return found


def _single(line: Line, analysis: Analysis) -> float:
    """The seconds on one worker: measured, or else according to the first of the laws."""
    first = line.predictions[0]
    result = analysis.results.get(first.case)
    if first.workers == 1 and result is not None and result.median is not None:
        return result.median.estimate
    return by_name(line)[0].single.estimate


def _curves(line: Line, single: float, most: float) -> list[Datum]:
    """The ideal and each law, from one worker to the largest number that was measured."""
    counts = [exp(log(most) * step / STEPS) for step in range(STEPS + 1)]
    found: list[Datum] = [{"workers": count, "speed": count, "curve": IDEAL} for count in (1.0, most)]
    for scaling in by_name(line):
        kappa = scaling.kappa.estimate if scaling.kappa is not None else 0.0
        law = Law(single=scaling.single.estimate, sigma=scaling.sigma.estimate, kappa=kappa)
        found += [
            {"workers": count, "speed": _within(single / law.seconds(count)), "curve": SHORT[scaling.law]}
            for count in counts
        ]
    return found


def _within(value: float) -> float:
    """A value that a logarithmic scale can show, whatever a file says."""
    return min(max(value, style.SMALLEST), style.LARGEST)


def _spec(points: Sequence[Datum], most: float) -> dict[str, object]:
    estimates, lows, highs = ([float(row[name]) for row in points] for name in ("estimate", "low", "high"))
    intervals = (
        Interval(estimate=estimate, low=low, high=high, confidence=0.95, blocks=2)
        for estimate, low, high in zip(estimates, lows, highs, strict=True)
    )
    domain = style.domain_of(intervals, [1.0, most])
    scale, across = style.log_scale(domain), style.log_scale((1 / 1.1, most * 1.1))
    counts = [float(row["workers"]) for row in points]
    x_axis = alt.Axis(title="workers (log scale)", values=counts, format=",d", labelOverlap="greedy")
    y_axis = alt.Axis(
        title="speed-up (log scale)", values=style.ticks(domain), labelExpr=style.RATIO_LABELS, labelOverlap="greedy"
    )
    x = alt.X("workers:Q", scale=across, axis=x_axis)
    names, (colours, dashes) = list(CURVES), zip(*CURVES.values(), strict=True)
    legend = alt.Legend(title=None, orient="bottom", symbolSize=200)
    curves = (
        style.marks("curves")
        .mark_line(strokeWidth=2, clip=True)
        .encode(
            x=x,
            y=alt.Y("speed:Q", scale=scale, axis=y_axis),
            color=alt.Color("curve:N", scale=alt.Scale(domain=names, range=list(colours)), legend=legend),
            strokeDash=alt.StrokeDash("curve:N", scale=alt.Scale(domain=names, range=list(dashes)), legend=legend),
        )
    )
    lines = style.marks().mark_rule(strokeWidth=2, color=style.VERMILLION, clip=True)
    fill = alt.Fill(
        "what:N",
        scale=alt.Scale(domain=[MEASURED, HELD_OUT], range=[style.VERMILLION, "transparent"]),
        legend=alt.Legend(title=None, orient="bottom", symbolStrokeColor=style.VERMILLION),
    )
    dots = style.marks().mark_point(size=70, opacity=1, strokeWidth=2, stroke=style.VERMILLION, clip=True)
    return style.specification(
        HEIGHT,
        curves,
        lines.encode(x=x, y=alt.Y("low:Q", scale=scale, axis=y_axis), y2="high:Q"),
        dots.encode(x=x, y=alt.Y("estimate:Q", scale=scale, axis=y_axis), fill=fill, tooltip="tip:N"),
    )
