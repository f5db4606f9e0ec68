"""What `run` and `compare` have in common: measure a suite, save the run, print it, and say how it ended."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from concbench.api.errors import WrongSetting
from concbench.api.measuring import Question, nothing_measured, prepared, refuse_unfit
from concbench.api.progress import progress
from concbench.cli.options import Output
from concbench.cli.printing import show, show_saved
from concbench.cli.saving import check_targets, print_document, save
from concbench.model import Case, Failure, Run
from concbench.registry import UnknownName
from concbench.report.safe import printable, printable_lines
from concbench.runs.writing import UnwritableRun
from concbench.suites.casting import TooManyCases
from concbench.suites.options import Options
from concbench.suites.suite import Suite
from concbench.workloads.kinds import UnfitFunction, UnfitItems

NOT_MEASURED = 3


def measure_and_show(suite: Suite, options: Options, output: Output) -> None:
    """Measure a suite; ends the command with exit status 3 where a case failed, or the run could not be saved."""
    try:
        asked = prepared(suite, options)
    except (UnknownName, TooManyCases) as error:
        raise click.UsageError(str(error)) from None
    except WrongSetting as wrong:
        raise click.UsageError(f"--{wrong.setting.replace('_', '-')}: {wrong.problem}") from None
    run, saved = measured_and_shown(asked, options, output)
    if not saved or any(failed(case, suite) for case in run.cases) or any(fact.failed for fact in run.facts):
        raise SystemExit(NOT_MEASURED)


def measured_and_shown(asked: Question, options: Options, output: Output) -> tuple[Run, bool]:
    """Measure, save and show what is asked; returns the run, and whether it could be saved.

    Where a signal ends the measuring, what was measured so far is saved and shown all the same, and KeyboardInterrupt
    is raised. Where nothing could be measured, the reason is shown instead; what is not fit to be measured is a
    click.UsageError.
    """
    check_targets(output)
    if options.task_output is not None:
        check_task_output(options.task_output)
    complete = False
    with signals_interrupt() as interruption:
        try:
            with progress(asked.cases, output.quiet, output.verbose) as listen:
                asked.measure(listen)
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
        saved = deliver_reasons(run, failures, output) if failures else deliver(run, output, interruption)
        if interruption.came:
            raise KeyboardInterrupt
    return run, saved


def failed(case: Case, suite: Suite) -> bool:
    """Say whether a case could not be measured; what this interpreter has not is a failure only where it was named."""
    return case.error is not None and (suite.named or case.error.kind != "unavailable")


def check_task_output(path: Path) -> None:
    """Refuse, before anything is measured, a file that can't be appended to; raises click.UsageError."""
    try:
        path.open("a").close()
    except OSError as error:
        raise click.UsageError(f"--task-output: {path} can't be written: {error.strerror}") from None


class Interruption:
    """What Ctrl-C, SIGTERM and SIGHUP do: the first raises KeyboardInterrupt, and those that follow are remembered.

    So a second Ctrl-C does not disturb the ending of processes, nor the saving.
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


def deliver(run: Run, output: Output, interruption: Interruption) -> bool:
    """Save and print a run; returns False where it could not be saved, and prints it all the same."""
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


def deliver_reasons(run: Run, failures: list[Failure], output: Output) -> bool:
    """Say once why nothing could be measured; returns False where a document was wanted that could not be saved."""
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


@contextmanager
def signals_interrupt() -> Iterator[Interruption]:
    """Let Ctrl-C, SIGTERM and SIGHUP end the run: saved, and nothing left running. What somebody ignores stays so."""
    interruption = Interruption()
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [getattr(signal, name) for name in names]
    before = {number: signal.getsignal(number) for number in numbers}
    heeded = [number for number in numbers if before[number] in (signal.SIG_DFL, signal.default_int_handler)]
    for number in heeded:
        signal.signal(number, interruption)
    try:
        yield interruption
    finally:
        for number in heeded:
            signal.signal(number, before[number])
