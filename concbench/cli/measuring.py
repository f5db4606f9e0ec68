"""What `run` and `compare` have in common: measure a suite, save the run, print it, and say how it ended."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from concbench.cli.options import Output
from concbench.cli.printing import show, show_saved
from concbench.cli.progress import progress
from concbench.cli.saving import check_targets, save
from concbench.model import Run
from concbench.registry import UnknownName
from concbench.runs.writing import UnwritableRun
from concbench.suites.asking import Asked
from concbench.suites.casting import cast
from concbench.suites.options import Options
from concbench.suites.suite import Suite

NOT_MEASURED = 3


def measure_and_show(suite: Suite, options: Options, output: Output) -> None:
    """Measure a suite; ends the command with exit status 3 where a case failed, or the run could not be saved."""
    check_targets(output)
    try:
        asked = Asked(suite, options, cast(suite.tables, options))
    except UnknownName as error:
        raise click.UsageError(str(error)) from None
    try:
        with signals_interrupt(), progress(asked.cast.cases, output.quiet, output.verbose) as listen:
            asked.measure(listen)
    except KeyboardInterrupt:
        deliver(asked.run(complete=False), output)
        raise
    run = asked.run()
    saved = deliver(run, output)
    if not saved or any(case.error is not None for case in run.cases):
        raise SystemExit(NOT_MEASURED)


def deliver(run: Run, output: Output) -> bool:
    """Save and print a run; returns False where it could not be saved, and prints it all the same."""
    try:
        paths = save(run, output)
    except UnwritableRun as error:
        show(run, output)
        click.echo(f"Error: {error}", err=True)
        return False
    show(run, output)
    if not output.quiet:
        show_saved(paths)
    return True


@contextmanager
def signals_interrupt() -> Iterator[None]:
    """Let SIGTERM, and SIGHUP where nobody ignores it, end the run as Ctrl-C does: saved, and nothing left running."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [getattr(signal, name) for name in names]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] == signal.SIG_DFL:
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
