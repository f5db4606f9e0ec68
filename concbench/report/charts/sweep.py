"""The chart of time along an axis, such as workers or the size of messages: a line for each subject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import altair as alt

from concbench.analysis.analysis import Analysis
from concbench.analysis.axes import FEWEST, AlongAxis, Line
from concbench.model.case import OF_WORDS, SIZES, AxisName
from concbench.model.result import Result
from concbench.report import blocks
from concbench.report.charts import style
from concbench.report.charts.chart import Datum, Plot, by_column, slug
from concbench.report.experiments.view import NOTHING, label, median_cell, view_of
from concbench.report.sections.axes import AxisWords, phrase, title_of, words_of
from concbench.report.uncertainty import factor

AXIS_TITLES: dict[AxisName, str] = {
    "workers": "workers",
    "chunksize": "chunksize",
    "start_method": "start method",
    "maxtasksperchild": "tasks before a worker is replaced",
    "limit": "maximum number of concurrent tasks",
    "buffersize": "chunks submitted ahead",
    "inner_threads": "threads that libraries may use in each process",
    "payload": "size of a message, or of a task's argument and result",
    "memory": "memory that a task holds",
    "task_time": "length of a task",
    "tasks": "number of tasks",
}
BYTES: tuple[AxisName, ...] = ("payload", "memory")
CONSTANT = "constant"
"""The data of subjects that don't depend on the axis."""
MOST_CONSTANT = 3
FAR = 20
"""The factor between values from which on their scale is logarithmic."""
PADDING = 20
"""A linear scale extends by one part in 20 at both ends."""
TOGETHER = len(style.SERIES)
"""Subjects that share a chart."""
HEIGHT = 280


def sweep_plots(first_case: str, analysis: Analysis) -> Iterator[Plot]:
    """A chart for every few subjects along the axis whose first case that is."""
    for found in analysis.axes:
        if found.lines[0].case.id != first_case or found.axis in OF_WORDS:
            continue
        drawn = [line for line in found.lines if len(line.points) >= FEWEST]
        constant = constant_rows(found)
        intervals = [interval for line in drawn for _, interval, _ in line.points]
        domain = style.domain_of([*intervals, *(result.median for result in constant if result.median is not None)])
        for first in range(0, len(drawn), TOGETHER):
            yield _plot(found, drawn[first : first + TOGETHER], constant, domain)


def constant_rows(found: AlongAxis) -> list[Result]:
    """The cases to draw as horizontal lines: those alone of their subject, as many as a reader can distinguish."""
    subjects = Counter(result.case.subject for result in found.constant)
    drawn = [
        result
        for result in found.constant
        if result.median and result.median.estimate > 0 and subjects[result.case.subject] == 1
    ]
    return drawn[:MOST_CONSTANT]


def _plot(found: AlongAxis, lines: Sequence[Line], constant: Sequence[Result], domain: tuple[float, float]) -> Plot:
    words = words_of(found.axis, found.messages)
    rows: list[Datum] = [
        {
            "subject": line.name,
            "size": size,
            **style.point(interval),
            "tip": f"{line.name} with {phrase(words, words.worded(size))}: {median_cell(result)}",
        }
        for line in lines
        for size, interval, result in line.points
    ]
    levels = levels_of(constant)
    sizes = sorted({float(row["size"]) for row in rows})
    time, title = view_of(next(iter(lines[0].results.values()))).median, title_of(found, words)
    return Plot(
        name=slug("sweep", found.axis, lines[0].name),
        title=f"{time} {title[:1].lower()}{title[1:]}",
        finding=_finding(found.axis, words, lines, constant),
        spec=_spec(
            found.axis, style.time_axis(f"{time.lower()} (log scale)", domain), rows, domain, constant=bool(levels)
        ),
        data={style.DATA: by_column(rows)} | ({CONSTANT: by_column(levels)} if levels else {}),
        table=blocks.Table(
            headers=("subject", *(words.worded(size) for size in sizes)),
            rows=(
                *((line.name, *_cells(line, sizes)) for line in lines),
                *((label(result), *[median_cell(result)] * len(sizes)) for result in constant),
            ),
        ),
        height=HEIGHT + 110,
    )


def levels_of(constant: Sequence[Result]) -> list[Datum]:
    """What the axis does not affect, to be drawn as horizontal lines."""
    return [
        {
            "subject": label(result),
            "estimate": result.median.estimate,
            "tip": f"{label(result)}, not affected by it: {median_cell(result)}",
        }
        for result in constant
        if result.median is not None
    ]


