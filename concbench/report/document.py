"""What a report says of a run, in one order for every renderer: the answer, the tables with reasons, and the method."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from concbench.analysis.analysis import Analysis, analyse
from concbench.model.run import Run
from concbench.report.blocks import Block
from concbench.report.sections import (
    advice,
    answer,
    axes,
    changes,
    claims,
    dispatch_limits,
    facts,
    losses,
    method,
    nodes,
    program,
    reasons,
    scaling,
    tables,
)
from concbench.report.sections.tables import Sort


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """How much of a run a report shows."""

    sort: Sort | None = None
    """The order of rows; None: by time in comparisons, and as given in suites, ranges and advice."""
    why: bool = False
    """Whether to explain every row, and to show where the time of each went."""
    verbose: bool = False
    """Whether to add details: the machine, the settings of every case, outliers."""
    quiet: bool = False
    """Whether to show only recommendations, tables and warnings."""
    source_folders: tuple[str, ...] = ()
    """Folders that a recommended program must import from."""


def document(run: Run, options: ReportOptions = ReportOptions()) -> list[Block]:
    """All blocks of a run's report.

    >>> from pathlib import Path
    >>> from concbench.runs.reading import read_run
    >>> blocks = document(read_run(Path("results/example-pool-vs-process.json")))
    >>> blocks[0].outcome, blocks[0].text
    ('confirmed', 'For short tasks that compute, a pool is faster than one process per task.')
    """
    return list(report_blocks(analyse(run), options))


def report_blocks(analysis: Analysis, options: ReportOptions = ReportOptions()) -> Iterator[Block]:
    """The same, for renderers that need the analysis, too, because they draw charts."""
    run = analysis.run
    yield from method.warnings(run)
    yield from answer.answer(analysis, options.quiet, options.verbose)
    if run.program is not None:
        yield from losses.losses(run, run.program)
        yield from program.program(run.program, why=options.why, quiet=options.quiet, verbose=options.verbose)
    for table in run.tables:
        yield from tables.table(analysis, table, options.sort)
        if not options.quiet:
            yield from tables.words(analysis, table)
        yield from reasons.reasons(analysis, table, options.why, options.quiet, options.verbose)
        yield from scaling.scaling(analysis, table, options.quiet)
        yield from dispatch_limits.limits_section(analysis, table, options.quiet)
        yield from tables.charts(analysis, table)
        yield from nodes.workers_by_node(analysis, table)
    yield from axes.tables_along_axes(analysis)
    yield from claims.crossings(run) if not options.quiet else ()
    yield from changes.table(run)
    yield from facts.facts(run)
    if not options.quiet:
        yield from advice.reasons(analysis, explained_above=options.why)
        yield from advice.programs(analysis, options.source_folders)
        yield from method.method(analysis, options.verbose)
