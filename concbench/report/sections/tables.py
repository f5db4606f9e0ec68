"""The tables of a run: a row for each result, its columns as its experiment has them, and below what its marks mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from concbench.analysis.analysis import Analysis
from concbench.analysis.answer import fastest, kind_of, loses_updates, measured
from concbench.analysis.differences import differences
from concbench.analysis.figures import cpu_seconds, memory_of_workers, peak_memory
from concbench.model.result import Result
from concbench.model.run import Run, Table
from concbench.report import blocks
from concbench.report.experiments.tasks import BEYOND, is_beyond_ideal
from concbench.report.experiments.view import (
    NOTHING,
    OF_WORKERS_MARK,
    VERSUS,
    Column,
    Columns,
    is_noisy,
    label,
    shared_columns,
    view_of,
)
from concbench.report.safe import printable
from concbench.report.units import listed, seconds

Sort = Literal["given", "name", "time", "cpu", "memory", "ideal"]
SUMMARIES: tuple[Literal["wall", "ratio", "lost", "breakdown"], ...] = ("breakdown", "wall", "ratio", "lost")
"""The charts that have a row for each result."""
FEW = 4
"""Timelines that come first; more would keep readers from the charts of all results."""
NOISY_NOTE = "~ noisy: single samples scatter by more than 25 %"
OF_WORKERS_NOTE = (
    f"{OF_WORKERS_MARK.strip()} held by the cluster's workers before or after a sample, whichever is more: no peak, "
    "and without the client here"
)
COMPARED = "compare-"
"""What the name of a suite that `compare` makes begins with."""
BEST = " *"
"""Marks the time of the fastest, of what ties with it, or of what is recommended."""
FASTEST_NOTE = "* fastest"
TIED_NOTE = "* fastest, or too close to call"
LOSING_NOTE = ", of those that lost no updates"
RECOMMENDED_NOTE = "* recommended"
STAND_IN_NOTE = "* closest, on these items, to what is recommended for the whole job"
UNDECIDED_NOTE = "? undecided: it may be as fast"
WORDS = {
    "start+run+stop": "starting workers, running the tasks, stopping workers",
    "ideal": "the least possible time on these workers and cores, as a share of the median",
    "99 %": "99 of 100 round trips take at most this long",
    "one way": "messages per second in a stream",
    "one more": "until one more worker is ready",
    "lost updates": "steps that another worker overwrote",
    "in flight": "mean number of calls under way, measured",
    "X·R": "calls that came back a second times their mean time: by Little's law, the number under way",
    "p95": "95 of 100 calls that succeed come back within this time",
    "CPU": "time on all cores",
    "CPU%": "100% is one core",
    "PSS": "peak memory of all processes",
    "RSS": "peak memory of all processes, with shared pages counted in each",
    "procs": "most processes at once",
    "left": "processes that it left running, which were ended",
}
"""The headers that need a word of explanation."""


def table(analysis: Analysis, of: Table, sort: Sort | None = None) -> Iterator[blocks.Block]:
    """A heading, and one of a run's tables below it."""
    results = in_order(analysis.rows(of), sort or usual_order(analysis.run), analysis)
    name = title(of, results)
    yield blocks.Heading(name, name=of.name)
    if results:
        yield results_table(analysis, of, results, name)


def usual_order(run: Run) -> Sort:
    """The order of rows where none was asked for: by time where rows are compared to find the best of them.

    A suite tells a story with its rows, a range has them in its order, and advice puts what it recommends first.
    """
    return "time" if run.suite.startswith(COMPARED) and not run.axes else "given"


def words(analysis: Analysis, of: Table) -> Iterator[blocks.Block]:
    """What the headers of a table mean that no table before it has."""
    run, known = analysis.run, set[str]()
    for each in run.tables[: run.tables.index(of)]:
        known |= set(_headers(analysis, each))
    said = [
        f"{header}: {WORDS[header]}" for header in _headers(analysis, of) if header in WORDS and header not in known
    ]
    if said:
        yield blocks.Paragraph(f"{'; '.join(said)}.", "note")


def _headers(analysis: Analysis, of: Table) -> list[str]:
    if not any(result.failure is None for result in analysis.rows(of)):
        return []
    shown = columns(analysis, of)
    return [column.header for column in (*shown.time, *shown.cost)]


def charts(analysis: Analysis, of: Table) -> Iterator[blocks.Chart]:
    """The charts that may stand below a table."""
    results = analysis.rows(of)
    if any(knee.table == of.name for knee in analysis.run.knees):
        yield blocks.Chart("load", of.name)
    elif any(result.samples for result in results):
        if analysis.run.recommendations and analysis.run.costs:
            yield blocks.Chart("prediction", of.name)
        traced = [result for result in results if result.trace is not None and result.trace.tasks]
        timelines = [blocks.Chart("timeline", of.name, result.case.id) for result in traced]
        summaries = [blocks.Chart(kind, of.name) for kind in SUMMARIES]
        yield from (*timelines, *summaries) if len(timelines) <= FEW else (*summaries, *timelines)
        yield blocks.Chart("watch", of.name)


