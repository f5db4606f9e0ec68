"""`concbench trace`: run a program that exists, and see where its time goes."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from concbench.analysis.regions import places
from concbench.cli.measurement import NOT_MEASURED, carry_out, signals_interrupt
from concbench.cli.options import STANDARD_STREAM, Output, Quantity, decorated, saved_as, setting_errors
from concbench.cli.output import check_targets, save, show_saved
from concbench.cli.show import opened
from concbench.cli.streams import echo, letters, stderr_width
from concbench.measure.program import NoProgram, command_of
from concbench.model.run import Run
from concbench.report.document import ReportOptions, document
from concbench.report.safe import printable_lines
from concbench.report.sections import region_timeline
from concbench.report.sections.program import outer_first
from concbench.report.sections.timeline import PLAIN_SHADES, SHADES
from concbench.report.terminal import pieces
from concbench.runs.writing import UnwritableRun
from concbench.session.again import MOST_PAIRS, PAIRS, Again, FailedAgain, NothingToChange, chosen, suggested
from concbench.session.program import TracedProgram
from concbench.session.quantities import Duration

ATTACHED = 10.0
"""Seconds for which a process that runs already is recorded."""
SIGNALLED = 128
"""What a shell adds to the number of the signal that ended a program."""
PYTHON = click.option("--python", metavar="PATH", help="The interpreter that runs it.  [default: this one]")


@click.command("trace", context_settings={"allow_interspersed_args": False})
@click.option("-m", "module", is_flag=True, help="PROGRAM is a module, as after python -m.")
@PYTHON
@click.option("--why", is_flag=True, help="Also show the parts of the time of every region.")
@click.option("--timeline", is_flag=True, help="Also draw when each worker ran tasks.")
@click.option("-v", "--verbose", is_flag=True, help="Also show the machine, and every process of the program.")
@click.option("--attach", metavar="PID", type=int, help="Record a process that runs already, in Python 3.14 or later.")
@click.option(
    "--for",
    "seconds",
    type=Quantity(Duration()),
    default=f"{ATTACHED:g}s",
    help=f"For how long, with --attach.  [default: {ATTACHED:g}s]",
)
@click.option(
    "--again",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="Run a traced program again with the suggested setting of a pool, and without, in turns.",
)
@click.option(
    "--set",
    "settings",
    metavar="TEXT",
    multiple=True,
    help='With --again: the setting to try, as "job.py:41 workers=4".',
)
@click.option(
    "--pairs", type=click.IntRange(1, MOST_PAIRS), default=PAIRS, help=f"Runs each with --again.  [default: {PAIRS}]"
)
@click.option("--items", is_flag=True, help="Also keep a short text of what each task works on.")
@lambda command: decorated(command, saved_as("Write the run document to this file."))
@click.argument("program", required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(
    program: str | None,
    arguments: tuple[str, ...],
    module: bool,
    python: str | None,
    why: bool,
    timeline: bool,
    verbose: bool,
    attach: int | None,
    seconds: float,
    again: Path | None,
    settings: tuple[str, ...],
    pairs: int,
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
      concbench trace --why --timeline job.py
      concbench trace --save before job.py
      concbench trace --again results/before.json
      concbench trace --attach 4711 --for 30s
    """
    output = Output(why=why, verbose=verbose, **saved)  # type: ignore[arg-type]  # saved_as gives each its type
    if output.json == STANDARD_STREAM:
        raise click.UsageError("--json -: stdout is the program's own: name a file")
    check_targets(output)
    if again is not None:
        if program is not None:
            raise click.UsageError("--again runs the program of the trace: leave out PROGRAM")
        run_again(again, settings, pairs, output)
        return
    if attach is not None:
        if program is not None:
            raise click.UsageError("--attach records a process that runs: leave out PROGRAM")
        record_process(attach, seconds, output, timeline=timeline)
        return
    if program is None:
        raise click.UsageError("Missing argument 'PROGRAM': name a script, or a module with -m")
    if settings:
        raise click.UsageError("--set changes a setting of a program that runs again: add --again RUN")
    try:
        traced = TracedProgram(command_of([program, *arguments], module, python), sys.argv[1:], items=items)
        found = traced.trace()
    except NoProgram as error:
        raise click.UsageError(str(error)) from None
    predict_and_deliver(traced, output, timeline=timeline)
    raise SystemExit(found.status if found.status >= 0 else SIGNALLED - found.status)


def predict_and_deliver(traced: TracedProgram, output: Output, *, timeline: bool = False) -> None:
    """Measure what predictions need, save the trace, and print its report."""
    carry_out(traced.measure(), output)
    deliver(traced.run(), output, timeline=timeline)


def record_process(pid: int, seconds: float, output: Output, *, timeline: bool) -> None:
    """Record a process that runs already; a usage error where it can't be."""
    traced = TracedProgram([f"process {pid}"], sys.argv[1:])
    if not output.quiet:
        click.echo(f"Recording process {pid} for {seconds:g} s", err=True)
    try:
        traced.attach(pid, seconds)
    except NoProgram as error:
        raise click.UsageError(str(error)) from None
    predict_and_deliver(traced, output, timeline=timeline)


def run_again(trace: Path, settings: Sequence[str], pairs: int, output: Output) -> None:
    """Run a program in pairs, and say what the change brought; ends with exit status 3 where it can't be run so."""
    run = opened(trace)
    try:
        with setting_errors():
            tried = chosen(run, settings) if settings else suggested(run)
    except NothingToChange as nothing:
        raise click.UsageError(str(nothing)) from None
    measured = Again(run, tried, pairs, sys.argv[1:], random.SystemRandom().randrange(2**31))
    complete = False
    with signals_interrupt() as interruption:
        try:
            carry_out(measured.measure(), output)
            complete = True
            interruption.raises = False
        except KeyboardInterrupt:
            if not measured.found:
                raise
        except (FailedAgain, NoProgram) as error:
            click.echo(f"Error: {printable_lines(str(error))}", err=True)
            raise SystemExit(NOT_MEASURED) from None
        deliver(measured.run(complete), output)
        if interruption.came:
            raise KeyboardInterrupt


def deliver(run: Run, output: Output, *, timeline: bool = False) -> None:
    """Save a trace, and print its report to stderr; with its timelines, if asked for."""
    try:
        paths = save(run, output)
    except UnwritableRun as error:
        paths = []
        click.echo(f"Error: {error}", err=True)
    options = ReportOptions(why=output.why, verbose=output.verbose, quiet=output.quiet)
    for piece in pieces(document(run, options), stderr_width()):
        echo(replace(piece, aside=True))
    if timeline and run.program is not None:
        shades = letters(SHADES, PLAIN_SHADES, aside=True)
        found = outer_first(run.program, places(run.program))
        click.echo("\n" + "\n".join(region_timeline.lines(found, stderr_width(), shades)), err=True)
    if not output.quiet:
        show_saved(paths)
