"""The chart of where the time went: a bar per case, cut into the parts of its wall time."""

from __future__ import annotations

from dataclasses import fields

import altair as alt

from concbench.analysis.analysis import Analysis
from concbench.analysis.breakdown import PARTS, Breakdown
from concbench.model.result import Result
from concbench.model.run import Table
from concbench.report import blocks
from concbench.report.charts import style
from concbench.report.charts.chart import Datum, Plot, by_column, slug
from concbench.report.experiments.view import label
from concbench.report.units import percent, seconds, time_unit

TOO_FAR = 8.0
"""Times as long: beyond this the bars show shares, because the shortest would be too short to read."""
MOST_SENTENCES = 3
"""Cases that get a sentence."""


def breakdown_plot(table: Table, analysis: Analysis) -> Plot | None:
    """The parts of wall time of the cases that were traced; None if none was."""
    found = [
        (result, parts)
        for result in analysis.rows(table)
        if (parts := analysis.breakdown(result)) is not None and parts.wall > 0
    ]
    if not found:
        return None
    walls = [parts.wall for _, parts in found]
    shares = max(walls) > TOO_FAR * min(walls)
    scale, unit = time_unit(max(walls))
    rows: list[Datum] = [
        {
            "case": label(result),
            "part": name,
            "begin": begin / (parts.wall if shares else scale),
            "end": end / (parts.wall if shares else scale),
            "tip": f"{label(result)}: {name} {seconds(end - begin)}, {percent((end - begin) / parts.wall)} of the time",
        }
        for result, parts in found
        for name, begin, end in stacked(parts)
    ]
    axis = (
        alt.Axis(title="share of each case's wall time", format="%", tickCount=5)
        if shares
        else alt.Axis(title=f"wall time ({unit})", tickCount=6)
    )
    legend = alt.Legend(title=None, orient="bottom", columns=style.legend_columns(4), symbolType="square")
    colours = alt.Scale(domain=list(style.PART_COLOURS), range=list(style.PART_COLOURS.values()))
    named = style.Rows([label(result) for result, _ in found])
    bars = (
        style.marks()
        .mark_bar(style="bar", height=0.72 * style.STEP, yOffset=named.below)
        .encode(
            x=alt.X("begin:Q", axis=axis, scale=alt.Scale(domainMin=0)),
            x2="end:Q",
            y=named.y,
            color=alt.Color("part:N", scale=colours, legend=legend),
            tooltip="tip:N",
        )
    )
    return Plot(
        name=slug(table.name, "breakdown"),
        title="Where the time went",
        finding=" ".join(_sentence(result, parts) for result, parts in found[:MOST_SENTENCES])
        + (" The parts are those of a traced sample, " + ("as shares." if shares else "scaled to the median.")),
        spec=style.specification(named.height, bars, *named.layers, stacked=named.stacked),
        data={style.DATA: by_column(rows), **named.data},
        table=blocks.Table(
            headers=("case", *PARTS.values(), "wall"),
            rows=tuple(
                (
                    label(result),
                    *(_signed(getattr(parts, field.name)) for field in fields(Breakdown)),
                    seconds(parts.wall),
                )
                for result, parts in found
            ),
        ),
        height=named.height + 110,
        heights=named.heights,
    )


def stacked(parts: Breakdown) -> list[tuple[str, float, float]]:
    """Each part with the seconds at which its piece of the bar begins and ends.

    A bar can't show less than nothing: a negative stretch (the tasks were faster than serially) shortens the work.

    >>> found = Breakdown(start=1, lead_in=0, work=5, stretch=-2, gaps=0, tail=1, back=0, stop=0)
    >>> stacked(found)
    [('start', 0.0, 1.0), ('work', 1.0, 4.0), ('tail', 4.0, 5.0)]
    """
    lengths = {PARTS[field.name]: float(getattr(parts, field.name)) for field in fields(Breakdown)}
    if lengths["stretch"] < 0:
        lengths["work"], lengths["stretch"] = lengths["work"] + lengths["stretch"], 0.0
    found, at = [], 0.0
    for name, length in lengths.items():
        if length > 0:
            found.append((name, at, at + length))
            at += length
    return found


def _sentence(result: Result, parts: Breakdown) -> str:
    """How much of the time was work, and the largest of the other parts."""
    pieces = {name: end - begin for name, begin, end in stacked(parts)}
    text = f"{label(result)} took {seconds(parts.wall)}: {percent(pieces.pop('work', 0.0) / parts.wall)} work"
    if pieces:
        name = max(pieces, key=lambda name: pieces[name])
        text += f", {percent(pieces[name] / parts.wall)} {name}"
    return f"{text}."


def _signed(value: float) -> str:
    return f"-{seconds(-value)}" if value < 0 else "0" if value == 0 else seconds(value)
