"""`concbench check`: both sides of a change in turns on this machine, and an exit status for CI."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import click

from concbench.analysis.changes import against_baseline, differing
from concbench.cli.measurement import (
    NOT_MEASURED,
    Interruption,
    carry_out,
    check_task_output,
    deliver,
    signals_interrupt,
)
from concbench.cli.options import SAVED, STANDARD_STREAM, Output, measures
from concbench.cli.output import check_targets, print_document, save, show_saved
from concbench.cli.streams import echo, stdout_width
from concbench.gate.benchmarks import BenchmarkCheck, NoBenchmarks, check_paths
from concbench.gate.cases import REFERENCE, NoBaseline, as_hosts_find_files, check_baseline, margins_of
from concbench.gate.check import Check
from concbench.gate.checkout import GitFailed
from concbench.gate.configuration import (
    BENCHMARK_BUDGET,
    BUDGET,
    OWN_FILE,
    BadConfiguration,
    Configuration,
    GateBenchmarks,
    NoConfiguration,
    find,
    read,
)
from concbench.gate.environments import BASE, CheckOptions, PreparedSide, SideFailed, prepare_sides
from concbench.measure.benchmarks import Selection, Uncollectable
from concbench.measure.containment import contained
from concbench.model.run import Run
from concbench.report.github import annotation_lines, job_summary
from concbench.report.junit import junit
from concbench.report.safe import printable_lines
from concbench.report.sections.changes import report
from concbench.report.sections.method import warnings
from concbench.report.terminal import pieces
from concbench.runs.reading import UnreadableRun, read_run
from concbench.runs.writing import UnwritableRun
from concbench.session.options import OPTIONS, Options
from concbench.session.session import Inquiry

REGRESSION = 1
FILE = click.Path(path_type=Path, dir_okay=False)
CHANGED = {
    "budget": replace(
        OPTIONS["budget"],
        help="About how long per case; up to three times as long where a case is probably, but not surely slower.",
        default=f"{BUDGET:g}s; {BENCHMARK_BUDGET:g}s per benchmark",
    )
}
VERBOSE = click.option(
    "-v", "--verbose", is_flag=True, help="Also show tracebacks, and a line per block if there is no terminal."
)


@click.command("check")
@click.option("--against", metavar="REV", help="Compare the working tree with this revision.")
@click.option(
    "--baseline", type=FILE, metavar="FILE", help="Compare with a run written by --record; margins are wider."
)
@click.option("--record", type=FILE, metavar="FILE", help="Only measure, for a later --baseline.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Configuration.  [default: the nearest concbench.toml, or pyproject.toml with [tool.concbench]]",
)
@click.option(
    "--setup", metavar="CMD", help="Prepare each side with this command in its own virtual environment: 'pip install .'"
)
@click.option("--base-python", metavar="PYTHON", help="The base's interpreter or environment, a path or a name.")
@click.option("--head-python", metavar="PYTHON", help="The head's interpreter or environment.")
@click.option("--case", "names", multiple=True, help="Check only this case of the configuration; repeat for more.")
@click.option(
    "--pytest",
    "paths",
    multiple=True,
    metavar="PATH",
    help="Check the benchmarks of pytest-benchmark in this folder or file; repeat for more.",
)
@click.option("-k", "keyword", metavar="EXPR", help="With --pytest: only benchmarks with such names, as for pytest.")
@click.option("-m", "marks", metavar="EXPR", help="With --pytest: only benchmarks with such marks, as for pytest.")
@click.option(
    "--undecided",
    type=click.Choice(["pass", "fail"]),
    default="pass",
    help="What an undecided figure does.  [default: pass]",
)
@click.option("--summary", type=FILE, metavar="FILE", help="Append a Markdown summary to this file.")
@click.option("--junit", "junit_file", type=FILE, metavar="FILE", help="Write JUnit XML to this file.")
@measures("budget", "timeout", "seed", "task_output", changed=CHANGED, output=(*SAVED, VERBOSE))
def command(
    against: str | None,
    baseline: Path | None,
    record: Path | None,
    config: Path | None,
    setup: str | None,
    base_python: str | None,
    head_python: str | None,
    names: tuple[str, ...],
    paths: tuple[str, ...],
    keyword: str | None,
    marks: str | None,
    undecided: Literal["pass", "fail"],
    summary: Path | None,
    junit_file: Path | None,
    options: Options,
    output: Output,
) -> None:
    """Check whether a change made something slower: base and head take turns, on this machine.

    concbench.toml, or pyproject.toml under [tool.concbench], says what is checked:

    \b
      [[cases]]
      name = "thumbnails"
      workload = "mylib.images:thumbnail"  # or "file.py:function"
      tasks = 64
      strategies = ["pool-map"]
      [[cases]]
      name = "report"
      command = "python -m mylib.report"

    \b
    Examples:
      concbench check --against main
      concbench check --against HEAD~1 --setup "pip install ."
      concbench check --base-python python3.12 --head-python python3.14
      concbench check --against origin/main --summary summary.md --junit gate.xml
      concbench check --record baseline.json
      concbench check --baseline baseline.json
      concbench check --against main --pytest benchmarks/ -k "not slow"

    Exit status: 0 no regression, 1 regression, 2 wrong usage, 3 something could
    not be measured.
    """
    two_sided = against is not None or base_python is not None
    if (baseline is not None) + (record is not None) + two_sided != 1:
        raise click.UsageError(
            "say what to compare with: --against REV, --base-python with --head-python, or --baseline FILE, which "
            "--record FILE writes"
        )
    recorded = None if baseline is None else _opened(baseline)
    folder = Path.cwd()
    configuration = _configuration(config, folder, needed=not paths)
    suite = _suite(configuration, folder, paths, keyword, marks)
    if suite is None:
        configuration = _chosen(configuration, names, options.budget)
    elif names:
        raise click.UsageError("--case: a suite of pytest has none; -k chooses benchmarks by their names")
    elif not two_sided:
        raise click.UsageError(
            "--pytest: say --against REV, or --base-python with --head-python; benchmarks take turns"
        )
    if recorded is not None:
        try:
            check_baseline(recorded, margins_of(configuration))
        except NoBaseline as error:
            raise click.UsageError(f"--baseline: {baseline} can't be compared with: {error}") from None
    if record is not None:
        output = replace(output, save=str(record.absolute()))
    if output.save is not None or output.json is not None:
        check_targets(output)
    if options.task_output is not None:
        check_task_output(options.task_output)
    reports = Reports(summary, junit_file, undecided == "fail")
    for path in (summary, junit_file):
        if path is not None and not path.absolute().parent.is_dir():
            raise click.UsageError(f"{path.absolute().parent} is not a folder")
    sides = CheckOptions(
        folder=folder,
        against=against,
        setup=setup or configuration.setup,
        base_python=base_python,
        head_python=head_python,
        alone=not two_sided,
        folders=configuration.folders if suite is None else (),
    )
    configuration = as_hosts_find_files(configuration, folder)
    with signals_interrupt() as interruption:
        run = _gated(sides, configuration, suite, names, options, output, interruption)
        if recorded is not None:
            run = replace(
                run,
                changes=against_baseline(
                    recorded, run, margins_of(configuration), REFERENCE.id, configuration.false_alarms
                ),
                warnings=[*run.warnings, *differing(recorded, run)],
            )
        if record is None:
            _deliver_verdicts(run, output, reports, interruption)
        elif not deliver(run, output, interruption) or any(result.failure is not None for result in run.results):
            raise SystemExit(NOT_MEASURED)
    if interruption.came:
        raise KeyboardInterrupt
    if any(change.regression for change in run.changes):
        raise SystemExit(REGRESSION)
    if any(change.note for change in run.changes):
        raise SystemExit(NOT_MEASURED)
    if reports.undecided_fails and any(change.open for change in run.changes):
        raise SystemExit(REGRESSION)


def _opened(path: Path) -> Run:
    """Read a recorded run; raises click.UsageError if it can't be compared with."""
    try:
        return read_run(path)
    except UnreadableRun as error:
        raise click.UsageError(f"--baseline: {error}") from None


