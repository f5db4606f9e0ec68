"""`concbench load`: how many concurrent calls of your own function are enough."""

from __future__ import annotations

from dataclasses import replace

import click

from concbench.api.functions import folders_of
from concbench.cli.measurement import NOT_MEASURED, measured_and_shown
from concbench.cli.options import Output, Quantity, measures, setting_errors
from concbench.cli.user_function import EXPECT, INIT, INIT_PER, ITEMS, check_own, counted_items
from concbench.model.case import InitPer
from concbench.session.comparison import OwnFunction
from concbench.session.knee import Levels
from concbench.session.load import ANY, BUDGET, MOST_CALLS, LoadTest, listed_levels
from concbench.session.options import OPTIONS, Options, refuse_several
from concbench.session.quantities import Count, Unreadable, several
from concbench.workloads.functions import FILE, HOW

MOST_LEVEL = 10_000
MOST_OF_CALLS = 10_000_000


class LevelRange(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
    """The levels between two, or exactly those that are listed."""

    name = "levels"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Levels:
        """The levels; a usage error for anything else."""
        if isinstance(value, Levels):
            return value
        kind, text = Count(most=MOST_LEVEL), str(value)
        low, _, high = text.partition(":")
        try:
            if text.count(":") == 1:
                levels = Levels(lowest=kind.parse(low), highest=kind.parse(high))
                if levels.lowest > levels.highest:
                    raise Unreadable(f"{text!r} ends before it begins: write 1:{ANY.highest}")
                return levels
            return listed_levels(round(each) for each in several(kind, text) if isinstance(each, int))
        except Unreadable as error:
            self.fail(str(error), param, ctx)


CHANGED = {"budget": replace(OPTIONS["budget"], default=f"{BUDGET:g}s")}
"""What means something else here than in other commands."""


@click.command("load")
@click.argument("function")
@ITEMS
@EXPECT
@INIT
@INIT_PER
@click.option(
    "--levels",
    type=LevelRange(),
    default=f"1:{ANY.highest}",
    metavar="LEVELS",
    help=f"Numbers of concurrent calls: LOW:HIGH, or a list of exactly these.  [default: 1:{ANY.highest}]",
)
@click.option(
    "--max-calls",
    type=Quantity(Count(most=MOST_OF_CALLS)),
    default=MOST_CALLS,
    help=f"Never make more calls than this, all levels together.  [default: {MOST_CALLS}]",
)
@measures("tasks", "python", "timeout", "seed", "task_output", changed=CHANGED)
def command(
    function: str,
    items: str | None,
    expect: str | None,
    init: str | None,
    init_per: InitPer | None,
    levels: Levels,
    max_calls: int,
    options: Options,
    output: Output,
) -> None:
    """Find how many concurrent calls of your function are enough.

    FUNCTION is package.module:function, or file.py:function; it waits for something, such as a server. More and more
    callers call it, each again as soon as its last call has come back (a closed loop): threads, or coroutines if it is
    an async def. Errors are counted, and do not end the measurement.

    \b
    Examples:
      concbench load scraper.py:fetch --items urls.jsonl --max-calls 500
      concbench load scraper.py:fetch_later --init scraper.py:open_client
      concbench load payments.py:spent --init payments.py:connect --levels 1:64
      concbench load payments:spent --levels 1,2,4,8,16 --max-calls 5000
    """
    if function.endswith(FILE):
        raise click.UsageError(f"FUNCTION: {function!r} is a file without a function: {HOW}")
    options, items = counted_items(options, items)
    check_own(function, items, expect, init, "FUNCTION", init_per=init_per)
    options = replace(options, paths=folders_of(function, items, expect, init))
    with setting_errors():
        refuse_several(options, "all levels call the same items")
        asked = LoadTest(
            OwnFunction(name=function, items=items, expect=expect, init=init, init_per=init_per),
            options,
            most_calls=max_calls,
            levels=levels,
        )
    run, saved = measured_and_shown(asked, options, output)
    if not saved or not run.knees:
        raise SystemExit(NOT_MEASURED)
