"""The charts of a closed loop: throughput, and latency, against the number of concurrent calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import altair as alt

from concbench.analysis.analysis import Analysis
from concbench.model.result import Load, Result
from concbench.model.run import Knee, Table
from concbench.report import blocks
from concbench.report.charts import style
from concbench.report.charts.chart import Datum, Plot, by_column, slug
from concbench.report.experiments.load import columns, loads_of, middle, rate_in_words, throughput
from concbench.report.experiments.view import shared_columns
from concbench.report.units import counted, seconds

HEIGHT = 240
KNEE = "knee"
"""The data of the vertical lines: the knee, and the ends of its interval."""


def load_plots(table: Table, analysis: Analysis) -> Iterator[Plot]:
    """Two charts for a table of levels, where at least two have figures."""
    results = [result for result in analysis.rows(table) if throughput(result)]
    knee = next((knee for knee in analysis.run.knees if knee.table == table.name), None)
    if len(results) < 2 or knee is None:
        return
    shown = columns(shared_columns(table, analysis.run))
    every = [*shown.names, *shown.time]
    cells = blocks.Table(
        headers=tuple(column.header for column in every),
        rows=tuple(tuple(column.cell(result) for column in every) for result in results),
    )
    best = analysis.results.get(knee.case or "")
    for name, what, of, axis, words in (
        ("throughput", "Throughput", _throughput, "calls a second (log scale)", _rate),
        ("latency", "95th percentile of latency", _late, None, seconds),
    ):
        points = _points(results, of, words)
        if len(points) < 2:
            continue
        domain = _domain(points)
        yield Plot(
            name=slug("load", name, table.name),
            title=f"{what} by the number of concurrent calls",
            finding=_finding(best, of, words),
            spec=_spec(points, domain, _axis(axis, domain)),
            data={style.DATA: by_column(points), KNEE: by_column(_levels(knee))},
            table=cells,
            height=HEIGHT + 70,
        )


def _throughput(load: Load) -> float | None:
    return load.throughput or None


def _late(load: Load) -> float | None:
    return load.p95


def _rate(value: float) -> str:
    return f"{rate_in_words(value)} calls a second"


def _points(
    results: Sequence[Result], of: Callable[[Load], float | None], words: Callable[[float], str]
) -> list[Datum]:
    """The median and the range of the samples of each level."""
    found: list[Datum] = []
    for result in results:
        values = [_within(value) for load in loads_of(result) if (value := of(load))]
        if values:
            level, estimate = result.case.settings.workers or 1, middle(values) or 0.0
            tip = f"{counted(level, 'concurrent call')}: {words(estimate)}"
            found.append({"level": level, "estimate": estimate, "low": min(values), "high": max(values), "tip": tip})
    return found


def _within(value: float) -> float:
    """A value that a logarithmic scale can show, whatever a file says."""
    return min(max(value, style.SMALLEST), style.LARGEST)


def _levels(knee: Knee) -> list[Datum]:
    level = knee.level
    return [] if level is None else [{"level": _within(level.estimate)}]


def _domain(points: Sequence[Datum]) -> tuple[float, float]:
    return (
        min(float(row["low"]) for row in points) / style.MARGIN,
        max(float(row["high"]) for row in points) * style.MARGIN,
    )


def _axis(title: str | None, domain: tuple[float, float]) -> alt.Axis:
    if title is None:
        return style.time_axis("latency (log scale)", domain)
    return alt.Axis(title=title, values=style.ticks(domain), format=",.3~r", labelOverlap="greedy")


def _finding(best: Result | None, of: Callable[[Load], float | None], words: Callable[[float], str]) -> str:
    """What the level that is enough comes to; the line in the chart stands for it."""
    value = None if best is None else middle(of(load) for load in loads_of(best))
    if best is None or value is None:
        return "The dashed line, where there is one, is the knee."
    level = counted(best.case.settings.workers or 1, "concurrent call")
    return f"{level}: {words(value)}. The dashed line is the knee."


def _spec(points: Sequence[Datum], domain: tuple[float, float], axis: alt.Axis) -> dict[str, object]:
    levels = [float(row["level"]) for row in points]
    across = style.log_scale((min(levels) / style.MARGIN, max(levels) * style.MARGIN))
    named = alt.Axis(title="concurrent calls (log scale)", values=levels, format=",d", labelOverlap="greedy")
    x, scale = alt.X("level:Q", scale=across, axis=named), style.log_scale(domain)
    base = style.marks().encode(x=x)
    y = alt.Y("estimate:Q", scale=scale, axis=axis)
    return style.specification(
        HEIGHT,
        base.mark_line(strokeWidth=2, color=style.BLUE, clip=True).encode(y=y),
        base.mark_rule(strokeWidth=2, color=style.BLUE, clip=True).encode(
            y=alt.Y("low:Q", scale=scale, axis=axis), y2="high:Q"
        ),
        base.mark_point(size=70, filled=True, opacity=1, color=style.BLUE, clip=True).encode(y=y, tooltip="tip:N"),
        style.marks(KNEE).mark_rule(style="ink", strokeDash=[4, 3], clip=True).encode(x=x),
    )
