"""The chart of lost updates: the share of increments that a shared counter lost."""

from __future__ import annotations

import altair as alt

from concbench.analysis.analysis import Analysis
from concbench.model.run import Table
from concbench.report import blocks
from concbench.report.charts import style
from concbench.report.charts.chart import Datum, Plot, by_column, slug
from concbench.report.experiments.counters import lost_updates
from concbench.report.experiments.view import label
from concbench.report.units import counted, percent


def lost_plot(table: Table, analysis: Analysis) -> Plot | None:
    """The lost updates of a table's cases; None if none of them counts updates."""
    found = [
        (label(result), lost)
        for result in analysis.rows(table)
        if (lost := lost_updates(result)) is not None and lost[1]
    ]
    if not found:
        return None
    rows: list[Datum] = [
        {
            "case": name,
            "share": lost / updates,
            "text": percent(lost / updates) if lost else "none",
            "tip": f"{name} lost {f'{lost:,}' if lost else 'none'} of {counted(updates, 'update')}",
        }
        for name, (lost, updates) in found
    ]
    axis = alt.Axis(title="share of updates lost", format="%", tickCount=5)
    most = max(float(row["share"]) for row in rows)
    named = style.Rows([name for name, _ in found])
    base = style.marks().encode(
        x=alt.X("share:Q", axis=axis, scale=alt.Scale(domain=[0, max(0.01, most * 1.25)])),
        y=named.y,
        tooltip="tip:N",
    )
    bars = base.mark_bar(style="bar", color=style.VERMILLION, height=0.6 * style.STEP, yOffset=named.below)
    texts = base.mark_text(align="left", dx=5, fontSize=12, style="ink", yOffset=named.below).encode(text="text:N")
    losing = sum(lost > 0 for _, (lost, _) in found)
    finding = f"{losing} of {counted(len(found), 'case')} lost updates." if losing else "No case lost an update."
    return Plot(
        name=slug(table.name, "lost-updates"),
        title="Lost updates",
        finding=finding,
        spec=style.specification(named.height, bars, texts, *named.layers, stacked=named.stacked),
        data={style.DATA: by_column(rows), **named.data},
        table=blocks.Table(
            headers=("case", "lost", "of", "share"),
            rows=tuple((name, f"{lost:,}", f"{updates:,}", percent(lost / updates)) for name, (lost, updates) in found),
        ),
        height=named.height + 50,
        heights=named.heights,
    )
