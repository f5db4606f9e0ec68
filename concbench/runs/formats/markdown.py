"""Markdown: a summary table a part, to be pasted into an issue, a pull request or a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from concbench.model import Interval, Part, Run
from concbench.runs.exporting import exporter
from concbench.runs.formats.series import Series, series
from concbench.runs.wording import in_markdown, one_line

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
NOTHING = "-"
Column = tuple[str, Callable[[Series], str]]
"""A header, and what a cell below it says of a case."""
ENDLESS = 1e9
"""An interval from two blocks that disagree can have hundreds of digits; from here on they are not shown."""


@exporter("markdown")
def export(run: Run) -> str:
    """Markdown: a summary table a part."""
    measured = series(run)
    lines: list[str] = []
    for part in run.parts:
        cases = [found for found in measured if found.case.part == part.name]
        if cases:
            lines += [f"### {plain(part.title)}", "", *_table(part, cases, run), ""]
    return "\n".join(lines)


def plain(text: str) -> str:
    r"""Return a text from a run for a heading or a cell, in one line.

    >>> plain("two\nlines")
    'two&#92;nlines'
    """
    return in_markdown(one_line(text))


def _table(part: Part, cases: Sequence[Series], run: Run) -> Iterator[str]:
    scale, unit = _unit(min(found.estimate.estimate for found in cases))
    confidence = cases[0].estimate.confidence
    columns: list[Column] = [
        ("case", lambda found: plain(found.case.label)),
        (f"median [{unit}]", lambda found: _figure(found.estimate.estimate / scale)),
        (f"{100 * confidence:g} % interval [{unit}]", lambda found: _interval(found.estimate, scale)),
        *_relative(part, cases, run),
        ("samples", lambda found: str(len(found.times))),
    ]
    yield _row([header for header, _ in columns])
    yield _row([":---", *["---:"] * (len(columns) - 1)])
    for found in cases:
        yield _row([cell(found) for _, cell in columns])


def _relative(part: Part, cases: Sequence[Series], run: Run) -> Iterator[Column]:
    """Yield the column of ratios, where the part has a reference that was measured."""
    ratios = {
        found.case: _figure(found.ratio.estimate) for found in run.comparisons if found.reference == part.reference
    }
    for reference in cases:
        if reference.case.id == part.reference:
            ratios[reference.case.id] = "1"
            yield f"× {plain(reference.case.label)}", lambda found: ratios.get(found.case.id, NOTHING)  # noqa: RUF001


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _unit(seconds: float) -> tuple[float, str]:
    """Return the largest unit in which a time is at least 1, and the smallest where there is none."""
    return next(((scale, unit) for scale, unit in UNITS if seconds >= scale), UNITS[-1])


def _interval(estimate: Interval, scale: float) -> str:
    if estimate.low is None or estimate.high is None:
        return NOTHING
    return f"{_figure(estimate.low / scale)} – {_figure(estimate.high / scale)}"  # noqa: RUF001


def _figure(value: float) -> str:
    return f"{value:.3f}" if value < ENDLESS else f"{value:.3g}"
