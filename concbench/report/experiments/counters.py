"""How results of stores are shown: what one step of a shared counter takes, and how many updates were lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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
from concbench.report.units import counted, percent


def about(results: Sequence[Result], item: str = "step") -> list[str]:
    """How many workers, and how many steps each of them takes."""
    workers = {result.case.settings.workers for result in results if result.case.settings.workers is not None}
    who = about_workers(results) or [f"at most {counted(max(workers), 'worker')}"] if workers else []
    usual, _ = Counter(result.case.workload.tasks for result in results).most_common(1)[0]
    return [*who, f"{counted(usual, item)} each"]


def columns(shared: SharedColumns) -> Columns:
    """Time of a step, rate, and lost updates."""
    return paced_columns("store", "step", shared, more=(Column("lost updates", _lost_cell),))


def lost_updates(result: Result) -> tuple[int, int] | None:
    """How many updates were lost in all samples, and of how many; None if they were not counted."""
    known = [sample.lost for sample in result.samples if sample.lost is not None]
    if not known:
        return None
    return sum(known), len(known) * result.case.workload.tasks * (result.case.settings.workers or 1)


def _lost_cell(result: Result) -> str:
    found = lost_updates(result)
    if found is None:
        return NOTHING
    lost, updates = found
    return f"{lost:,} of {updates:,} ({percent(lost / updates)})" if lost else "none"


views.add("counters", View("step", "Time of a step", about, columns))
