"""What a report says of one run, as plain text by section: the page only has to put it in its places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from concbench.model import Case, Part, Run
from concbench.report.advice import Advised, advised
from concbench.report.between import between
from concbench.report.changes import HEADERS, case_name, cells, gate_verdict
from concbench.report.changes import sentences as change_sentences
from concbench.report.columns import label
from concbench.report.facts import AS_STATED, DIFFERS, differences, observed, statements, summary
from concbench.report.html.chart import Chart, Table
from concbench.report.html.charts import cases_of, part_charts
from concbench.report.html.naming import Names, slug
from concbench.report.html.scaling_chart import scaling_charts
from concbench.report.html.side_by_side import Named
from concbench.report.html.sweep_chart import sweep_charts
from concbench.report.sentences import because, counted, crossings, details, how_measured, tracebacks
from concbench.report.sharing_columns import columns
from concbench.report.tables import title
from concbench.report.units import seconds, size
from concbench.report.why import first_and_others, verified

MARKS = {"confirmed": "✓", "refuted": "✗", "undecided": "?", "not measured": "-"}
WIDE = 10_000
"""Letters of a paragraph before it would be broken into lines: a page breaks them itself."""


@dataclass(frozen=True)
class Told:
    """A claim: its outcome with a mark, the sentence, and the figures that it rests on."""

    outcome: str
    mark: str
    sentence: str
    because: str


@dataclass(frozen=True, kw_only=True)
class PartPage:
    """One table of a run, and its charts."""

    anchor: str
    title: str
    table: Table | None
    failures: Sequence[tuple[str, str, str]]
    """Of each case that has no figures: its name, what kind of failure it was, and the reason."""
    sentences: Sequence[str]
    """Why those cases took as long as they did that could save most."""
    other_sentences: Sequence[str]
    charts: Sequence[Chart]


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """One run."""

    anchor: str
    name: str
    suite: str
    question: str
    started: str
    complete: bool
    claims: Sequence[Told]
    warnings: Sequence[str]
    parts: Sequence[PartPage]
    sweeps: Sequence[Chart]
    crossings: Sequence[str]
    advised: Sequence[Advised]
    changes: Table | None
    change_sentences: Sequence[str]
    facts: Table | None
    facts_summary: str
    fact_sentences: Sequence[str]
    how: str
    environment: Sequence[tuple[str, str]]
    settings: Sequence[str]
    tracebacks: Sequence[str]


def run_page(named: Named, anchors: Names) -> RunPage:
    """Return everything that the report says of a run."""
    run = named.run
    return RunPage(
        anchor=anchors.distinct(slug("run", named.name)),
        name=named.name,
        suite=run.suite,
        question=run.question,
        started=run.started,
        complete=run.complete,
        claims=[
            Told(outcome.outcome, MARKS[outcome.outcome], outcome.claim.sentence, because(outcome, run))
            for outcome in run.claims
        ],
        warnings=run.warnings,
        parts=[part_page(part, named, anchors) for part in run.parts],
        sweeps=[*scaling_charts(run), *sweep_charts(run)],
        crossings=list(crossings(run)),
        advised=list(advised(run)),
        changes=change_rows(run) if run.changes else None,
        change_sentences=[gate_verdict(run), *change_sentences(run)] if run.changes else [],
        facts=fact_rows(run) if run.facts else None,
        facts_summary=summary(run),
        fact_sentences=[sentence.strip() for sentence in differences(run, WIDE)],
        how=how_measured(run),
        environment=list(environment(run)),
        settings=list(details(run))[2:],
        tracebacks=list(tracebacks(run)),
    )


def part_page(part: Part, named: Named, anchors: Names) -> PartPage:
    """Return one part of it; every case is in its table or among its failures."""
    cases = cases_of(part, named.run)
    first, others = sentences_of(named.run, part)
    measured = [case for case in cases if case.error is None]
    return PartPage(
        anchor=anchors.distinct(slug("part", named.name, part.name)),
        title=title(part, cases),
        table=figures_table(part, measured, named.run) if measured else None,
        failures=[(label(case), case.error.kind, case.error.message) for case in cases if case.error is not None],
        sentences=first,
        other_sentences=others,
        charts=list(part_charts(part, named.run)),
    )


def sentences_of(run: Run, part: Part) -> tuple[list[str], list[str]]:
    """Return what matters most of where a part's time went, and what remains to be said of the other cases."""
    first, others = first_and_others(run, part)
    return [*first, *between(run, part), *verified(run, part)], others


def figures_table(part: Part, cases: Sequence[Case], run: Run) -> Table:
    """Return the table that `concbench show` prints of a part."""
    shown = columns(part, run)
    every = [*shown.names, *shown.time, *shown.cost]
    return Table([column.header for column in every], [[column.cell(case) for column in every] for case in cases])


def change_rows(run: Run) -> Table:
    """Return what a gate found."""
    return Table(HEADERS, [[case_name(change), *cells(change)] for change in run.changes])


def fact_rows(run: Run) -> Table:
    """Return every statement, what was observed of it, and whether it holds."""
    rows = [
        [seen[0].statement, observed(seen), AS_STATED if all(fact.agrees for fact in seen) else DIFFERS]
        for seen in statements(run)
    ]
    return Table(("statement", "observed", "holds"), rows)


def environment(run: Run) -> Iterator[tuple[str, str]]:
    """Yield what is known of the machine and the interpreter, and how to measure the same again."""
    machine = run.environment
    yield "command", " ".join(run.command)
    yield "started", run.started
    yield "took", f"{seconds(run.seconds)}, in {counted(run.blocks, 'block')}; seed {run.seed}"
    yield "CPU", machine.cpu_model or "unknown"
    quota = "" if machine.cgroup_cpus is None else f"; the control group allows {machine.cgroup_cpus:g}"
    yield "cores", f"{machine.usable_cores} usable of {machine.logical_cores}{quota}"
    yield "memory", size(machine.memory)
    yield "governor", machine.governor or "unknown"
    loads = [f"{load:.1f}" for load in (machine.load_start, machine.load_end) if load is not None]
    yield "load, before and after", ", ".join(loads) or "unknown"
    yield "operating system", machine.os
    gil = "with a GIL" if machine.gil else "free-threaded"
    yield "Python", f"{machine.implementation} {machine.python}, {gil}; {machine.build}"
    yield "start method", machine.start_method
    yield "versions", ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    yield "revision", machine.git_revision or "none"
