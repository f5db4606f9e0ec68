"""`concbench diff A B`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from concbench.analysis.changes import BETWEEN_RUNS, comparable, compared_runs, differing
from concbench.cli.options import FORMAT
from concbench.cli.streams import echo, stdout_width
from concbench.model.run import Change, Run
from concbench.report.blocks import Block, Paragraph
from concbench.report.comma_separated import figures_of_changes
from concbench.report.markdown import CSV
from concbench.report.safe import printable
from concbench.report.sections.changes import changes_table
from concbench.report.terminal import pieces
from concbench.report.units import counted
from concbench.runs.foreign import read_any
from concbench.runs.reading import UnreadableRun
from concbench.stats.sequential import FALSE_ALARMS


@click.command("diff")
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("head", type=click.Path(path_type=Path))
@click.option("--reference", metavar="CASE", help="Compare times relative to this case, which both runs have.")
@FORMAT
@click.option("-q", "--quiet", is_flag=True, help="Only the table, and warnings.")
def command(base: Path, head: Path, reference: str | None, form: str, quiet: bool) -> None:
    """Show what changed between two saved runs, or between files of pytest-benchmark, pyperf or hyperfine.

    The two were not measured side by side, so a warmer or busier machine looks like a change; margins are wider for
    that. To be sure, measure both at once: concbench check --against REV.

    \b
    Examples:
      concbench diff results/before.json results/after.json
      concbench diff a.json b.json --reference cpu/serial
      concbench diff old-pyperf.json new-pyperf.json --format github
    """
    before, after = opened(base), opened(head)
    if reference is not None:
        for path, run in ((base, before), (head, after)):
            if not any(result.case.id == reference and result.samples for result in run.results):
                raise click.UsageError(f"--reference: {path} has no figures of a case {reference!r}")
    for warning in differing(before, after):
        click.echo(f"Warning: {printable(warning)}", err=True)
    margins = comparable(before, after)
    if not margins:
        raise click.UsageError("the two runs have no measured case in common")
    changes = compared_runs(before, after, margins, reference, FALSE_ALARMS)
    if form == CSV:
        click.echo(figures_of_changes(changes))
        return
    blocks: list[Block] = [changes_table(replace(after, changes=changes, sides=[]))]
    if not quiet:
        blocks.append(Paragraph(summary(changes, reference)))
    for piece in pieces(blocks, stdout_width(), form):
        echo(piece)


def opened(path: Path) -> Run:
    """A run from a file; raises click.UsageError where it can't be read."""
    try:
        return read_any(path)
    except UnreadableRun as error:
        raise click.UsageError(str(error)) from None


def summary(changes: Sequence[Change], reference: str | None) -> str:
    """How many figures changed, and what counts as a change."""
    worse = sum(change.verdict == "slower" for change in changes)
    better = sum(change.verdict == "faster" for change in changes)
    relative = f" Times are multiples of {reference}'s." if reference else ""
    return (
        f"{worse} of {counted(len(changes), 'figure')} worse, {better} better; less than {100 * BETWEEN_RUNS:.0f}% is "
        f"no change between two runs.{relative}"
    )
