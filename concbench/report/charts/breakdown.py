"""The chart of where the time went: a bar per case, cut into the parts of its wall time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

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


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A row of the chart."""

    name: str
    wall: float
    lengths: Mapping[str, float]
    """Seconds of each part, by its label, in the order of the chart."""


def breakdown_plot(table: Table, analysis: Analysis) -> Plot | None:
    """The parts of wall time of the cases that were traced; None if none was."""
    found = [
        (result, parts)
        for result in analysis.rows(table)
        if (parts := analysis.breakdown(result)) is not None and parts.wall > 0
    ]
    if not found:
        return None
    bars = [Bar(name=label(result), wall=parts.wall, lengths=_lengths(parts)) for result, parts in found]
    return bars_plot(
        bars,
        style.PART_COLOURS,
        each="case",
        name=slug(table.name, "breakdown"),
        finding=" ".join(_sentence(result, parts) for result, parts in found[:MOST_SENTENCES])
        + (
            " The parts are those of a traced sample, " + ("as shares." if in_shares(bars) else "scaled to the median.")
        ),
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
    )


def bars_plot(
    bars: Sequence[Bar],
    colours: Mapping[str, str],
    *,
    each: str,
    name: str,
    finding: str,
    table: blocks.Table,
    meaning: Mapping[str, str] | None = None,
    columns: int = 4,
) -> Plot:
    """Bars of parts, in their colours, above a legend of some columns; tips say what parts mean, if that is given."""
    shares = in_shares(bars)
    scale, unit = time_unit(max(bar.wall for bar in bars))
    rows: list[Datum] = [
        {
            "case": bar.name,
            "part": part,
            "begin": begin / (bar.wall if shares else scale),
            "end": end / (bar.wall if shares else scale),
            "tip": f"{bar.name}: {part} {seconds(end - begin)}, {percent((end - begin) / bar.wall)} of the time"
            + ("" if meaning is None else f"; {meaning[part]}"),
        }
        for bar in bars
        for part, begin, end in stacked(bar.lengths)
    ]
    axis = (
        alt.Axis(title=f"share of each {each}'s wall time", format="%", tickCount=5)
        if shares
        else alt.Axis(title=f"wall time ({unit})", tickCount=6)
    )
    legend = alt.Legend(title=None, orient="bottom", columns=style.legend_columns(columns), symbolType="square")
    named = style.Rows([bar.name for bar in bars])
    marks = (
        style.marks()
        .mark_bar(style="bar", height=0.72 * style.STEP, yOffset=named.below)
        .encode(
            x=alt.X("begin:Q", axis=axis, scale=alt.Scale(domainMin=0)),
            x2="end:Q",
            y=named.y,
            color=alt.Color(
                "part:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=legend
            ),
            tooltip="tip:N",
        )
    )
    return Plot(
        name=name,
        title="Where the time went",
        finding=finding,
        spec=style.specification(named.height, marks, *named.layers, stacked=named.stacked),
        data={style.DATA: by_column(rows), **named.data},
        table=table,
        height=named.height + 110,
        heights=named.heights,
    )


def in_shares(bars: Sequence[Bar]) -> bool:
    """Whether bars show shares, as the shortest would be too short to read."""
    walls = [bar.wall for bar in bars]
    return max(walls) > TOO_FAR * min(walls)


def stacked(lengths: Mapping[str, float]) -> list[tuple[str, float, float]]:
    """Each part that took any time, with the seconds at which its piece of the bar begins and ends.

    >>> stacked({"start": 1.0, "gaps": 0.0, "work": 3.0})
    [('start', 0.0, 1.0), ('work', 1.0, 4.0)]
    """
    found, at = [], 0.0
    for part, length in lengths.items():
        if length > 0:
            found.append((part, at, at + length))
            at += length
    return found


def _lengths(parts: Breakdown) -> dict[str, float]:
    """The seconds of each part.

    A bar can't show less than nothing: a negative stretch (the tasks were faster than serially) shortens the work.

    >>> found = Breakdown(start=1, lead_in=0, work=5, stretch=-2, gaps=0, tail=1, back=0, stop=0)
    >>> stacked(_lengths(found))
    [('start', 0.0, 1.0), ('work', 1.0, 4.0), ('tail', 4.0, 5.0)]
    """
    lengths = {PARTS[field.name]: float(getattr(parts, field.name)) for field in fields(Breakdown)}
    if lengths["stretch"] < 0:
        lengths["work"], lengths["stretch"] = lengths["work"] + lengths["stretch"], 0.0
    return lengths


def _sentence(result: Result, parts: Breakdown) -> str:
    """How much of the time was work, and the largest of the other parts."""
    pieces = {name: end - begin for name, begin, end in stacked(_lengths(parts))}
    text = f"{label(result)} took {seconds(parts.wall)}: {percent(pieces.pop('work', 0.0) / parts.wall)} work"
    if pieces:
        name = max(pieces, key=lambda name: pieces[name])
        text += f", {percent(pieces[name] / parts.wall)} {name}"
    return f"{text}."


def _signed(value: float) -> str:
    return f"-{seconds(-value)}" if value < 0 else "0" if value == 0 else seconds(value)
