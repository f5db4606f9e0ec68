"""A fault of concbench's own: one line on stderr, and a report of it in a file that can be sent to its makers."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from concbench import __version__
from concbench.cli.saving import RESULTS
from concbench.runs.wording import one_line, shortened

FAULTY = 70
"""What sysexits.h calls EX_SOFTWARE. 1 would say that `check` found a regression."""


def tell(error: Exception) -> None:
    """Say on stderr what went wrong, and where the report of it is; raises nothing."""
    where = written(report(error))
    told = f"a report of it is in {where}" if where is not None else "no report of it could be written"
    click.echo(f"Error: this is a fault of concbench: {summary(error)}; {told}. Please report it.", err=True)


def summary(error: Exception) -> str:
    """Return what went wrong, and in which line of concbench, without anything that a terminal acts on.

    >>> summary(KeyError("found"))
    "KeyError: 'found'"
    """
    kind = type(error).__name__
    text = shortened(said(error))
    inside = [frame for frame in traceback.extract_tb(error.__traceback__) if "concbench" in Path(frame.filename).parts]
    place = f" ({Path(inside[-1].filename).name}:{inside[-1].lineno})" if inside else ""
    return one_line((f"{kind}: {text}" if text else kind) + place)


def said(error: Exception) -> str:
    """Return the text of an exception; some can't even tell that."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - whatever it is, there is another exception to be told of
        return ""


def report(error: Exception) -> str:
    """Return all that somebody needs who mends it: version, platform, command line, traceback."""
    lines = [
        f"concbench {__version__}, {platform.python_implementation()} {platform.python_version()}",
        platform.platform(),
        datetime.now(UTC).isoformat(timespec="seconds"),
        "$ " + shlex.join(["concbench", *sys.argv[1:]]),
        "",
        "".join(traceback.format_exception(error)),
    ]
    return "\n".join(lines)


def written(text: str) -> Path | None:
    """Write a report where there is room for it, readable by its writer only; returns None where there is none."""
    for folder in folders():
        try:
            number, name = tempfile.mkstemp(prefix="concbench-fault-", suffix=".txt", dir=folder)
        except OSError:
            continue
        try:
            with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:  # as where the disk is full
            Path(name).unlink(missing_ok=True)
            continue
        return Path(name)
    return None


def folders() -> Iterator[Path]:
    """Yield the folders that a report may go to."""
    with suppress(OSError):  # there is no such one that could be written to
        yield Path(tempfile.gettempdir())
    yield RESULTS.absolute() if RESULTS.is_dir() else RESULTS
