"""An internal error of concbench: one line on stderr, and a file with a report to send to its makers."""

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
from concbench.cli.output import RESULTS
from concbench.runs.text import printable, shortened

FAULTY = 70
"""What sysexits.h calls EX_SOFTWARE; 1 would mean that `check` found a regression."""


def report_fault(error: Exception) -> None:
    """Say on stderr what went wrong, and where the report is; raises nothing."""
    path = _written(_report(error))
    where = f"a report is in {path}" if path is not None else "no report could be written"
    click.echo(f"Error: this is a fault of concbench: {summary(error)}; {where}. Please report it.", err=True)


def summary(error: Exception) -> str:
    """What went wrong, and in which line of concbench, with nothing that a terminal acts on.

    >>> summary(KeyError("found"))
    "KeyError: 'found'"
    """
    kind, text = type(error).__name__, ""
    with suppress(Exception):  # some exceptions can't even be converted to text
        text = shortened(str(error))
    inside = [frame for frame in traceback.extract_tb(error.__traceback__) if "concbench" in Path(frame.filename).parts]
    place = f" ({Path(inside[-1].filename).name}:{inside[-1].lineno})" if inside else ""
    return printable((f"{kind}: {text}" if text else kind) + place)


def _report(error: Exception) -> str:
    """All that is needed to find the fault: version, platform, command line, traceback."""
    lines = [
        f"concbench {__version__}, {platform.python_implementation()} {platform.python_version()}",
        platform.platform(),
        datetime.now(UTC).isoformat(timespec="seconds"),
        "$ " + shlex.join(["concbench", *sys.argv[1:]]),
        "",
        "".join(traceback.format_exception(error)),
    ]
    return "\n".join(lines)


def _written(text: str) -> Path | None:
    """Write a report that only its writer can read; returns None if there is no room for it anywhere."""
    for folder in folders():
        try:
            number, name = tempfile.mkstemp(prefix="concbench-fault-", suffix=".txt", dir=folder)
        except OSError:
            continue
        try:
            with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:  # for instance because the disk is full
            Path(name).unlink(missing_ok=True)
            continue
        return Path(name)
    return None


def folders() -> Iterator[Path]:
    """The folders that a report may go to."""
    with suppress(OSError):  # there is no writable folder for temporary files
        yield Path(tempfile.gettempdir())
    yield RESULTS.absolute() if RESULTS.is_dir() else RESULTS
