"""`concbench predict RUN`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from concbench.analysis.analysis import analyse
from concbench.analysis.forecast import Asked, Forecast, Unanswerable, forecast
from concbench.cli.options import FORMAT, STANDARD_STREAM, Quantity, Several
from concbench.cli.show import opened
from concbench.cli.streams import echo, stdout_width
from concbench.model.case import given_settings
from concbench.model.run import Run
from concbench.prediction.predict import Prediction
from concbench.report.comma_separated import figures_of_predictions
from concbench.report.markdown import CSV
from concbench.report.safe import printable
from concbench.report.sections.prediction import fits, notes, prediction
from concbench.report.terminal import is_aside, pieces
from concbench.runs.export import write_export
from concbench.runs.writing import UnwritableRun
from concbench.session.quantities import Count, Size


class Values(Several):
    """One value or several, always as all of them: `auto` alone is a value, too."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> object:
        """The values as a tuple; a usage error for anything else."""
        if isinstance(value, tuple):  # click converts a default once more
            return value
        found = super().convert(value, param, ctx)
        return tuple(found) if isinstance(found, list) else (found,)


COUNT, NUMBER = Values(Count(), auto=True), Values(Count(), auto=False)
Counts = tuple[int | None, ...]


@click.command("predict")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--items", type=NUMBER, help="Tasks of the job.  [default: as many as the run ran]")
@click.option("--workers", type=COUNT, help="Workers.  [default: as in the run]")
@click.option("--strategy", "strategies", metavar="NAME", multiple=True, help="Predict this strategy; repeat for more.")
@click.option("--chunksize", type=COUNT, help="Items handed out at once.  [default: as in the run]")
@click.option("--limit", type=COUNT, help="Maximum number of concurrent tasks.  [default: as in the run]")
@click.option("--cores", type=NUMBER, help="Usable cores of the machine.  [default: those of the run]")
@click.option("--memory", type=Quantity(Size()), help="Memory that it has to fit into, such as 4GiB.")
@click.option("--warm", is_flag=True, help="The workers exist already, as in a service: don't count starting them.")
@click.option("--start-method", metavar="NAME", help="How worker processes are started.  [default: as in the run]")
@click.option("--table", metavar="NAME", help="Which table of the run, if it has several.")
@click.option("--side", metavar="NAME", help="Which interpreter of the run, if it has several.")
@FORMAT
@click.option("--json", "target", metavar="FILE", help="Write the predictions to this file; with -, to stdout.")
def command(
    run: Path,
    items: Counts | None,
    workers: Counts | None,
    strategies: tuple[str, ...],
    chunksize: Counts | None,
    limit: Counts | None,
    cores: Counts | None,
    memory: float | None,
    warm: bool,
    start_method: str | None,
    table: str | None,
    side: str | None,
    form: str,
    target: str | None,
) -> None:
    """Predict from the saved run RUN what it has not measured: more items, other workers, more cores.

    \b
    Examples:
      concbench predict results/mine.json --items 1e6
      concbench predict results/mine.json --items 1e6 --workers 2,8,32 --cores 32
      concbench predict results/mine.json --workers 1:64:log --memory 4GiB
      concbench predict results/mine.json --strategy pool-map --items 10:1e6:log
      concbench predict results/mine.json --items 1000 --warm --json -

    Each of --items, --workers, --chunksize, --limit and --cores can be a list (1,7) or a range (1:8, 1:64:log):
    every combination is predicted. Without --strategy, it is about what the run recommends, or its fastest row; what
    is not given is as in that row. Figures are of the machine of the run, and have ranges: each says whether it was
    measured, is predicted, or is extrapolated, and along what.
    """
    asked = Asked(
        strategies=strategies,
        workers=workers or (),
        chunksizes=chunksize or (),
        limits=limit or (),
        items=tuple(each for each in items or () if each is not None),
        cores=tuple(each for each in cores or () if each is not None),
        start_method=start_method,
        warm=warm,
        table=table,
        side=side,
    )
    read = opened(run)
    analysis = analyse(read)
    try:
        found = forecast(analysis, asked)
    except Unanswerable as error:
        raise click.UsageError(f"{printable(str(run))} can't be asked that: {printable(str(error))}") from None
    if target is not None:
        write(document(read, found, memory), target)
        if target == STANDARD_STREAM:
            return
    blocks = list(prediction(analysis, found, memory))
    if form == CSV:
        click.echo(figures_of_predictions(found.predictions))
        blocks = [block for block in blocks if is_aside(block)]
    for piece in pieces(blocks, stdout_width(), form):
        echo(piece)


def plain(each: Prediction) -> dict[str, Any]:
    """A prediction as a document has it: seconds and bytes, each with its range."""
    settings, job = each.settings, each.job
    return {
        "strategy": each.subject,
        "settings": given_settings(settings),
        "items": job.items,
        "cores": job.cores,
        "warm": job.warm,
        "basis": each.basis,
        "extrapolated_along": list(each.beyond),
        "case": each.case,
        "wall": asdict(each.wall),
        "cpu": asdict(each.cpu),
        "memory": None if each.memory is None else asdict(each.memory),
        "phases": {"start": each.start, "run": each.run, "stop": each.stop},
        "waits_for": each.bottleneck,
        "parent_busy": each.busy,
    }


def document(run: Run, found: Forecast, memory: float | None) -> str:
    """The predictions as JSON."""
    predictions = [{**plain(each), "fits": fits(each, memory)} for each in found.predictions]
    whole = {
        "run": {"suite": run.suite, "started": run.started, "table": found.table.name, "side": found.case.side},
        "predictions": predictions,
        "notes": list(notes(run, found)),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def write(text: str, target: str) -> None:
    """Write a document to a file, or to stdout."""
    if target == STANDARD_STREAM:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    try:
        write_export(text, Path(target), overwrite=False)
    except UnwritableRun as error:
        raise click.UsageError(f"--json: {error}") from None
