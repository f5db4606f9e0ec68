"""Comma-separated values: one row a sample, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
import re

from concbench.model import Case, Run, Sample
from concbench.runs.exporting import exporter
from concbench.runs.formats.series import in_order, series
from concbench.runs.wording import one_line

ABOUT = ("part", "case", "subject", "experiment", "workload", "tasks", "payload")
PHASES = ("start", "run", "stop", "wall", "cpu", "each", "each_p99", "stream")
"""Fields of a sample, in seconds."""
SETTINGS = ("workers", "chunksize", "start_method")
_FORMULA = re.compile(r"(^|;)(?=\s*[=+\-@＝＋－＠])")  # noqa: RUF001 - a Japanese Excel takes the wide ones, too
"""Where a spreadsheet would begin to calculate; some of them end a cell at a semicolon."""


@exporter("csv")
def export(run: Run) -> str:
    """Comma-separated values: one row a sample, with its phases in seconds."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*ABOUT, *SETTINGS, "block", "round", *PHASES, "lost"])
    for found in series(run):
        about = _about(found.case, found.name)
        rows.writerows([*about, *_figures(sample)] for sample in in_order(found.case))
    return text.getvalue()


def cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, by an apostrophe before what looks like one.

    >>> cell("pool-map"), cell("=1+1")
    ('pool-map', "'=1+1")
    """
    return _FORMULA.sub(r"\1'", one_line(text))


def _about(case: Case, name: str) -> list[str | int]:
    workload, settings = case.workload, case.settings
    words = [cell(text) for text in (case.part, name, case.subject, case.experiment, workload.name)]
    values = [getattr(settings, setting) for setting in SETTINGS]
    return [*words, workload.tasks, workload.payload, *(cell(str(v)) if v is not None else "" for v in values)]


def _figures(sample: Sample) -> list[int | float | None]:
    return [sample.block, sample.round, *(getattr(sample, phase) for phase in PHASES), sample.lost]
