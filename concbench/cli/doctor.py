"""`concbench doctor`: whether this machine is fit for measuring, and which differences can be detected on it."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from concbench.analysis.fitness import Examination, noises
from concbench.api.progress import progress
from concbench.cli.measurement import NOT_MEASURED, signals_interrupt
from concbench.cli.options import PYTHON, STANDARD_STREAM, Output, setting_errors
from concbench.cli.output import check_targets
from concbench.cli.streams import stdout_width
from concbench.measure.interpreters import Interpreter, interpreters, own_interpreter
from concbench.measure.plan import Launch, Now, Plan, Steps
from concbench.measure.probe.cores_taken import CoresTaken, cores_taken
from concbench.measure.probe.environment import usable_cores
from concbench.measure.probe.load import activity_between, read_load
from concbench.measure.probe.machine import read_machine
from concbench.measure.record import Record
from concbench.measure.runner import measure
from concbench.model.case import Case, Settings, Workload
from concbench.report.sections.fitness import INDENT, Diagnosis, diagnose, encoded, lines
from concbench.report.terminal import filled
from concbench.runs.export import write_export
from concbench.runs.writing import UnwritableRun
from concbench.session.fixed import Fixed

COLOURS = {"good": "green", "note": "yellow", "warning": "red"}
SUBJECTS = ("serial", "pool-map")
TASKS, TASK_TIME = 20, 0.001
"""A sample takes about 25 ms, as short as any that people compare, so that five seconds yield enough of them."""
BUDGET = 5.0
"""Seconds for which identical cases are measured, per interpreter."""
BLOCKS, FEWEST_BLOCKS = 8, 2
TIMEOUT = 4.0
"""Seconds for one sample of 25 ms: a machine that needs more is not fit."""
ASKING = 1.0
"""Seconds that libraries take to be imported, about."""
QUIET = 1.0
"""Seconds for which other load is observed if no noise is measured."""


@click.command("doctor")
@click.option(
    "--noise/--no-noise", default=True, help="Whether to measure noise: 5 s per interpreter.  [default: noise]"
)
@PYTHON
@click.option("--json", metavar="FILE", help="Write everything that was found here; - is stdout, and nothing else is.")
@click.option("-q", "--quiet", is_flag=True, help="Show only notes, warnings and the verdict; no progress.")
def command(noise: bool, python: tuple[str, ...], json: str | None, quiet: bool) -> None:
    """Check whether this machine is fit for measuring, what disturbs it, and which differences can be detected.

    Noise is measured with identical cases, in the same way as by every other command: all that differs is noise.

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
    with setting_errors():
        found = interpreters(python)
    check_up = CheckUp(noise, found)
    with (
        signals_interrupt(),
        progress(quiet, verbose=False) as show_progress,
        closing(check_up.measure()) as steps,
    ):
        for now in steps:
            show_progress(now)
    examination = check_up.examination()
    diagnosis = diagnose(examination)
    written = deliver(diagnosis, json)
    if json != STANDARD_STREAM:
        show(diagnosis, quiet)
    if not written or examination.failures or (noise and not examination.noise):
        raise SystemExit(NOT_MEASURED)


class CheckUp:
    """Reads the machine, and measures the noise of identical cases, or observes other load for a second.

    Takes about 6 s, or 1 s, and 5 s for each of `interpreters` after the first; without any, cases are measured under
    concbench's own. If interrupted, it leaves no process running.
    """

    def __init__(self, noise: bool, interpreters: Sequence[Interpreter] = ()) -> None:
        self.noise, self.interpreters = noise, interpreters
        self.record = Record()
        self.started = datetime.now(UTC).isoformat(timespec="seconds")
        self.machine = read_machine()
        self.cores_taken: list[CoresTaken] = []
        self.before = read_load()
        self.seconds_a_block = 0.0

    def measure(self) -> Steps:
        """Measure cases as every command does, for `BUDGET` seconds per interpreter; yields what is being done."""
        yield Now(doing="asking libraries for cores", case=None, block=0, blocks=1, left=ASKING, unit="second")
        for each in self.interpreters or [own_interpreter()]:
            self.cores_taken += cores_taken(each.python, self.machine.environment, each.name)
        self.before = read_load()
        if not self.noise:
            yield Now(doing="observing other load", case=None, block=0, blocks=1, left=QUIET, unit="second")
            time.sleep(QUIET)
            return
        many = max(1, len(self.interpreters))
        plan = Plan(
            budget=BUDGET * many,
            timeout=TIMEOUT,
            watched=0.0,
            seed=random.SystemRandom().randrange(2**31),
            launches={each.name: Launch(python=each.python) for each in self.interpreters},
        )
        began: float | None = None
        for now in measure(Fixed(BLOCKS, FEWEST_BLOCKS), identical_cases(self.interpreters), plan, self.record):
            if began is None and self.record.blocks:  # calibration, which a run does once, doesn't count
                began = time.perf_counter()
            yield now
        if began is not None:
            self.seconds_a_block = (time.perf_counter() - began) / self.record.blocks / many

    def examination(self) -> Examination:
        """Everything that was measured."""
        results = list(self.record.results.values())
        failures = {result.failure.message: result.failure for result in results if result.failure is not None}
        return Examination(
            started=self.started,
            machine=self.machine,
            interpreters=list(self.interpreters) or [own_interpreter()],
            activity=activity_between(self.before, read_load()),
            asked=self.noise,
            noise=noises(results, self.seconds_a_block),
            cores_taken=self.cores_taken,
            failures=list(failures.values()),
        )


def identical_cases(interpreters: Sequence[Interpreter] = ()) -> list[Case]:
    """Two cases for every subject, under every interpreter, that differ only in their ids."""
    workload = Workload(name="cpu", tasks=TASKS, task_time=TASK_TIME)
    sides: list[str | None] = [each.name for each in interpreters] if interpreters else [None]
    return [
        Case(
            group="noise",
            row=f"{subject}{again}",
            side=side,
            subject=subject,
            workload=workload,
            settings=Settings() if subject == "serial" else Settings(workers=usable_cores()),
        )
        for side in sides
        for subject in SUBJECTS
        for again in ("", " again")
    ]


def deliver(diagnosis: Diagnosis, json: str | None) -> bool:
    """Write the document for scripts, if requested; returns False if it could not be written."""
    if json == STANDARD_STREAM:
        sys.stdout.buffer.write(encoded(diagnosis))
        sys.stdout.buffer.flush()
    elif json is not None:
        try:
            write_export(encoded(diagnosis), Path(json), overwrite=False)
        except UnwritableRun as error:
            click.echo(f"Error: {error}", err=True)
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
