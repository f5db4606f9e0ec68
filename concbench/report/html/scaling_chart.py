"""The chart of speed-up over workers: what was measured, the ideal, and the scaling laws that were fitted to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp, log

import altair as alt

from concbench.model import Interval, Run
from concbench.report.columns import median_cell
from concbench.report.html.chart import Chart, Row, Table, columns_of
from concbench.report.html.look import BLUE, GREY, ORANGE, VERMILLION, dressed
from concbench.report.html.naming import slug
from concbench.report.html.points import DATA, ends
from concbench.report.html.scales import LARGEST, RATIO_LABELS, SMALLEST, log_scale, reach, ticks
from concbench.report.safe import printable
from concbench.report.scaling import SHORT, Line, by_name, headers, lines, measured, rows, sentences
from concbench.report.units import figures
from concbench.stats.scaling import Law

HEIGHT = 300
STEPS = 60
"""Points of a curve, evenly on a logarithmic scale: more than a look tells from a smooth one."""
MOST_WORKERS = 1e6
"""No curve goes further."""
IDEAL, MEASURED, HELD_OUT = "ideal", "measured", "measured, held out"
CURVES = {IDEAL: (GREY, [4, 3]), SHORT["usl"]: (BLUE, [1, 0]), SHORT["amdahl"]: (ORANGE, [8, 3, 2, 3])}
"""The colour and the dashes of each line."""


def scaling_charts(run: Run) -> Iterator[Chart]:
    """Yield a chart for every subject that laws were fitted to."""
    for line in lines(run):
        points = points_of(line, run)
        if points:
            yield _chart(line, points, run)


def points_of(line: Line, run: Run) -> list[Row]:
    """Return the measured speed-up of each number of workers, compared with what the law says of one."""
    cases = measured(run)
    single = single_of(line, run)
    found: list[Row] = []
    for each in line.predictions:
        case = cases.get(each.case)
        if case is None or case.median is None or each.workers > MOST_WORKERS:
            continue
        low, high = ends(case.median)
        speed = single / case.median.estimate
        found.append(
            {
                "workers": each.workers,
                "estimate": _within(speed),
                "low": _within(single / high),
                "high": _within(single / low),
                "what": HELD_OUT if each.held_out else MEASURED,
                "tip": f"{printable(line.subject)} with {each.workers:,} workers: {median_cell(case)}, "
                f"{figures(_within(speed))} times as fast as with one{' (held out)' if each.held_out else ''}",
            }
        )
    return found


def single_of(line: Line, run: Run) -> float:
    """Return the seconds on one worker: as measured, or as the first of the laws has it."""
    first = line.predictions[0]
    case = measured(run).get(first.case)
    if first.workers == 1 and case is not None and case.median is not None:
        return case.median.estimate
    return by_name(line)[0].single.estimate


def curves_of(line: Line, single: float, most: float) -> list[Row]:
    """Return the ideal and each law as points of a curve, from one worker to the most that were measured."""
    counts = [exp(log(most) * step / STEPS) for step in range(STEPS + 1)]
    found: list[Row] = [{"workers": count, "speed": count, "curve": IDEAL} for count in (1.0, most)]
    for scaling in by_name(line):
        law = Law(
            single=scaling.single.estimate,
            sigma=scaling.sigma.estimate,
            kappa=scaling.kappa.estimate if scaling.kappa is not None else 0.0,
        )
        found += [
            {"workers": count, "speed": _within(single / law.seconds(count)), "curve": SHORT[scaling.law]}
            for count in counts
        ]
    return found


def _within(value: float) -> float:
    """Return what a logarithmic scale can show, whatever a file says."""
    return min(max(value, SMALLEST), LARGEST)


def _chart(line: Line, points: Sequence[Row], run: Run) -> Chart:
    most = max(2.0, max(float(row["workers"]) for row in points))
    curves = curves_of(line, single_of(line, run), most)
    return Chart(
        name=slug("scaling", line.part, line.subject),
        title=f"Speed-up of {printable(line.subject)} by the number of workers",
        finding=" ".join(sentences(line, run)),
        spec=_spec(points, most),
        data={DATA: columns_of(points), "curves": columns_of(curves)},
        table=Table(headers=headers(line), rows=rows(line, run)),
        height=HEIGHT + 110,
    )


def _spec(points: Sequence[Row], most: float) -> dict[str, object]:
    across = (1 / 1.1, most * 1.1)
    measured_ones = [
        Interval(
            estimate=float(row["estimate"]), low=float(row["low"]), high=float(row["high"]), confidence=0.95, blocks=2
        )
        for row in points
    ]
    domain = reach(measured_ones, [1.0, most])
    counts = [float(row["workers"]) for row in points]
    x_axis = alt.Axis(title="workers", values=counts, format=",d", labelOverlap="greedy")
    y_axis = alt.Axis(
        title="speed-up, both logarithmic", values=ticks(domain), labelExpr=RATIO_LABELS, labelOverlap="greedy"
    )
    x = alt.X("workers:Q", scale=log_scale(across), axis=x_axis)
    scale = log_scale(domain)
    names = list(CURVES)
    legend = alt.Legend(title=None, orient="bottom", symbolSize=200)
    curves = (
        alt.Chart(alt.NamedData(name="curves"))
        .mark_line(strokeWidth=2, clip=True)
        .encode(
            x=x,
            y=alt.Y("speed:Q", scale=scale, axis=y_axis),
            color=alt.Color(
                "curve:N", scale=alt.Scale(domain=names, range=[CURVES[name][0] for name in names]), legend=legend
            ),
            strokeDash=alt.StrokeDash(
                "curve:N", scale=alt.Scale(domain=names, range=[CURVES[name][1] for name in names]), legend=legend
            ),
        )
    )
    base = alt.Chart(alt.NamedData(name=DATA))
    intervals = base.mark_rule(strokeWidth=2, color=VERMILLION, clip=True).encode(
        x=x, y=alt.Y("low:Q", scale=scale, axis=y_axis), y2="high:Q"
    )
    shown = base.mark_point(size=70, opacity=1, strokeWidth=2, stroke=VERMILLION, clip=True).encode(
        x=x,
        y=alt.Y("estimate:Q", scale=scale, axis=y_axis),
        fill=alt.Fill(
            "what:N",
            scale=alt.Scale(domain=[MEASURED, HELD_OUT], range=[VERMILLION, "transparent"]),
            legend=alt.Legend(title=None, orient="bottom", symbolStrokeColor=VERMILLION),
        ),
        tooltip="tip:N",
    )
    return dressed(alt.layer(curves, intervals, shown).properties(width="container", height=HEIGHT).to_dict())