def title(of: Table, results: Sequence[Result]) -> str:
    """What a table is about: `Tasks that sleep: 100 tasks of 20.0 ms; 4 workers`."""
    text = of.title.rstrip(".")
    about = view_of(results[0]).about(results) if results else []
    return f"{text}: {'; '.join(about)}" if about else text


def results_table(analysis: Analysis, of: Table, results: Sequence[Result], name: str) -> blocks.Table:
    """The table itself: results with figures as rows, the others as failures."""
    shown = columns(analysis, of)
    every = [*shown.names, *shown.time, *shown.cost]
    measured = [result for result in results if result.failure is None]
    marked, mark_note = best_of(analysis.run, of)
    best = tuple(place for place, result in enumerate(measured) if result.case.id in marked)
    time = len(shown.names)
    rows = [[column.cell(result) for column in every] for result in measured]
    for place in best:
        rows[place][time] += BEST
    return blocks.Table(
        headers=tuple(column.header for column in every),
        rows=tuple(map(tuple, rows)),
        title=name,
        names=len(shown.names),
        failures=tuple(
            (label(result), f"{result.failure.kind}: {result.failure.message}")
            for result in results
            if result.failure is not None
        ),
        notes=(*([mark_note] if best else []), *_notes(analysis.run, of, measured, shown)),
        best=best,
        decisive=len(shown.names) + len(shown.time),
    )


def best_of(run: Run, of: Table) -> tuple[frozenset[str], str]:
    """The cases whose rows stand out in a table, and what that says of them."""
    recommended = frozenset(found.case for found in run.recommendations)
    recommended |= frozenset(knee.case for knee in run.knees if knee.case is not None and knee.table == of.name)
    if recommended:
        stands_in = any(found.way is not None and found.way.case is None for found in run.recommendations)
        return recommended, STAND_IN_NOTE if stands_in else RECOMMENDED_NOTE
    found = fastest(run, of)
    if found is None:
        return frozenset(), ""
    ids = frozenset(each.case.id for each in (found.result, *found.equal))
    note = FASTEST_NOTE if len(ids) == 1 else TIED_NOTE
    return ids, note + (LOSING_NOTE if any(map(loses_updates, measured(run, of))) else "")


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
    if any(memory_of_workers(result) is not None for result in measured):
        yield OF_WORKERS_NOTE
    yield from _on_warmth(measured)
    yield from _on_differences(measured, run.environment.usable_cores)
    preloads = {result.case.settings.forkserver_preload for result in measured} - {()}
    if preloads:
        yield f"forkserver imports {printable(listed(list(preloads.pop())))} before it starts workers"
    ids = {result.case.id for result in measured}
    if any(
        each.verdict == "undecided" and each.reference == of.reference and each.case in ids for each in run.comparisons
    ):
        yield UNDECIDED_NOTE
    if ratios_differ(run, of, measured):
        header = next(column.header for column in shown.time if column.header.startswith(VERSUS))
        yield f"{header} compares two rows round by round; a median is over all rounds of its own row"
    if any(is_beyond_ideal(result) for result in measured):
        yield f"{BEYOND} faster than the ideal, which comes from a slower serial pass"


def _on_warmth(measured: Sequence[Result]) -> Iterator[str]:
    """What the times of workers that are kept from one sample to the next leave out, and which rows leave out none."""
    kept = {result.case.subject for result in measured if result.case.settings.warm}
    if not kept:
        return
    yield "warm: workers start before the first sample, and only running the tasks is timed"
    if any(result.case.subject in kept for result in measured if not result.case.settings.warm):
        yield "all other workers start in each sample, and that is timed"
        return
    cold = [
        label(result) for result in measured if not result.case.settings.warm and kind_of(result) not in ("", "none")
    ]
    if cold:
        start = "starts" if len(cold) == 1 else "start"
        yield f"not warm: {listed(cold)} {start} workers in each sample, and that is timed"


def _on_differences(measured: Sequence[Result], cores: int) -> Iterator[str]:
    """In what rows with engines differ beside what their names say."""
    for each in differences(measured, cores):
        values: dict[str, set[str]] = {}
        for value, rows in each.rows:
            for result in rows:
                values.setdefault(result.case.subject, set()).add(value)
        parts = []
        for value, rows in each.rows:
            # The name of a strategy, if all its rows are alike in that.
            names = [
                printable(result.case.subject) if len(values[result.case.subject]) == 1 else label(result)
                for result in rows
            ]
            parts.append(f"{value} in {listed(list(dict.fromkeys(names)))}")
        yield f"{each.what}: {'; '.join(parts)}"


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
        "memory": lambda result: memory_of_workers(result) or peak_memory(result),
        "ideal": lambda result: (
            -result.ideal / result.median.estimate if result.ideal is not None and result.median else None
        ),
    }
    if sort == "given":
        return list(results)
    key = keys[sort]
    known = [result for result in results if key(result) is not None]
    return sorted(known, key=key) + [result for result in results if key(result) is None]  # type: ignore[arg-type]  # no None is left
