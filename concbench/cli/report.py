"""`concbench report RUN...`."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from concbench.cli.show import opened
from concbench.registry import UnknownName
from concbench.report.safe import printable
from concbench.report.sentences import counted
from concbench.runs.exporting import write_export
from concbench.runs.writing import UnwritableRun

if TYPE_CHECKING:
    from concbench.report.html.side_by_side import Named

PICTURES = "report-charts"
"""The folder that pictures go to."""
EXTRA = ("altair", "jinja2", "markupsafe", "vl_convert")
"""What the extra `report` brings."""


@click.command("report")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help=f"The file; for pictures, the folder.  [default: the first run's name; {PICTURES}]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "svg", "png"]),
    default="html",
    help="A page, or the charts alone.  [default: html]",
)
@click.option("--chart", "charts", metavar="NAME", multiple=True, help="Only this chart; may be repeated.")
@click.option("--open", "look", is_flag=True, help="Open the page in the browser.")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
def command(
    runs: tuple[Path, ...], output: Path | None, form: str, charts: tuple[str, ...], look: bool, force: bool
) -> None:
    """Make a report that people look at: one HTML file with charts, which needs no network.

    \b
    Examples:
      concbench report results/tutorial.json
      concbench report before.json after.json -o comparison.html --open
      concbench report results/tutorial.json --format svg -o docs/charts

    Several runs are compared. A chart has the name of its file, without the ending. RUN may also be what
    pytest-benchmark, pyperf or hyperfine wrote.
    """
    if look and form != "html":
        raise click.UsageError("--open shows a page, so it goes with --format html")
    if charts and form == "html":
        raise click.UsageError("--chart chooses pictures, so it goes with --format svg or png")
    try:
        from concbench.report.html.side_by_side import Named

        named = [Named(name, opened(path)) for name, path in zip(run_names(runs), runs, strict=True)]
        if form == "html":
            from concbench.report.html.document import document

            path = output or Path(f"{named[0].name}.html")
            write_export(document(named), path, overwrite=force)
            click.echo(f"Wrote {printable(str(path))}", err=True)
            if look:
                webbrowser.open(path.absolute().as_uri())
        else:
            folder = output or Path(PICTURES)
            written = write_pictures(named, folder, form, charts, overwrite=force)
            click.echo(f"Wrote {counted(written, f'{form.upper()} file')} to {printable(str(folder))}", err=True)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in EXTRA:
            raise
        raise click.UsageError(f"a report needs {error.name}: pip install 'concbench[report]'") from None
    except (UnknownName, UnwritableRun) as error:
        raise click.UsageError(str(error)) from None


def run_names(paths: Sequence[Path]) -> list[str]:
    """Return what a report calls the runs: by their files, and with a number behind where two would be alike.

    >>> run_names([Path("a/run.json"), Path("b/run.json")])
    ['run', 'run-2']
    """
    from concbench.report.html.naming import Names

    names = Names()
    return [names.distinct(printable(path.stem) or "run") for path in paths]


def write_pictures(runs: Sequence[Named], folder: Path, form: str, charts: Sequence[str], *, overwrite: bool) -> int:
    """Write each chart to a file of its own in the folder; returns how many. Raises UnknownName, and UnwritableRun."""
    from concbench.report.html.pictures import pictures

    drawn = list(pictures(runs, "svg" if form == "svg" else "png", charts))
    taken = [folder / name for name, _ in drawn if (folder / name).exists()]
    if taken and not overwrite:
        raise UnwritableRun(f"{taken[0]} exists already: name another folder, or overwrite it with --force")
    for name, picture in drawn:
        write_export(picture, folder / name, overwrite=overwrite)
    return len(drawn)
