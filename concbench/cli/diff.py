"""`concbench diff A B`."""

from __future__ import annotations

from pathlib import Path

import click

from concbench.cli.printing import stdout_width
from concbench.gate.baseline import BETWEEN_RUNS, comparable, compared_runs, differing
from concbench.model import Change, Run
from concbench.report.changes import change_table
from concbench.report.safe import printable
from concbench.report.sentences import counted, filled
from concbench.report.tables import FORMATS, TEXT, TITLES
from concbench.runs.importing import read_any
from concbench.runs.reading import UnreadableRun
from concbench.stats.gate import FALSE_ALARMS


@click.command("diff")
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("head", type=click.Path(path_type=Path))
@click.option("--reference", metavar="CASE", help="Compare times as multiples of this case's, which both runs hold.")
@click.option("--format", "form", type=click.Choice(FORMATS), default=TEXT, metavar="NAME",
              help="Table format: text (default), github, tsv, html, latex, or another of tabulate's.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Only the table, and warnings.")
def command(base: Path, head: Path, reference: str | None, form: str, quiet: bool) -> None:
    """Say what has changed from one saved run to another, or between files of pytest-benchmark, pyperf or hyperfine.

    The two were not measured side by side, so a machine that was warmer or busier looks like a change; margins are
    wider for it. To know for sure, measure both at once: concbench check --against REV.

    \b
    Examples:
      concbench diff results/before.json results/after.json
      concbench diff a.json b.json --reference cpu/serial
      concbench diff old-pyperf.json new-pyperf.json --format github
    """
    before, after = opened(base), opened(head)
    if reference is not None:
        for path, run in ((base, before), (head, after)):
            if not any(case.id == reference and case.samples for case in run.cases):
                raise click.UsageError(f"--reference: {path} has no figures of a case {reference!r}")
    for warning in differing(before, after):
        click.echo(f"Warning: {printable(warning)}", err=True)
    margins = comparable(before, after)
    if not margins:
        raise click.UsageError("the two runs have no measured case in common")
    changes = compared_runs(before, after, margins, reference, FALSE_ALARMS)
    click.echo(change_table(changes, "simple" if form == TEXT else form))
    if not quiet:
        click.echo()
        escape = TITLES.get(form, str)
        for sentence in sentences(changes, reference):
            click.echo(escape(filled(sentence, stdout_width())))


def opened(path: Path) -> Run:
    """Read a run; raises click.UsageError where there is none that can be read."""
    try:
        return read_any(path)
    except UnreadableRun as error:
        raise click.UsageError(str(error)) from None


def sentences(changes: list[Change], reference: str | None) -> list[str]:
    """Return what the table comes to, and how sure that is."""
    slower = [change for change in changes if change.verdict == "slower"]
    faster = [change for change in changes if change.verdict == "faster"]
    relative = f" Times are multiples of {printable(reference)}'s." if reference else ""
    return [
        f"{counted(len(slower), 'figure')} worse, {len(faster)} better, of {len(changes)}; a change of less than "
        f"{100 * BETWEEN_RUNS:.0f}% is none between two runs.{relative}"
    ]
