"""`concbench export RUN --to FORMAT`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from concbench.cli.options import STANDARD_STREAM
from concbench.cli.show import opened
from concbench.model.run import Run
from concbench.registry import UnknownName
from concbench.report import decision
from concbench.report.safe import printable
from concbench.runs.export import FORMATS, UnexportableRun, exported, left_out, write_export
from concbench.runs.writing import UnwritableRun

DECISION = "decision"
"""A format of our own: of what a report says, not of the samples."""
MOST_NAMES = 5
"""Cases that a warning names, at most."""


@click.command("export")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--to", "form", metavar="FORMAT", required=True, help="One of the formats above.")
@click.option("-o", "--output", metavar="FILE", default=STANDARD_STREAM, help="Write to this file.  [default: stdout]")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(run: Path, form: str, output: str, force: bool) -> None:
    """Write the saved run RUN as a decision for scripts, or in another tool's format.

    \b
    Examples:
      concbench export results/mine.json --to pytest-benchmark -o run.json
      concbench export results/mine.json --to csv > mine.csv
      concbench export hyperfine.json --to markdown
      concbench export results/mine.json --to decision | jq .answer
      concbench export results/trace.json --to chrome-trace -o perfetto.json

    \b
    Formats:
      bmf                      Bencher Metric Format, for Bencher's json adapter
      chrome-trace             when traced tasks ran, for Perfetto
      csv                      one row per sample, for data frames
      decision                 small JSON: what to use, factors, verdicts
      github-action-benchmark  customSmallerIsBetter of the GitHub action
      hyperfine                JSON of hyperfine
      markdown                 a summary, one table per workload
      pyperf                   JSON of pyperf: one run per block
      pytest-benchmark         JSON of pytest-benchmark, for its compare

    RUN may also be a file of pytest-benchmark, pyperf or hyperfine.
    """
    try:
        found = opened(run)
        text = as_document(found, form)
        if output != STANDARD_STREAM:
            write_export(text, Path(output), overwrite=force)
    except (UnknownName, UnwritableRun) as error:
        raise click.UsageError(str(error)) from None
    except UnexportableRun as error:
        raise click.UsageError(f"{printable(str(run))} can't be exported: {error}") from None
    for warning in warnings(found) if form != DECISION else ():
        click.echo(f"Warning: {warning}", err=True)
    if output == STANDARD_STREAM:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()


def as_document(run: Run, form: str) -> str:
    """The run in a format. Raises UnknownName, UnexportableRun."""
    if form not in FORMATS and form != DECISION:
        raise UnknownName("format", form, sorted([DECISION, *FORMATS]))
    return decision.document(run) if form == DECISION else exported(run, form)


def warnings(run: Run) -> list[str]:
    """Return a warning on what the export leaves out, if anything."""
    names = [printable(result.case.id) for result in left_out(run)]
    if not names:
        return []
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return [f"left out, because they have no samples: {', '.join(names[:MOST_NAMES])}{more}"]
