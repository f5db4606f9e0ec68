"""`concbench history [FOLDER|RUN]...`."""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from concbench.cli.options import STANDARD_STREAM
from concbench.cli.printing import letters, stdout_width
from concbench.cli.saving import RESULTS
from concbench.report.history import history_tables
from concbench.report.history_runs import Followed, History
from concbench.report.history_series import Series
from concbench.report.history_words import how_read
from concbench.report.sentences import filled
from concbench.report.sparkline import BLOCKS, PLAIN_BLOCKS
from concbench.report.tables import FORMATS, TEXT
from concbench.runs.formats.json_document import json_document
from concbench.runs.reading import UnreadableRun, read_run
from concbench.runs.wording import one_line

MANY = 20
"""Files from which on a person likes to see that reading them goes on."""


@click.command("history")
@click.argument("paths", metavar="[FOLDER|RUN]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--suite", metavar="NAME", help="Only runs of this suite.")
@click.option("--case", "pattern", metavar="PATTERN", default="*", help="Only cases with such an id, as 'cpu/*'.")
@click.option(
    "--metric",
    "followed",
    type=click.Choice(["wall", "cpu"]),
    default="wall",
    help="Wall time (of a round trip, step, turn or worker where that is what a case measures), or CPU time.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default=TEXT,
    metavar="NAME",
    help="Table format: text (default), github, tsv, html, latex, or another of tabulate's.",
)
@click.option("--json", metavar="FILE", help="Write the series here; - is stdout, and nothing else is.")
def command(
    paths: tuple[Path, ...], suite: str | None, pattern: str, followed: Followed, form: str, json: str | None
) -> None:
    """Show saved runs as a trend, with change points marked: by default, those in results/.

    A series is one case of one suite, with the same sizes and settings, on one machine and interpreter. A change point
    is where it stepped to another level: the date and the git revision of the first run behind it, and the step.

    \b
    Examples:
      concbench history
      concbench history results --suite pool-vs-process --case 'cpu/*'
      concbench history monday.json tuesday.json wednesday.json --metric cpu
      concbench history --format github
      concbench history --json -
    """
    history = History(followed=followed, suite=suite, pattern=pattern)
    unreadable = read_all(documents(paths or (RESULTS,)), history)
    for problem in unreadable:
        click.echo(f"Warning: {problem}", err=True)
    if not history.suites:
        raise click.UsageError("none of these files is a run that can be read")
    if suite is not None and suite not in history.suites:
        raise click.UsageError(f"--suite: these are no runs of {suite!r}, but of {', '.join(named(history.suites))}")
    if history.cases and not fnmatch.filter(history.cases, pattern):
        raise click.UsageError(f"--case: none is like {pattern!r}; there are {', '.join(named(history.cases))}")
    series = history.series()
    if json is not None:
        write(encoded(history, series), json)
    if json != STANDARD_STREAM:
        show_series(history, series, form)


def documents(paths: Sequence[Path]) -> list[Path]:
    """Return the files to read, a folder's own *.json files for the folder, none twice; raises click.UsageError."""
    found: dict[Path, Path] = {}
    for path in paths:
        try:
            path.stat()  # which tells of a path that is too long, or that may not be looked at, too
            files = sorted(file for file in path.iterdir() if file.suffix == ".json") if path.is_dir() else [path]
        except OSError as error:
            hint = ": measure something first, or name a folder with saved runs" if path == RESULTS else ""
            raise click.UsageError(one_line(f"{path} can't be read ({error.strerror}){hint}")) from None
        if not files:
            raise click.UsageError(one_line(f"{path} is a folder without saved runs (*.json): name another"))
        for file in files:
            found.setdefault(place_of(file), file)
    return list(found.values())


def place_of(file: Path) -> Path:
    """Return the path of a file without links, or its own where they lead round in a circle."""
    try:
        return file.resolve()
    except (OSError, RuntimeError):  # the latter from Python 3.11 and 3.12
        return file.absolute()


def read_all(files: Sequence[Path], history: History) -> list[str]:
    """Add every run to the history, one at a time, and return a line for each file that can't be read."""
    unreadable = []
    for file in told(files):
        try:
            history.add(read_run(file, descriptors=True), file)
        except UnreadableRun as error:
            unreadable.append(str(error))
    return unreadable


def told(files: Sequence[Path]) -> Iterator[Path]:
    """Yield the files; where there are many, a terminal says how far it is, and forgets it in the end."""
    if len(files) <= MANY or not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        yield from files
        return
    text = ""
    try:
        for number, file in enumerate(files, 1):
            text = f"\rReading {number:,} of {len(files):,}"
            click.echo(text, nl=False, err=True)
            yield file
    finally:
        click.echo(f"\r{' ' * len(text)}\r", nl=False, err=True)


def show_series(history: History, series: Sequence[Series], form: str) -> None:
    """Print the tables, and on stderr where they come from."""
    width = stdout_width()
    for index, block in enumerate(history_tables(series, form, width, letters(BLOCKS, PLAIN_BLOCKS))):
        if index % 2 == 0:
            click.echo(("\n" if index else "") + (click.style(block, bold=True) if form == TEXT else f"{block}\n"))
        else:
            click.echo(block)
    if not series:
        click.echo("There is nothing to show.", err=True)
    click.echo(("\n" if series else "") + filled(how_read(history, series), width), err=True)


def encoded(history: History, series: Sequence[Series]) -> bytes:
    """Return the series as indented JSON; times are seconds."""
    document = {"metric": history.followed, "runs": history.runs, "left_out": history.left_out, "series": series}
    return json_document(document).encode()


def write(document: bytes, target: str) -> None:
    """Write to stdout or to a new file; raises click.UsageError."""
    if target == STANDARD_STREAM:
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()
        return
    try:
        with Path(target).open("xb") as file:
            file.write(document)
    except FileExistsError:
        raise click.UsageError(one_line(f"--json: {target} exists already, and is never overwritten")) from None
    except OSError as error:
        raise click.UsageError(one_line(f"--json: {target} can't be written: {error.strerror}")) from None


def named(names: set[str]) -> list[str]:
    """Return some names from files, safe to print."""
    return sorted(map(one_line, names))
