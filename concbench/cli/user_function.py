"""The options of the user's function: its items, and what checks and prepares it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import get_args

import click

from concbench.model.case import InitPer
from concbench.report.safe import printable
from concbench.runs.contents import NoFile, check_file
from concbench.session.function_names import check_function, check_items
from concbench.session.options import Options
from concbench.session.quantities import MOST
from concbench.workloads.functions import LINES
from concbench.workloads.workload import UnfitFunction, UnfitItems

MOST_ITEM_BYTES = 1024 * 1024 * 1024
"""Of a file of items, which every host reads whole."""

ITEMS = click.option(
    "--items", help="What your function is called with: a count, a JSON-lines file, or a function that returns them."
)
EXPECT = click.option("--expect", metavar="FUNCTION", help="Called with an item and its result; says if it is right.")
INIT = click.option("--init", metavar="FUNCTION", help="Called by each worker before its first task.")
INIT_PER = click.option(
    "--init-per",
    type=click.Choice(get_args(InitPer)),
    help="Call --init in each thread, as in each process (worker), or once for all threads (process).  "
    "[default: worker]",
)

SHARED = click.option(
    "--shared", metavar="FUNCTION", help="Returns what all tasks read; they are called with an item and that."
)


def counted_items(options: Options, items: str | None) -> tuple[Options, str | None]:
    """Options and items, with a count of items as a number of tasks; raises click.UsageError."""
    if items is not None and (options.tasks is not None or any(axis.name == "tasks" for axis in options.axes)):
        raise click.UsageError("--items and --tasks both say how many: give only one of them")
    if items is None or not _is_number(items):
        return options, items
    if re.fullmatch(r"[0-9]{1,20}", items) is None or not 1 <= int(items) <= MOST:
        raise click.UsageError(f"--items: {items!r} is not a whole number from 1 to {MOST}")
    return replace(options, tasks=int(items)), None


def _is_number(text: str) -> bool:
    """Whether a text is a number of any kind, so that it can't be a name.

    >>> _is_number("-5"), _is_number("1e9"), _is_number("names.jsonl")
    (True, True, False)
    """
    try:
        float(text)
    except ValueError:
        return False
    return True


def check_own(
    function: str,
    items: str | None,
    expect: str | None,
    init: str | None,
    named_by: str,
    *,
    init_per: str | None = None,
    shared: str | None = None,
) -> None:
    """Refuse what can't be imported or read, as far as is known without importing it; raises click.UsageError.

    `named_by` is the option or argument that names the function.
    """
    if init_per is not None and init is None:
        raise click.UsageError("--init-per needs --init")
    here = Path.cwd()
    for option, name in ((named_by, function), ("--expect", expect), ("--init", init), ("--shared", shared)):
        if name is not None:
            with _unfit(option):
                check_function(name, here)
    if items is not None:
        if items.endswith(LINES):
            _check_size(Path(items))
        with _unfit("--items"):
            check_items(items, here)


@contextmanager
def _unfit(option: str) -> Iterator[None]:
    try:
        yield
    except (UnfitFunction, UnfitItems) as unfit:
        raise click.UsageError(f"{option}: {unfit}") from None


def _check_size(path: Path) -> None:
    """Refuse a file of items that every host would wait for, or read without end."""
    try:
        check_file(path)
        if path.stat().st_size > MOST_ITEM_BYTES:
            raise click.UsageError(f"--items: {printable(str(path))} is larger than {MOST_ITEM_BYTES} bytes: split it")
    except NoFile as error:
        raise click.UsageError(f"--items: {printable(str(path))} is {error}: name a file of JSON lines") from None
    except (OSError, ValueError):
        pass  # whatever reads it reports what is wrong
