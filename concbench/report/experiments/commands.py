"""How results of commands are shown: wall time, and what the whole process tree takes."""

from __future__ import annotations

from concbench.analysis.figures import left_running
from concbench.model.result import Result
from concbench.report.experiments.view import (
    NOTHING,
    Column,
    Columns,
    SharedColumns,
    View,
    about_workers,
    cpu_cell,
    cpu_percent_cell,
    label,
    median_cell,
    views,
)


def columns(shared: SharedColumns) -> Columns:
    """Time and ratio; CPU time, memory and processes of the tree, without those of the host; and what outlived it."""
    return Columns(
        names=(Column("command", label),),
        time=(Column("median", median_cell), shared.ratio),
        cost=(
            Column("CPU", cpu_cell),
            Column("CPU%", cpu_percent_cell),
            shared.memory,
            Column("procs", _processes_cell),
            Column("left", _left_cell),
        ),
    )


def _processes_cell(result: Result) -> str:
    return NOTHING if result.watch is None else str(max(1, result.watch.peak_processes - 1))


def _left_cell(result: Result) -> str:
    """How many processes it leaves running, in the median of all samples."""
    left = left_running(result)
    return NOTHING if left is None else f"{left:.0f}"


views.add("commands", View("command", "Wall time", about_workers, columns))
