"""The figures of a run's tables, or of its changes, as comma-separated values: a row a case, in seconds and bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from concbench.analysis.analysis import analyse
from concbench.analysis.figures import cpu_seconds, left_running, peak_memory
from concbench.analysis.regions import Place, places
from concbench.measure.parts import PARTS
from concbench.model.result import Interval, Result
from concbench.model.run import Change, Run, Table
from concbench.prediction.predict import Prediction
from concbench.report.sections.changes import ONE_SIDED
from concbench.report.sections.tables import Sort, in_order, usual_order
from concbench.runs.formats.comma_separated import cell

Cell = str | int | float | None

RESULTS = (
    *("table", "case", "subject", "python", "workload", "tasks", "payload", "workers", "chunksize"),
    *("metric", "median", "low", "high", "reference", "ratio", "ratio_low", "ratio_high", "verdict"),
    *("ideal", "cpu", "memory", "processes", "lost", "left", "samples", "problem"),
)
"""`ratio` is the time as a multiple of the reference's: below 1 is faster."""
CHANGES = ("case", "metric", "base", "head", "ratio", "ratio_low", "ratio_high", "margin", "verdict", "problem")
"""Of a share, `ratio` is the difference of head and base."""
PREDICTIONS = (
    *("strategy", "items", "workers", "chunksize", "limit", "cores", "warm"),
    *("time", "time_low", "time_high", "cpu", "cpu_low", "cpu_high", "memory", "memory_low", "memory_high"),
    *("waits_for", "basis", "extrapolated_along"),
)
REGIONS = (
    *("region", "file", "line", "function", "kind", "opened", "workers", "lanes", "tasks", "chunks"),
    *("wall", "utilisation", "median", "longest", "computed", "queued", "moved", "moving"),
    *(name.replace("-", "_") for name in PARTS.values()),
)
"""Of each place of a traced program; `opened` is how often it was, and the parts follow, which add up to `wall`."""
FACTS = ("statement", "expected", "observed", "start_method", "holds")


def figures_of(run: Run, sort: Sort | None = None) -> str:
    """The rows of all tables; of a run of facts, its statements; of a traced program, its regions."""
    if run.facts and not run.results:
        rows = ([fact.statement, fact.expected, fact.observed, fact.start_method, fact.agrees] for fact in run.facts)
        return _text(FACTS, rows)
    if run.program is not None and not run.results:
        return _text(REGIONS, (_place(each) for each in places(run.program)))
    analysis = analyse(run)
    order = sort or usual_order(run)
    return _text(
        RESULTS,
        (
            _row(result, table, run)
            for table in run.tables
            for result in in_order(analysis.rows(table), order, analysis)
        ),
    )


def _place(place: Place) -> list[Cell]:
    first = place.first
    return [
        *(first.name, first.file, first.line, first.function, first.kind, len(place.regions)),
        *(first.workers, first.lanes, place.tasks, place.chunks),
        *(place.wall, place.parts.utilisation, place.each, place.longest),
        *(place.computed, place.queued, place.moved, place.moving),
        *(getattr(place.parts, name) for name in PARTS),
    ]


def figures_of_changes(changes: Sequence[Change]) -> str:
    """A row for each change."""
    return _text(CHANGES, (_change(each) for each in changes))


def figures_of_predictions(predictions: Sequence[Prediction]) -> str:
    """A row for each prediction."""
    return _text(PREDICTIONS, (_prediction(each) for each in predictions))


def _row(result: Result, table: Table, run: Run) -> list[Cell]:
    case, workload, settings = result.case, result.case.workload, result.case.settings
    comparison = next(
        (each for each in run.comparisons if (each.case, each.reference) == (case.id, table.reference)), None
    )
    ratio = None if comparison is None else comparison.ratio
    lost = [sample.lost for sample in result.samples if sample.lost is not None]
    return [
        *(case.table, case.name, case.subject, case.side, workload.name, workload.tasks, workload.payload),
        *(settings.workers, settings.chunksize, case.metric, *_ends(result.median)),
        *(table.reference, *_ends(ratio), None if comparison is None else comparison.verdict),
        *(result.ideal, cpu_seconds(result), peak_memory(result)),
        None if result.watch is None else result.watch.peak_processes,
        sum(lost) if lost else None,
        left_running(result),
        len(result.samples),
        None if result.failure is None else f"{result.failure.kind}: {result.failure.message}",
    ]


def _change(change: Change) -> list[Cell]:
    levels = [None if level is None else level.estimate for level in (change.base, change.head)]
    verdict = change.verdict if change.only is None else ONE_SIDED[change.only]
    return [change.case, change.metric, *levels, *_ends(change.found), change.margin, verdict, change.why or None]


def _prediction(each: Prediction) -> list[Cell]:
    settings, job = each.settings, each.job
    ends = [
        end
        for found in (each.wall, each.cpu, each.memory)
        for end in ((None,) * 3 if found is None else (found.estimate, found.low, found.high))
    ]
    return [
        *(each.subject, job.items, settings.workers, settings.chunksize, settings.limit, job.cores, int(job.warm)),
        *ends,
        *(each.bottleneck, each.basis, " ".join(each.beyond) or None),
    ]


def _ends(interval: Interval | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if interval is None else (interval.estimate, interval.low, interval.high)


def _text(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows([cell(each) if isinstance(each, str) else each for each in row] for row in rows)
    return text.getvalue().rstrip("\n")
