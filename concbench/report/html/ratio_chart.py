"""The chart of ratios to the reference, with their intervals and verdicts, and a line at 1."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from concbench.model import Case, Comparison, Part, Run, Verdict
from concbench.report.columns import label
from concbench.report.html.chart import Chart, Row, Table, columns_of
from concbench.report.html.look import VERDICTS, dressed
from concbench.report.html.naming import slug
from concbench.report.html.points import DATA, INTERVALS, STEP, ends, line_at, pointed
from concbench.report.html.scales import log_scale, names_axis, ratio_axis, reach
from concbench.report.safe import printable
from concbench.report.sentences import counted
from concbench.report.uncertainty import multiple, pairs_of, ratio_with_reach, verdict_in_words

MOST_TOLD = 2
"""Comparisons that the sentence above the chart tells one by one; of more it says how many are what."""


def ratio_chart(part: Part, cases: Sequence[Case], run: Run) -> Chart | None:
    """Return the chart of a part's comparisons with its reference; None where there is none."""
    named = {case.id: case for case in cases}
    found = [
        comparison
        for comparison in run.comparisons
        if comparison.reference == part.reference and comparison.case in named and comparison.ratio.estimate > 0
    ]
    if not found:
        return None
    reference = label(named[part.reference]) if part.reference in named else printable(part.reference or "")
    domain = reach([comparison.ratio for comparison in found], [1.0])
    rows: list[Row] = []
    for comparison in found:
        low, high = ends(comparison.ratio)
        name = label(named[comparison.case])
        figures = {"estimate": comparison.ratio.estimate, "low": low, "high": high}
        tip = f"{name} takes {compared(comparison, named, reference)}"
        rows.append({"case": name, **figures, "verdict": comparison.verdict, "tip": tip})
    chart = ratios(f"x {reference}, logarithmic", domain, len(rows))
    return Chart(
        name=slug(part.name, "ratios"),
        title=f"Compared with {reference}",
        finding=f"{told(found, named, reference)} {INTERVALS}",
        spec=dressed(chart.to_dict()),
        data={DATA: columns_of(rows), "line": {"at": [1.0]}},
        table=Table(
            headers=("case", f"x {reference}", "verdict"),
            rows=[
                [label(named[comparison.case]), ratio_cell(comparison, named), comparison.verdict]
                for comparison in found
            ],
        ),
        height=STEP * len(rows) + 80,
    )


def ratios(title: str, domain: tuple[float, float], rows: int) -> alt.LayerChart | alt.FacetChart:
    """Return ratios with their intervals and verdicts, and the line at 1, on a logarithmic scale, for so many rows."""
    color, shape = verdict_encodings()
    layers = pointed(
        ratio_axis(title, domain),
        log_scale(domain),
        alt.Y("case:N", sort=None, axis=names_axis()),
        color=color,
        shape=shape,
    )
    return alt.layer(line_at(1.0), *layers).properties(width="container", height=STEP * rows)


def verdict_encodings() -> tuple[alt.Color, alt.Shape]:
    """Return the colour and the shape that the field `verdict` gives a mark."""
    names = list(VERDICTS)
    legend = alt.Legend(title=None, orient="bottom", columns=4)
    colours = alt.Scale(domain=names, range=[colour for colour, _ in VERDICTS.values()])
    shapes = alt.Scale(domain=names, range=[shape for _, shape in VERDICTS.values()])
    return (
        alt.Color("verdict:N", scale=colours, legend=legend),
        alt.Shape("verdict:N", scale=shapes, legend=legend),
    )


def compared(one: Comparison, named: dict[str, Case], reference: str) -> str:
    """Return a comparison in words, and what it says."""
    pairs = pairs_of(named[one.case], named.get(one.reference))
    return f"{multiple(one.ratio, pairs)} the time of {reference}: {verdict_in_words(one, pairs)}"


def ratio_cell(one: Comparison, named: dict[str, Case]) -> str:
    """Return a ratio as its table has it."""
    return ratio_with_reach(one.ratio, pairs_of(named[one.case], named.get(one.reference)))


def told(found: Sequence[Comparison], named: dict[str, Case], reference: str) -> str:
    """Return what the comparisons say together."""
    if len(found) <= MOST_TOLD:
        return " ".join(f"{label(named[one.case])} takes {compared(one, named, reference)}." for one in found)
    verdicts: tuple[Verdict, ...] = ("faster", "same", "slower", "undecided")
    amounts = [(verdict, sum(one.verdict == verdict for one in found)) for verdict in verdicts]
    said = ", ".join(f"{amount} {verdict}" for verdict, amount in amounts if amount)
    return f"Of {counted(len(found), 'case')} compared with {reference}: {said}."
