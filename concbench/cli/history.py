"""`concbench history [FOLDER|RUN]...`."""

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from concbench.analysis.history import Followed, History, RunFigures, Series, figures_of
from concbench.api.progress import is_live
from concbench.cli.options import FORMAT, STANDARD_STREAM
from concbench.cli.output import RESULTS
from concbench.cli.streams import echo, letters, stdout_width
from concbench.report.markdown import CSV
from concbench.report.sections.history import BLOCKS, PLAIN_BLOCKS, answer, history_blocks
from concbench.report.terminal import pieces
from concbench.runs.index import Index
from concbench.runs.reading import UnreadableRun
from concbench.runs.text import json_document, printable

MANY = 20
"""Files from which on progress is shown."""


@click.command("history")
@click.argument("paths", metavar="[FOLDER|RUN]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--suite", metavar="NAME", help="Only runs of this suite.")
@click.option("--case", "pattern", metavar="PATTERN", default="*", help="Only cases whose id matches, such as 'cpu/*'.")
@click.option(
    "--metric",
    "followed",
    type=click.Choice(["wall", "cpu"]),
    default="wall",
    help="Wall time (per round trip, step, turn or worker, depending on the case) or CPU time.",
)
@click.option("--all", "every", is_flag=True, help="Also show series of a single run.")
@FORMAT
@click.option("--json", metavar="FILE", help="Write the series to this file; with -, to stdout, and nothing else.")
def command(
    paths: tuple[Path, ...],
    suite: str | None,
    pattern: str,
    followed: Followed,
    every: bool,
    form: str,
    json: str | None,
) -> None:
    """Show saved runs (by default, those in results/) as trends with change points, the newest first.

    A series is one case of one suite, with the same sizes and settings, on one machine and interpreter. A change point
    is where it stepped to another level, with the date and git revision of the first run there.

    In a folder with many runs, an index (.concbench-history.index) makes the next history quick. You may delete it.

    \b
    Examples:
      concbench history
      concbench history results --suite pool-vs-process --case 'cpu/*'
      concbench history monday.json tuesday.json wednesday.json --metric cpu
      concbench history --all --format github
      concbench history --json -
    """
    history = History(followed=followed, suite=suite, pattern=pattern)
    unreadable = read_all(documents(paths or (RESULTS,)), history)
    for problem in unreadable:
        click.echo(f"Warning: {problem}", err=True)
    if not history.suites:
        raise click.UsageError("none of these files is a readable run")
    if suite is not None and suite not in history.suites:
        raise click.UsageError(f"--suite: there are no runs of {suite!r}, only of {', '.join(named(history.suites))}")
    if history.cases and not fnmatch.filter(history.cases, pattern):
        raise click.UsageError(f"--case: no case matches {pattern!r}; there are {', '.join(named(history.cases))}")
    series = history.series()
    if json is not None:
        write(encoded(history, series), json)
    if json != STANDARD_STREAM:
        show_series(history, series, form, every)


def documents(paths: Sequence[Path]) -> list[Path]:
    """The files to read, none of them twice: for a folder, its *.json files. Raises click.UsageError."""
    found: dict[Path, Path] = {}
    for path in paths:
        try:
            path.stat()  # fails for a path that is too long or not accessible, too
            files = sorted(file for file in path.iterdir() if file.suffix == ".json") if path.is_dir() else [path]
        except OSError as error:
            hint = ": measure something first, or name a folder with saved runs" if path == RESULTS else ""
            raise click.UsageError(printable(f"{path} can't be read ({error.strerror}){hint}")) from None
        if not files:
            raise click.UsageError(printable(f"{path} has no saved runs (*.json): name another folder"))
        for file in files:
            found.setdefault(place_of(file), file)
    return list(found.values())


def place_of(file: Path) -> Path:
    """The path of a file without links; its own if they form a circle."""
    try:
        return file.resolve()
    except (OSError, RuntimeError):  # the latter from Python 3.11 and 3.12
        return file.absolute()


def read_all(files: Sequence[Path], history: History) -> list[str]:
    """Add every run to the history, one at a time; returns a line for each file that can't be read."""
    unreadable = []
    indexes = {folder: Index(folder, RunFigures, figures_of) for folder in {file.parent for file in files}}
    try:
        for file in progress(files):
            try:
                history.add(indexes[file.parent].of(file), file)
            except UnreadableRun as error:
                unreadable.append(str(error))
    finally:  # also where it was interrupted: the next history goes on from there
        for index in indexes.values():
            index.save()
    return unreadable


def progress(files: Sequence[Path]) -> Iterable[Path]:
    """The files; with many of them, a terminal shows progress while they are read."""
    if len(files) <= MANY or not is_live(sys.stderr):
        return files
    from rich.console import Console  # here: few histories are so long
    from rich.progress import track

    return track(files, "Reading", console=Console(stderr=True), transient=True)


def show_series(history: History, series: Sequence[Series], form: str, every: bool) -> None:
    """Print the answer and the tables, and on stderr where they come from."""
    width = stdout_width()
    blocks = history_blocks(history, series, width, letters(BLOCKS, PLAIN_BLOCKS), every=every or form == CSV)
    for piece in pieces(blocks, width, form):
        echo(piece)


def encoded(history: History, series: Sequence[Series]) -> bytes:
    """The answer and the series as indented JSON; times are seconds."""
    document = {
        "answer": printable(answer(history, series)),
        "metric": history.followed,
        "runs": history.runs,
        "left_out": history.left_out,
        "series": series,
    }
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
        raise click.UsageError(printable(f"--json: {target} exists already and won't be overwritten")) from None
    except OSError as error:
        raise click.UsageError(printable(f"--json: {target} can't be written: {error.strerror}")) from None


def named(names: set[str]) -> list[str]:
    """Some names from files, safe to print."""
    return sorted(map(printable, names))
