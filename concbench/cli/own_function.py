"""A person's own function on the command line: how many items it gets, and from where hosts import it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from concbench.gate.quantities import MOST
from concbench.report.safe import printable
from concbench.runs.contents import NoFile, check_file
from concbench.suites.function_names import check_function, check_items
from concbench.suites.options import Options
from concbench.workloads.functions import LINES
from concbench.workloads.kinds import UnfitFunction, UnfitItems

MOST_BYTES = 1024 * 1024 * 1024
"""Of a file of items, which every host reads whole."""

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
    if items is None or not is_number(items):
        return options, items
    # No number within the limits has more digits, and Python refuses to read thousands of them.
    if re.fullmatch(r"[0-9]{1,20}", items) is None or not 1 <= int(items) <= MOST:
        raise click.UsageError(f"--items: {items!r} is not a whole number from 1 to {MOST}")
    return replace(options, tasks=int(items)), None


def is_number(text: str) -> bool:
    """Say whether a text is a number of whichever kind, and so no name.

    >>> is_number("-5"), is_number("1e9"), is_number("names.jsonl")
    (True, True, False)
    """
    try:
        float(text)
    except ValueError:
        return False
    return True


def check_own(function: str, items: str | None, expect: str | None, init: str | None, named_by: str) -> None:
    """Refuse what can't be imported or read, as far as that is known without importing it; raises click.UsageError.

    `named_by` is the option, or the argument, that names the function.
    """
    here = Path.cwd()
    for option, name in ((named_by, function), ("--expect", expect), ("--init", init)):
        if name is not None:
            with refused(option):
                check_function(name, here)
    if items is not None:
        if items.endswith(LINES):
            check_size(Path(items))
        with refused("--items"):
            check_items(items, here)


@contextmanager
def refused(option: str) -> Iterator[None]:
    """Raise click.UsageError for what an option names that can't be imported or read."""
    try:
        yield
    except (UnfitFunction, UnfitItems) as unfit:
        raise click.UsageError(f"{option}: {unfit}") from None


def check_size(path: Path) -> None:
    """Raise click.UsageError for a file of items that every host would wait for, or read without end."""
    try:
        check_file(path)
        if path.stat().st_size > MOST_BYTES:
            raise click.UsageError(f"--items: {printable(str(path))} is larger than {MOST_BYTES} bytes: split it")
    except NoFile as error:
        raise click.UsageError(f"--items: {printable(str(path))} is {error}: name a file of JSON lines") from None
    except (OSError, ValueError):
        pass  # whoever reads it says what is wrong
