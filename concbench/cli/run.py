"""`concbench run SUITE`."""

from __future__ import annotations

import click

from concbench.cli.measurement import measure_and_show
from concbench.cli.options import SEVERAL, Output, measures
from concbench.registry import UnknownName
from concbench.session.options import Options
from concbench.suites.suite import suites


@click.command("run", epilog=SEVERAL)
@click.argument("suite")
@measures()
def command(suite: str, options: Options, output: Output) -> None:
    """Measure SUITE: its cases side by side, and whether its claims hold.

    \b
    Examples:
      concbench run pool-vs-process
      concbench run threads-vs-processes --quick
      concbench run pool-vs-process --tutorial --save tutorial
      concbench run apply-vs-async --workers 8 --json -
      concbench run pool-vs-process --workers 1:4 --quick
      concbench run pipes
      concbench run shared-state --tutorial
      concbench run semantics --start-method spawn

    See `concbench list suites` for all suites.
    """
    try:
        question = suites.get(suite)
    except UnknownName as error:
        raise click.UsageError(str(error)) from None
    measure_and_show(question, options, output)
