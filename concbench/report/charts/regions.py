"""The charts of a traced program: where the time of each place went, and when the workers of one ran tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import altair as alt

from concbench.analysis.regions import Place
from concbench.experiments.trace import NANO, Spans
from concbench.measure.parts import PARTS
from concbench.report import blocks
from concbench.report.charts import style
from concbench.report.charts.breakdown import Bar, bars_plot
from concbench.report.charts.chart import LONGEST, Columns, Plot, slug
from concbench.report.charts.timeline import (
    COLOUR_WORDS,
    EDGED,
    HIGHEST,
    LIGHTER,
    LOWEST,
    MOST_LABELS,
    MOST_MARKS,
    PLACES,
    SPARSE,
    STEP,
    cells,
    lane_table,
)
from concbench.report.sections.losses import place_words
from concbench.report.sections.program import MEANING, workers_words
from concbench.report.sections.region_timeline import lane_word
from concbench.report.units import counted, listed, percent, seconds, time_unit
from concbench.runs.lanes import Lanes, lanes_of_regions

COLOURS = {
    "start": style.ORANGE,
    "lead_in": style.YELLOW,
    "computing": style.BLUE,
    "waiting": style.SKY,
    "gaps": style.VERMILLION,
    "tail": style.PURPLE,
    "back": style.GREEN,
    "idle": "#dddddd",
    "stop": style.GREY,
}
"""Of each part."""
MOST_SENTENCES = 3
"""Places that get a sentence."""
MOST_OPENED = 200
"""Regions of one place whose phases are drawn behind the tasks."""
WHEEL = "wheel![event.ctrlKey || event.metaKey]"
"""Zooms: without a key, the wheel scrolls the page."""


TO_ZOOM = "Drag to move along the time; hold Ctrl and turn the wheel to zoom; double-click for all of it again."


def parts_plot(places: Sequence[Place]) -> Plot | None:
    """The parts of the time of each place as a bar; None if no place took any."""
    found = [place for place in places if place.wall > 0]
    if not found:
        return None
    names = distinct_names(found)
    return bars_plot(
        [
            Bar(name=name, wall=place.wall, lengths={PARTS[part]: getattr(place.parts, part) for part in PARTS})
            for name, place in zip(names, found, strict=True)
        ],
        {PARTS[part]: colour for part, colour in COLOURS.items()},
        each="region",
        name="parts",
        finding=" ".join(
            _parts_sentence(name, place) for name, place in list(zip(names, found, strict=True))[:MOST_SENTENCES]
        )
        + " Parts are averages over all workers, and add up to the wall time.",
        table=blocks.Table(
            headers=("region", *PARTS.values(), "wall"),
            rows=tuple(
                (name, *(seconds(getattr(place.parts, part)) for part in PARTS), seconds(place.wall))
                for name, place in zip(names, found, strict=True)
            ),
            notes=(f"{'; '.join(f'{PARTS[part]}: {words}' for part, words in MEANING.items())}.",),
        ),
        meaning={PARTS[part]: words for part, words in MEANING.items()},
        columns=5,
    )


def distinct_names(places: Sequence[Place]) -> list[str]:
    """What the places are called: rows of a chart with the same name would share a place."""
    found: list[str] = []
    for place in places:
        name, number = place_words(place), 1
        while (shown := name if number == 1 else f"{name} ({number})") in found:
            number += 1
        found.append(shown)
    return found


def _parts_sentence(name: str, place: Place) -> str:
    largest = sorted(PARTS, key=lambda part: getattr(place.parts, part), reverse=True)[:2]
    shown = [f"{percent(getattr(place.parts, part) / place.wall)} {PARTS[part]}" for part in largest]
    return f"{name} took {seconds(place.wall)}: {listed(shown)}."


# Timelines


def region_plot(place: Place, number: int, most: int = MOST_MARKS) -> Plot:
    """When the workers of a place ran tasks, in at most `most` marks; the reader may zoom along the time."""
    found = lanes_of_regions(place.regions)
    spans, lanes = found.spans, found.lanes
    length = max(found.length, NANO)
    scale, unit = time_unit(length)
    each_task = len(spans) <= most
    if each_task:
        columns: Columns = {**task_columns(found, scale), **item_column(place)}
        together = 1
    else:
        grid = cells(spans, lanes, scale, most)
        columns, together = grid.columns, grid.lanes
    rows = ceil(len(lanes) / together)
    height = max(LOWEST, min(HIGHEST, rows * STEP))
    firsts = list(range(1, len(lanes) + 1, together))
    word = lane_word(place)
    axis = alt.Axis(title=word, values=firsts[:: ceil(len(firsts) / MOST_LABELS)], ticks=False, domain=False)
    places = {
        "x": alt.X(
            "begin:Q",
            axis=alt.Axis(title=f"time since the region was opened ({unit})", tickCount=6, grid=True),
            scale=alt.Scale(domain=[0, min(length, style.LARGEST) / scale], nice=False),
        ),
        "x2": "end:Q",
        "y": alt.Y("lane:O", axis=axis, scale=alt.Scale(domain=firsts, padding=0.15 if rows <= 40 else 0)),
        "tooltip": "lane:Q",
    }
    tasks = _task_marks(places, found, length) if each_task else _cell_marks(places)
    opened = _opened(place, found, scale)
    behind = [
        style.marks(name)
        .mark_rect(color=COLOURS[name], opacity=0.35, clip=True)
        .encode(x=places["x"], x2="end:Q", tooltip="tip:N")
        for name in opened
    ]
    zoom = alt.selection_interval(name="zoomed", bind="scales", encodings=["x"], zoom=WHEEL)
    name = place_words(place)
    return Plot(
        name=slug("region", str(number + 1), name),
        title=f"Timeline of {name}",
        finding=_finding(place, found, list(opened), None if each_task else len(columns["lane"]))
        + (f" {TO_ZOOM}" if number == 0 else ""),
        spec=style.specification(height, *behind, tasks.add_params(zoom)),
        data={**opened, "tasks": columns},
        table=lane_table(spans, lanes, word),
        height=height + 50,
        marks="tasks" if each_task else "cells",
        context={"unit": unit, "together": together, "lanes": len(lanes), "of": len(spans), "word": word},
    )


def task_columns(found: Lanes, scale: float) -> Columns:
    """The lane, begin and end of every task, in units of `scale` seconds; `shade` alternates from chunk to chunk.

    Where each task is a chunk of its own, it alternates from task to task of a lane.
    """
    spans = found.spans
    lane, shade = [0] * len(spans), [0] * len(spans)
    for number, tasks in enumerate(found.lanes, 1):
        before, now = -1, 0
        for task in tasks:
            now ^= found.chunks[task] != before
            before = found.chunks[task]
            lane[task], shade[task] = number, int(now)
    return {
        "lane": lane,
        "begin": [round(begin * NANO / scale, PLACES) for begin in spans.begins],
        "end": [round(end * NANO / scale, PLACES) for end in spans.ends],
        "shade": shade,
    }


def item_column(place: Place) -> Columns:
    """The item of every task, where the trace has them."""
    items = [item for region in place.regions for item in region.items]
    return {"item": [item[:LONGEST] for item in items]} if len(items) == place.tasks else {}


def _task_marks(places: Mapping[str, Any], found: Lanes, length: float) -> alt.Chart:
    mean = _inside(found.spans) / max(1, len(found.spans))
    edged = mean >= EDGED * length
    sparse = len(found.spans) <= SPARSE * len(found.lanes)
    shades = alt.Scale(domain=[0, 1], range=[style.BLUE, LIGHTER])
    encodings = {**places, "fill": alt.Fill("shade:N", legend=None, scale=shades)}
    if sparse and not edged:
        encodings["stroke"] = alt.Stroke("shade:N", legend=None, scale=shades)
    look: dict[str, Any] = {"style": "edged"} if edged else {"strokeWidth": 1} if sparse else {}
    drawn: alt.Chart = style.marks("tasks").mark_rect(clip=True, **look).encode(**encodings)
    return drawn


def _cell_marks(places: Mapping[str, Any]) -> alt.Chart:
    busy = alt.Opacity("busy:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.08, 1]))
    drawn: alt.Chart = style.marks("tasks").mark_rect(color=style.BLUE, clip=True).encode(**places, opacity=busy)
    return drawn


def _opened(place: Place, found: Lanes, scale: float) -> dict[str, Columns]:
    """The time in which pools were started and stopped, of the first `MOST_OPENED` of a place."""
    spans: dict[str, list[tuple[float, float]]] = {"start": [], "stop": []}
    for region in place.regions[:MOST_OPENED]:
        spans["start"].append((region.opened, region.ready))
        if region.closing is not None:
            spans["stop"].append((max(region.ready, region.closing), region.closed))
    drawn = {
        name: [(begin - found.since, end - found.since) for begin, end in some if end > begin]
        for name, some in spans.items()
    }
    return {
        name: {
            "begin": [begin / scale for begin, _ in some],
            "end": [end / scale for _, end in some],
            "tip": [f"{name}: {seconds(end - begin)}" for begin, end in some],
        }
        for name, some in drawn.items()
        if some
    }


def _inside(spans: Spans) -> float:
    return sum(end - begin for begin, end in zip(spans.begins, spans.ends, strict=True)) * NANO


def _finding(place: Place, found: Lanes, opened: Sequence[str], marks: int | None) -> str:
    own = place.first.group or place.first.limit
    began = f"{seconds(found.since)} after the program was started"
    text = f"{counted(place.tasks, 'task')}{',' if own else ' on'} {workers_words(place)}{',' if own else ''}"
    text += f" in {seconds(found.length)}, from {began}."
    text += f" While there was anything to do, {percent(place.parts.utilisation)} of the workers' time was in tasks."
    if opened:
        text += f" Behind the tasks, {listed([f'{COLOUR_WORDS[name]} is {name}' for name in opened])}."
    if marks is not None:
        text += f" They are drawn as {marks:,} cells, the darker the busier, as a page can't hold a mark for each."
    return text
