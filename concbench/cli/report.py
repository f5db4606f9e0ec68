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
from concbench.report.units import counted
from concbench.runs.export import write_export
from concbench.runs.writing import UnwritableRun

if TYPE_CHECKING:
    from concbench.report.charts.runs import NamedRun

PICTURES = "report-charts"
"""The folder of pictures, by default."""
EXTRA = ("altair", "jinja2", "markupsafe", "vl_convert")
"""What the extra `report` brings."""


@click.command("report")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help=f"The file; or the folder, for pictures.  [default: the first run's name; {PICTURES}]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "svg", "png"]),
    default="html",
    help="A page, or only its charts.  [default: html]",
)
@click.option("--chart", "charts", metavar="NAME", multiple=True, help="Only this chart; repeat for more.")
@click.option("--open", "look", is_flag=True, help="Open the page in the browser.")
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def command(
    runs: tuple[Path, ...], output: Path | None, form: str, charts: tuple[str, ...], look: bool, force: bool
) -> None:
    """Make a report with charts: one HTML file that needs no network.

    \b
    Examples:
      concbench report results/mine.json
      concbench report before.json after.json -o comparison.html --open
      concbench report results/mine.json --format svg -o docs/charts
      concbench report results/mine.json --format png --chart hero

    Several runs are compared. A chart is named like its file, without the suffix; hero is a card with the answer.
    RUN may also be a file of pytest-benchmark, pyperf or hyperfine.
    """
    if look and form != "html":
        raise click.UsageError("--open needs --format html")
    if charts and form == "html":
        raise click.UsageError("--chart needs --format svg or png")
    try:
        from concbench.report.charts.runs import NamedRun

        named = [NamedRun(name, opened(path)) for name, path in zip(run_names(runs), runs, strict=True)]
        if form == "html":
            from concbench.report.html.page import page

            path = output or Path(f"{named[0].name}.html")
            write_export(page(named), path, overwrite=force)
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
    """Name the runs of a report after their files, with a number where two would be alike.

    >>> run_names([Path("a/run.json"), Path("b/run.json")])
    ['run', 'run-2']
    """
    from concbench.report.charts.chart import UniqueNames

    names = UniqueNames()
    return [names.unique(printable(path.stem) or "run") for path in paths]


def write_pictures(runs: Sequence[NamedRun], folder: Path, form: str, charts: Sequence[str], *, overwrite: bool) -> int:
    """Write each chart to a file of its own in the folder; returns their number. Raises UnknownName, UnwritableRun."""
    from concbench.report.charts.pictures import pictures

    drawn = list(pictures(runs, "svg" if form == "svg" else "png", charts))
    taken = [folder / name for name, _ in drawn if (folder / name).exists()]
    if taken and not overwrite:
        raise UnwritableRun(f"{taken[0]} already exists: name another folder, or overwrite it with --force")
    for name, picture in drawn:
        write_export(picture, folder / name, overwrite=overwrite)
    return len(drawn)
