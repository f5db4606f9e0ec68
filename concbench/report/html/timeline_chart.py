"""The timeline of a case: which task ran when on which worker, from 4 tasks to a million."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import altair as alt

from concbench.experiments.lanes import Chain, lanes_of
from concbench.experiments.spans import NANO, Spans, unpack
from concbench.model import Case, Trace
from concbench.report.columns import label
from concbench.report.html.chart import Chart, Columns, Table
from concbench.report.html.look import BLUE, PART_COLOURS, dressed
from concbench.report.html.marks import MOST_MARKS, cells, task_columns
from concbench.report.html.naming import slug
from concbench.report.sentences import counted
from concbench.report.units import percent, seconds, time_unit

LIGHTER = "#4da3d4"
"""Every second chunk or task: the colour of work, and a little more of it."""
STEP, LOWEST, HIGHEST = 20, 40, 420
"""Pixels: of a lane where there are few, and of all of them together."""
MOST_LABELS = 12
MOST_IN_TABLE = 64
"""Lanes that the table tells one by one."""
EDGED = 1 / 250
"""Of the wall time: tasks that are longer on average have an edge, so that one sees where the next one begins."""
SPARSE = 60
"""Tasks of a lane: where there are no more, short ones are drawn a pixel wide, so that one sees them at all."""


def timeline_chart(case: Case, trace: Trace, most: int = MOST_MARKS) -> Chart:
    """Return the timeline of a traced case, of at most so many marks."""
    spans = unpack(trace.spans, trace.tasks)
    lanes = lanes_of(spans, trace.lanes)
    scale, unit = time_unit(trace.wall)
    whole = len(spans) <= most
    if whole:
        columns, together = task_columns(spans, lanes, scale, trace.chunksize), 1
    else:
        grid = cells(spans, lanes, scale, most)
        columns, together = grid.columns, grid.lanes
    rows = ceil(len(lanes) / together)
    height = max(LOWEST, min(HIGHEST, rows * STEP))
    base = alt.Chart(alt.NamedData(name="tasks"))
    # The y axis counts lanes; a mark leaves a tenth of its lane free above and below where that can be seen.
    x = alt.X("begin:Q", axis=alt.Axis(title=f"{unit} since the sample began", tickCount=6, grid=True))
    y = alt.Y("lane:O", axis=lane_axis(len(lanes), together), scale=alt.Scale(padding=0.15 if rows <= 40 else 0))
    if whole:
        shades = alt.Scale(domain=[0, 1], range=[BLUE, LIGHTER])
        encodings = {"x": x, "x2": "end:Q", "y": y, "fill": alt.Fill("shade:N", legend=None, scale=shades)}
        if mean_length(spans) >= EDGED * trace.wall:
            rects = base.mark_rect(style="edged")
        elif len(spans) <= SPARSE * len(lanes):
            rects = base.mark_rect(strokeWidth=1)
            encodings["stroke"] = alt.Stroke("shade:N", legend=None, scale=shades)
        else:
            rects = base.mark_rect()
        tasks = rects.encode(tooltip="lane:Q", **encodings)
    else:
        tasks = base.mark_rect(color=BLUE).encode(
            x=x,
            x2="end:Q",
            y=y,
            opacity=alt.Opacity("busy:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.08, 1])),
            tooltip="lane:Q",
        )
    phases = phase_columns(trace, scale)
    backs = [
        alt.Chart(alt.NamedData(name=name))
        .mark_rect(color=PART_COLOURS[name], opacity=0.35)
        .encode(x=x, x2="end:Q", tooltip="tip:N")
        for name in phases
    ]
    chart = alt.layer(*backs, tasks).properties(width="container", height=height)
    return Chart(
        name=slug(case.part, "timeline", label(case)),
        title=f"Timeline of {label(case)}",
        finding=found(spans, lanes, trace),
        spec=dressed(chart.to_dict()),
        data={**phases, "tasks": columns},
        table=lane_table(spans, lanes),
        height=height + 50,
        kind="tasks" if whole else "cells",
        facts={"unit": unit, "together": together, "lanes": len(lanes), "of": len(spans)},
    )


def mean_length(spans: Spans) -> float:
    """Return how many seconds a task took on average."""
    total = sum(end - begin for begin, end in zip(spans.begins, spans.ends, strict=True))
    return total * NANO / max(1, len(spans))


def lane_axis(lanes: int, together: int) -> alt.Axis:
    """Return the axis of workers: each by its number, or some of them where there are many."""
    firsts = list(range(1, lanes + 1, together))
    every = ceil(len(firsts) / MOST_LABELS)
    return alt.Axis(title="worker", values=firsts[::every], ticks=False, domain=False)


def phase_columns(trace: Trace, scale: float) -> dict[str, Columns]:
    """Return the phases before and after the tasks, where they took any time."""
    begin = trace.start + trace.run
    spans = {"start": (0.0, trace.start), "stop": (begin, begin + trace.stop)}
    return {
        name: {
            "begin": [begin / scale],
            "end": [end / scale],
            "tip": [f"{name}: {seconds(end - begin)}"],
        }
        for name, (begin, end) in spans.items()
        if end > begin
    }


def found(spans: Spans, lanes: Sequence[Chain], trace: Trace) -> str:
    """Return how many tasks ran on how many workers, and how much of the time these were busy."""
    inside = mean_length(spans) * len(spans)
    width = max(1, len(lanes))
    text = f"{counted(len(spans), 'task')} on {counted(width, 'worker')} in {seconds(trace.wall)}"
    if trace.run > 0:
        text += f"; in the run phase, the workers were inside tasks {percent(inside / (trace.run * width))} of the time"
    if trace.chunksize:
        text += f"; handed out {trace.chunksize:,} at once"
    return f"{text}."


def lane_table(spans: Spans, lanes: Sequence[Chain]) -> Table:
    """Return what each worker did."""
    rows = []
    for number, tasks in enumerate(lanes[:MOST_IN_TABLE], 1):
        if not tasks:
            rows.append([str(number), "0", "-", "-", "-"])
            continue
        inside = sum(spans.ends[task] - spans.begins[task] for task in tasks)
        first, last = spans.begins[tasks[0]], spans.ends[tasks[-1]]
        times = (seconds(first * NANO), seconds(last * NANO), seconds(inside * NANO))
        rows.append([str(number), f"{len(tasks):,}", *times])
    if len(lanes) > MOST_IN_TABLE:
        more = lanes[MOST_IN_TABLE:]
        rows.append([f"{len(more):,} more", f"{sum(map(len, more)):,}", "-", "-", "-"])
    return Table(headers=("worker", "tasks", "first begins at", "last ends at", "inside tasks"), rows=rows)
