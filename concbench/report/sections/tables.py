"""The tables of a run: a row for each result, its columns as its experiment has them, and below what its marks mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from concbench.analysis.analysis import Analysis
from concbench.analysis.figures import cpu_seconds, peak_memory
from concbench.model.result import Result
from concbench.model.run import Run, Table
from concbench.report import blocks
from concbench.report.experiments.tasks import BEYOND, is_beyond_ideal
from concbench.report.experiments.view import (
    NOTHING,
    Column,
    Columns,
    is_noisy,
    label,
    shared_columns,
    view_of,
)
from concbench.report.units import seconds

Sort = Literal["given", "name", "time", "cpu", "memory", "ideal"]
NOISY_NOTE = "~ noisy: single samples scatter by more than 25 %"


def table(analysis: Analysis, of: Table, sort: Sort = "given") -> Iterator[blocks.Block]:
    """A heading, and one of a run's tables below it."""
    results = in_order(analysis.rows(of), sort, analysis)
    name = title(of, results)
    yield blocks.Heading(name, name=of.name)
    if results:
        yield results_table(analysis, of, results, name)


def charts(analysis: Analysis, of: Table) -> Iterator[blocks.Chart]:
    """The charts that may stand below a table."""
    results = analysis.rows(of)
    if any(result.samples for result in results):
        for kind in ("wall", "ratio", "lost", "breakdown"):
            yield blocks.Chart(kind, of.name)
        for result in results:
            if result.trace is not None and result.trace.tasks:
                yield blocks.Chart("timeline", of.name, result.case.id)
        yield blocks.Chart("watch", of.name)


def title(of: Table, results: Sequence[Result]) -> str:
    """What a table is about: `Tasks that sleep: 100 tasks of 20.0 ms; 4 workers`."""
    text = of.title.rstrip(".")
    return f"{text}: {'; '.join(view_of(results[0]).about(results))}" if results else text


def results_table(analysis: Analysis, of: Table, results: Sequence[Result], name: str) -> blocks.Table:
    """The table itself: results with figures as rows, the others as failures."""
    shown = columns(analysis, of)
    every = [*shown.names, *shown.time, *shown.cost]
    measured = [result for result in results if result.failure is None]
    return blocks.Table(
        headers=tuple(column.header for column in every),
        rows=tuple(tuple(column.cell(result) for column in every) for result in measured),
        title=name,
        names=len(shown.names),
        failures=tuple(
            (label(result), f"{result.failure.kind}: {result.failure.message}")
            for result in results
            if result.failure is not None
        ),
        notes=tuple(_notes(analysis.run, of, measured, shown)),
    )


def columns(analysis: Analysis, of: Table) -> Columns:
    """The columns of a table, with one for the interpreter if there are several."""
    results = analysis.rows(of)
    found = view_of(results[0]).columns(shared_columns(of, analysis.run))
    sides = {result.case.side for result in results}
    if len(sides) < 2 or analysis.run.changes:  # the sides of a gate are revisions, and stand in the names of rows
        return found
    (name,) = found.names
    row = Column(name.header, lambda result: result.case.name)
    return replace(found, names=(row, Column("python", lambda result: result.case.side or NOTHING)))


def _notes(run: Run, of: Table, measured: Sequence[Result], shown: Columns) -> Iterator[str]:
    if any(is_noisy(result) for result in measured):
        yield NOISY_NOTE
    if ratios_differ(run, of, measured):
        header = next(column.header for column in shown.time if column.header.startswith("x "))
        yield f"{header} compares two rows round by round; a median is over all rounds of its own row"
    if any(is_beyond_ideal(result) for result in measured):
        yield f"{BEYOND} faster than the ideal, which comes from a slower serial pass"


def ratios_differ(run: Run, of: Table, results: Sequence[Result]) -> bool:
    """Whether a ratio to the reference is on one side of 1, and that of the two medians on the other."""
    reference = next((result for result in results if result.case.id == of.reference), None)
    if reference is None or reference.median is None:
        return False
    ratios = {each.case: each.ratio.estimate for each in run.comparisons if each.reference == reference.case.id}
    for result in results:
        if result.median is not None and result.case.id in ratios:
            slower, longer = ratios[result.case.id] > 1, result.median.estimate > reference.median.estimate
            if slower != longer and seconds(result.median.estimate) != seconds(reference.median.estimate):
                return True
    return False


def in_order(results: Sequence[Result], sort: Sort, analysis: Analysis) -> list[Result]:
    """Results sorted by a figure, those without it last."""
    keys: dict[str, Callable[[Result], float | str | None]] = {
        "name": lambda result: result.case.label,
        "time": analysis.standing,
        "cpu": cpu_seconds,
        "memory": peak_memory,
        "ideal": lambda result: (
            -result.ideal / result.median.estimate if result.ideal is not None and result.median else None
        ),
    }
    if sort == "given":
        return list(results)
    key = keys[sort]
    known = [result for result in results if key(result) is not None]
    return sorted(known, key=key) + [result for result in results if key(result) is None]  # type: ignore[arg-type]  # no None is left
