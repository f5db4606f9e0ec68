"""The chart of where the time went: a bar a case, cut into the parts of the breakdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import altair as alt

from concbench.model import Case, Part, Run
from concbench.report.columns import label
from concbench.report.html.chart import Chart, Row, Table, columns_of
from concbench.report.html.look import PART_COLOURS, dressed
from concbench.report.html.naming import slug
from concbench.report.html.points import DATA, STEP
from concbench.report.html.scales import names_axis
from concbench.report.units import percent, seconds, time_unit
from concbench.stats.breakdown import PARTS, Breakdown
from concbench.stats.where import breakdown_of

TOO_FAR = 8.0
"""Where one case took so many times as long as another, bars show shares: the shorter could not be read."""


def breakdown_chart(part: Part, cases: Sequence[Case], run: Run) -> Chart | None:
    """Return the chart of the cases that were traced; None where none was."""
    found = [(case, broken) for case in cases if (broken := breakdown_of(case, run)) is not None and broken.wall > 0]
    if not found:
        return None
    walls = [broken.wall for _, broken in found]
    shares = max(walls) > TOO_FAR * min(walls)
    scale, unit = time_unit(max(walls))
    rows: list[Row] = [
        {
            "case": label(case),
            "part": name,
            "begin": begin / (broken.wall if shares else scale),
            "end": end / (broken.wall if shares else scale),
            "tip": f"{label(case)}: {name} {seconds(end - begin)}, {percent((end - begin) / broken.wall)} of the time",
        }
        for case, broken in found
        for name, begin, end in stacked(broken)
    ]
    axis = (
        alt.Axis(title="share of each case's wall time", format="%", tickCount=5)
        if shares
        else alt.Axis(title=f"{unit} of wall time", tickCount=6)
    )
    colours = alt.Scale(domain=list(PART_COLOURS), range=list(PART_COLOURS.values()))
    bars = alt.Chart(alt.NamedData(name=DATA)).mark_bar(style="bar", height=alt.RelativeBandSize(0.72))
    bars = bars.encode(
        x=alt.X("begin:Q", axis=axis, scale=alt.Scale(domainMin=0)),
        x2="end:Q",
        y=alt.Y("case:N", sort=None, axis=names_axis()),
        color=alt.Color(
            "part:N", scale=colours, legend=alt.Legend(title=None, orient="bottom", columns=4, symbolType="square")
        ),
        tooltip="tip:N",
    )
    return Chart(
        name=slug(part.name, "breakdown"),
        title="Where the time went",
        finding=" ".join(largest(case, broken) for case, broken in found[:3]),
        spec=dressed(bars.properties(width="container", height=STEP * len(found)).to_dict()),
        data={DATA: columns_of(rows)},
        table=Table(
            headers=("case", *PARTS.values(), "wall"),
            rows=[
                [
                    label(case),
                    *(_signed(getattr(broken, field.name)) for field in fields(Breakdown)),
                    seconds(broken.wall),
                ]
                for case, broken in found
            ],
        ),
        height=STEP * len(found) + 110,
    )


def stacked(broken: Breakdown) -> list[tuple[str, float, float]]:
    """Return each part with the seconds at which its piece of the bar begins and ends.

    A bar has no room for less than nothing: where tasks were faster than serially, the stretch that is below zero
    makes the work shorter.

    >>> found = Breakdown(start=1, lead_in=0, work=5, stretch=-2, gaps=0, tail=1, back=0, stop=0)
    >>> stacked(found)
    [('start', 0.0, 1.0), ('work', 1.0, 4.0), ('tail', 4.0, 5.0)]
    """
    lengths = {PARTS[field.name]: float(getattr(broken, field.name)) for field in fields(Breakdown)}
    if lengths["stretch"] < 0:
        lengths["work"], lengths["stretch"] = lengths["work"] + lengths["stretch"], 0.0
    found, at = [], 0.0
    for name, length in lengths.items():
        if length > 0:
            found.append((name, at, at + length))
            at += length
    return found


def largest(case: Case, broken: Breakdown) -> str:
    """Return how much of the time was work, and what took most of the rest."""
    pieces = {name: end - begin for name, begin, end in stacked(broken)}
    work = pieces.pop("work", 0.0)
    text = f"{label(case)}: {seconds(broken.wall)}, of it work {percent(work / broken.wall)}"
    if pieces:
        name = max(pieces, key=lambda name: pieces[name])
        text += f", then {name} {percent(pieces[name] / broken.wall)}"
    return f"{text}."


def _signed(value: float) -> str:
    return f"-{seconds(-value)}" if value < 0 else "0" if value == 0 else seconds(value)
