"""`concbench check`: both sides of a change in turns on this machine, and an exit status that CI can heed."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

import click

from concbench.api.progress import progress
from concbench.cli.check_reports import Reports, deliver, deliver_record
from concbench.cli.measuring import NOT_MEASURED, Interruption, check_task_output, signals_interrupt
from concbench.cli.options import AUTOMATIC, LARGEST_SEED, TASK_OUTPUT, Output
from concbench.cli.quantities import Count, Duration
from concbench.cli.saving import check_targets
from concbench.gate.baseline import NoBaseline, against_baseline, check_baseline, differing
from concbench.gate.casting import as_hosts_find_items, margins_of
from concbench.gate.configuration import BadConfiguration, Configuration, find, read
from concbench.gate.gating import Gating, could_not_measure
from concbench.gate.git import GitFailed
from concbench.gate.sides import Asked, SideFailed, make_ready
from concbench.measure.containment import contained
from concbench.model import Run
from concbench.report.safe import printable_lines
from concbench.runs.reading import UnreadableRun, read_run

REGRESSION = 1


@click.command("check")
@click.option("--against", metavar="REV", help="Compare the working tree with this revision.")
@click.option("--baseline", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Compare with a run that --record wrote; margins are wider.")  # fmt: skip
@click.option("--record", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Measure for a later --baseline, and compare nothing.")  # fmt: skip
@click.option("--config", type=click.Path(path_type=Path), help="What to gate.  [default: the nearest concbench.toml, "
              "or pyproject.toml with [tool.concbench]]")  # fmt: skip
@click.option("--setup", metavar="CMD", help="Prepares each side in a virtual environment of its own, as "
              "'pip install .'.")  # fmt: skip
@click.option("--base-python", metavar="PYTHON", help="The base's interpreter or environment: a path, or a name.")
@click.option("--head-python", metavar="PYTHON", help="The head's.")
@click.option("--case", "names", multiple=True, help="Only this case of the configuration; may be repeated.")
@click.option(
    "--budget",
    type=Duration(),
    metavar="SECONDS",
    help="About so much for each case; thrice as long where it is probably slower and not surely.  [default: 12]",
)
@click.option("--undecided", type=click.Choice(["pass", "fail"]), default="pass", help="What an undecided figure does.")
@click.option(
    "--summary", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Append Markdown here."
)
@click.option("--junit", "junit_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write JUnit XML here.")  # fmt: skip
@click.option("--timeout", type=Duration(), metavar="SECONDS", default=60.0, help="Give a case up when one step of "
              "it takes longer: a sample, an import, a call beforehand.  [default: 60]")  # fmt: skip
@click.option("--seed", type=Count(least=0, most=LARGEST_SEED), help="Of every random order.  [default: a new one]")
@TASK_OUTPUT
@click.option("--save", is_flag=False, flag_value=AUTOMATIC, metavar="[NAME]", help="Name of the run document in "
              "results/, or a path.")  # fmt: skip
@click.option("--json", metavar="FILE", help="Write the run document here; - is stdout, and nothing else is.")
@click.option("-v", "--verbose", is_flag=True, help="Also tracebacks, and a line a block where there is no terminal.")
@click.option("-q", "--quiet", is_flag=True, help="Only the table, warnings and errors.")
def command(
    against: str | None,
    baseline: Path | None,
    record: Path | None,
    config: Path | None,
    setup: str | None,
    base_python: str | None,
    head_python: str | None,
    names: tuple[str, ...],
    budget: float | None,
    undecided: Literal["pass", "fail"],
    summary: Path | None,
    junit_file: Path | None,
    timeout: float,
    seed: int | None,
    task_output: Path | None,
    save: str | None,
    json: str | None,
    verbose: bool,
    quiet: bool,
) -> None:
    """Say whether a change made something slower: base and head in turns, on this machine.

    What is gated stands in concbench.toml, or in pyproject.toml under [tool.concbench]:

    \b
      [[cases]]
      name = "thumbnails"
      workload = "mylib.images:thumbnail"   # or "file.py:function"; called with 0, 1, 2, ...
      tasks = 64
      strategies = ["pool-map"]

    \b
    Examples:
      concbench check --against main
      concbench check --against HEAD~1 --setup "pip install ."
      concbench check --base-python python3.12 --head-python python3.14
      concbench check --against origin/main --summary summary.md --junit gate.xml
      concbench check --record baseline.json
      concbench check --baseline baseline.json

    Exit status: 0 no regression, 1 regression, 2 wrong usage, 3 something could
    not be measured.
    """
    two_sided = against is not None or base_python is not None
    if (baseline is not None) + (record is not None) + two_sided != 1:
        raise click.UsageError(
            "say what to compare with: --against REV, or --base-python with --head-python, or --baseline FILE, which "
            "--record FILE writes"
        )
    recorded = None if baseline is None else opened(baseline)
    folder = Path.cwd()
    try:
        configuration = read(config or find(folder))
    except BadConfiguration as error:
        raise click.UsageError(str(error)) from None
    configuration = chosen(configuration, names, budget)
    if recorded is not None:
        try:
            check_baseline(recorded, margins_of(configuration))
        except NoBaseline as error:
            raise click.UsageError(f"--baseline: {baseline} can't be compared with: {error}") from None
    output = Output(verbose=verbose, quiet=quiet, save=str(record.absolute()) if record else save, json=json)
    if output.save is not None or json is not None:
        check_targets(output)
    if task_output is not None:
        check_task_output(task_output)
    reports = Reports(summary, junit_file, undecided == "fail")
    for path in (summary, junit_file):
        if path is not None and not path.absolute().parent.is_dir():
            raise click.UsageError(f"{path.absolute().parent} is not a folder")
    asked = Asked(
        folder=folder,
        against=against,
        setup=setup or configuration.setup,
        base_python=base_python,
        head_python=head_python,
        alone=not two_sided,
        folders=configuration.folders,
    )
    configuration = as_hosts_find_items(configuration, folder)
    seed = random.SystemRandom().randrange(2**31) if seed is None else seed
    with signals_interrupt() as interruption:
        run = gated(asked, configuration, output, interruption, seed=seed, timeout=timeout, task_output=task_output)
        if recorded is not None:
            run = replace(
                run,
                changes=against_baseline(recorded, run, margins_of(configuration), configuration.false_alarms),
                warnings=[*run.warnings, *differing(recorded, run)],
            )
        if record is None:
            deliver(run, output, reports, interruption)
        else:
            deliver_record(run, output, interruption)
    if interruption.came:
        raise KeyboardInterrupt
    if any(change.regression for change in run.changes):
        raise SystemExit(REGRESSION)
    if could_not_measure(run.changes):
        raise SystemExit(NOT_MEASURED)
    if reports.undecided_fails and any(change.open for change in run.changes):
        raise SystemExit(REGRESSION)


def opened(path: Path) -> Run:
    """Read a recorded run; raises click.UsageError where there is none that can be compared with."""
    try:
        return read_run(path)
    except UnreadableRun as error:
        raise click.UsageError(f"--baseline: {error}") from None


def chosen(configuration: Configuration, names: tuple[str, ...], budget: float | None) -> Configuration:
    """Return the configuration with only those cases, and that budget; raises click.UsageError for unknown ones."""
    known = [case.name for case in configuration.cases]
    for name in names:
        if name not in known:
            raise click.UsageError(
                f"--case: there is no case {name!r} in {configuration.path}; known: {', '.join(known)}"
            )
    cases = tuple(case for case in configuration.cases if not names or case.name in names)
    return replace(configuration, cases=cases, budget=budget or configuration.budget)


def gated(
    asked: Asked,
    configuration: Configuration,
    output: Output,
    interruption: Interruption,
    *,
    seed: int,
    timeout: float,
    task_output: Path | None,
) -> Run:
    """Make both sides ready and measure; ends the command with exit status 3 where a side can't be made ready.

    Raises click.UsageError where a case of the configuration can't be measured on either side.
    """

    def tell(doing: str) -> None:
        if not output.quiet:
            click.echo(f"{doing} ...", err=True)

    with contained() as containment:
        try:
            ready = make_ready(asked, containment, tell)
        except (SideFailed, GitFailed) as error:
            click.echo(f"Error: {printable_lines(str(error))}", err=True)
            raise SystemExit(NOT_MEASURED) from None
        gating = Gating(configuration, ready, seed=seed, timeout=timeout, command=sys.argv[1:], task_output=task_output)
        try:
            return measured(gating, output, interruption)
        except BadConfiguration as error:
            raise click.UsageError(printable_lines(str(error))) from None


def measured(gating: Gating, output: Output, interruption: Interruption) -> Run:
    """Measure a gate that is ready; where it is interrupted, return what there is so far."""
    try:
        with progress(gating.cases, output.quiet, output.verbose) as listen:
            gating.measure(listen)
    except KeyboardInterrupt:
        return gating.run(complete=False)
    interruption.raises = False
    run = gating.run()
    return replace(run, complete=False) if interruption.came else run
