"""How results of kinds of workers are shown: what one more worker costs."""

from __future__ import annotations

from concbench.model.result import Result
from concbench.report.experiments.view import (
    NOTHING,
    Column,
    Columns,
    SharedColumns,
    View,
    about_workers,
    paced_columns,
    views,
)
from concbench.report.units import size


def columns(shared: SharedColumns) -> Columns:
    """Time and memory of one more worker."""
    return paced_columns("worker", "one more", shared, cost=Column("memory each", _memory_cell))


def _memory_cell(result: Result) -> str:
    watch = result.watch
    if watch is None or watch.peak_pss is None or watch.base_pss is None:
        return NOTHING
    return size(max(0, watch.peak_pss - watch.base_pss) / (result.case.settings.workers or 1), 2)


views.add("startups", View("worker", "Time of one more worker", about_workers, columns))
