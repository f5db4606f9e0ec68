"""`concbench show FILE`."""

from __future__ import annotations

from pathlib import Path

import click

from concbench.cli.options import Output, shown
from concbench.cli.printing import show
from concbench.model import Run
from concbench.report.sentences import counted
from concbench.report.tables import Sort
from concbench.runs.formats.foreign import is_foreign
from concbench.runs.importing import read_any
from concbench.runs.reading import UnreadableRun
from concbench.stats.intervals import median_interval


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@shown
def command(file: Path, form: str, sort: Sort, verbose: bool) -> None:
    """Print a saved run again, or what pytest-benchmark, pyperf or hyperfine measured.

    \b
    Examples:
      concbench show results/tutorial.json
      concbench show results/tutorial.json --format github --sort time
      concbench show hyperfine.json
    """
    run = opened(file)
    foreign = is_foreign(run)
    show(run, Output(form=form, sort=sort, verbose=verbose, quiet=foreign))
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
            case.median = median_interval(case.samples, metric=case.metric)
    return run


def where_from(run: Run) -> str:
    """Return a sentence on a foreign run: such a file tells less than concbench's own."""
    samples = sum(len(case.samples) for case in run.cases)
    interval = " ± is half a 95 % interval over blocks." if run.blocks > 1 else ""
    return f"Read from a file of {run.suite}: {counted(samples, 'sample')} in {counted(run.blocks, 'block')}.{interval}"
