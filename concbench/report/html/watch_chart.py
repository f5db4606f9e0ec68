"""The charts of CPU and memory over time, as the watch saw the process trees of a part's cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

import altair as alt

from concbench.model import Case, Part, Sweep
from concbench.report.columns import label, memory_header, peak_memory
from concbench.report.html.chart import Chart, Table, columns_of
from concbench.report.html.look import DASHES, SERIES, dressed
from concbench.report.html.naming import slug
from concbench.report.html.points import DATA
from concbench.report.units import SIZE_UNITS, percent, seconds, size

TOGETHER = len(SERIES)
"""Cases that share a chart: more lines could not be told apart."""
HEIGHT = 190
MOST_IN_TABLE = 12
"""Looks of a case that the table tells, evenly spread."""
SHORTEST = 0.03
"""Seconds over which CPU use is averaged, at least: systems count CPU time in steps of up to 10 ms."""

Between = Literal["linear", "step-before"]
"""What a line does from one point to the next: a CPU figure is the average since the point before."""
Series = list[tuple[float, float]]
"""Seconds since the watch began, and the figure then."""


def watch_charts(part: Part, cases: Sequence[Case]) -> Iterator[Chart]:
    """Yield a chart of CPU and one of memory for every few cases of a part that were watched."""
    watched = [case for case in cases if case.watch is not None and len(case.watch.series) > 1]
    for first in range(0, len(watched), TOGETHER):
        some = watched[first : first + TOGETHER]
        number = str(first // TOGETHER + 1) if len(watched) > TOGETHER else ""
        yield _cpu_chart(part, some, number)
        yield _memory_chart(part, some, number)


def busy_cores(sweeps: Sequence[Sweep]) -> Series:
    """Return how many cores the tree kept busy, about every `SHORTEST` seconds: averages since the point before.

    A process that has ended takes its CPU time with it, so that the sum may fall: that counts as nothing.

    >>> looks = [Sweep(at=at, processes=1, threads=1, cpu=cpu, rss=1, pss=None) for at, cpu in ((0, 0), (1, 2), (2, 1))]
    >>> busy_cores(looks)
    [(0, 2.0), (1, 2.0), (2, 0.0)]
    """
    found: Series = []
    first, last = sweeps[0].at, sweeps[-1].at
    least = min(SHORTEST, last - first)
    since, used = first, 0.0
    for before, sweep in pairwise(sweeps):
        used += max(0.0, sweep.cpu - before.cpu)
        if sweep.at > since and sweep.at - since >= least:
            found.append((sweep.at, used / (sweep.at - since)))
            since, used = sweep.at, 0.0
    return [(first, found[0][1]), *found] if found else []


def memory(sweeps: Sequence[Sweep]) -> Series:
    """Return the bytes that the tree held: PSS, and RSS where the system has no PSS."""
    if any(sweep.pss is not None for sweep in sweeps):
        return [(sweep.at, float(sweep.pss)) for sweep in sweeps if sweep.pss is not None]
    return [(sweep.at, float(sweep.rss)) for sweep in sweeps]


def _cpu_chart(part: Part, cases: Sequence[Case], number: str) -> Chart:
    found = {label(case): busy_cores(case.watch.series) for case in cases if case.watch is not None}
    means = {
        label(case): case.watch.cpu_percent / 100
        for case in cases
        if case.watch is not None and case.watch.cpu_percent is not None
    }
    most = max(means, key=lambda name: means[name], default=None)
    finding = (
        "CPU time of the whole process tree, a second."
        if most is None
        else (f"{most} kept the CPU busiest: {percent(means[most])} of a core on average, over its whole process tree.")
    )
    return Chart(
        name=slug(part.name, "cpu", number),
        title="CPU over time",
        finding=finding,
        spec=_lines("% of a core", "step-before"),
        data=_data({name: [(at, 100 * cores) for at, cores in series] for name, series in found.items()}, "%"),
        table=_table(found, "CPU", percent),
        height=HEIGHT + 90,
    )


def _memory_chart(part: Part, cases: Sequence[Case], number: str) -> Chart:
    found = {label(case): memory(case.watch.series) for case in cases if case.watch is not None}
    figure = memory_header(cases)
    top = max((value for series in found.values() for _, value in series), default=1.0)
    scale, unit = next((pair for pair in SIZE_UNITS if top >= pair[0]), SIZE_UNITS[-1])
    greediest = max(cases, key=lambda case: peak_memory(case) or 0)
    return Chart(
        name=slug(part.name, "memory", number),
        title="Memory over time",
        finding=f"{label(greediest)} held most: {size(peak_memory(greediest) or 0)} of {figure} at its peak, "
        "over its whole process tree.",
        spec=_lines(f"{unit} of {figure}", "linear"),
        data=_data({name: [(at, held / scale) for at, held in series] for name, series in found.items()}, unit),
        table=_table(found, figure, size),
        height=HEIGHT + 90,
    )


def _lines(what: str, between: Between) -> dict[str, object]:
    """Return the specification of lines over time, a colour and a dash for each case."""
    legend = alt.Legend(title=None, orient="bottom", columns=2, symbolType="stroke", symbolSize=500)
    base = alt.Chart(alt.NamedData(name=DATA)).encode(
        x=alt.X("at:Q", axis=alt.Axis(title="seconds since the watch began", tickCount=6)),
        y=alt.Y("value:Q", axis=alt.Axis(title=what, tickCount=5), scale=alt.Scale(zero=True, nice=True)),
    )
    lines = base.mark_line(strokeWidth=2, interpolate=between).encode(
        color=alt.Color("case:N", sort=None, legend=legend, scale=alt.Scale(range=list(SERIES))),
        strokeDash=alt.StrokeDash(
            "case:N", sort=None, legend=legend, scale=alt.Scale(range=[list(dash) for dash in DASHES])
        ),
    )
    # Nobody sees these; the pointer finds them.
    points = base.mark_point(size=90, opacity=0, filled=True).encode(tooltip="tip:N", detail="case:N")
    return dressed(alt.layer(lines, points).properties(width="container", height=HEIGHT).to_dict())


def _data(found: dict[str, Series], unit: str) -> dict[str, dict[str, list[float | str]]]:
    return {
        DATA: columns_of(
            [
                {
                    "case": name,
                    "at": round(at, 4),
                    "value": round(value, 3),
                    "tip": f"{name} after {seconds(at)}: {value:.3g} {unit}",
                }
                for name, series in found.items()
                for at, value in series
            ]
        )
    }


def _table(found: dict[str, Series], what: str, worded: Callable[[float], str]) -> Table:
    rows = [[name, seconds(at), worded(value)] for name, series in found.items() for at, value in spread_over(series)]
    return Table(headers=("case", "after", what), rows=rows)


def spread_over(series: Series) -> Series:
    """Return some points of a long series, evenly spread, its last among them.

    >>> [at for at, _ in spread_over([(number, 0.0) for number in range(100)])][-2:]
    [90, 99]
    """
    if len(series) <= MOST_IN_TABLE:
        return series
    step = (len(series) - 1) / (MOST_IN_TABLE - 1)
    return [series[round(number * step)] for number in range(MOST_IN_TABLE)]
