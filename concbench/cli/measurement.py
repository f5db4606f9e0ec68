"""Measuring for a command: interruptible, then saved, printed and judged."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType

import click

from concbench.api.measurement import nothing_measured, prepared, refuse_unfit
from concbench.api.progress import progress
from concbench.cli.options import Output, setting_errors
from concbench.cli.output import check_targets, print_document, save, show, show_saved
from concbench.measure.plan import Steps
from concbench.model.result import Failure, Result
from concbench.model.run import Run
from concbench.registry import UnknownName
from concbench.report.safe import printable, printable_lines
from concbench.runs.writing import UnwritableRun
from concbench.session.cases import TooManyCases
from concbench.session.options import Options
from concbench.session.session import Inquiry
from concbench.suites.suite import Suite
from concbench.workloads.workload import UnfitFunction, UnfitItems

NOT_MEASURED = 3


def measure_and_show(suite: Suite, options: Options, output: Output) -> None:
    """Measure a suite; ends the command with exit status 3 if a case failed or the run could not be saved."""
    try:
        with setting_errors():
            asked = prepared(suite, options)
    except (UnknownName, TooManyCases) as error:
        raise click.UsageError(str(error)) from None
    run, saved = measured_and_shown(asked, options, output)
    if not saved or any(_failed(result, suite) for result in run.results) or any(fact.failed for fact in run.facts):
        raise SystemExit(NOT_MEASURED)


def carry_out(steps: Steps, output: Output) -> None:
    """Take some steps to their end, showing which one it is; closes them, however that ends."""
    with progress(output.quiet, output.verbose) as show_progress, closing(steps):
        for now in steps:
            show_progress(now)


def measured_and_shown(asked: Inquiry, options: Options, output: Output) -> tuple[Run, bool]:
    """Measure, save and print; returns the run, and whether it could be saved.

    If a signal ends the measurement, what was measured so far is saved and printed, and KeyboardInterrupt is raised.
    If nothing could be measured, the reason is printed instead; what is unfit to be measured is a click.UsageError.
    """
    check_targets(output)
    if options.task_output is not None:
        check_task_output(options.task_output)
    complete = False
    with signals_interrupt() as interruption:
        try:
            carry_out(asked.measure(), output)
            complete = True
            interruption.raises = False
        except KeyboardInterrupt:
            pass  # it is raised again when the run is saved
        run = asked.run(complete)
        try:
            refuse_unfit(run)
        except (UnfitFunction, UnfitItems) as unfit:
            raise click.UsageError(printable(str(unfit))) from None
        failures = nothing_measured(run)
        saved = _deliver_reasons(run, failures, output) if failures else deliver(run, output, interruption)
        if interruption.came:
            raise KeyboardInterrupt
    return run, saved


def _failed(result: Result, suite: Suite) -> bool:
    """Whether a case could not be measured; what this interpreter lacks counts only if it was asked for by name."""
    return result.failure is not None and (suite.named or result.failure.kind != "unavailable")


def check_task_output(path: Path) -> None:
    """Refuse, before anything is measured, a file that can't be appended to; raises click.UsageError."""
    try:
        path.open("a").close()
    except OSError as error:
        raise click.UsageError(f"--task-output: {path} can't be written: {error.strerror}") from None


def deliver(run: Run, output: Output, interruption: Interruption) -> bool:
    """Save and print a run; returns False if it could not be saved, and prints it all the same."""
    try:
        paths = save(run, output)
        interruption.raises = True  # nothing is lost any more, and who reads the output may be slow
        rescued = print_document(run, output)
    except UnwritableRun as error:
        show(run, output)
        click.echo(f"Error: {error}", err=True)
        return False
    show(run, output)
    if rescued is not None:
        show_saved([rescued])
    elif not output.quiet:
        show_saved(paths)
    return True


def _deliver_reasons(run: Run, failures: list[Failure], output: Output) -> bool:
    """Say once why nothing could be measured; returns False if a document was asked for and can't be saved."""
    for warning in run.warnings:
        click.echo(f"Warning: {printable(warning)}", err=True)
    for failure in failures:
        click.echo(f"Error: {printable(failure.message)}", err=True)
        if failure.traceback:
            click.echo(printable_lines(failure.traceback), err=True)
    if output.save is None and output.json is None:
        return True
    try:
        paths = save(run, output)
        print_document(run, output)
    except UnwritableRun as error:
        click.echo(f"Error: {error}", err=True)
        return False
    if not output.quiet:
        show_saved(paths)
    return True


class Interruption:
    """What Ctrl-C, SIGTERM and SIGHUP do: the first raises KeyboardInterrupt, later ones are only remembered.

    So a second Ctrl-C disturbs neither the ending of processes nor the saving.
    """

    def __init__(self) -> None:
        self.came = False
        self.raises = True
        """Whether the next signal raises."""

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a signal."""
        self.came = True
        if self.raises:
            self.raises = False
            raise KeyboardInterrupt


@contextmanager
def signals_interrupt() -> Iterator[Interruption]:
    """Let Ctrl-C, SIGTERM and SIGHUP end the run: saved, and nothing left running. An ignored signal stays ignored."""
    interruption = Interruption()
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    caught = [number for number in numbers if before[number] in (signal.SIG_DFL, signal.default_int_handler)]
    for number in caught:
        signal.signal(number, interruption)
    try:
        yield interruption
    finally:
        for number in caught:
            signal.signal(number, before[number])
