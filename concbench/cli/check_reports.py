"""Where the outcome of `concbench check` goes: the terminal, files, and what GitHub's runners show."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import click

from concbench.cli.measuring import NOT_MEASURED, Interruption
from concbench.cli.options import STANDARD_STREAM, Output
from concbench.cli.printing import show as show_run
from concbench.cli.printing import show_saved, stdout_width
from concbench.cli.saving import print_document, save
from concbench.model import Run
from concbench.report.changes import change_table, compared, gate_verdict, sentences
from concbench.report.junit import junit
from concbench.report.safe import printable
from concbench.report.sentences import filled, tracebacks
from concbench.report.summary import markdown_summary, workflow_commands
from concbench.runs.writing import UnwritableRun


@dataclass(frozen=True)
class Reports:
    """Where else the outcome goes."""

    summary: Path | None
    junit: Path | None
    undecided_fails: bool


def deliver(run: Run, output: Output, reports: Reports, interruption: Interruption) -> None:
    """Write and print the outcome everywhere it is wanted; ends with exit status 3 where it can't be written."""
    try:
        paths = save(run, output) if output.save is not None or output.json is not None else []
        write(run, reports)
        interruption.raises = True  # nothing is lost any more, and who reads the output may be slow
        rescued = print_document(run, output)
    except (UnwritableRun, OSError) as error:
        show(run, output)
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(NOT_MEASURED) from None
    show(run, output)
    if rescued is not None:
        show_saved([rescued])
    elif not output.quiet:
        show_saved(paths)


def deliver_record(run: Run, output: Output, interruption: Interruption) -> None:
    """Write and print what was measured; ends with exit status 3 where it can't be written, or a case failed."""
    try:
        paths = save(run, output)
        interruption.raises = True  # as above
    except UnwritableRun as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(NOT_MEASURED) from None
    show_run(run, output)
    if not output.quiet:
        show_saved(paths)
    if any(case.error is not None for case in run.cases):
        raise SystemExit(NOT_MEASURED)


def write(run: Run, reports: Reports) -> None:
    """Write each of the reports; on GitHub's runners, also its summary and its annotations. Raises OSError."""
    step_summary = os.environ.get("GITHUB_STEP_SUMMARY")
    for path in (reports.summary, Path(step_summary) if step_summary else None):
        if path is not None:
            append(path, markdown_summary(run))
    if reports.junit is not None:
        reports.junit.write_text(junit(run, reports.undecided_fails), encoding="utf-8")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in workflow_commands(run, reports.undecided_fails):
            click.echo(line, err=True)


def append(path: Path, text: str) -> None:
    """Add to the end of a file, as GitHub's summary wants it."""
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def show(run: Run, output: Output) -> None:
    """Print the table, and a sentence for each figure that needs one."""
    for warning in run.warnings:
        click.echo(f"Warning: {printable(warning)}", err=True)
    if output.json == STANDARD_STREAM:
        return
    width = stdout_width()
    click.echo(change_table(run.changes, width=width))
    if output.verbose:
        for trace in tracebacks(run):
            click.echo(f"\n{trace}", err=True)
    click.echo()
    verdict = gate_verdict(run)
    red = any(change.regression or change.note for change in run.changes)
    click.echo(click.style(filled(verdict, width), fg="red" if red else "green", bold=True))
    for sentence in sentences(run):
        click.echo(filled(sentence, width, indent="  "))
    if not output.quiet:
        click.echo(f"\n{filled(compared(run), width)}", err=True)
