"""`concbench show FILE`."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from pathlib import Path

import click

from concbench.cli.drawing import Draw, draw, plot, timeline_of
from concbench.cli.options import Output, shown
from concbench.cli.printing import show
from concbench.model import Case, Run
from concbench.registry import UnknownName
from concbench.report.sentences import counted
from concbench.report.tables import TEXT, Sort, in_order
from concbench.runs.formats.foreign import is_foreign
from concbench.runs.importing import read_any
from concbench.runs.reading import UnreadableRun
from concbench.runs.wording import one_line
from concbench.stats.intervals import FEWEST_BLOCKS, median_interval


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--timeline", "timelines", is_flag=True, help="Draw when each worker ran tasks, in place of the tables.")
@click.option("--plot", "plots", is_flag=True, help="Draw times, and where they went, as bars in place of the tables.")
@click.option(
    "--case",
    "patterns",
    metavar="TEXT",
    multiple=True,
    help="Draw only this case, or those as 'cpu/*'; may be repeated.",
)
@shown
def command(
    file: Path,
    timelines: bool,
    plots: bool,
    patterns: tuple[str, ...],
    form: str,
    sort: Sort,
    why: bool,
    verbose: bool,
) -> None:
    """Print a saved run again, or what pytest-benchmark, pyperf or hyperfine measured.

    \b
    Examples:
      concbench show results/tutorial.json
      concbench show results/tutorial.json --format github --sort time
      concbench show results/example-pool-vs-process.json --timeline --case cpu/pool-map
      concbench show results/example-pool-vs-process.json --plot
      concbench show hyperfine.json
    """
    drawings: list[Draw] = [draw for wished, draw in ((plots, plot), (timelines, timeline_of)) if wished]
    if patterns and not drawings:
        raise click.UsageError("--case chooses what is drawn: add --timeline or --plot")
    if drawings and (form != TEXT or why):
        raise click.UsageError(
            "--timeline and --plot replace the tables, so --format and --why have no place beside them"
        )
    run = opened(file)
    if drawings:
        draw(run, in_order(chosen(run, patterns), sort, run), drawings, where_from(run) if is_foreign(run) else None)
        return
    foreign = is_foreign(run)
    show(run, Output(form=form, sort=sort, verbose=verbose, quiet=foreign, why=why))
    if foreign:
        click.echo(f"\n{where_from(run)}", err=True)


def opened(file: Path) -> Run:
    """Read a run from a file, whichever tool wrote it, with the medians of its cases; raises click.UsageError."""
    try:
        run = read_any(file)
    except UnreadableRun as error:
        raise click.UsageError(str(error)) from None
    if is_foreign(run):
        for case in run.cases:
            if case.samples:
                case.median = median_interval(case.samples, metric=case.metric)
    return run


def where_from(run: Run) -> str:
    """Return a sentence on a foreign run: such a file tells less than concbench's own."""
    samples = sum(len(case.samples) for case in run.cases)
    interval = " ± is half a 95 % interval over blocks." if run.blocks >= FEWEST_BLOCKS else ""
    return f"Read from a file of {run.suite}: {counted(samples, 'sample')} in {counted(run.blocks, 'block')}.{interval}"


def chosen(run: Run, patterns: Sequence[str]) -> list[Case]:
    """Return the cases that any pattern names, by id or as their row is called; raises click.UsageError."""
    if not patterns:
        return run.cases
    found: set[str] = set()
    for pattern in patterns:
        # Ids are compared, too, as one from a file may hold what means something in a pattern.
        names = {
            case.id for case in run.cases if pattern in (case.id, case.label) or fnmatch.fnmatchcase(case.id, pattern)
        }
        if not names:
            known = [one_line(case.id) for case in run.cases]
            raise click.UsageError(f"--case: {UnknownName('case', pattern, known)}")
        found |= names
    return [case for case in run.cases if case.id in found]
