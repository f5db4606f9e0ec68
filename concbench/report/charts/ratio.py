"""The chart of ratios to the reference, with their intervals and verdicts, and a line at 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from concbench.analysis.analysis import Analysis
from concbench.analysis.figures import pairs_of
from concbench.model.result import Result
from concbench.model.run import Comparison, Table
from concbench.report import blocks
from concbench.report.charts import style
from concbench.report.charts.chart import Datum, Plot, by_column, slug
from concbench.report.experiments.view import VERSUS, label
from concbench.report.uncertainty import beside, factor_with_reach

MOST_SENTENCES = 2
"""Comparisons that get a sentence each; of more, the verdicts are counted."""


def ratio_plot(table: Table, analysis: Analysis) -> Plot | None:
    """The comparisons of a table with its reference; None if there are none."""
    measured = {result.case.id: result for result in analysis.rows(table)}
    found = [
        comparison
        for comparison in analysis.run.comparisons
        if comparison.reference == table.reference and comparison.case in measured and comparison.ratio.estimate > 0
    ]
    if not found:
        return None
    reference = label(measured[table.reference]) if table.reference in measured else table.reference or ""
    tips = [_sentence(comparison, measured, reference) for comparison in found]
    rows: list[Datum] = [
        {"case": label(measured[each.case]), **style.point(each.ratio), "verdict": each.verdict, "tip": tip}
        for each, tip in zip(found, tips, strict=True)
    ]
    finding = " ".join(f"{tip}." for tip in tips)
    if len(found) > MOST_SENTENCES:
        finding = f"Compared with {reference}: {counted_verdicts([each.verdict for each in found])}."
    named = style.Rows([str(row["case"]) for row in rows])
    return Plot(
        name=slug(table.name, "ratios"),
        title=f"Compared with {reference}",
        finding=f"{finding} {style.INTERVALS}",
        spec=style.ratios_with_verdicts([each.ratio for each in found], {each.verdict for each in found}, named),
        data={style.DATA: by_column(rows), **named.data, "line": {"at": [1.0]}},
        table=blocks.Table(
            headers=("case", f"{VERSUS}{reference}", "verdict"),
            rows=tuple(
                (
                    label(measured[each.case]),
                    factor_with_reach(
                        each.ratio, pairs_of(measured[each.case], measured.get(each.reference)), each.verdict
                    ),
                    each.verdict,
                )
                for each in found
            ),
        ),
        height=named.height + 80,
        heights=named.heights,
    )


def counted_verdicts(verdicts: Sequence[str]) -> str:
    """How many verdicts of each kind there are.

    >>> counted_verdicts(["slower", "faster", "slower"])
    '1 faster, 2 slower'
    """
    return ", ".join(f"{verdicts.count(word)} {word}" for word in style.VERDICTS if word in verdicts)


def _sentence(comparison: Comparison, measured: Mapping[str, Result], reference: str) -> str:
    result = measured[comparison.case]
    pairs = pairs_of(result, measured.get(comparison.reference))
    return f"{label(result)} {beside(comparison.ratio, pairs, comparison.verdict, reference, comparison.margin)}"
