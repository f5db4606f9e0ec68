"""Timelines of a traced program, drawn with letters: of each place that opened regions, a row for each of its lanes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from concbench.analysis.regions import Place
from concbench.experiments.trace import NANO
from concbench.report.sections.losses import place_words
from concbench.report.sections.program import MOST_PLACES, workers_words
from concbench.report.sections.timeline import SHADES, Drawing, drawn, ruled
from concbench.report.terminal import filled
from concbench.report.units import counted, percent, seconds
from concbench.runs.lanes import Lanes, lanes_of_regions


def lines(places: Sequence[Place], width: int, shades: str = SHADES) -> Iterator[str]:
    """The drawings of places, with an empty line between two of them, and what the letters mean."""
    if not places:
        yield "There is nothing to draw: no task was recorded."
        return
    for place in places[:MOST_PLACES]:
        yield from timeline(place, width, shades)
        yield ""
    if len(places) > MOST_PLACES:
        yield f"{counted(len(places) - MOST_PLACES, 'more region')} had tasks: --region TEXT draws others."
        yield ""
    yield legend(width, shades)


def timeline(place: Place, width: int, shades: str = SHADES) -> Iterator[str]:
    """The lines of a drawing: its title, when its regions were open, its lanes, and the time since it was opened."""
    found = lanes_of_regions(place.regions)
    whole = max(found.length, NANO)
    yield filled(title(place, found), width)
    drawing = Drawing(spans=found.spans, lanes=found.lanes, whole=whole, word=lane_word(place), together=True)
    busy = [found.busy(lane) for lane in range(len(found.lanes))]
    yield from drawn(drawing, busy, lambda columns: ruler(place, found, columns), width, shades)


def title(place: Place, found: Lanes) -> str:
    """What a drawing is of: `Pool at job.py:41, 2 processes: 6,000 tasks in 155 ms, from 84.5 ms on; 38% busy`."""
    inside = f"{counted(place.tasks, 'task')} in {seconds(found.length)}, from {seconds(found.since)} on"
    return f"{place_words(place)}, {workers_words(place)}: {inside}; {percent(place.parts.utilisation)} busy"


def lane_word(place: Place) -> str:
    """What a row of a drawing is: a worker, or where tasks are coroutines, a lane that the next one takes."""
    return "lane" if place.first.kind == "coroutines" else "worker"


def ruler(place: Place, found: Lanes, columns: int) -> str:
    """When the regions of a place were open: the phases of one, or a line for each of several.

    A `|` begins a region after the first; blanks are between two.
    """
    if len(place.regions) == 1 and not place.first.group and not place.first.limit:
        region = place.first
        closing = region.closed if region.closing is None else max(region.ready, region.closing)
        ends = [("start", region.ready), ("open", closing), ("stop", found.since + found.length)]
        return ruled([(name, end - found.since) for name, end in ends], max(found.length, NANO), columns)
    letters = [" "] * columns
    scale = columns / max(found.length, NANO)
    firsts = []
    for region in place.regions:
        first = min(columns - 1, int((region.opened - found.since) * scale))
        last = min(columns - 1, int((region.closed - found.since) * scale))
        letters[first : last + 1] = "-" * (last + 1 - first)
        firsts.append(first)
    for first in firsts:
        if first:
            letters[first] = "|"
    return "".join(letters)


def legend(width: int, shades: str = SHADES) -> str:
    """What the letters mean."""
    _, quarter, half, most, full = tuple(shades)
    return filled(
        f"Each column shows how much of its time a worker spent in tasks: {quarter} about a quarter, {half} half, "
        f"{most} three quarters, {full} all of it; tasks wider than two columns alternate between {full} and {most}. "
        "Busy is the share of the whole drawing. Times below it are since the region was opened, those in its title "
        "since the program was started.",
        width,
    )
