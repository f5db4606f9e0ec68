"""How results of benchmarks of a pytest-benchmark suite are shown: the time of one call."""

from __future__ import annotations

from concbench.report.experiments.view import (
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
    """Wall and CPU time of a call; memory is that of a process in which many benchmarks run."""
    return Columns(
        names=(Column("benchmark", label),),
        time=(Column("median", median_cell), shared.ratio),
        cost=(Column("CPU", cpu_cell), Column("CPU%", cpu_percent_cell)),
    )


views.add("benchmarks", View("call", "Wall time of a call", about_workers, columns))
