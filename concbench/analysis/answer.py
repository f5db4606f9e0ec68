"""What came out of a run, in short: its claims, its recommendations, or the fastest row, and what each is beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from concbench.analysis.figures import pairs_of
from concbench.analysis.ranking import ALPHA, fastest_of
from concbench.model.result import Interval, Result
from concbench.model.run import ClaimOutcome, Run, Table
from concbench.stats.intervals import ratio_interval
from concbench.stats.verdicts import clearly


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The faster of two results, and by how much."""

    kind: Literal["claim", "recommendation", "fastest"]
    table: Table
    result: Result
    """The one that was faster, is recommended, or is the fastest of its table."""
    beside: Result | None
    """The one that it is compared with; None where it was measured alone."""
    ratio: Interval | None
    """The time of `beside` as a multiple of that of `result`: above 1, unless something slower is recommended."""
    pairs: tuple[float, ...]
    """The same of every block and round."""
    equal: tuple[Result, ...] = ()
    """Results that are as fast, or not shown to be slower."""
    claim: ClaimOutcome | None = None


def answers(run: Run) -> Iterator[Answer]:
    """The answers of a run, the first of them the one to show where there is room for one; none for a gate.

    >>> from pathlib import Path
    >>> from concbench.runs.reading import read_run
    >>> first = next(answers(read_run(Path("results/example-pool-vs-process.json"))))
    >>> first.kind, first.result.case.subject, first.beside.case.subject
    ('claim', 'pool-map', 'process')
    """
    if run.changes:
        return
    by_id = {result.case.id: result for result in run.results}
    tables = {table.name: table for table in run.tables}
    for found in run.recommendations:
        result = by_id[found.case]
        others = [by_id[id_] for id_ in found.compared]
        equal = tuple(by_id[id_] for id_ in found.equal)
        yield _answer("recommendation", tables[result.case.table], result, next(iter(others), None), equal)
    for outcome in run.claims:
        comparison = outcome.comparison
        if comparison is not None:
            pair = by_id[comparison.case], by_id[comparison.reference]
            faster, slower = pair if comparison.ratio.estimate < 1 else (pair[1], pair[0])
            yield _answer("claim", tables[faster.case.table], faster, slower, (), outcome)
    if not run.recommendations and not run.claims and not run.axes:
        for table in run.tables:
            yield from _fastest(run, table)


def _fastest(run: Run, table: Table) -> Iterator[Answer]:
    """The fastest row of a table beside its reference, or beside the next one where it is the reference itself."""
    rows = [
        result
        for result in run.results
        if result.case.table == table.name and result.failure is None and result.median is not None
    ]
    first = fastest_of(rows)
    if first is None or len(rows) < 2:
        return
    others = [result for result in rows if result is not first]
    equal = tuple(other for other in others if not _slower(other, first, len(others)))
    reference = next((other for other in others if other.case.id == table.reference), None)
    yield _answer("fastest", table, first, reference or fastest_of(others), equal)


def _slower(other: Result, first: Result, comparisons: int) -> bool:
    """Whether a result is conclusively slower than the first; the error rate is divided among all comparisons."""
    ratio = _ratio(other, first, 1 - ALPHA / comparisons)
    return (ratio is not None and ratio.low is not None and ratio.low > 1) or clearly(
        pairs_of(other, first)
    ) == "slower"


def _answer(
    kind: Literal["claim", "recommendation", "fastest"],
    table: Table,
    result: Result,
    beside: Result | None,
    equal: Sequence[Result],
    claim: ClaimOutcome | None = None,
) -> Answer:
    return Answer(
        kind=kind,
        table=table,
        result=result,
        beside=beside,
        ratio=None if beside is None else _ratio(beside, result),
        pairs=() if beside is None else tuple(pairs_of(beside, result)),
        equal=tuple(equal),
        claim=claim,
    )


def _ratio(result: Result, beside: Result, confidence: float = 0.95) -> Interval | None:
    try:
        return ratio_interval(result.samples, beside.samples, confidence, result.case.metric)
    except ValueError:  # a file may hold two samples of one round
        return None
