"""`concbench compare`: strategies on one workload, commands, or channels, stores or primitives by name."""

from __future__ import annotations

from dataclasses import replace

import click

from concbench.api.functions import folders_of, folders_of_files
from concbench.cli.measurement import measure_and_show
from concbench.cli.options import SEVERAL, Output, measures, setting_errors
from concbench.cli.user_function import EXPECT, INIT, ITEMS, check_own, counted_items
from concbench.model.case import CommandLine
from concbench.registry import UnknownName
from concbench.report.units import listed
from concbench.session.commands import WORKERS, comparison_of_commands, merged, parameter, variable
from concbench.session.comparison import (
    OwnFunction,
    comparison_of,
    comparison_of_channels,
    comparison_of_function,
    comparison_of_primitives,
    comparison_of_stores,
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
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    help="Measure this strategy, or file.py:name; repeat for more.  [default: all]",
)
@click.option(
    "--channel",
    "channels",
    multiple=True,
    help="Measure this channel; repeat for more. See --payload.",
)
@click.option("--store", "stores", multiple=True, help="Measure this store of a shared counter; repeat for more.")
@click.option("--lock", "locks", multiple=True, help="Guard the stores with this lock, or none; repeat for more.")
@click.option("--primitive", "primitives", multiple=True, help="Measure this primitive, e.g. lock; repeat for more.")
@click.option(
    "--command",
    "commands",
    metavar="COMMAND",
    multiple=True,
    help="Measure this command; repeat for more. {workers} stands for each value of --workers.",
)
@click.option(
    "--parameter",
    "parameters",
    metavar="NAME=VALUES",
    multiple=True,
    help="What {NAME} stands for in commands: a list (a,b,c) or a range (1:8); repeat for more.",
)
@click.option("--setup", metavar="COMMAND", help="Run this before the first sample in each fresh host.")
@click.option("--prepare", metavar="COMMAND", help="Run this before every sample of a command; it is not timed.")
@click.option("--cleanup", metavar="COMMAND", help="Run this after the last sample in each host.")
@click.option("--shell/--no-shell", default=False, help="Let /bin/sh read commands.  [default: --no-shell]")
@click.option("--input", "source", metavar="FILE", help="What commands read as standard input.  [default: nothing]")
@click.option("--ignore-failure", is_flag=True, help="Measure commands whatever their exit status is.")
@click.option("--working-directory", metavar="FOLDER", help="Where commands run.  [default: the current folder]")
@click.option("--env", "variables", metavar="NAME=VALUE", multiple=True, help="A variable for commands; repeatable.")
@click.option("--reference", help="Row that ratios are relative to.  [default: serial, os-pipe or the first]")
@measures()
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
    commands: tuple[str, ...],
    parameters: tuple[str, ...],
    setup: str | None,
    prepare: str | None,
    cleanup: str | None,
    shell: bool,
    source: str | None,
    ignore_failure: bool,
    working_directory: str | None,
    variables: tuple[str, ...],
    reference: str | None,
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
      concbench compare --workload json:dumps --items 1000 --quick
      concbench compare --command 'make -j {workers}' --workers 1:4
      concbench compare --command 'gzip -{level} -c a.txt' --parameter level=1,9
      concbench compare --channel pipe --channel shared-memory --payload 64KiB
      concbench compare --store manager-dict --lock none --lock lock --workers 4
      concbench compare --primitive lock --primitive barrier --workers 4 --quick
    """
    asked = [name for name, given in (("--workload", workload), ("--channel", channels), ("--store", stores)) if given]
    asked += [name for name, given in (("--primitive", primitives), ("--command", commands)) if given]
    if len(asked) != 1:
        what = f"got {listed(asked)}" if asked else "none was given"
        raise click.UsageError(f"give exactly one of --workload, --command, --channel, --store and --primitive; {what}")
    around = {
        "--parameter": parameters,
        "--setup": setup,
        "--prepare": prepare,
        "--cleanup": cleanup,
        "--shell": shell,
        "--input": source,
        "--ignore-failure": ignore_failure,
        "--working-directory": working_directory,
        "--env": variables,
    }
    for name, given in around.items():
        if given and not commands:
            raise click.UsageError(f"{name} needs --command")
    if strategies and workload is None:
        raise click.UsageError("--strategy needs --workload")
    if locks and not stores:
        raise click.UsageError("--lock needs --store")
    if workload is not None and workload.endswith(FILE):
        raise click.UsageError(f"--workload: {workload!r} is a file without a function: {HOW}")
    own = workload is not None and is_function(workload)
    for name, given in (("--items", items), ("--expect", expect), ("--init", init)):
        if given is not None and not own:
            raise click.UsageError(f"{name} needs a function of yours: --workload package.module:function")
    try:
        if workload is not None and own:
            options, items = counted_items(options, items)
            check_own(workload, items, expect, init, "--workload")
            options = replace(options, paths=folders_of(workload, items, expect, init, *strategies))
            function = OwnFunction(name=workload, items=items, expect=expect, init=init)
            suite: Suite = comparison_of_function(function, strategies, reference)
        elif workload is not None:
            options = replace(options, paths=folders_of_files(strategies))
            suite = comparison_of(workload, strategies, reference)
        elif commands:
            several = any(axis.name == WORKERS for axis in options.axes)
            if options.workers is None and not several and any(f"{{{WORKERS}}}" in text for text in commands):
                raise click.UsageError("a command has {workers}: say how many, as in --workers 1:8")
            with setting_errors():
                suite = comparison_of_commands(
                    commands,
                    merged(map(parameter, parameters)),
                    CommandLine(
                        text="",
                        shell=shell,
                        setup=setup,
                        prepare=prepare,
                        cleanup=cleanup,
                        input=source,
                        ignore_failure=ignore_failure,
                        folder=working_directory,
                        environment=tuple(map(variable, variables)),
                    ),
                    options.workers,
                    reference,
                )
        elif channels:
            suite = comparison_of_channels(channels, reference)
        elif stores:
            suite = comparison_of_stores(stores, locks, reference)
        else:
            suite = comparison_of_primitives(primitives, reference)
    except UnknownName as error:
        raise click.UsageError(str(error)) from None
    measure_and_show(suite, options, output)
