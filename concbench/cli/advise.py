"""`concbench advise FUNCTION`."""

from __future__ import annotations

import sys
from typing import Any

import click

from concbench.api.luggage import folders_of
from concbench.cli.measuring import NOT_MEASURED, measured_and_shown
from concbench.cli.options import (
    JSON,
    PYTHON,
    QUIET,
    SAVE,
    SEED,
    START_METHOD,
    TASK_OUTPUT,
    TIMEOUT,
    Output,
    interpreters_of,
    refuse_contradictions,
    seed_of,
    shown,
)
from concbench.cli.own_function import EXPECT, INIT, ITEMS, check_own, counted_items
from concbench.cli.quantities import Count, Duration
from concbench.registry import UnknownName
from concbench.suites.advising import BUDGET, Advising
from concbench.suites.comparing import OwnFunction
from concbench.suites.options import Options


@click.command("advise")
@click.argument("function")
@ITEMS
@EXPECT
@INIT
@click.option("--strategy", "strategies", multiple=True, help="Try only this one; may be repeated.  [default: all]")
@click.option("--workers", type=Count(), help="Try only so many workers.  [default: several numbers]")
@START_METHOD
@PYTHON
@click.option("--budget", type=Duration(), metavar="SECONDS", help=f"How long it may take.  [default: {BUDGET:g}]")
@TIMEOUT
@SEED
@TASK_OUTPUT
@SAVE
@JSON
@QUIET
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
    refuse_contradictions(values)
    output = Output(**{name: values.pop(name) for name in ("form", "sort", "verbose", "quiet", "why", "save", "json")})
    strategies = values.pop("strategies")
    own = {"expect": values.pop("expect"), "init": values.pop("init")}
    options = Options(
        **values,
        seed=seed_of(seed),
        interpreters=interpreters_of(pythons),
        paths=folders_of(function, items, *own.values()),
        command=sys.argv[1:],
    )
    options, items = counted_items(options, items)
    check_own(function, items, own["expect"], own["init"], "FUNCTION")
    try:
        asked = Advising(OwnFunction(name=function, items=items, strategies=strategies, **own), options)
    except UnknownName as error:
        raise click.UsageError(str(error)) from None
    run, saved = measured_and_shown(asked, options, output)
    if not saved or not run.recommendations:
        raise SystemExit(NOT_MEASURED)