def _configuration(path: Path | None, folder: Path, *, needed: bool) -> Configuration:
    """The configuration that is named, or the nearest one; or none where that is enough. Raises click.UsageError."""
    try:
        return read(path or find(folder))
    except NoConfiguration as error:
        if needed:
            raise click.UsageError(str(error)) from None
        return Configuration(path=folder / OWN_FILE, cases=())
    except BadConfiguration as error:
        raise click.UsageError(str(error)) from None


def _suite(
    configuration: Configuration, folder: Path, paths: tuple[str, ...], keyword: str | None, marks: str | None
) -> GateBenchmarks | None:
    """The suite that is asked for, its paths relative to the folder; None for cases. Raises click.UsageError."""
    suite = configuration.suite
    if not paths and (suite is None or configuration.cases):
        for option, value in (("-k", keyword), ("-m", marks)):
            if value is not None:
                raise click.UsageError(f"{option}: it chooses benchmarks of a suite: --pytest benchmarks/")
        return None
    suite = suite or GateBenchmarks(selection=Selection(paths=()))
    chosen = paths or tuple(str(configuration.at(path)) for path in suite.selection.paths)
    if not chosen:
        raise click.UsageError(f"{configuration.path}: pytest.paths: name the folder of the benchmarks")
    selection = Selection(
        paths=tuple(_as_in_folder(path, folder) for path in chosen),
        keyword=suite.selection.keyword if keyword is None else keyword,
        marks=suite.selection.marks if marks is None else marks,
    )
    return replace(suite, selection=selection)


def _as_in_folder(path: str, folder: Path) -> str:
    """A file or folder, perhaps with the name of a test, relative to a folder."""
    file, colons, test = path.partition("::")
    return Path(os.path.relpath(folder / file, folder)).as_posix() + colons + test


