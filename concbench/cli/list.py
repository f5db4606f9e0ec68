"""`concbench list`: what can be measured here, and how."""

from __future__ import annotations

from typing import Any

import click
from tabulate import tabulate

from concbench.channels.channel import channels
from concbench.cli.streams import stdout_width
from concbench.primitives.primitive import primitives
from concbench.registry import Registry
from concbench.report.markdown import wrapped
from concbench.stores.store import stores
from concbench.strategies.strategy import strategies
from concbench.suites.suite import Suite, suites
from concbench.workloads.workload import workloads

KINDS: dict[str, Registry[Any]] = {
    "suites": suites,
    "workloads": workloads,
    "strategies": strategies,
    "channels": channels,
    "stores": stores,
    "primitives": primitives,
}


def description(entry: Any) -> str:
    """What an entry is, after the reason why this interpreter can't run it, if there is one."""
    if isinstance(entry, Suite):
        return entry.question
    why_not = entry.missing() if hasattr(entry, "missing") else None
    return f"NOT AVAILABLE: {why_not}. {entry.about}" if why_not else str(entry.about)


@click.command("list")
@click.argument("kind", type=click.Choice(list(KINDS)), required=False)
def command(kind: str | None) -> None:
    """List what can be measured, and whether this interpreter can run it.

    \b
    Examples:
      concbench list
      concbench list strategies
      concbench list channels
    """
    for index, word in enumerate([kind] if kind else KINDS):
        registry = KINDS[word]
        entries = registry.all()
        room = max(20, stdout_width() - max(map(len, entries)) - 2)
        rows = [(name, wrapped(description(entry), room)) for name, entry in entries.items()]
        click.echo(("\n" if index else "") + click.style(word.capitalize(), bold=True))
        click.echo(tabulate(rows, tablefmt="plain", disable_numparse=True))
        for point, problem in registry.broken.items():
            click.echo(f"Warning: {point}: {problem}", err=True)
