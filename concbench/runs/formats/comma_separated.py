"""Comma-separated values: one row per sample, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
import re

from concbench.model.result import Result, Sample
from concbench.model.run import Run
from concbench.runs.export import timings
from concbench.runs.text import printable

ABOUT = ("table", "case", "subject", "experiment", "workload", "tasks", "payload")
PHASES = ("start", "run", "stop", "wall", "cpu", "each", "each_p99", "stream")
"""Fields of a sample, in seconds."""
COUNTS = ("lost", "left")
"""Fields of a sample that count something: lost updates, and processes that a command left running."""
SETTINGS = ("workers", "chunksize", "start_method")
_FORMULA = re.compile(r"(^|;)(?=\s*[=+\-@＝＋－＠])")  # noqa: RUF001 - a Japanese Excel takes the wide ones, too
"""Where a spreadsheet would start a formula; some of them end a cell at a semicolon."""


def document(run: Run) -> str:
    """One row per sample, with its phases in seconds."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*ABOUT, *SETTINGS, "block", "round", *PHASES, *COUNTS])
    for found in timings(run):
        about = _about(found.result, found.name)
        rows.writerows([*about, *_figures(sample)] for sample in found.samples)
    return text.getvalue()


def cell(text: str) -> str:
    """`text` with an apostrophe before anything that a spreadsheet would take for a formula.

    >>> cell("pool-map"), cell("=1+1")
    ('pool-map', "'=1+1")
    """
    return _FORMULA.sub(r"\1'", printable(text))


def _about(result: Result, name: str) -> list[str | int]:
    workload, settings = result.case.workload, result.case.settings
    words = [
        cell(text) for text in (result.case.table, name, result.case.subject, result.case.experiment, workload.name)
    ]
    values = [getattr(settings, setting) for setting in SETTINGS]
    return [*words, workload.tasks, workload.payload, *(cell(str(v)) if v is not None else "" for v in values)]


def _figures(sample: Sample) -> list[int | float | None]:
    return [sample.block, sample.round, *(getattr(sample, name) for name in (*PHASES, *COUNTS))]