def level_layers(y: alt.Y) -> list[alt.Chart]:
    """The layers that draw them, each with its name."""
    level = style.marks(CONSTANT).encode(y=y, tooltip="tip:N")
    names = level.mark_text(style="ink", align="left", dx=4, dy=-6).encode(x=alt.value(0), text="subject:N")
    return [level.mark_rule(style="ink", strokeDash=[2, 3], clip=True), names]


def _cells(line: Line, sizes: Sequence[float]) -> list[str]:
    at = {size: median_cell(result) for size, _, result in line.points}
    return [at.get(size, NOTHING) for size in sizes]


def _finding(axis: AxisName, words: AxisWords, lines: Sequence[Line], constant: Sequence[Result]) -> str:
    """Which setting is best for the only subject; or which subject is fastest at both ends of the axis."""
    if len(lines) == 1 and not constant and axis not in SIZES:
        best = min(lines[0].points, key=lambda point: point[1].estimate)
        worst = max(lines[0].points, key=lambda point: point[1].estimate)
        least, most = (f"{words.preposition} {phrase(words, words.worded(point[0]))}" for point in (best, worst))
        times = factor(best[1].estimate / worst[1].estimate)
        return f"{lines[0].name} is fastest {least}, {median_cell(best[2])}: {times} than {most}."
    sizes = [size for line in lines for size, _, _ in line.points]
    found = []
    for value in (min(sizes), max(sizes)):
        at = [(line.name, median, result) for line in lines for size, median, result in line.points if size == value]
        at += [(label(result), result.median, result) for result in constant if result.median is not None]
        name, _, result = min(at, key=lambda each: each[1].estimate)
        found.append(f"{words.preposition} {phrase(words, words.worded(value))}: {name}, {median_cell(result)}")
    text = f"{'Fastest ' if len(lines) + len(constant) > 1 else ''}{found[0]}; {found[1]}."
    return f"{text[:1].upper()}{text[1:]}"


def size_axis(axis: AxisName, sizes: Sequence[float]) -> tuple[alt.Scale, alt.Axis]:
    """The scale and the axis of values: logarithmic if they differ by more than a factor of 20."""
    low, high = min(sizes), max(sizes)
    logarithmic = high > FAR * low
    margin = (high - low) / PADDING
    ends = (low / style.MARGIN, high * style.MARGIN) if logarithmic else (low - margin, high + margin)
    scale = style.log_scale(ends) if logarithmic else alt.Scale(domain=list(ends), nice=False, zero=False)
    title = AXIS_TITLES[axis] + (" (log scale)" if logarithmic else "")
    values, labels = list(sizes), "format(datum.value, ',d')"
    if axis == "task_time":
        values, labels = style.ticks(ends) if logarithmic else values, style.TIME_LABELS
    elif axis in BYTES:
        values, labels = style.powers_of_two(sizes) if logarithmic else values, style.SIZE_LABELS
    return scale, alt.Axis(title=title, values=values, labelOverlap="greedy", labelExpr=labels)


def _spec(
    axis: AxisName, times: alt.Axis, rows: Sequence[Datum], domain: tuple[float, float], *, constant: bool
) -> dict[str, object]:
    subjects = dict.fromkeys(str(row["subject"]) for row in rows)
    sizes = sorted({float(row["size"]) for row in rows})
    scale = style.log_scale(domain)
    x_scale, x_axis = size_axis(axis, sizes)
    legend = style.names_legend(symbolSize=120)
    # With the same domain, colours, dashes and shapes share a legend.
    colours, dashes, shapes = (
        alt.Scale(domain=list(subjects), range=list(looks))
        for looks in (style.SERIES, map(list, style.DASHES), style.SHAPES)
    )
    y = alt.Y("estimate:Q", scale=scale, axis=times)
    base = style.marks().encode(
        x=alt.X("size:Q", scale=x_scale, axis=x_axis),
        color=alt.Color("subject:N", sort=None, legend=legend, scale=colours),
    )
    layers = [
        base.mark_line(strokeWidth=2, clip=True).encode(
            y=y, strokeDash=alt.StrokeDash("subject:N", sort=None, legend=legend, scale=dashes)
        ),
        base.mark_rule(strokeWidth=2, clip=True).encode(y=alt.Y("low:Q", scale=scale, axis=times), y2="high:Q"),
        base.mark_point(size=70, filled=True, opacity=1, clip=True).encode(
            y=y, shape=alt.Shape("subject:N", sort=None, legend=legend, scale=shapes), tooltip="tip:N"
        ),
    ]
    if constant:
        layers += level_layers(y)
    return style.specification(HEIGHT, *layers)
