"""How results of strategies that run tasks are shown."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from concbench.analysis.axes import is_timed
from concbench.analysis.breakdown import each_in_serial
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
from concbench.report.units import counted, percent, seconds, size, time_unit

ROUNDED = 1.005
"""A share of the ideal up to this one is rounded to 100 %."""
BEYOND = "+"
"""Marks a result that was faster than its ideal."""
AGREES = 1.15
"""The row of `serial` may be off by this factor before the title mentions it."""
ONE_WAY = frozenset({"hashing"})
"""Workloads whose payload is an argument only, not a result."""
IN_COMMON = frozenset({"reading", "counting"})
"""Workloads whose memory is that of an object that all tasks read."""


def about(results: Sequence[Result]) -> list[str]:
    """How many tasks of which size, and how many workers."""
    workload = results[0].case.workload
    found = [counted(workload.tasks, "task") + _length(results)]
    way = "each" if workload.name in ONE_WAY else "each way"
    held = "in common" if workload.name in IN_COMMON else "each"
    found += [f"{size(value)} {what}" for value, what in ((workload.payload, way), (workload.memory, held)) if value]
    return found + about_workers(results)


def _length(results: Sequence[Result]) -> str:
    """The length of a task, as ` of 20.0 ms`; empty if it is unknown.

    Where it is found by timing, it is that of the row of `serial`. A length that was asked for stays as it is; if the
    row of `serial` differs, what it took follows.
    """
    result = results[0]
    asked, tasks = result.case.workload.task_time, result.case.workload.tasks
    each = each_in_serial(result, results)
    if not asked or each is None:
        return f" of {seconds(asked)}" if asked else ""
    if is_timed(result.case.workload):
        return f" of {seconds(each)}"
    agrees = each / AGREES <= asked <= each * AGREES
    return f" of {seconds(asked)}" + ("" if agrees or not tasks else f" ({seconds(each)} each in serial)")


def columns(shared: SharedColumns) -> Columns:
    """Time, ratio, phases and share of the ideal; CPU and memory."""
    return Columns(
        names=(Column("strategy", label),),
        time=(
            Column("median", median_cell),
            shared.ratio,
            Column("start+run+stop", _phases_cell),
            Column("ideal", _ideal_cell),
        ),
        cost=(Column("CPU", cpu_cell), Column("CPU%", cpu_percent_cell), shared.memory, shared.processes),
    )


def is_beyond_ideal(result: Result) -> bool:
    """Whether a result was faster than its ideal by more than rounding."""
    return result.ideal is not None and result.median is not None and result.ideal > ROUNDED * result.median.estimate


def _phases_cell(result: Result) -> str:
    if not result.samples:
        return NOTHING
    phases = [median(getattr(sample, phase) for sample in result.samples) for phase in ("start", "run", "stop")]
    scale, unit = time_unit(max(phases))
    return "+".join(_short(phase / scale) for phase in phases) + f" {unit}"


def _short(value: float) -> str:
    """A phase in the unit of its row; 0 if it is too small to matter."""
    return "0" if value < 0.05 else f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def _ideal_cell(result: Result) -> str:
    if not result.ideal or result.median is None:
        return NOTHING
    return percent(1.0) + BEYOND if is_beyond_ideal(result) else percent(result.ideal / result.median.estimate)


views.add("tasks", View("task", "Wall time", about, columns))
