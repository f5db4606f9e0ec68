"""`concbench advise FUNCTION`."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import click

from concbench.api.luggage import folders_of
from concbench.cli.measuring import NOT_MEASURED, measured_and_shown
from concbench.cli.options import AUTOMATIC, LARGEST_SEED, Output, shown
from concbench.cli.own_function import counted_items
from concbench.cli.quantities import Count, Duration
from concbench.measure.interpreters import NoInterpreter, interpreters
from concbench.registry import UnknownName
from concbench.suites.advising import BUDGET, Advising
from concbench.suites.comparing import OwnFunction
from concbench.suites.options import Options
from concbench.workloads.named import is_function


@click.command("advise")
@click.argument("function")
@click.option("--items", help="What it is called with: a count, a JSON-lines file, or a function that makes the items.")
@click.option("--expect", metavar="FUNCTION", help="Says of an item and a result whether that is right.")
@click.option("--init", metavar="FUNCTION", help="Called by each worker before its first task.")
@click.option("--strategy", "strategies", multiple=True, help="Try only this one; may be repeated.  [default: all]")
@click.option("--workers", type=Count(), help="Try only so many workers.  [default: several numbers]")
@click.option("--start-method", type=click.Choice(["fork", "forkserver", "spawn"]), help="How processes are started.")
@click.option("--python", "pythons", metavar="PYTHON", multiple=True, help="Try it under this interpreter, too.")
@click.option("--budget", type=Duration(), metavar="SECONDS", help=f"How long it may take.  [default: {BUDGET:g}]")
@click.option("--timeout", type=Duration(), default=60.0, help="Give a candidate up when one sample takes longer.")
@click.option("--seed", type=Count(least=0, most=LARGEST_SEED), help="Of every random order.  [default: a new one]")
@click.option(
    "--task-output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where what tasks print is appended.  [default: stderr]",
)
@click.option("--save", is_flag=False, flag_value=AUTOMATIC, metavar="[NAME]", help="Name of the run document.")
@click.option("--json", metavar="FILE", help="Write the run document here; - is stdout, and nothing else is.")
@click.option("-q", "--quiet", is_flag=True, help="Only the table, what is recommended, warnings and errors.")
@shown
def command(function: str, items: str | None, pythons: tuple[str, ...], seed: int | None, **values: Any) -> None:
    """Find out how FUNCTION is best run: by which strategy, with how many workers, and what that costs.

    FUNCTION is package.module:function or file.py:function, plain or `async def`. It is called with each of the items.
    Strategies, numbers of workers and chunksizes run against each other; those that surely lose are dropped early.

    \b
    Examples:
      concbench advise json:dumps --items 1000 --budget 10s
      concbench advise thumbnails.py:make_one --items names.jsonl
      concbench advise thumbnails:make_one --items thumbnails:all_names --strategy executor-threads
      concbench advise thumbnails:make_one --python python3.13 --python python3.13t --json -

    \b
    Exit status:
      0    done
      2    wrong usage
      3    nothing could be measured, or the run could not be saved
      130  interrupted
    """
    if not is_function(function):
        raise click.UsageError(
            f"{function!r} names no function: write it as package.module:function, or file.py:function"
        )
    output = Output(**{name: values.pop(name) for name in ("form", "sort", "verbose", "quiet", "why", "save", "json")})
    try:
        chosen = interpreters(pythons)
    except NoInterpreter as error:
        raise click.UsageError(f"--python: {error}") from None
    strategies = values.pop("strategies")
    own = {"expect": values.pop("expect"), "init": values.pop("init")}
    options = Options(
        **values,
        seed=random.SystemRandom().randrange(2**31) if seed is None else seed,
        interpreters=chosen,
        paths=folders_of(function, items, *own.values()),
        command=sys.argv[1:],
    )
    options, items = counted_items(options, items)
    try:
        asked = Advising(OwnFunction(name=function, items=items, strategies=strategies, **own), options)
    except UnknownName as error:
        raise click.UsageError(str(error)) from None
    run, saved = measured_and_shown(asked, options, output)
    if not saved or not run.recommendations:
        raise SystemExit(NOT_MEASURED)
