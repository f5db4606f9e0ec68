"""The charts of several runs: the times of each case by run, and their ratios to the first run's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt

from concbench.model import Interval
from concbench.report.changes import case_name
from concbench.report.columns import label, median_cell
from concbench.report.html.chart import Chart, Row, Table, columns_of
from concbench.report.html.look import SERIES, SHAPES, VERDICTS, dressed
from concbench.report.html.naming import slug
from concbench.report.html.points import DATA, INTERVALS, STEP, ends, pointed
from concbench.report.html.ratio_chart import ratios
from concbench.report.html.scales import log_scale, names_axis, reach, time_axis
from concbench.report.html.side_by_side import Beside, Differs, difference_table
from concbench.report.html.wall_chart import WHAT
from concbench.report.safe import printable
from concbench.report.units import figures

LANE = 13
"""Pixels of one run in a row."""


def times_charts(beside: Sequence[Beside], names: Sequence[str]) -> Iterator[Chart]:
    """Yield a chart of each part's cases, with a point for every run."""
    parts: dict[str, list[Beside]] = {}
    for one in beside:
        parts.setdefault(one.case.part, []).append(one)
    for part, cases in parts.items():
        yield _times_chart(part, cases, names)


def _times_chart(part: str, beside: Sequence[Beside], names: Sequence[str]) -> Chart:
    rows: list[Row] = []
    for one in beside:
        for name, case in one.runs:
            if case.median is not None:
                low, high = ends(case.median)
                tip = f"{label(case)} in {name}: {median_cell(case)}"
                figures_of = {"estimate": case.median.estimate, "low": low, "high": high}
                rows.append({"case": label(case), "run": name, **figures_of, "tip": tip})
    domain = reach([case.median for one in beside for _, case in one.runs if case.median is not None])
    legend = alt.Legend(title=None, orient="bottom", columns=2)
    shown = list(names)
    colours = [SERIES[number % len(SERIES)] for number in range(len(shown))]
    shapes = [SHAPES[number % len(SHAPES)] for number in range(len(shown))]
    what = WHAT[beside[0].case.experiment]
    layers = pointed(
        time_axis(f"{what}, logarithmic", domain),
        log_scale(domain),
        alt.Y("case:N", sort=None, axis=names_axis(), scale=alt.Scale(paddingInner=0.25)),
        yOffset=alt.YOffset("run:N", sort=None),
        color=alt.Color("run:N", scale=alt.Scale(domain=shown, range=colours), legend=legend),
        shape=alt.Shape("run:N", scale=alt.Scale(domain=shown, range=shapes), legend=legend),
    )
    step = max(STEP, LANE * len(shown) + 6)
    height = step * len(beside)
    return Chart(
        name=slug("runs", part),
        title=f"{printable(part)}: {what.lower()} in each run",
        finding=f"The same cases in {len(shown)} runs: {', '.join(shown)}. {INTERVALS}",
        spec=dressed(alt.layer(*layers).properties(width="container", height=height).to_dict()),
        data={DATA: columns_of(rows)},
        table=Table(
            headers=("case", *shown),
            rows=[[label(one.case), *(_in(one, name) for name in shown)] for one in beside],
        ),
        height=height + 90,
    )


def _in(beside: Beside, name: str) -> str:
    return next((median_cell(case) for run, case in beside.runs if run == name), "-")


def ratios_chart(found: Sequence[Differs], first: str) -> Chart | None:
    """Return the chart of all ratios to the first run; None where too few blocks were measured to form any."""
    known = [(one, one.change.ratio) for one in found if one.change.ratio is not None and one.change.ratio.estimate > 0]
    if not known:
        return None
    several = len({one.run for one, _ in known}) > 1
    rows: list[Row] = []
    for one, ratio in known:
        low, high = ends(ratio)
        name = case_name(one.change) + (f" ({one.run})" if several else "")
        tip = f"{name}: {_times(ratio)} the time in {first}: {one.change.verdict}"
        figures_of = {"estimate": ratio.estimate, "low": low, "high": high}
        rows.append({"case": name, **figures_of, "verdict": one.change.verdict, "tip": tip})
    domain = reach([ratio for _, ratio in known], [1.0])
    chart = ratios(f"x {first}, logarithmic", domain, len(rows))
    return Chart(
        name="runs-ratios",
        title=f"Compared with {first}",
        finding=f"{_told([one for one, _ in known])} {INTERVALS}",
        spec=dressed(chart.to_dict()),
        data={DATA: columns_of(rows), "line": {"at": [1.0]}},
        table=difference_table(found, first),
        height=STEP * len(rows) + 80,
    )


def _times(ratio: Interval) -> str:
    if ratio.low is None or ratio.high is None:
        return f"{figures(ratio.estimate)} times"
    return f"{figures(ratio.estimate)} times ({figures(ratio.low)} to {figures(ratio.high)})"


def _told(found: Sequence[Differs]) -> str:
    amounts = {verdict: sum(one.change.verdict == verdict for one in found) for verdict in VERDICTS}
    return f"{len(found)} figures: {', '.join(f'{amount} {word}' for word, amount in amounts.items() if amount)}."
