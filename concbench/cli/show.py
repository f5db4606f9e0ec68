"""`concbench show FILE`."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from concbench.analysis.analysis import analyse
from concbench.analysis.regions import Place, places
from concbench.cli.options import SHOWN, Output, decorated
from concbench.cli.output import show
from concbench.cli.streams import letters, stdout_width
from concbench.model.program import Program
from concbench.model.result import Result
from concbench.model.run import Run
from concbench.registry import UnknownName
from concbench.report.sections import region_timeline, timeline
from concbench.report.sections.losses import place_words
from concbench.report.sections.method import how_measured, warnings
from concbench.report.sections.program import outer_first
from concbench.report.sections.tables import Sort, in_order, title
from concbench.report.terminal import TEXT, filled, terminal
from concbench.report.units import counted
from concbench.runs.foreign import is_foreign, read_any
from concbench.runs.reading import UnreadableRun
from concbench.runs.text import printable
from concbench.stats.intervals import FEWEST_BLOCKS, median_interval


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--timeline", "timelines", is_flag=True, help="Draw when each worker ran tasks, instead of the tables.")
@click.option(
    "--case",
    "patterns",
    metavar="TEXT",
    multiple=True,
    help="Draw only cases like this, e.g. 'cpu/*'; repeat for more.",
)
@click.option(
    "--region",
    "regions",
    metavar="TEXT",
    multiple=True,
    help="Of a traced program, draw only regions whose name holds this; repeat for more.",
)
@lambda command: decorated(command, SHOWN)
def command(
    file: Path,
    timelines: bool,
    patterns: tuple[str, ...],
    regions: tuple[str, ...],
    form: str,
    sort: Sort | None,
    why: bool,
    verbose: bool,
) -> None:
    """Print a saved run again, or what pytest-benchmark, pyperf or hyperfine measured.

    \b
    Examples:
      concbench show results/mine.json
      concbench show results/mine.json --format markdown --sort time
      concbench show results/mine.json --timeline --case cpu/pool-map
      concbench show results/trace.json --timeline --region job.py:41
      concbench show hyperfine.json
    """
    if (patterns or regions) and not timelines:
        option = "--case" if patterns else "--region"
        raise click.UsageError(f"{option} chooses what --timeline draws: add --timeline")
    if timelines and (form != TEXT or why):
        raise click.UsageError("--timeline replaces the tables, so it can't be combined with --format or --why")
    run = opened(file)
    if (regions and run.program is None) or (patterns and run.program is not None):
        raise click.UsageError("--region is for traced programs, and --case is for all other runs")
    if timelines and run.program is not None:
        for warning in warnings(run):
            click.echo(terminal(warning), err=True)
        shades = letters(timeline.SHADES, timeline.PLAIN_SHADES)
        for line in region_timeline.lines(chosen_places(run.program, regions), stdout_width(), shades):
            click.echo(line)
        click.echo(f"\n{filled(how_measured(run), stdout_width())}", err=True)
        return
    if timelines:
        rows = in_order(chosen(run, patterns), sort or "given", analyse(run))
        draw(run, rows, where_from(run) if is_foreign(run) else None)
        return
    foreign = is_foreign(run)
    show(run, Output(form=form, sort=sort, verbose=verbose, quiet=foreign, why=why))
    if foreign:
        click.echo(f"\n{where_from(run)}", err=True)


def opened(file: Path) -> Run:
    """Read a run from a file, whichever tool wrote it, with the medians of its cases; raises click.UsageError."""
    try:
        run = read_any(file)
    except UnreadableRun as error:
        raise click.UsageError(str(error)) from None
    if not is_foreign(run):
        return run
    return replace(
        run,
        results=[
            replace(result, median=median_interval(result.samples, metric=result.case.metric))
            if result.samples
            else result
            for result in run.results
        ],
    )


def where_from(run: Run) -> str:
    """Return a sentence on a run of another tool, whose file says less than concbench's own."""
    samples = sum(len(result.samples) for result in run.results)
    interval = " ± is half a 95 % interval over blocks." if run.blocks >= FEWEST_BLOCKS else ""
    return f"Read from a file of {run.suite}: {counted(samples, 'sample')} in {counted(run.blocks, 'block')}.{interval}"


def chosen(run: Run, patterns: Sequence[str]) -> list[Result]:
    """Return the cases that any pattern matches, by id or by the name of their row; raises click.UsageError."""
    if not patterns:
        return run.results
    found: set[str] = set()
    for pattern in patterns:
        # Ids are compared, too: one from a file may hold what means something in a pattern.
        names = {
            result.case.id
            for result in run.results
            if pattern in (result.case.id, result.case.label) or fnmatch.fnmatchcase(result.case.id, pattern)
        }
        if not names:
            known = [printable(result.case.id) for result in run.results]
            raise click.UsageError(f"--case: {UnknownName('case', pattern, known)}")
        found |= names
    return [result for result in run.results if result.case.id in found]


def chosen_places(program: Program, texts: Sequence[str]) -> list[Place]:
    """Return the places of a traced program whose name holds any of these texts; raises click.UsageError."""
    found = outer_first(program, places(program))
    names = [place_words(place) for place in found]
    for text in texts:
        if not any(text in name for name in names):
            raise click.UsageError(f"--region: {UnknownName('region', text, list(map(printable, names)))}")
    return [place for place, name in zip(found, names, strict=True) if not texts or any(text in name for text in texts)]


def draw(run: Run, results: Sequence[Result], origin: str | None = None) -> None:
    """Print the timelines of results by table, and why the others have none; `origin` replaces how it was measured."""
    for warning in warnings(run):
        click.echo(terminal(warning), err=True)
    if not results:
        click.echo("There is nothing to draw.", err=True)
        return
    width, shades, space = stdout_width(), letters(timeline.SHADES, timeline.PLAIN_SHADES), ""
    for table in run.tables:
        mine = [result for result in results if result.case.table == table.name]
        if not mine:
            continue
        click.echo(space + click.style(filled(title(table, mine), width), bold=True))
        for line in timeline.timelines(mine, width, shades):
            click.echo(line)
        space = "\n"
    if any(result.trace is not None for result in results):
        click.echo(f"\n{timeline.legend(width, shades)}")
    click.echo(f"\n{filled(origin or how_measured(run), width)}", err=True)
