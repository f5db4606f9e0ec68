"""Where a run document goes: into results/ under a name, to a path, or to stdout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from concbench.cli.options import STANDARD_STREAM, Output
from concbench.cli.streams import lost
from concbench.model import Run
from concbench.runs.writing import default_name, encode_run, write_run

RESULTS = Path("results")


def check_targets(output: Output) -> None:
    """Refuse, before anything is measured, what could not be written afterwards; raises click.UsageError."""
    results = RESULTS / "any" if output.json is None and not output.save else None
    for option, target in (("--save", chosen_path(output) or results), ("--json", json_path(output))):
        if target is None:
            continue
        try:
            taken = target.exists()
            folder = next(parent for parent in target.absolute().parents if parent.exists())
        except OSError as error:  # such as a name that is too long
            raise click.UsageError(f"{option}: {target} can't be written: {error.strerror}") from None
        if taken:
            raise click.UsageError(f"{option}: {target} exists already, and a run is never overwritten")
        if not folder.is_dir():
            raise click.UsageError(f"{option}: {folder} is not a folder")
        if not os.access(folder, os.W_OK):
            raise click.UsageError(f"{option}: {folder} is not a folder that you may write to")


def chosen_path(output: Output) -> Path | None:
    """Return the path that `--save NAME` stands for; None where no name was given."""
    if not output.save:
        return None
    path = Path(output.save)
    if path.suffix == ".json" or len(path.parts) > 1 or path.is_absolute():
        return path
    return RESULTS / f"{output.save}.json"


def json_path(output: Output) -> Path | None:
    """Return the path that `--json FILE` stands for; None for stdout and where it was not given."""
    return None if output.json in (None, STANDARD_STREAM) else Path(str(output.json))


def save(run: Run, output: Output) -> list[Path]:
    """Write a run to every file that was asked for, and to results/ where none was; returns the paths.

    Raises UnwritableRun.
    """
    written = []
    json = json_path(output)
    if json is not None:
        written.append(write_run(run, json))
    if output.save is not None or output.json is None:
        written.append(write_run(run, chosen_path(output) or RESULTS / default_name(run)))
    return written


def print_document(run: Run, output: Output) -> Path | None:
    """Write a run to stdout, where that was asked for; raises UnwritableRun.

    Where stdout does not take it and it was saved nowhere else, it is saved in results/; returns that path.
    """
    if output.json != STANDARD_STREAM:
        return None
    sys.stdout.buffer.write(encode_run(run))
    sys.stdout.buffer.flush()
    if lost(sys.stdout) is None or output.save is not None:
        return None
    return write_run(run, RESULTS / default_name(run))
