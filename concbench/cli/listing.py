"""`concbench list [suites|workloads|strategies]`."""

from __future__ import annotations

from collections.abc import Callable

import click
from tabulate import tabulate

from concbench.cli.printing import stdout_width
from concbench.registry import Registry
from concbench.strategies.strategy import strategies
from concbench.suites.suite import suites
from concbench.workloads.kinds import workloads

Rows = list[tuple[str, str]]


def suite_rows() -> Rows:
    """Return each suite and its question."""
    return [(name, suite.question) for name, suite in suites.all().items()]


def workload_rows() -> Rows:
    """Return each workload and what its tasks do."""
    return [(name, kind.about) for name, kind in workloads.all().items()]


def strategy_rows() -> Rows:
    """Return each strategy and what it is, or why it is not available."""
    return [
        (name, f"NOT AVAILABLE: {why}. {strategy.about}" if (why := strategy.missing()) else strategy.about)
        for name, strategy in strategies.all().items()
    ]


KINDS: dict[str, tuple[Callable[[], Rows], Registry[object]]] = {
    "suites": (suite_rows, suites),  # type: ignore[dict-item]  # of each registry only what is broken is read
    "workloads": (workload_rows, workloads),  # type: ignore[dict-item]  # as above
    "strategies": (strategy_rows, strategies),  # type: ignore[dict-item]  # as above
}


@click.command("list")
@click.argument("kind", type=click.Choice(list(KINDS)), required=False)
def command(kind: str | None) -> None:
    """List what there is, and whether this interpreter can run it.

    \b
    Examples:
      concbench list
      concbench list strategies
    """
    for index, name in enumerate([kind] if kind else KINDS):
        rows, registry = KINDS[name]
        shown = rows()
        room = max(20, stdout_width() - max(len(row[0]) for row in shown) - 2)
        click.echo(("\n" if index else "") + click.style(name.capitalize(), bold=True))
        click.echo(tabulate(shown, tablefmt="plain", maxcolwidths=[None, room]))
        for entry, why in registry.broken.items():
            click.echo(f"Warning: {entry}: {why}", err=True)
