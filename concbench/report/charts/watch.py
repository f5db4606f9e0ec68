"""The charts of CPU and memory over time, as the watch saw the process trees of a table's cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

import altair as alt

from concbench.analysis.analysis import Analysis
from concbench.analysis.figures import peak_memory
from concbench.model.result import Result, Sweep, Watch
from concbench.model.run import Table
from concbench.report import blocks
from concbench.report.charts import style
from concbench.report.charts.chart import Datum, Plot, by_column, slug
from concbench.report.experiments.view import label, memory_header
from concbench.report.units import SIZE_UNITS, percent, seconds, size

TOGETHER = len(style.SERIES)
"""Cases that share a chart: more lines would be hard to distinguish."""
HEIGHT = 190
MOST_IN_TABLE = 12
"""Points of a case that the table shows, evenly spread."""
SHORTEST = 0.03
"""Seconds over which CPU use is averaged, at least: systems count CPU time in steps of up to 10 ms."""

AVERAGES = "averages"
"""The data of the exact averages, which come from the kernel's accounting."""

Curve = list[tuple[float, float]]
"""Seconds since the watch began, and the figure then."""


def watch_plots(table: Table, analysis: Analysis) -> Iterator[Plot]:
    """A chart of CPU and one of memory for every few cases of a table that were watched."""
    watches = [(result, result.watch) for result in analysis.rows(table) if result.watch is not None]
    watched = [(result, watch) for result, watch in watches if len(watch.series) > 1]
    for first in range(0, len(watched), TOGETHER):
        some = watched[first : first + TOGETHER]
        number = str(first // TOGETHER + 1) if len(watched) > TOGETHER else ""
        yield _cpu_plot(slug(table.name, "cpu", number), some)
        yield _memory_plot(slug(table.name, "memory", number), some)


def busy_cores(sweeps: Sequence[Sweep]) -> Curve:
    """The number of cores that the tree kept busy, about every `SHORTEST` seconds: averages since the point before.

    The sum of CPU times falls when a process ends, because its time goes with it; a fall counts as no use.

    >>> looks = [Sweep(at=at, processes=1, threads=1, cpu=cpu, rss=1, pss=None) for at, cpu in ((0, 0), (1, 2), (2, 1))]
    >>> busy_cores(looks)
    [(0, 2.0), (1, 2.0), (2, 0.0)]
    """
    found: Curve = []
    first, last = sweeps[0].at, sweeps[-1].at
    least = min(SHORTEST, last - first)
    since, used = first, 0.0
    for before, sweep in pairwise(sweeps):
        used += max(0.0, sweep.cpu - before.cpu)
        if sweep.at > since and sweep.at - since >= least:
            found.append((sweep.at, used / (sweep.at - since)))
            since, used = sweep.at, 0.0
    return [(first, found[0][1]), *found] if found else []


def memory(sweeps: Sequence[Sweep]) -> Curve:
    """The bytes that the tree held: PSS, or RSS on systems without PSS."""
    if any(sweep.pss is not None for sweep in sweeps):
        return [(sweep.at, float(sweep.pss)) for sweep in sweeps if sweep.pss is not None]
    return [(sweep.at, float(sweep.rss)) for sweep in sweeps]


def _cpu_plot(name: str, watched: Sequence[tuple[Result, Watch]]) -> Plot:
    curves = {label(result): busy_cores(watch.series) for result, watch in watched}
    means = {label(result): watch.cpu_percent / 100 for result, watch in watched if watch.cpu_percent is not None}
    most = max(means, key=lambda name: means[name], default=None)
    finding = "CPU use of the whole process tree."
    averages: list[Datum] = [
        {
            "case": name,
            "value": round(100 * mean, 3),
            "since": 0.0,
            "until": round(curves[name][-1][0], 4),
            "tip": f"{name} on average: {percent(mean)}",
        }
        for name, mean in means.items()
        if curves[name]
    ]
    if most is not None:
        finding = f"{most} used the most CPU: {percent(means[most])} of a core on average while it was watched."
    if averages:
        finding += " Thin level lines are averages; the others lack what processes used that ended between two looks."
    shown = {name: [(at, 100 * cores) for at, cores in curve] for name, curve in curves.items()}
    return Plot(
        name=name,
        title="CPU over time",
        finding=finding,
        spec=_lines("CPU (% of a core)", "step-before", list(curves), averages=bool(averages)),
        data=_data(shown, "%") | ({AVERAGES: by_column(averages)} if averages else {}),
        table=_table(curves, "CPU", percent),
        height=HEIGHT + 90,
    )


def _memory_plot(name: str, watched: Sequence[tuple[Result, Watch]]) -> Plot:
    curves = {label(result): memory(watch.series) for result, watch in watched}
    results = [result for result, _ in watched]
    figure = memory_header(results)
    top = max((value for curve in curves.values() for _, value in curve), default=1.0)
    scale, unit = next((pair for pair in SIZE_UNITS if top >= pair[0]), SIZE_UNITS[-1])
    largest = max(results, key=lambda result: peak_memory(result) or 0)
    return Plot(
        name=name,
        title="Memory over time",
        finding=f"{label(largest)} used the most memory: {size(peak_memory(largest) or 0)} of {figure} at its peak, "
        "over its whole process tree.",
        spec=_lines(f"{figure} ({unit})", "linear", list(curves)),
        data=_data({name: [(at, held / scale) for at, held in curve] for name, curve in curves.items()}, f" {unit}"),
        table=_table(curves, figure, size),
        height=HEIGHT + 90,
    )


def _lines(
    title: str, interpolate: Literal["linear", "step-before"], names: list[str], *, averages: bool = False
) -> dict[str, object]:
    """Lines over time; `step-before`, because a CPU figure is the average since the point before."""
    legend = style.names_legend(symbolType="stroke", symbolSize=500)
    # With the same domain, colours and dashes share a legend.
    colours, dashes = (alt.Scale(domain=names, range=list(looks)) for looks in (style.SERIES, map(list, style.DASHES)))
    base = style.marks().encode(
        x=alt.X("at:Q", axis=alt.Axis(title="time since the watch began (s)", tickCount=6)),
        y=alt.Y("value:Q", axis=alt.Axis(title=title, tickCount=5), scale=alt.Scale(zero=True, nice=True)),
    )
    colour = alt.Color("case:N", sort=None, legend=legend, scale=colours)
    lines = base.mark_line(strokeWidth=2, interpolate=interpolate).encode(
        color=colour,
        strokeDash=alt.StrokeDash("case:N", sort=None, legend=legend, scale=dashes),
    )
    # Invisible, but the pointer finds them.
    points = base.mark_point(size=90, opacity=0, filled=True).encode(tooltip="tip:N", detail="case:N")
    level = (
        style.marks(AVERAGES)
        .mark_rule(strokeWidth=1)
        .encode(x=alt.X("since:Q"), x2="until:Q", y=alt.Y("value:Q"), color=colour, tooltip="tip:N")
    )
    return style.specification(HEIGHT, lines, *([level] if averages else []), points)


def _data(curves: Mapping[str, Curve], unit: str) -> dict[str, dict[str, list[float | str]]]:
    rows: list[Datum] = [
        {
            "case": name,
            "at": round(at, 4),
            "value": round(value, 3),
            "tip": f"{name} at {seconds(at)}: {value:.3g}{unit}",
        }
        for name, curve in curves.items()
        for at, value in curve
    ]
    return {style.DATA: by_column(rows)}


def _table(curves: Mapping[str, Curve], header: str, worded: Callable[[float], str]) -> blocks.Table:
    points = ((name, at, value) for name, curve in curves.items() for at, value in spread_over(curve))
    rows = tuple((name, seconds(at), worded(value)) for name, at, value in points)
    return blocks.Table(headers=("case", "at", header), rows=rows)


def spread_over(curve: Curve) -> Curve:
    """Some points of a long curve, evenly spread, including the last.

    >>> [at for at, _ in spread_over([(number, 0.0) for number in range(100)])][-2:]
    [90, 99]
    """
    if len(curve) <= MOST_IN_TABLE:
        return curve
    step = (len(curve) - 1) / (MOST_IN_TABLE - 1)
    return [curve[round(number * step)] for number in range(MOST_IN_TABLE)]
