"""`concbench list [suites|workloads|strategies|channels|stores|primitives]`."""

from __future__ import annotations

from collections.abc import Callable

import click
from tabulate import tabulate

from concbench.channels.channel import channels
from concbench.cli.printing import stdout_width
from concbench.primitives.primitive import primitives
from concbench.registry import Registry
from concbench.report.tabulated import wrapped
from concbench.stores.store import stores
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
    return [(name, available(strategy.about, strategy.missing())) for name, strategy in strategies.all().items()]


def channel_rows() -> Rows:
    """Return each channel and what it is, or why it is not available."""
    return [(name, available(channel.about, channel.missing())) for name, channel in channels.all().items()]


def store_rows() -> Rows:
    """Return each store and what it is."""
    return [(name, store.about) for name, store in stores.all().items()]


def primitive_rows() -> Rows:
    """Return each primitive and what it is."""
    return [(name, primitive.about) for name, primitive in primitives.all().items()]


def available(about: str, why_not: str | None) -> str:
    """Return what a subject is, after the reason why it can't be had, if there is one."""
    return f"NOT AVAILABLE: {why_not}. {about}" if why_not else about


KINDS: dict[str, tuple[Callable[[], Rows], Registry[object]]] = {
    "suites": (suite_rows, suites),  # type: ignore[dict-item]  # of each registry only what is broken is read
    "workloads": (workload_rows, workloads),  # type: ignore[dict-item]  # as above
    "strategies": (strategy_rows, strategies),  # type: ignore[dict-item]  # as above
    "channels": (channel_rows, channels),  # type: ignore[dict-item]  # as above
    "stores": (store_rows, stores),  # type: ignore[dict-item]  # as above
    "primitives": (primitive_rows, primitives),  # type: ignore[dict-item]  # as above
}


@click.command("list")
@click.argument("kind", type=click.Choice(list(KINDS)), required=False)
def command(kind: str | None) -> None:
    """List what there is, and whether this interpreter can run it.

    \b
    Examples:
      concbench list
      concbench list strategies
      concbench list channels
    """
    for index, name in enumerate([kind] if kind else KINDS):
        rows, registry = KINDS[name]
        shown = rows()
        room = max(20, stdout_width() - max(len(row[0]) for row in shown) - 2)
        click.echo(("\n" if index else "") + click.style(name.capitalize(), bold=True))
        cells = [(name, wrapped(about, room)) for name, about in shown]
        click.echo(tabulate(cells, tablefmt="plain", disable_numparse=True))
        for entry, why in registry.broken.items():
            click.echo(f"Warning: {entry}: {why}", err=True)
