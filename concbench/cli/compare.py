"""`concbench compare`: strategies on one workload, or channels, stores or primitives by name."""

from __future__ import annotations

from dataclasses import replace

import click

from concbench.api.luggage import folders_of
from concbench.cli.measuring import measure_and_show
from concbench.cli.options import SEVERAL, Output, measured
from concbench.cli.own_function import EXPECT, INIT, ITEMS, check_own, counted_items
from concbench.registry import UnknownName
from concbench.report.sentences import listed
from concbench.suites.comparing import (
    OwnFunction,
    comparison_of,
    comparison_of_channels,
    comparison_of_function,
    comparison_of_primitives,
    comparison_of_stores,
)
from concbench.suites.options import Options
from concbench.suites.suite import Suite
from concbench.workloads.functions import FILE, HOW
from concbench.workloads.named import is_function


@click.command("compare", epilog=SEVERAL)
@click.option("--workload", help="Strategies on this workload, or on a function of your own: package.module:function.")
@ITEMS
@EXPECT
@INIT
@click.option("--strategy", "strategies", multiple=True, help="One of the strategies; may be repeated.  [default: all]")
@click.option("--channel", "channels", multiple=True, help="A channel; may be repeated. --payload is a message's size.")
@click.option("--store", "stores", multiple=True, help="A store of a shared counter; may be repeated.")
@click.option("--lock", "locks", multiple=True, help="A lock that guards the stores, or none; may be repeated.")
@click.option("--primitive", "primitives", multiple=True, help="A lock, event, condition or barrier; may be repeated.")
@click.option("--reference", help="The row that ratios are relative to.  [default: serial, os-pipe, or the first]")
@measured
def command(
    workload: str | None,
    items: str | None,
    expect: str | None,
    init: str | None,
    strategies: tuple[str, ...],
    channels: tuple[str, ...],
    stores: tuple[str, ...],
    locks: tuple[str, ...],
    primitives: tuple[str, ...],
    reference: str | None,
    options: Options,
    output: Output,
) -> None:
    """Measure strategies side by side on one workload; or channels, stores or primitives.

    \b
    Examples:
      concbench compare --workload cpu
      concbench compare --workload sleep --strategy thread --strategy asyncio-gather --reference thread
      concbench compare --workload payload --payload 1MiB --tasks 20 --quick
      concbench compare --workload cpu --task-time 10us:10ms:log --strategy serial --strategy pool-map --quick
      concbench compare --workload json:dumps --items 1000 --strategy serial --strategy pool-map --quick
      concbench compare --channel pipe --channel shared-memory --payload 64KiB --quick
      concbench compare --store manager-dict --lock none --lock lock --workers 4 --quick
      concbench compare --primitive lock --primitive barrier --workers 4 --quick
    """
    asked = [name for name, given in (("--workload", workload), ("--channel", channels), ("--store", stores)) if given]
    asked += ["--primitive"] if primitives else []
    if len(asked) != 1:
        what = f"{listed(asked)} were given" if asked else "none was given"
        raise click.UsageError(f"one of --workload, --channel, --store and --primitive says what to compare; {what}")
    if strategies and workload is None:
        raise click.UsageError("--strategy goes with --workload")
    if locks and not stores:
        raise click.UsageError("--lock goes with --store")
    if workload is not None and workload.endswith(FILE):
        raise click.UsageError(f"--workload: {workload!r} is a file, and names no function in it: {HOW}")
    own = workload is not None and is_function(workload)
    for name, given in (("--items", items), ("--expect", expect), ("--init", init)):
        if given is not None and not own:
            raise click.UsageError(f"{name} goes with a function of your own: --workload package.module:function")
    try:
        if workload is not None and own:
            options, items = counted_items(options, items)
            check_own(workload, items, expect, init, "--workload")
            options = replace(options, paths=folders_of(workload, items, expect, init))
            function = OwnFunction(name=workload, items=items, expect=expect, init=init)
            suite: Suite = comparison_of_function(function, strategies, reference)
        elif workload is not None:
            suite = comparison_of(workload, strategies, reference)
        elif channels:
            suite = comparison_of_channels(channels, reference)
        elif stores:
            suite = comparison_of_stores(stores, locks, reference)
        else:
            suite = comparison_of_primitives(primitives, reference)
    except UnknownName as error:
        raise click.UsageError(str(error)) from None
    measure_and_show(suite, options, output)
