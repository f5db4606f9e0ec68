"""The timeline of a case: every task on its worker; or, of too many tasks, how busy the workers were when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import altair as alt

from concbench.experiments.trace import NANO, Chain, Spans, lanes_of, unpack
from concbench.model.result import Result, Trace
from concbench.report import blocks
from concbench.report.charts import style
from concbench.report.charts.chart import Columns, Plot, slug
from concbench.report.experiments.view import label, median_cell
from concbench.report.units import counted, listed, percent, seconds, time_unit

LIGHTER = "#4da3d4"
"""Every other chunk or task, beside the blue of work."""
STEP, LOWEST, HIGHEST = 20, 40, 420
"""Pixels: of a lane, and of all lanes together at least and at most."""
MOST_MARKS = 10_000
"""Marks of a timeline."""
MOST_ROWS = 50
"""Rows of cells; more lanes than that share rows."""
MOST_LABELS = 12
MOST_IN_TABLE = 64
"""Lanes with a row of their own in the table."""
COLOUR_WORDS = {"start": "orange", "stop": "grey"}
VISIBLE = 1 / 400
"""Of the time scale: what is shorter is not seen."""
TOO_FAR = 4.0
"""Times as long: a timeline that is shorter than another by more than this has a time scale of its own."""
PLACES = 6
"""Decimals of a time in its own unit: 1 ns of what takes milliseconds."""
EDGED = 1 / 250
"""Of the time scale: tasks that are longer on average have an edge, which shows where the next one begins."""
SPARSE = 60
"""Tasks of a lane: if there are no more, short ones are at least a pixel wide, so that they can be seen."""


def timeline_plot(result: Result, trace: Trace, most: int = MOST_MARKS, others: Sequence[float] = ()) -> Plot:
    """The timeline of a traced case, of at most `most` marks.

    It has the time scale of the `others` of its table, whose lengths these are, unless one is too long for that.
    """
    spans = unpack(trace.spans, trace.tasks)
    lanes = lanes_of(spans, trace.lanes)
    own, longest = length_of(result, trace), max(others, default=0.0)
    shared = longest <= TOO_FAR * own
    end = max(own, longest) if shared else own
    scale, unit = time_unit(end)
    if len(spans) <= most:
        columns, together = task_columns(spans, lanes, scale, trace.chunksize), 1
    else:
        grid = cells(spans, lanes, scale, most)
        columns, together = grid.columns, grid.lanes
    rows = ceil(len(lanes) / together)
    height = max(LOWEST, min(HIGHEST, rows * STEP))
    firsts = list(range(1, len(lanes) + 1, together))
    axis = alt.Axis(title="worker", values=firsts[:: ceil(len(firsts) / MOST_LABELS)], ticks=False, domain=False)
    places = {
        "x": alt.X(
            "begin:Q",
            axis=alt.Axis(title=f"time since the sample began ({unit})", tickCount=6, grid=True),
            scale=alt.Scale(domain=[0, min(end, style.LARGEST) / scale], nice=False),
        ),
        "x2": "end:Q",
        # Each mark leaves a tenth of its lane free above and below, if the lanes are high enough for that to be seen.
        "y": alt.Y("lane:O", axis=axis, scale=alt.Scale(domain=firsts, padding=0.15 if rows <= 40 else 0)),
        "tooltip": "lane:Q",
    }
    if len(spans) <= most:
        edged = _mean_length(spans) >= EDGED * end
        tasks = _tasks(places, edged=edged, sparse=len(spans) <= SPARSE * len(lanes))
    else:
        busy = alt.Opacity("busy:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.08, 1]))
        tasks = style.marks("tasks").mark_rect(color=style.BLUE).encode(**places, opacity=busy)
    phases = _phases(trace, scale)
    behind = [
        style.marks(name)
        .mark_rect(color=style.PART_COLOURS[name], opacity=0.35)
        .encode(x=places["x"], x2="end:Q", tooltip="tip:N")
        for name in phases
    ]
    median = _median(result, scale)
    line = style.marks("median").mark_rule(style="reference", clip=True).encode(x=alt.X("at:Q"), tooltip="tip:N")
    return Plot(
        name=slug(result.case.table, "timeline", label(result)),
        title=f"Timeline of {label(result)}",
        finding=_finding(spans, lanes, trace)
        + (f" The dashed line is the median of the samples without a trace, {median_cell(result)}." if median else "")
        + _shaded(trace, end)
        + ("" if shared else " Its time scale is its own: another timeline of this table is much longer."),
        spec=style.specification(height, *behind, tasks, *([line] if median else [])),
        data={**phases, "tasks": columns, **median},
        table=lane_table(spans, lanes, "worker"),
        height=height + 50,
        marks="tasks" if len(spans) <= most else "cells",
        context={"unit": unit, "together": together, "lanes": len(lanes), "of": len(spans)},
    )


def length_of(result: Result, trace: Trace) -> float:
    """The seconds that a timeline has to show: of the trace, and of the median beside it."""
    median = result.median.estimate if result.median is not None and result.case.metric == "wall" else 0.0
    return max(trace.wall, median)


def task_columns(spans: Spans, lanes: Sequence[Chain], scale: float, chunksize: int | None) -> Columns:
    """The lane, begin and end of every task in the order of the items, in units of `scale` seconds.

    `shade` alternates from chunk to chunk, or from task to task of a lane, to show where one ends.

    >>> task_columns(Spans([0, 0, 10], [10, 20, 20], [0, 1, 0]), [[0, 2], [1]], 1e-9, None)
    {'lane': [1, 2, 1], 'begin': [0.0, 0.0, 10.0], 'end': [10.0, 20.0, 20.0], 'shade': [0, 0, 1]}
    """
    lane, shade = [0] * len(spans), [0] * len(spans)
    for number, tasks in enumerate(lanes, 1):
        for place, task in enumerate(tasks):
            lane[task] = number
            shade[task] = (task // chunksize if chunksize else place) % 2
    return {
        "lane": lane,
        "begin": [round(begin * NANO / scale, PLACES) for begin in spans.begins],
        "end": [round(end * NANO / scale, PLACES) for end in spans.ends],
        "shade": shade,
    }


@dataclass(frozen=True)
class Cells:
    """A grid of lanes and time: how busy the lanes were, and with how many tasks."""

    lanes: int
    """That share a row."""
    columns: Columns


def cells(spans: Spans, lanes: Sequence[Chain], scale: float, most: int = MOST_MARKS) -> Cells:
    """All tasks as a grid of at most `most` cells, without the empty ones.

    `busy` is the share of a cell's time that its lanes spent in tasks, `tasks` the number of tasks that began in it.

    >>> found = cells(Spans([0, 5], [5, 10], [0, 0]), [[0, 1]], 1e-9, 2).columns
    >>> found["busy"], found["tasks"]
    ([1.0, 1.0], [1, 1])
    """
    together = ceil(len(lanes) / MOST_ROWS)
    rows = ceil(len(lanes) / together)
    slots = max(1, most // rows)
    first, last = min(spans.begins, default=0), max(spans.ends, default=0)
    width = max(1, ceil((last - first) / slots))
    found: dict[str, list[float | str]] = {name: [] for name in ("lane", "begin", "end", "busy", "tasks")}
    for row in range(rows):
        members = lanes[row * together : (row + 1) * together]
        busy, begun = _slots(spans, members, first, width, slots)
        for slot in range(slots):
            if busy[slot] or begun[slot]:
                begin = first + slot * width
                found["lane"].append(row * together + 1)
                found["begin"].append(round(begin * NANO / scale, PLACES))
                found["end"].append(round(min(begin + width, last) * NANO / scale, PLACES))
                found["busy"].append(round(min(1.0, busy[slot] / (width * len(members))), 3))
                found["tasks"].append(begun[slot])
    return Cells(together, found)


def _slots(spans: Spans, lanes: Sequence[Chain], first: int, width: int, slots: int) -> tuple[list[int], list[int]]:
    """For each slot of time, the nanoseconds that these lanes were busy, and the tasks that began."""
    busy, begun = [0] * slots, [0] * slots
    for tasks in lanes:
        for task in tasks:
            begin, end = spans.begins[task] - first, spans.ends[task] - first
            slot, last = begin // width, min(slots - 1, end // width)
            begun[min(slot, slots - 1)] += 1
            while slot < last:
                edge = (slot + 1) * width
                busy[slot] += edge - begin
                begin, slot = edge, slot + 1
            busy[last] += end - begin
    return busy, begun


def _tasks(places: dict[str, Any], *, edged: bool, sparse: bool) -> alt.Chart:
    shades = alt.Scale(domain=[0, 1], range=[style.BLUE, LIGHTER])
    encodings = {**places, "fill": alt.Fill("shade:N", legend=None, scale=shades)}
    if sparse and not edged:
        encodings["stroke"] = alt.Stroke("shade:N", legend=None, scale=shades)
    found: alt.Chart = (
        style.marks("tasks")
        .mark_rect(**({"style": "edged"} if edged else {"strokeWidth": 1} if sparse else {}))
        .encode(**encodings)
    )
    return found


def _phases(trace: Trace, scale: float) -> dict[str, Columns]:
    """The phases before and after the tasks, if they took any time."""
    stop = trace.start + trace.run
    spans = {"start": (0.0, trace.start), "stop": (stop, stop + trace.stop)}
    return {
        name: {"begin": [begin / scale], "end": [end / scale], "tip": [f"{name}: {seconds(end - begin)}"]}
        for name, (begin, end) in spans.items()
        if end > begin
    }


def _median(result: Result, scale: float) -> dict[str, Columns]:
    """Where the median of the timed samples is, so that both are seen on one scale."""
    if result.median is None or result.case.metric != "wall":
        return {}
    return {"median": {"at": [result.median.estimate / scale], "tip": [f"median: {median_cell(result)}"]}}


def _shaded(trace: Trace, end: float) -> str:
    """What the colours behind the tasks are, if they can be seen."""
    lengths = {"start": trace.start, "stop": trace.stop}
    seen = [f"{word} is {name}" for name, word in COLOUR_WORDS.items() if lengths[name] > VISIBLE * end]
    return f" Behind the tasks, {listed(seen)}." if seen else ""


def _mean_length(spans: Spans) -> float:
    total = sum(end - begin for begin, end in zip(spans.begins, spans.ends, strict=True))
    return total * NANO / max(1, len(spans))


def _finding(spans: Spans, lanes: Sequence[Chain], trace: Trace) -> str:
    width = max(1, len(lanes))
    chunks = f", in chunks of {trace.chunksize:,}" if trace.chunksize else ""
    text = f"{counted(len(spans), 'task')} on {counted(width, 'worker')} in {seconds(trace.wall)}{chunks}."
    if trace.run > 0:
        busy = _mean_length(spans) * len(spans) / (trace.run * width)
        text += f" During the run phase, the workers spent {percent(busy)} of the time in tasks."
    return text


def lane_table(spans: Spans, lanes: Sequence[Chain], word: str) -> blocks.Table:
    """When the tasks of each lane began and ended; `word` is what a lane is called."""
    rows: list[tuple[str, ...]] = []
    for number, tasks in enumerate(lanes[:MOST_IN_TABLE], 1):
        if tasks:
            busy = sum(spans.ends[task] - spans.begins[task] for task in tasks)
            times = (seconds(time * NANO) for time in (spans.begins[tasks[0]], spans.ends[tasks[-1]], busy))
            rows.append((str(number), f"{len(tasks):,}", *times))
        else:
            rows.append((str(number), "0", "-", "-", "-"))
    if len(lanes) > MOST_IN_TABLE:
        more = lanes[MOST_IN_TABLE:]
        rows.append((f"{len(more):,} more", f"{sum(map(len, more)):,}", "-", "-", "-"))
    return blocks.Table((word, "tasks", "first starts at", "last ends at", "in tasks"), tuple(rows))
