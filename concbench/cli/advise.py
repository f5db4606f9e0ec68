"""`concbench advise FUNCTION`."""

from __future__ import annotations

from dataclasses import replace

import click

from concbench.api.functions import folders_of
from concbench.cli.measurement import NOT_MEASURED, measured_and_shown
from concbench.cli.options import Output, measures
from concbench.cli.user_function import EXPECT, INIT, ITEMS, check_own, counted_items
from concbench.registry import UnknownName
from concbench.session.advice import BUDGET, Advisor
from concbench.session.comparison import OwnFunction
from concbench.session.options import OPTIONS, Options

OWN = {
    "workers": replace(OPTIONS["workers"], help="Try only this number of workers.", default="several", axis=False),
    "budget": replace(OPTIONS["budget"], help="How long it may take.", default=f"{BUDGET:g}s"),
}
"""Options that mean something else here."""


@click.command("advise")
@click.argument("function")
@ITEMS
@EXPECT
@INIT
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    help="Try only this strategy, or file.py:name; repeat for more.  [default: all]",
)
@measures("workers", "start_method", "python", "budget", "timeout", "seed", "task_output", changed=OWN)
def command(
    function: str,
    items: str | None,
    expect: str | None,
    init: str | None,
    strategies: tuple[str, ...],
    options: Options,
    output: Output,
) -> None:
    """Find the best way to run FUNCTION: the strategy, the number of workers, and what that costs.

    FUNCTION is package.module:function or file.py:function, plain or `async def`. It is called with each of the items.
    Strategies, numbers of workers and chunksizes race against each other; clear losers are dropped early.

    \b
    Examples:
      concbench advise json:dumps --items 1000 --budget 10s
      concbench advise thumbnails.py:make_one --items names.jsonl
      concbench advise thumbnails:make_one --items thumbnails:all_names
      concbench advise thumbnails:make_one --python python3.13 --json -

    \b
    Exit status:
      0    done
      2    wrong usage
      3    nothing could be measured, or the run could not be saved
      130  interrupted
    """
    options, items = counted_items(
        replace(options, paths=folders_of(function, items, expect, init, *strategies)), items
    )
    check_own(function, items, expect, init, "FUNCTION")
    own = OwnFunction(name=function, items=items, expect=expect, init=init, strategies=strategies)
    try:
        asked = Advisor(own, options)
    except UnknownName as error:
        raise click.UsageError(str(error)) from None
    run, saved = measured_and_shown(asked, options, output)
    if not saved or not run.recommendations:
        raise SystemExit(NOT_MEASURED)
