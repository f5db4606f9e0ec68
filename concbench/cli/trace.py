"""`concbench trace`: run a program that exists, and see where its time goes."""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from concbench.cli.options import SAVED, STANDARD_STREAM, Output, decorated
from concbench.cli.output import check_targets, save, show_saved
from concbench.cli.streams import echo, stderr_width
from concbench.measure.program import NoProgram, command_of
from concbench.model.run import Run
from concbench.report.document import ReportOptions, document
from concbench.report.terminal import pieces
from concbench.runs.writing import UnwritableRun
from concbench.session.program import TracedProgram

SIGNALLED = 128
"""What a shell adds to the number of the signal that ended a program."""
PYTHON = click.option("--python", metavar="PATH", help="The interpreter that runs it.  [default: this one]")


@click.command("trace", context_settings={"allow_interspersed_args": False})
@click.option("-m", "module", is_flag=True, help="PROGRAM is a module, as after python -m.")
@PYTHON
@click.option("--why", is_flag=True, help="Also show the parts of the time of every region.")
@click.option("-v", "--verbose", is_flag=True, help="Also show the machine, and every process of the program.")
@click.option("--items", is_flag=True, help="Also keep a short text of what each task works on.")
@lambda command: decorated(command, SAVED)
@click.argument("program")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(
    program: str,
    arguments: tuple[str, ...],
    module: bool,
    python: str | None,
    why: bool,
    verbose: bool,
    items: bool,
    **saved: str | bool | None,
) -> None:
    """Run a program of yours, and see where its time goes.

    PROGRAM is a script, a module with -m, or a command that is written in Python. It runs as it would without
    concbench, and its exit status is that of this command. What it prints is its own; all that concbench says goes to
    stderr.

    \b
    Examples:
      concbench trace job.py --fast
      concbench trace -m compileall -q -j 2 src
      concbench trace --save before job.py
    """
    output = Output(why=why, verbose=verbose, **saved)  # type: ignore[arg-type]  # SAVED gives each its type
    if output.json == STANDARD_STREAM:
        raise click.UsageError("--json -: stdout is the program's own: name a file")
    check_targets(output)
    try:
        traced = TracedProgram(command_of([program, *arguments], module, python), sys.argv[1:], items=items)
        found = traced.measure()
    except NoProgram as error:
        raise click.UsageError(str(error)) from None
    deliver(traced.run(), output)
    raise SystemExit(found.status if found.status >= 0 else SIGNALLED - found.status)


def deliver(run: Run, output: Output) -> None:
    """Save a trace, and print its report to stderr."""
    try:
        paths = save(run, output)
    except UnwritableRun as error:
        paths = []
        click.echo(f"Error: {error}", err=True)
    options = ReportOptions(why=output.why, verbose=output.verbose, quiet=output.quiet)
    for piece in pieces(document(run, options), stderr_width()):
        echo(replace(piece, aside=True))
    if not output.quiet:
        show_saved(paths)
