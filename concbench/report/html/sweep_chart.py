"""The chart of a subject's time over a size: workers, chunks, messages, tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt

from concbench.model import Run
from concbench.report.columns import median_cell
from concbench.report.html.chart import Chart, Row, Table, columns_of
from concbench.report.html.look import DASHES, SERIES, SHAPES, dressed
from concbench.report.html.naming import slug
from concbench.report.html.points import DATA, ends
from concbench.report.html.scales import SIZE_LABELS, TIME_LABELS, log_scale, powers_of_two, reach, ticks, time_axis
from concbench.report.html.sweeps import Axis, Line, Swept, swept
from concbench.report.html.wall_chart import WHAT
from concbench.report.sentences import counted
from concbench.report.units import binary_size, figures, seconds

TITLES: dict[Axis, str] = {
    "workers": "By the number of workers",
    "chunksize": "By the chunksize",
    "payload": "By the size of messages",
    "task_time": "By the length of a task",
    "tasks": "By the number of tasks",
}
AXIS_TITLES: dict[Axis, str] = {
    "workers": "workers",
    "chunksize": "items handed to a worker at once",
    "payload": "bytes of a message, or of an argument and result",
    "task_time": "length of a task",
    "tasks": "tasks",
}
TOGETHER = len(SERIES)
HEIGHT = 280


def sweep_charts(run: Run) -> Iterator[Chart]:
    """Yield a chart for every axis that the run has cases along, and another for every few more subjects."""
    for found in swept(run):
        domain = reach([interval for line in found.lines for _, interval, _ in line.points])
        for first in range(0, len(found.lines), TOGETHER):
            yield _chart(found, found.lines[first : first + TOGETHER], domain)


def size_worded(axis: Axis, value: float) -> str:
    """Return a size with its unit.

    >>> size_worded("payload", 65536), size_worded("task_time", 0.02), size_worded("workers", 4.0)
    ('64 KiB', '20.0 ms', '4')
    """
    if axis == "payload":
        return binary_size(round(value))
    return seconds(value) if axis == "task_time" else f"{value:,.0f}"


def _chart(found: Swept, lines: Sequence[Line], domain: tuple[float, float]) -> Chart:
    axis = found.axis
    what = WHAT[lines[0].points[0][2].experiment]
    rows: list[Row] = []
    for line in lines:
        for size, interval, case in line.points:
            low, high = ends(interval)
            tip = f"{line.name} at {size_worded(axis, size)}: {median_cell(case)}"
            rows.append(
                {
                    "subject": line.name,
                    "size": size,
                    "estimate": interval.estimate,
                    "low": low,
                    "high": high,
                    "tip": tip,
                }
            )
    sizes = sorted({float(row["size"]) for row in rows})
    return Chart(
        name=slug("sweep", axis, lines[0].name),
        title=TITLES[axis],
        finding=told(axis, lines),
        spec=_spec(axis, what, sizes, domain),
        data={DATA: columns_of(rows)},
        table=Table(
            headers=("subject", *(size_worded(axis, size) for size in sizes)),
            rows=[[line.name, *_cells(line, sizes)] for line in lines],
        ),
        height=HEIGHT + 110,
    )


def _cells(line: Line, sizes: Sequence[float]) -> list[str]:
    at = {size: median_cell(case) for size, _, case in line.points}
    return [at.get(size, "-") for size in sizes]


def told(axis: Axis, lines: Sequence[Line]) -> str:
    """Return how the first subject's time changes from the smallest to the largest size."""
    line = lines[0]
    (small, first, _), (large, last, _) = line.points[0], line.points[-1]
    text = (
        f"{line.name} takes {figures(last.estimate / first.estimate)} times as long at {size_worded(axis, large)} "
        f"as at {size_worded(axis, small)}"
    )
    return f"{text}; {counted(len(lines), 'subject')} in this chart." if len(lines) > 1 else f"{text}."


def _spec(axis: Axis, what: str, sizes: Sequence[float], domain: tuple[float, float]) -> dict[str, object]:
    ends_at = (min(sizes) / 1.15, max(sizes) * 1.15)
    if axis == "task_time":
        size_axis = alt.Axis(title=AXIS_TITLES[axis], values=ticks(ends_at), labelExpr=TIME_LABELS)
    elif axis == "payload":
        size_axis = alt.Axis(title=AXIS_TITLES[axis], values=powers_of_two(sizes), labelExpr=SIZE_LABELS)
    else:
        size_axis = alt.Axis(title=AXIS_TITLES[axis], values=list(sizes), format=",d")
    size_axis.labelOverlap = "greedy"
    legend = alt.Legend(title=None, orient="bottom", columns=2, symbolSize=120)
    base = alt.Chart(alt.NamedData(name=DATA)).encode(
        x=alt.X("size:Q", scale=log_scale(ends_at), axis=size_axis),
        color=alt.Color("subject:N", sort=None, legend=legend, scale=alt.Scale(range=list(SERIES))),
    )
    scale, times = log_scale(domain), time_axis(f"{what.lower()}, logarithmic", domain)
    y = alt.Y("estimate:Q", scale=scale, axis=times)
    lines = base.mark_line(strokeWidth=2, clip=True).encode(
        y=y,
        strokeDash=alt.StrokeDash(
            "subject:N", sort=None, legend=None, scale=alt.Scale(range=[list(dash) for dash in DASHES])
        ),
    )
    intervals = base.mark_rule(strokeWidth=2, clip=True).encode(y=alt.Y("low:Q", scale=scale, axis=times), y2="high:Q")
    points = base.mark_point(size=70, filled=True, opacity=1, clip=True).encode(
        y=y,
        shape=alt.Shape("subject:N", sort=None, legend=legend, scale=alt.Scale(range=list(SHAPES))),
        tooltip="tip:N",
    )
    return dressed(alt.layer(lines, intervals, points).properties(width="container", height=HEIGHT).to_dict())
