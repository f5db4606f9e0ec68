"""A person's own function on the command line: how many items it gets, and from where hosts import it."""

from __future__ import annotations

from dataclasses import replace

import click

from concbench.suites.options import Options

ITEMS = click.option(
    "--items", help="What a function of your own is called with: a count, a JSON-lines file, or a function."
)
EXPECT = click.option("--expect", metavar="FUNCTION", help="Says of an item and a result whether that is right.")
INIT = click.option("--init", metavar="FUNCTION", help="Called by each worker before its first task.")


def counted_items(options: Options, items: str | None) -> tuple[Options, str | None]:
    """Return options and items, where a count of items is a number of tasks; raises click.UsageError."""
    asked = options.tasks is not None or any(axis.name == "tasks" for axis in options.axes)
    if items is not None and asked:
        raise click.UsageError("--items and --tasks both say how many: give one of them")
    if items is None or not items.isdigit():
        return options, items
    if not int(items):
        raise click.UsageError("--items: there is nothing to run")
    return replace(options, tasks=int(items)), None
