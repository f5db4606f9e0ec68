"""The chart of lost updates: the share of a shared counter's steps that it did not keep."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from concbench.model import Case, Part
from concbench.report.columns import label
from concbench.report.html.chart import Chart, Row, Table, columns_of
from concbench.report.html.look import VERMILLION, dressed
from concbench.report.html.naming import slug
from concbench.report.html.points import DATA, STEP
from concbench.report.html.scales import names_axis
from concbench.report.sentences import counted
from concbench.report.sharing_columns import lost_of
from concbench.report.units import percent


def lost_chart(part: Part, cases: Sequence[Case]) -> Chart | None:
    """Return the chart of a part whose cases count updates; None where none does."""
    found = [(label(case), lost) for case in cases if (lost := lost_of(case)) is not None and lost[1]]
    if not found:
        return None
    rows: list[Row] = [
        {"case": name, "share": lost / updates, "worded": worded(lost, updates), "tip": f"{name}: {tip(lost, updates)}"}
        for name, (lost, updates) in found
    ]
    axis = alt.Axis(title="share of updates that were lost", format="%", tickCount=5)
    most = max(float(row["share"]) for row in rows)
    base = alt.Chart(alt.NamedData(name=DATA)).encode(
        x=alt.X("share:Q", axis=axis, scale=alt.Scale(domain=[0, max(0.01, most * 1.25)])),
        y=alt.Y("case:N", sort=None, axis=names_axis()),
        tooltip="tip:N",
    )
    bars = base.mark_bar(style="bar", color=VERMILLION, height=alt.RelativeBandSize(0.6))
    words = base.mark_text(align="left", dx=5, fontSize=12, style="ideal").encode(text="worded:N")
    losing = [name for name, (lost, _) in found if lost]
    kept = len(found) - len(losing)
    finding = f"{counted(len(losing), 'case')} of {len(found)} lost updates" if losing else "No case lost an update"
    return Chart(
        name=slug(part.name, "lost-updates"),
        title="Lost updates",
        finding=f"{finding}; {kept} kept all." if losing and kept else f"{finding}.",
        spec=dressed(alt.layer(bars, words).properties(width="container", height=STEP * len(rows)).to_dict()),
        data={DATA: columns_of(rows)},
        table=Table(
            headers=("case", "lost", "of", "share"),
            rows=[[name, f"{lost:,}", f"{updates:,}", percent(lost / updates)] for name, (lost, updates) in found],
        ),
        height=STEP * len(rows) + 50,
    )


def worded(lost: int, updates: int) -> str:
    """Return the share that was lost; none is none, however small the scale.

    >>> worded(0, 100), worded(1, 4)
    ('none', '25%')
    """
    return percent(lost / updates) if lost else "none"


def tip(lost: int, updates: int) -> str:
    """Return how many were lost, as the claims say it."""
    return f"lost {lost:,} of {counted(updates, 'update')}" if lost else f"lost none of {counted(updates, 'update')}"
