"""`concbench doctor`: whether this machine is fit to measure, and what can be found on it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from concbench.api.progress import progress
from concbench.cli.measuring import NOT_MEASURED, signals_interrupt
from concbench.cli.options import PYTHON, STANDARD_STREAM, Output, interpreters_of
from concbench.cli.printing import stdout_width
from concbench.cli.saving import check_targets
from concbench.report.fitness import INDENT, Diagnosis, diagnose, encoded, lines
from concbench.report.sentences import filled
from concbench.suites.fitness import examine, identical_cases

COLOURS = {"good": "green", "note": "yellow", "warning": "red"}


@click.command("doctor")
@click.option(
    "--noise/--no-noise", default=True, help="Whether to measure noise: 5 s an interpreter.  [default: noise]"
)
@PYTHON
@click.option("--json", metavar="FILE", help="Write all that was found here; - is stdout, and nothing else is.")
@click.option("-q", "--quiet", is_flag=True, help="Only notes, warnings and the verdict; no progress.")
def command(noise: bool, pythons: tuple[str, ...], json: str | None, quiet: bool) -> None:
    """Say whether this machine is fit to measure, what disturbs it, and which differences can be found on it.

    Noise is measured on identical cases, as every other command measures: whatever differs between them is noise.

    \b
    Examples:
      concbench doctor
      concbench doctor --no-noise
      concbench doctor --python python3.14
      concbench doctor --json - | jq .verdict

    \b
    Exit status:
      0    done, whatever was found
      2    wrong usage
      3    noise could not be measured, or the file could not be written
      130  interrupted
    """
    if json not in (None, STANDARD_STREAM):
        check_targets(Output(json=json))
    interpreters = interpreters_of(pythons)
    cases = identical_cases(interpreters)
    with signals_interrupt(), progress(cases if noise else [], quiet, verbose=False) as listen:
        examination = examine(noise, listen, cases, interpreters)
    diagnosis = diagnose(examination)
    written = deliver(diagnosis, json)
    if json != STANDARD_STREAM:
        show(diagnosis, quiet)
    if not written or examination.failures or (noise and not examination.noise):
        raise SystemExit(NOT_MEASURED)


def deliver(diagnosis: Diagnosis, json: str | None) -> bool:
    """Write the document for scripts where that was asked for; returns False where it could not be written."""
    if json == STANDARD_STREAM:
        sys.stdout.buffer.write(encoded(diagnosis))
        sys.stdout.buffer.flush()
    elif json is not None:
        path = Path(json)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(encoded(diagnosis))
        except OSError as error:
            click.echo(f"Error: {path} can't be written: {error.strerror}", err=True)
            return False
    return True


def show(diagnosis: Diagnosis, quiet: bool) -> None:
    """Print every finding with its mark, and the verdict."""
    width = stdout_width()
    for finding, text in lines(diagnosis, width):
        if quiet and finding.mark in ("good", "unknown"):
            continue
        mark = click.style(
            f"{finding.mark:{INDENT}}", fg=COLOURS.get(finding.mark), bold=finding.mark == "warning" or None
        )
        click.echo(mark + text)
    click.echo("\n" + click.style(filled(diagnosis.verdict, width), bold=True))
