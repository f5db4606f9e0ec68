"""Printing a run, and saving it: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from concbench.cli.options import STANDARD_STREAM, Output
from concbench.cli.streams import echo, lost, stdout_width
from concbench.model.run import Run
from concbench.report.blocks import Block
from concbench.report.comma_separated import figures_of
from concbench.report.document import ReportOptions, document
from concbench.report.markdown import CSV
from concbench.report.sections.method import warnings
from concbench.report.terminal import is_aside, pieces
from concbench.runs.writing import default_name, encode_run, write_run

RESULTS = Path("results")
SOURCES = "src"
"""The folder of packages in a src layout."""


def show(run: Run, output: Output) -> None:
    """Print the report of a run; only its warnings where stdout has the document."""
    if output.json == STANDARD_STREAM:
        blocks: list[Block] = [*warnings(run)]
    else:
        options = ReportOptions(
            sort=output.sort,
            why=output.why,
            verbose=output.verbose,
            quiet=output.quiet,
            source_folders=tuple(source_folders(run)),
        )
        blocks = document(run, options)
    if output.form == CSV and output.json != STANDARD_STREAM:
        blocks = [block for block in blocks if is_aside(block)]
        click.echo(figures_of(run, output.sort))
    for piece in pieces(blocks, stdout_width(), output.form):
        echo(piece)


def source_folders(run: Run) -> list[str]:
    """The folder of sources that a program must import from, if the function is in a src layout."""
    names = [result.case.workload.name for result in run.results]
    packages = {name.partition(":")[0].partition(".")[0] for name in names if ".py:" not in name}
    found = any(Path(SOURCES, package).is_dir() or Path(SOURCES, f"{package}.py").is_file() for package in packages)
    return [SOURCES] if found else []


def show_saved(paths: list[Path]) -> None:
    """Name the files that a run was written to."""
    for path in paths:
        click.echo(f"Saved {path}", err=True)


# Saving


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
    """Return the path that `--save NAME` means; None without a name."""
    if not output.save:
        return None
    path = Path(output.save)
    if path.suffix == ".json" or len(path.parts) > 1 or path.is_absolute():
        return path
    return RESULTS / f"{output.save}.json"


def json_path(output: Output) -> Path | None:
    """Return the path that `--json FILE` means; None for stdout and without it."""
    return None if output.json in (None, STANDARD_STREAM) else Path(str(output.json))


def save(run: Run, output: Output) -> list[Path]:
    """Write a run to every file that was asked for, or else to results/; returns the paths.

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
    """Write a run to stdout, if asked for; raises UnwritableRun.

    If stdout can't be written to and the run is saved nowhere else, it goes to results/; returns that path.
    """
    if output.json != STANDARD_STREAM:
        return None
    sys.stdout.buffer.write(encode_run(run))
    sys.stdout.buffer.flush()
    if lost(sys.stdout) is None or output.save is not None:
        return None
    return write_run(run, RESULTS / default_name(run))
