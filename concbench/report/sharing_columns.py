"""The columns of channels, stores, primitives and kinds of workers, and which columns a table has."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

from concbench.model import Case, Part, Run
from concbench.report.columns import (
    NOTHING,
    Column,
    Columns,
    Shared,
    cpu_percent_cell,
    label,
    median_cell,
    shared_columns,
    task_columns,
)
from concbench.report.safe import printable
from concbench.report.units import binary_size, percent, rate, seconds, size


def columns(part: Part, run: Run) -> Columns:
    """Return the columns for one part of a run, as its experiment has them."""
    experiment = next((case.experiment for case in run.cases if case.part == part.name), "tasks")
    kinds = {
        "tasks": task_columns,
        "messages": channel_columns,
        "counters": store_columns,
        "turns": primitive_columns,
        "startups": worker_columns,
    }
    found = kinds[experiment](shared_columns(part, run))
    sides = {case.side for case in run.cases if case.part == part.name}
    # The sides of a gate are revisions as often as interpreters, and stand in the names of its cases.
    return under_interpreters(found) if len(sides) > 1 and not run.changes else found


def under_interpreters(found: Columns) -> Columns:
    """Return the columns of a table whose cases ran under several interpreters: which it was is a column."""
    (name,) = found.names
    plain = Column(name.header, lambda case: name.cell(case).removesuffix(f" {printable(case.side or '')}"))
    return replace(found, names=(plain, Column("python", lambda case: printable(case.side or NOTHING))))


def channel_columns(shared: Shared) -> Columns:
    """Return the columns of channels: round trips, and the stream one way."""
    return Columns(
        names=(Column("channel", label),),
        time=(
            Column("round trip", median_cell),
            Column("99 %", _p99),
            shared.ratio,
            Column("one way", lambda case: rate_cell(_stream(case))),
            Column("bandwidth", _bandwidth),
        ),
        cost=(Column("CPU%", cpu_percent_cell), shared.memory, shared.processes),
    )


def store_columns(shared: Shared) -> Columns:
    """Return the columns of stores: the price of a step, and the updates that were lost."""
    return paced("store", "step", shared, more=(Column("lost updates", _lost),))


def primitive_columns(shared: Shared) -> Columns:
    """Return the columns of primitives: how long a worker's turn takes."""
    return paced("primitive", "turn", shared)


def worker_columns(shared: Shared) -> Columns:
    """Return the columns of kinds of workers: what one more of them costs."""
    return paced("worker", "one more", shared, cost=Column("memory each", _memory_each))


def paced(
    name: str,
    each: str,
    shared: Shared,
    more: tuple[Column, ...] = (),
    cost: Column = Column("CPU%", cpu_percent_cell),  # noqa: B008 - it can't be changed
) -> Columns:
    """Return columns that say how long `each` takes, and how many a second that makes."""
    return Columns(
        names=(Column(name, label),),
        time=(
            Column(each, median_cell),
            shared.ratio,
            Column("rate", lambda case: rate_cell(case.median.estimate if case.median else None)),
            *more,
        ),
        cost=(cost, shared.memory, shared.processes),
    )


def lost_of(case: Case) -> tuple[int, int] | None:
    """Return how many updates a case lost in all its samples, and how many there were; None where none is counted."""
    counted = [sample.lost for sample in case.samples if sample.lost is not None]
    if not counted:
        return None
    return sum(counted), len(counted) * case.workload.tasks * (case.settings.workers or 1)


def rate_cell(each: float | None) -> str:
    """Return how many a second there are of what takes so long."""
    return rate(1 / each) if each else NOTHING


def _p99(case: Case) -> str:
    known = [sample.each_p99 for sample in case.samples if sample.each_p99 is not None]
    return seconds(median(known)) if known else NOTHING


def _stream(case: Case) -> float | None:
    known = [sample.stream for sample in case.samples if sample.stream]
    return median(known) if known else None


def _bandwidth(case: Case) -> str:
    stream = _stream(case)
    return f"{binary_size(round(case.workload.payload / stream))}/s" if stream else NOTHING


def _lost(case: Case) -> str:
    found = lost_of(case)
    if found is None:
        return NOTHING
    lost, updates = found
    return f"{lost:,} of {updates:,} ({percent(lost / updates)})" if lost else "none"


def _memory_each(case: Case) -> str:
    watch = case.watch
    if watch is None or watch.peak_pss is None or watch.base_pss is None:
        return NOTHING
    return size(max(0, watch.peak_pss - watch.base_pss) / (case.settings.workers or 1), 2)
