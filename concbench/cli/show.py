"""`concbench show FILE`."""

from __future__ import annotations

from pathlib import Path

import click

from concbench.cli.options import Output, shown
from concbench.cli.printing import show
from concbench.report.tables import Sort
from concbench.runs.reading import UnreadableRun, read_run


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@shown
def command(file: Path, form: str, sort: Sort, verbose: bool) -> None:
    """Print a saved run again.

    \b
    Examples:
      concbench show results/tutorial.json
      concbench show results/tutorial.json --format github --sort time
    """
    try:
        run = read_run(file)
    except UnreadableRun as error:
        raise click.UsageError(str(error)) from None
    show(run, Output(form=form, sort=sort, verbose=verbose))
