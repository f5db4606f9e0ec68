"""`concbench compare`: strategies on one workload, commands, or channels, stores or primitives by name."""

from __future__ import annotations

from dataclasses import replace

import click

from concbench.api.functions import folders_of, folders_of_files
from concbench.cli.command_line import commands
from concbench.cli.measurement import measure_and_show
from concbench.cli.options import SEVERAL, Output, measures, setting_errors
from concbench.cli.user_function import EXPECT, INIT, INIT_PER, ITEMS, SHARED, check_own, counted_items
from concbench.model.case import InitPer
from concbench.registry import UnknownName
from concbench.report.units import listed
from concbench.session.commands import WORKERS, Commands, comparison_of_commands, takes_workers
from concbench.session.comparison import (
    OwnFunction,
    comparison_of,
    comparison_of_channels,
    comparison_of_function,
    comparison_of_primitives,
    comparison_of_stores,
    joining,
)
from concbench.session.options import Options
from concbench.suites.suite import Suite
from concbench.workloads.functions import FILE, HOW
from concbench.workloads.workload import is_function


@click.command("compare", epilog=SEVERAL)
@click.option("--workload", help="Compare strategies on this workload, or on your function: package.module:function.")
@ITEMS
@EXPECT
@INIT
@INIT_PER
@SHARED
@click.option(
    "--sharing",
    metavar="WAY",
    multiple=True,
    help="How processes get that: pickled, initializer, inherited, shared-memory or memory-map; repeat for more.  "
    "[default: every way]",
)
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    help="Measure this strategy, or file.py:name; repeat for more.  [default: all that need no engine]",
)
@click.option("--engines", is_flag=True, help="Also measure joblib, loky, mpire, dask, ray and MPI, where installed.")
@click.option(
    "--channel",
    "channels",
    multiple=True,
    help="Measure this channel; repeat for more. See --payload.",
)
@click.option("--store", "stores", multiple=True, help="Measure this store of a shared counter; repeat for more.")
@click.option("--lock", "locks", multiple=True, help="Guard the stores with this lock, or none; repeat for more.")
@click.option("--primitive", "primitives", multiple=True, help="Measure this primitive, e.g. lock; repeat for more.")
@commands()
@click.option("--reference", help="Row that ratios are relative to.  [default: serial, os-pipe or the first]")
@measures()
def command(
    workload: str | None,
    items: str | None,
    expect: str | None,
    init: str | None,
    init_per: InitPer | None,
    shared: str | None,
    sharing: tuple[str, ...],
    strategies: tuple[str, ...],
    engines: bool,
    channels: tuple[str, ...],
    stores: tuple[str, ...],
    locks: tuple[str, ...],
    primitives: tuple[str, ...],
    reference: str | None,
    given: Commands,
    options: Options,
    output: Output,
) -> None:
    """Measure strategies side by side on one workload; or commands, channels, stores or primitives.

    \b
    Examples:
      concbench compare --workload cpu
      concbench compare --workload sleep --strategy asyncio-gather --quick
      concbench compare --workload payload --payload 1MiB --tasks 20 --quick
      concbench compare --workload cpu --strategy pool-map --task-time 1us:1ms:log
      concbench compare --workload cpu --start-method fork,spawn --quick
      concbench compare --workload cpu --warm --cold --quick
      concbench compare --workload cpu --engines --warm
      concbench compare --workload json:dumps --items 1000 --quick
      concbench compare --command 'make -j {workers}' --workers 1:4
      concbench compare --command 'gzip -{level} -c a.txt' --parameter level=1,9
      concbench compare --channel pipe --channel shared-memory --payload 64KiB
      concbench compare --store manager-dict --lock none --lock lock --workers 4
      concbench compare --primitive lock --primitive barrier --workers 4 --quick
    """
    about = {
        "--workload": workload,
        "--channel": channels,
        "--store": stores,
        "--primitive": primitives,
        "--command": given.lines,
    }
    asked = [name for name, value in about.items() if value]
    if len(asked) != 1:
        what = f"got {listed(asked)}" if asked else "none was given"
        raise click.UsageError(f"give exactly one of --workload, --command, --channel, --store and --primitive; {what}")
    if strategies and workload is None:
        raise click.UsageError("--strategy needs --workload")
    if engines and workload is None:
        raise click.UsageError("--engines needs --workload")
    if locks and not stores:
        raise click.UsageError("--lock needs --store")
    if workload is not None and workload.endswith(FILE):
        raise click.UsageError(f"--workload: {workload!r} is a file without a function: {HOW}")
    own = workload is not None and is_function(workload)
    others = joining(engines=engines, address=options.engine_address)
    if sharing and workload is None:
        raise click.UsageError("--sharing needs --workload")
    if sharing and own and shared is None:
        raise click.UsageError("--sharing needs --shared, a function that returns what all tasks read")
    of_a_function = {
        "--items": items,
        "--expect": expect,
        "--init": init,
        "--init-per": init_per,
        "--shared": shared,
    }
    for name, value in of_a_function.items():
        if value is not None and not own:
            raise click.UsageError(f"{name} needs a function of yours: --workload package.module:function")
    try:
        if workload is not None and own:
            options, items = counted_items(options, items)
            check_own(workload, items, expect, init, "--workload", init_per=init_per, shared=shared)
            options = replace(options, paths=folders_of(workload, items, expect, init, shared, *strategies))
            function = OwnFunction(
                name=workload,
                items=items,
                expect=expect,
                init=init,
                init_per=init_per,
                shared=shared,
                joining=others,
            )
            suite: Suite = comparison_of_function(function, strategies, reference, sharing)
        elif workload is not None:
            options = replace(options, paths=folders_of_files(strategies))
            with setting_errors():
                suite = comparison_of(workload, strategies, reference, sharing, others)
        elif given.lines:
            several = any(axis.name == WORKERS for axis in options.axes)
            if options.workers is None and not several and any(map(takes_workers, given.lines)):
                raise click.UsageError("a command has {workers}: say how many, as in --workers 1:8")
            with setting_errors():
                suite = comparison_of_commands(given, options.workers, reference)
        elif channels:
            suite = comparison_of_channels(channels, reference)
        elif stores:
            suite = comparison_of_stores(stores, locks, reference)
        else:
            suite = comparison_of_primitives(primitives, reference)
    except UnknownName as error:
        raise click.UsageError(str(error)) from None
    measure_and_show(suite, options, output)
