"""`concbench compare --workload NAME`."""

from __future__ import annotations

import click

from concbench.cli.measuring import measure_and_show
from concbench.cli.options import Output, measured
from concbench.registry import UnknownName
from concbench.suites.comparing import comparison_of
from concbench.suites.options import Options


@click.command("compare")
@click.option("--workload", required=True, help="What the tasks do: see `concbench list workloads`.")
@click.option("--strategy", "names", multiple=True, help="One of the strategies; may be repeated.  [default: all]")
@click.option("--reference", help="The strategy that ratios are relative to.  [default: serial]")
@measured
def command(workload: str, names: tuple[str, ...], reference: str | None, options: Options, output: Output) -> None:
    """Measure strategies side by side on one workload.

    \b
    Examples:
      concbench compare --workload cpu
      concbench compare --workload sleep --strategy thread --strategy asyncio-gather --reference thread
      concbench compare --workload payload --payload 1MiB --tasks 20 --quick
    """
    try:
        suite = comparison_of(workload, names, reference)
    except UnknownName as error:
        raise click.UsageError(str(error)) from None
    measure_and_show(suite, options, output)