def _chosen(configuration: Configuration, names: tuple[str, ...], budget: float | None) -> Configuration:
    """The configuration with only those cases, and that budget; raises click.UsageError for unknown ones."""
    known = [case.name for case in configuration.cases]
    for name in names:
        if name not in known:
            raise click.UsageError(
                f"--case: there is no case {name!r} in {configuration.path}; known: {', '.join(known)}"
            )
    cases = tuple(case for case in configuration.cases if not names or case.name in names)
    return replace(configuration, cases=cases, budget=budget or configuration.budget)


# Measuring


def _gated(
    sides: CheckOptions,
    configuration: Configuration,
    suite: GateBenchmarks | None,
    names: tuple[str, ...],
    options: Options,
    output: Output,
    interruption: Interruption,
) -> Run:
    """Prepare both sides and measure; ends the command with exit status 3 if a side can't be prepared.

    Raises click.UsageError where there is nothing that could be measured on either side.
    """

    def announce(doing: str) -> None:
        if not output.quiet:
            click.echo(f"{doing} ...", err=True)

    with contained() as containment:
        try:
            ready = prepare_sides(sides, containment, announce)
        except (SideFailed, GitFailed) as error:
            click.echo(f"Error: {printable_lines(str(error))}", err=True)
            raise SystemExit(NOT_MEASURED) from None
        try:
            return _measured(
                _asked(sides, configuration, suite, names, options, ready),
                output,
                interruption,
            )
        except Uncollectable as error:
            click.echo(f"Error: {printable_lines(str(error))}", err=True)
            raise SystemExit(NOT_MEASURED) from None
        except (BadConfiguration, NoBenchmarks) as error:
            raise click.UsageError(printable_lines(str(error))) from None


def _asked(
    sides: CheckOptions,
    configuration: Configuration,
    suite: GateBenchmarks | None,
    names: tuple[str, ...],
    options: Options,
    ready: dict[str, PreparedSide],
) -> Inquiry:
    """What is to be measured; raises NoBenchmarks."""
    if suite is None:
        return Check(
            configuration,
            ready,
            seed=options.seed,
            timeout=options.timeout,
            command=options.command,
            task_output=options.task_output,
            of_base=_of_base(configuration, sides, ready, names) if sides.against is not None else None,
        )
    check_paths(suite.selection, ready)
    return BenchmarkCheck(
        suite if options.budget is None else replace(suite, budget=options.budget),
        configuration.false_alarms,
        ready,
        seed=options.seed,
        timeout=options.timeout,
        command=options.command,
        task_output=options.task_output,
    )


def _of_base(
    configuration: Configuration, sides: CheckOptions, ready: Mapping[str, PreparedSide], names: tuple[str, ...]
) -> Configuration | None:
    """What the base's own configuration says of the cases that are checked; None where it can't be read."""
    tree = ready[BASE].launch.folder or sides.folder
    path = Path(os.path.normpath(tree / os.path.relpath(configuration.path.absolute(), sides.folder)))
    try:
        found = as_hosts_find_files(read(path), tree) if path.is_file() else replace(configuration, cases=())
    except BadConfiguration:
        return None
    return replace(found, cases=tuple(case for case in found.cases if not names or case.name in names))


def _measured(check: Inquiry, output: Output, interruption: Interruption) -> Run:
    """Measure a gate that is ready; if it is interrupted, return what there is so far."""
    try:
        carry_out(check.measure(), output)
    except KeyboardInterrupt:
        return check.run(complete=False)
    interruption.raises = False
    run = check.run()
    return replace(run, complete=False) if interruption.came else run


# Where the outcome goes: the terminal, files, and what GitHub's runners show


@dataclass(frozen=True)
class Reports:
    """Where else the outcome goes."""

    summary: Path | None
    junit: Path | None
    undecided_fails: bool


def _deliver_verdicts(run: Run, output: Output, reports: Reports, interruption: Interruption) -> None:
    """Write and print the outcome; ends the command with exit status 3 if it can't be written."""
    try:
        paths = save(run, output) if output.save is not None or output.json is not None else []
        _write(run, reports)
        interruption.raises = True  # nothing is lost any more, and who reads the output may be slow
        rescued = print_document(run, output)
    except (UnwritableRun, OSError) as error:
        _show(run, output)
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(NOT_MEASURED) from None
    _show(run, output)
    if rescued is not None:
        show_saved([rescued])
    elif not output.quiet:
        show_saved(paths)


def _write(run: Run, reports: Reports) -> None:
    """Write the reports; on GitHub's runners, also its step summary and annotations. Raises OSError."""
    step_summary = os.environ.get("GITHUB_STEP_SUMMARY")
    for path in (reports.summary, Path(step_summary) if step_summary else None):
        if path is not None:
            with path.open("a", encoding="utf-8") as file:
                file.write(job_summary(run))
    if reports.junit is not None:
        reports.junit.write_text(junit(run, reports.undecided_fails), encoding="utf-8")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in annotation_lines(run, reports.undecided_fails):
            click.echo(line, err=True)


def _show(run: Run, output: Output) -> None:
    """Print the verdict and the table; only warnings where stdout has the document."""
    blocks = warnings(run) if output.json == STANDARD_STREAM else report(run, output.verbose, output.quiet)
    for piece in pieces(blocks, stdout_width()):
        echo(piece)
