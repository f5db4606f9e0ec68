"""The chart of a subject's time over a size: workers, chunks, messages, tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import altair as alt

from concbench.model import AxisName, Case, Run
from concbench.report.axis_words import AxisWords, words_of
from concbench.report.columns import label, median_cell
from concbench.report.html.chart import Chart, Row, Table, columns_of
from concbench.report.html.look import DASHES, SERIES, SHAPES, dressed
from concbench.report.html.naming import slug
from concbench.report.html.points import DATA, ends
from concbench.report.html.scales import (
    ROOM,
    SIZE_LABELS,
    TIME_LABELS,
    log_scale,
    powers_of_two,
    reach,
    ticks,
    time_axis,
)
from concbench.report.html.wall_chart import WHAT
from concbench.report.over import title_of
from concbench.report.sentences import counted
from concbench.report.swept import LEAST, Line, Swept, swept
from concbench.report.units import figures

AXIS_TITLES: dict[AxisName, str] = {
    "workers": "workers",
    "chunksize": "items handed to a worker at once",
    "maxtasksperchild": "tasks after which a worker is replaced",
    "limit": "tasks under way at once, at most",
    "payload": "bytes of a message, or of an argument and result",
    "memory": "bytes that a task holds",
    "task_time": "length of a task",
    "tasks": "tasks",
}
BYTES: tuple[AxisName, ...] = ("payload", "memory")
LEVEL = "level"
"""The data of those subjects that don't heed the axis."""
MOST_LEVELS = 3
FAR = 20
"""Sizes that differ by a larger factor are on a logarithmic scale."""
ROOMS = 20
"""A scale that is none leaves a part of so many free at each end."""
TOGETHER = len(SERIES)
HEIGHT = 280


def sweep_charts(run: Run) -> Iterator[Chart]:
    """Yield a chart for every axis that the run has cases along, and another for every few more subjects."""
    for found in swept(run):
        drawn = [line for line in found.lines if len(line.points) >= LEAST]
        once = levels(found)
        intervals = [interval for line in drawn for _, interval, _ in line.points]
        domain = reach([*intervals, *(case.median for case in once if case.median is not None)])
        for first in range(0, len(drawn), TOGETHER):
            yield _chart(found, drawn[first : first + TOGETHER], once, domain)


def levels(found: Swept) -> list[Case]:
    """Return the cases that are drawn at one height all along: one of a subject, and no more than can be told apart."""
    subjects = Counter(case.subject for case in found.once)
    drawn = [case for case in found.once if case.median and case.median.estimate > 0 and subjects[case.subject] == 1]
    return drawn[:MOST_LEVELS]


def _chart(found: Swept, lines: Sequence[Line], once: Sequence[Case], domain: tuple[float, float]) -> Chart:
    axis, words = found.axis, words_of(found.axis, found.messages)
    what = WHAT[lines[0].points[0][2].experiment]
    rows: list[Row] = []
    for line in lines:
        for size, interval, case in line.points:
            low, high = ends(interval)
            tip = f"{line.name} at {words.worded(size)}: {median_cell(case)}"
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
    level: list[Row] = [
        {
            "subject": label(case),
            "estimate": case.median.estimate,
            "tip": f"{label(case)}, not changed by it: {median_cell(case)}",
        }
        for case in once
        if case.median is not None
    ]
    return Chart(
        name=slug("sweep", axis, lines[0].name),
        title=title_of(found, words),
        finding=told(words, lines),
        spec=_spec(axis, what, sizes, domain, level=bool(level)),
        data={DATA: columns_of(rows)} | ({LEVEL: columns_of(level)} if level else {}),
        table=Table(
            headers=("subject", *(words.worded(size) for size in sizes)),
            rows=[
                *([line.name, *_cells(line, sizes)] for line in lines),
                *([label(case), *[median_cell(case)] * len(sizes)] for case in once),
            ],
        ),
        height=HEIGHT + 110,
    )


def _cells(line: Line, sizes: Sequence[float]) -> list[str]:
    at = {size: median_cell(case) for size, _, case in line.points}
    return [at.get(size, "-") for size in sizes]


def told(words: AxisWords, lines: Sequence[Line]) -> str:
    """Return how the first subject's time changes from the smallest to the largest size."""
    line = lines[0]
    (small, first, _), (large, last, _) = line.points[0], line.points[-1]
    text = (
        f"{line.name} takes {figures(last.estimate / first.estimate)} times as long at {words.worded(large)} "
        f"as at {words.worded(small)}"
    )
    return f"{text}; {counted(len(lines), 'subject')} in this chart." if len(lines) > 1 else f"{text}."


def size_scale(sizes: Sequence[float]) -> tuple[alt.Scale, tuple[float, float]]:
    """Return the scale of sizes, and its ends: logarithmic where they differ by more than a factor of 20."""
    low, high = min(sizes), max(sizes)
    if high > FAR * low:
        ends_at = low / ROOM, high * ROOM
        return log_scale(ends_at), ends_at
    margin = (high - low) / ROOMS
    ends_at = low - margin, high + margin
    return alt.Scale(domain=list(ends_at), nice=False, zero=False), ends_at


def size_axis_of(axis: AxisName, sizes: Sequence[float], ends_at: tuple[float, float]) -> alt.Axis:
    """Return the axis of sizes, with marks at round ones, or at those that were measured."""
    logarithmic = max(sizes) > FAR * min(sizes)
    if axis == "task_time":
        marks = ticks(ends_at) if logarithmic else list(sizes)
        return alt.Axis(title=AXIS_TITLES[axis], values=marks, labelExpr=TIME_LABELS)
    if axis in BYTES:
        marks = powers_of_two(sizes) if logarithmic else list(sizes)
        return alt.Axis(title=AXIS_TITLES[axis], values=marks, labelExpr=SIZE_LABELS)
    return alt.Axis(title=AXIS_TITLES[axis], values=list(sizes), format=",d")


def _spec(
    axis: AxisName, what: str, sizes: Sequence[float], domain: tuple[float, float], *, level: bool
) -> dict[str, object]:
    x_scale, ends_at = size_scale(sizes)
    size_axis = size_axis_of(axis, sizes, ends_at)
    size_axis.labelOverlap = "greedy"
    legend = alt.Legend(title=None, orient="bottom", columns=2, symbolSize=120)
    base = alt.Chart(alt.NamedData(name=DATA)).encode(
        x=alt.X("size:Q", scale=x_scale, axis=size_axis),
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
    layers = [lines, intervals, points, *(_levels(scale, times) if level else ())]
    return dressed(alt.layer(*layers).properties(width="container", height=HEIGHT).to_dict())


def _levels(scale: alt.Scale, times: alt.Axis) -> tuple[alt.Chart, alt.Chart]:
    """Return the lines, and their names, of what is there once, at the same height all along."""
    base = alt.Chart(alt.NamedData(name=LEVEL)).encode(y=alt.Y("estimate:Q", scale=scale, axis=times), tooltip="tip:N")
    names = base.mark_text(style="level", align="left", dx=4, dy=-6).encode(x=alt.value(0), text="subject:N")
    return base.mark_rule(style="level", strokeDash=[2, 3], clip=True), names
