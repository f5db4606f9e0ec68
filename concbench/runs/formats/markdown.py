"""Markdown: a summary of each table of the run, to paste into an issue, a pull request or a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from concbench.model.result import Interval
from concbench.model.run import Run, Table
from concbench.runs.export import Timings, timings
from concbench.runs.text import in_markdown, printable

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
NOTHING = "-"
SummaryColumn = tuple[str, Callable[[Timings], str]]
"""A header, and the cell below it for each case."""
ENDLESS = 1e9
"""From here on numbers get an exponent: an interval from two blocks that disagree can have hundreds of digits."""


def document(run: Run) -> str:
    """A heading and a table for each table of the run."""
    measured = timings(run)
    lines: list[str] = []
    for table in run.tables:
        results = [found for found in measured if found.result.case.table == table.name]
        if results:
            lines += [f"### {plain(table.title)}", "", *_table(table, results, run), ""]
    return "\n".join(lines)


def plain(text: str) -> str:
    r"""A text of the run for a heading or a cell, in one line.

    >>> plain("two\nlines")
    'two&#92;nlines'
    """
    return in_markdown(printable(text))


def _table(table: Table, results: Sequence[Timings], run: Run) -> Iterator[str]:
    scale, unit = _unit(min(found.estimate.estimate for found in results))
    confidence = results[0].estimate.confidence
    columns: list[SummaryColumn] = [
        ("case", lambda found: plain(found.result.case.label)),
        (f"median [{unit}]", lambda found: _figure(found.estimate.estimate / scale)),
        (f"{100 * confidence:g} % interval [{unit}]", lambda found: _interval(found.estimate, scale)),
        *_relative(table, results, run),
        ("samples", lambda found: str(len(found.times))),
    ]
    yield _row([header for header, _ in columns])
    yield _row([":---", *["---:"] * (len(columns) - 1)])
    for found in results:
        yield _row([cell(found) for _, cell in columns])


def _relative(table: Table, results: Sequence[Timings], run: Run) -> Iterator[SummaryColumn]:
    """The column of ratios, if the table has a reference that was measured."""
    ratios = {
        found.case: _figure(found.ratio.estimate) for found in run.comparisons if found.reference == table.reference
    }
    for reference in results:
        if reference.result.case.id == table.reference:
            ratios[reference.result.case.id] = "1"
            yield f"× {plain(reference.result.case.label)}", lambda found: ratios.get(found.result.case.id, NOTHING)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _unit(seconds: float) -> tuple[float, str]:
    """The largest unit in which a time is at least 1, or else the smallest."""
    return next(((scale, unit) for scale, unit in UNITS if seconds >= scale), UNITS[-1])


def _interval(estimate: Interval, scale: float) -> str:
    if estimate.low is None or estimate.high is None:
        return NOTHING
    return f"{_figure(estimate.low / scale)} – {_figure(estimate.high / scale)}"  # noqa: RUF001


def _figure(value: float) -> str:
    return f"{value:.3f}" if value < ENDLESS else f"{value:.3g}"
