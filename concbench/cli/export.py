"""`concbench export RUN --to FORMAT`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from concbench.cli.options import STANDARD_STREAM
from concbench.cli.show import opened
from concbench.model import Run
from concbench.registry import UnknownName
from concbench.report.safe import printable
from concbench.runs.exporting import UnexportableRun, formats, left_out, write_export
from concbench.runs.writing import UnwritableRun

MOST_NAMES = 5
"""A warning names so many cases at most."""


@click.command("export")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--to", "form", metavar="FORMAT", required=True, help="The format: one of those above.")
@click.option("-o", "--output", metavar="FILE", default=STANDARD_STREAM, help="Write to a file.  [default: stdout]")
@click.option("--force", is_flag=True, help="Overwrite the file where it exists.")
def command(run: Path, form: str, output: str, force: bool) -> None:
    """Write the saved run RUN in another tool's format.

    \b
    Examples:
      concbench export results/tutorial.json --to pytest-benchmark -o tutorial-pytest.json
      concbench export results/tutorial.json --to csv > tutorial.csv
      concbench export hyperfine.json --to markdown

    \b
    Formats:
      bmf                      Bencher Metric Format, for Bencher's json adapter
      chrome-trace             when every traced task ran, for Perfetto and chrome://tracing
      csv                      one row a sample, for spreadsheets and data frames
      github-action-benchmark  customSmallerIsBetter of the GitHub action
      hyperfine                JSON of hyperfine
      markdown                 a summary table a part
      pyperf                   JSON of pyperf: a run a block
      pytest-benchmark         JSON of pytest-benchmark, for its compare

    RUN may also be what pytest-benchmark, pyperf or hyperfine wrote.
    """
    try:
        export = formats.get(form)
        found = opened(run)
        text = export(found)
        if output != STANDARD_STREAM:
            write_export(text, Path(output), overwrite=force)
    except (UnknownName, UnwritableRun) as error:
        raise click.UsageError(str(error)) from None
    except UnexportableRun as error:
        raise click.UsageError(f"{printable(str(run))} can't be exported: {error}") from None
    for warning in warnings(found):
        click.echo(f"Warning: {warning}", err=True)
    if output == STANDARD_STREAM:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()


def warnings(run: Run) -> list[str]:
    """Return what an export does not hold."""
    names = [printable(case.id) for case in left_out(run)]
    if not names:
        return []
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return [f"left out, because they have no samples: {', '.join(names[:MOST_NAMES])}{more}"]
