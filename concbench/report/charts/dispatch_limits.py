"""The chart of the shortest tasks that keep a number of cores busy: a line for each strategy and published rate."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice

import altair as alt

from concbench.analysis.analysis import Analysis
from concbench.analysis.dispatch_limits import (
    CORES,
    DispatchLimit,
    PublishedRate,
    dispatch_limits,
    engine_of,
)
from concbench.model.run import Table
from concbench.report.charts import style
from concbench.report.charts.chart import Datum, Plot, by_column, slug
from concbench.report.experiments.view import label
from concbench.report.sections.dispatch_limits import NAME, in_short, limits_table, published_names, rate_in_words
from concbench.report.units import counted, seconds

HEIGHT = 320
PUBLISHED = "published"
"""The data of the dashed lines."""
COLOURS = (*style.SERIES, style.GREY)
DASHES = ((7, 4), (2, 3), (8, 3, 2, 3), (12, 4))
"""Of the published rates, each in the colour of its engine."""


def dispatch_limits_plot(table: Table, analysis: Analysis) -> Plot | None:
    """A chart of a table whose rows ran empty tasks warm; None of any other."""
    limits = dispatch_limits(analysis.rows(table))
    if not limits:
        return None
    rows = [_datum(label(limit.result), limit, cores) for limit in limits for cores in CORES]
    published: list[Datum] = [
        {"series": _row_of(each, limits), "published": name, "cores": cores, "estimate": cores / each.rate}
        for name, each in published_names(limits).items()
        for cores in CORES
    ]
    names = list(dict.fromkeys(label(limit.result) for limit in limits))
    return Plot(
        name=slug(NAME, table.name),
        title="The shortest tasks that keep cores busy",
        finding=in_short(limits),
        spec=_spec(limits, names, published),
        data={style.DATA: by_column(rows)} | ({PUBLISHED: by_column(published)} if published else {}),
        table=limits_table(limits),
        height=HEIGHT + 90 + 20 * (len(names) // 2),
    )


def _datum(name: str, limit: DispatchLimit, cores: int) -> Datum:
    shortest = limit.shortest(cores)
    low, high = style.ends(shortest)
    per_second = f"{rate_in_words(limit.rate.estimate)} tasks a second"
    tip = f"{name}, {per_second}: tasks of {seconds(shortest.estimate)} keep {counted(cores, 'core')} busy"
    return {
        "series": name,
        "cores": cores,
        "estimate": _within(shortest.estimate),
        "low": _within(low),
        "high": _within(high),
        "tip": tip,
    }


def _within(value: float) -> float:
    """A value that a logarithmic scale can show, whatever a file says."""
    return min(max(value, style.SMALLEST), style.LARGEST)


def _row_of(published: PublishedRate, limits: Sequence[DispatchLimit]) -> str:
    """The name of the first row that runs on the engine of a published rate."""
    return next(label(limit.result) for limit in limits if engine_of(limit) == published.engine)


def _spec(limits: Sequence[DispatchLimit], names: Sequence[str], published: Sequence[Datum]) -> dict[str, object]:
    ends = [limit.shortest(cores) for limit in limits for cores in (CORES[0], CORES[-1])]
    domain = style.domain_of(ends, [float(row["estimate"]) for row in published])
    across = style.log_scale((CORES[0] / style.MARGIN, CORES[-1] * style.MARGIN))
    x_axis = alt.Axis(title="cores to keep busy (log scale)", values=list(CORES), format=",d")
    axis, scale = style.time_axis("shortest task (log scale)", domain), style.log_scale(domain)
    x, y = alt.X("cores:Q", scale=across, axis=x_axis), alt.Y("estimate:Q", scale=scale, axis=axis)
    legend = style.names_legend(symbolSize=120)
    # There are more colours than shapes, so that the same two meet again only after many lines.
    shapes = list(islice(cycle(style.SHAPES), len(names)))
    colours = list(islice(cycle(COLOURS), len(names)))
    color = alt.Color("series:N", sort=None, legend=legend, scale=alt.Scale(domain=list(names), range=colours))
    shape = alt.Shape("series:N", sort=None, legend=legend, scale=alt.Scale(domain=list(names), range=shapes))
    measured = style.marks().encode(x=x, color=color)
    layers = [
        measured.mark_line(strokeWidth=2, clip=True).encode(y=y),
        measured.mark_rule(strokeWidth=2, clip=True).encode(y=alt.Y("low:Q", scale=scale, axis=axis), y2="high:Q"),
        measured.mark_point(size=60, filled=True, opacity=1, clip=True).encode(y=y, shape=shape, tooltip="tip:N"),
    ]
    if published:
        rates = list(dict.fromkeys(str(row["published"]) for row in published))
        dashes = alt.Scale(domain=rates, range=[list(dash) for dash in islice(cycle(DASHES), len(rates))])
        stroke = style.names_legend(symbolType="stroke", symbolSize=500, symbolStrokeWidth=2)
        dash = alt.StrokeDash("published:N", sort=None, legend=stroke, scale=dashes)
        dashed = style.marks(PUBLISHED).mark_line(strokeWidth=2, clip=True)
        layers.insert(0, dashed.encode(x=x, y=y, color=color, strokeDash=dash))
    return style.specification(HEIGHT, *layers)
