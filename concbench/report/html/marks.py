"""What a timeline draws of a trace: every task, or, where there are too many, how busy the lanes were when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from concbench.experiments.lanes import Chain
from concbench.experiments.spans import NANO, Spans
from concbench.report.html.chart import Columns

MOST_MARKS = 10_000
"""A timeline draws so many at most."""
MOST_ROWS = 50
"""Of cells: more lanes than that share rows."""
PLACES = 6
"""Decimals of a time in its own unit: 1 ns of what takes milliseconds."""


@dataclass(frozen=True)
class Cells:
    """A grid over the lanes and the time: how busy they were, and with how many tasks."""

    lanes: int
    """That share a row."""
    columns: Columns


def task_columns(spans: Spans, lanes: Sequence[Chain], scale: float, chunksize: int | None) -> Columns:
    """Return lane, begin and end of every task in the order of the items, in units of `scale` seconds.

    `shade` alternates from chunk to chunk, or from task to task of a lane, so that one sees where one ends.

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


def cells(spans: Spans, lanes: Sequence[Chain], scale: float, most: int = MOST_MARKS) -> Cells:
    """Return the same as a grid of at most so many cells, empty ones left out.

    `busy` is the share of a cell's time that its lanes spent in tasks, `tasks` how many began in it.

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
        busy, begun = filled(spans, members, first, width, slots)
        for slot in range(slots):
            if busy[slot] or begun[slot]:
                begin = first + slot * width
                found["lane"].append(row * together + 1)
                found["begin"].append(round(begin * NANO / scale, PLACES))
                found["end"].append(round(min(begin + width, last) * NANO / scale, PLACES))
                found["busy"].append(round(min(1.0, busy[slot] / (width * len(members))), 3))
                found["tasks"].append(begun[slot])
    return Cells(together, found)


def filled(spans: Spans, lanes: Sequence[Chain], first: int, width: int, slots: int) -> tuple[list[int], list[int]]:
    """Return for each slot of time how many nanoseconds these lanes were busy, and how many tasks began."""
    busy, begun = [0] * slots, [0] * slots
    for tasks in lanes:
        for task in tasks:
            begin, end = spans.begins[task] - first, spans.ends[task] - first
            slot, over = begin // width, min(slots - 1, end // width)
            begun[min(slot, slots - 1)] += 1
            while slot < over:
                edge = (slot + 1) * width
                busy[slot] += edge - begin
                begin, slot = edge, slot + 1
            busy[over] += end - begin
    return busy, begun
