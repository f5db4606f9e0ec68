"""How results of channels are shown: round trips, and a stream of messages one way."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from concbench.model.result import Result
from concbench.report.experiments.view import (
    NOTHING,
    Column,
    Columns,
    SharedColumns,
    View,
    cpu_percent_cell,
    label,
    median_cell,
    rate_cell,
    views,
)
from concbench.report.units import binary_size, counted, seconds

PLACES = {"one": "both ends on one core", "apart": "the ends on two cores"}


def about(results: Sequence[Result]) -> list[str]:
    """How many messages of which size, and where both ends ran."""
    workload = results[0].case.workload
    found = [f"{counted(workload.tasks, 'round trip')} of {binary_size(workload.payload)}, and a stream one way"]
    cores = {result.case.settings.cores for result in results if result.failure is None}
    return found + [PLACES[place] for place in cores if place in PLACES and len(cores) == 1]


def columns(shared: SharedColumns) -> Columns:
    """Latency, throughput and bandwidth; CPU and memory."""
    return Columns(
        names=(Column("channel", label),),
        time=(
            Column("round trip", median_cell),
            Column("99 %", _p99_cell),
            shared.ratio,
            Column("one way", lambda result: rate_cell(_stream(result))),
            Column("bandwidth", _bandwidth_cell),
        ),
        cost=(Column("CPU%", cpu_percent_cell), shared.memory, shared.processes),
    )


def _p99_cell(result: Result) -> str:
    known = [sample.each_p99 for sample in result.samples if sample.each_p99 is not None]
    return seconds(median(known)) if known else NOTHING


def _stream(result: Result) -> float | None:
    known = [sample.stream for sample in result.samples if sample.stream]
    return median(known) if known else None


def _bandwidth_cell(result: Result) -> str:
    stream = _stream(result)
    return f"{binary_size(round(result.case.workload.payload / stream))}/s" if stream else NOTHING


views.add("messages", View("round trip", "Time of a round trip", about, columns))
