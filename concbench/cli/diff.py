"""`concbench diff A B`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from concbench.analysis.changes import compared_files, some, surroundings
from concbench.cli.options import FORMAT
from concbench.cli.streams import echo, stdout_width
from concbench.model.run import Run
from concbench.report.blocks import Block, Paragraph
from concbench.report.comma_separated import figures_of_changes
from concbench.report.markdown import CSV
from concbench.report.safe import printable
from concbench.report.sections import program_changes
from concbench.report.sections.changes import changes_table
from concbench.report.sections.differences import sentences
from concbench.report.terminal import pieces
from concbench.runs.foreign import is_foreign, read_any
from concbench.runs.reading import UnreadableRun
from concbench.stats.sequential import FALSE_ALARMS


@click.command("diff")
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("head", type=click.Path(path_type=Path))
@click.option("--reference", metavar="CASE", help="Compare times relative to this case, which both runs have.")
@FORMAT
@click.option("-q", "--quiet", is_flag=True, help="Only the table, and warnings.")
def command(base: Path, head: Path, reference: str | None, form: str, quiet: bool) -> None:
    """Show what changed between two saved runs, two traces, or files of pytest-benchmark, pyperf or hyperfine.

    The two were not measured side by side, so a warmer or busier machine looks like a change; margins are wider for
    that. To be sure, measure both at once: concbench check --against REV. Below the table stands what its intervals
    cover, and why there are none where one process was measured. A case that only one file has is new, or gone.

    \b
    Examples:
      concbench diff results/before.json results/after.json
      concbench diff a.json b.json --reference cpu/serial
      concbench diff old-pyperf.json new-pyperf.json --format github
    """
    before, after = opened(base), opened(head)
    tool, other = (run.suite if is_foreign(run) else "" for run in (before, after))
    if tool != other:
        kinds = [f"a file of {name}" if name else "a run of concbench" for name in (tool, other)]
        raise click.UsageError(
            f"{base} is {kinds[0]}, and {head} is {kinds[1]}: these measure in different ways; give two of one kind"
        )
    if before.program is not None or after.program is not None:
        show_traces((base, before), (head, after), reference, form, quiet=quiet)
        return
    if reference is not None:
        ids = (reference, f"{tool}/{reference}")  # another tool's name is shown without its tool
        for path, run in ((base, before), (head, after)):
            measured = [result.case.id for result in run.results if result.case.id in ids and result.samples]
            if not measured:
                raise click.UsageError(f"--reference: {path} has no figures of a case {reference!r}")
            reference = measured[0]
    changes = compared_files(before, after, reference, FALSE_ALARMS)
    if all(change.only is not None for change in changes):
        has = [some([each.case for each in changes if each.only == side]) or "none" for side in ("base", "head")]
        raise click.UsageError(
            printable(f"the two runs have no measured case in common: {base} has {has[0]}, and {head} has {has[1]}")
        )
    for warning in surroundings(before, after):
        click.echo(f"Warning: {printable(warning)}", err=True)
    if form == CSV:
        click.echo(figures_of_changes(changes))
        return
    blocks: list[Block] = [changes_table(replace(after, changes=changes, sides=[]))]
    if not quiet:
        blocks += [Paragraph(text) for text in sentences(changes, tool, reference)]
    for piece in pieces(blocks, stdout_width(), form):
        echo(piece)


def show_traces(
    base: tuple[Path, Run], head: tuple[Path, Run], reference: str | None, form: str, *, quiet: bool
) -> None:
    """Print what changed between two traces of a program; raises click.UsageError where one is none."""
    before, after = base[1].program, head[1].program
    for (path, _), program in ((base, before), (head, after)):
        if program is None:
            raise click.UsageError(f"{path} is no trace of a program, and the other file is: give two of one kind")
    assert before is not None
    assert after is not None
    if reference is not None:
        raise click.UsageError("--reference is a case, and traces of programs have none")
    if form == CSV:
        raise click.UsageError("--format csv has no figures of traces: export one with --to chrome-trace")
    for warning in (*surroundings(base[1], head[1]), *program_changes.warnings(before, after)):
        click.echo(f"Warning: {printable(warning)}", err=True)
    for piece in pieces(program_changes.program_changes(before, after, quiet=quiet), stdout_width(), form):
        echo(piece)


def opened(path: Path) -> Run:
    """A run from a file; raises click.UsageError where it can't be read."""
    try:
        return read_any(path)
    except UnreadableRun as error:
        raise click.UsageError(str(error)) from None
