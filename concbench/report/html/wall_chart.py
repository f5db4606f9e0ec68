"""The chart of how long each case took: medians with their intervals, on a scale that shows 12 ms beside 14 s."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from concbench.model import Case, Experiment, Part, Run
from concbench.report.columns import label, median_cell
from concbench.report.html.chart import Chart, Row, Table, columns_of
from concbench.report.html.look import BLUE, dressed
from concbench.report.html.naming import slug
from concbench.report.html.points import DATA, INTERVALS, STEP, ends, pointed
from concbench.report.html.scales import LARGEST, log_scale, names_axis, reach, time_axis
from concbench.report.units import seconds
from concbench.stats.ranking import standing

WHAT: dict[Experiment, str] = {
    "tasks": "Wall time",
    "messages": "Time of a round trip",
    "counters": "Time of a step",
    "turns": "Time of a turn",
    "startups": "Time of one more worker",
}
"""What the median of a case is."""

IDEAL = " The upright mark is the ideal."


def wall_chart(part: Part, cases: Sequence[Case], run: Run) -> Chart | None:
    """Return the chart of a part's medians; None where nothing was measured.

    Where the ideal of a case is known, it is marked.
    """
    known = [(case, case.median) for case in cases if case.median is not None and case.median.estimate > 0]
    if not known:
        return None
    what = WHAT[known[0][0].experiment]
    ideals: list[Row] = [
        {"case": label(case), "ideal": case.ideal, "tip": f"{label(case)}: ideal {seconds(case.ideal)}"}
        for case, _ in known
        if case.ideal
    ]
    domain = reach([median for _, median in known], [float(ideal["ideal"]) for ideal in ideals])
    y = alt.Y("case:N", sort=None, axis=names_axis())
    axis, scale = time_axis(f"{what.lower()}, logarithmic", domain), log_scale(domain)
    layers = pointed(axis, scale, y, color=alt.value(BLUE))
    if ideals:
        marks = alt.Chart(alt.NamedData(name="ideals")).mark_tick(
            style="ideal", thickness=2, size=STEP * 0.6, clip=True
        )
        layers.append(marks.encode(x=alt.X("ideal:Q", scale=scale, axis=axis), y=y, tooltip="tip:N"))
    rows: list[Row] = []
    for case, median in known:
        low, high = ends(median)
        tip = f"{label(case)}: {median_cell(case)}"
        rows.append({"case": label(case), "estimate": median.estimate, "low": low, "high": high, "tip": tip})
    return Chart(
        name=slug(part.name, "wall"),
        title=what,
        finding=f"{ends_of([case for case, _ in known], run)} {INTERVALS}{IDEAL if ideals else ''}",
        spec=dressed(alt.layer(*layers).properties(width="container", height=STEP * len(known)).to_dict()),
        data={DATA: columns_of(rows)} | ({"ideals": columns_of(ideals)} if ideals else {}),
        table=Table(
            headers=("case", "median", "from", "to", "ideal"),
            rows=[
                [label(case), median_cell(case), _end(median.low), _end(median.high), _end(case.ideal)]
                for case, median in known
            ],
        ),
        height=STEP * len(known) + 50,
    )


def ends_of(cases: Sequence[Case], run: Run) -> str:
    """Return which case took least, or is recommended, and which took most; all have a median."""
    ordered = sorted(cases, key=lambda case: standing(case, run) or 0.0)
    recommended = [case for case in cases for found in run.recommendations[:1] if case.id == found.case]
    word, first, last = "Fastest", ordered[0], ordered[-1]
    if recommended:
        word, first = "Recommended", recommended[0]
    if len(ordered) == 1:
        return f"{label(first)}: {median_cell(first)}."
    if first is last:
        return f"{word} is {label(first)} with {median_cell(first)}."
    return f"{word} is {label(first)} with {median_cell(first)}, slowest {label(last)} with {median_cell(last)}."


def _end(value: float | None) -> str:
    return "-" if value is None else seconds(min(value, LARGEST))
