"""How the levels of a closed loop are shown: throughput, latency, errors, and Little's law as a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import exp, expm1, log
from statistics import fmean, median

from concbench.model.result import Load, Result
from concbench.report.experiments.view import (
    NOTHING,
    Column,
    Columns,
    SharedColumns,
    View,
    cpu_percent_cell,
    views,
)
from concbench.report.safe import printable
from concbench.report.units import counted, figures, percent, seconds
from concbench.stats.intervals import FEWEST_BLOCKS, mean_interval

NUMBER = "{:,.0f}".format
WIDEST = 5.0
"""On a logarithmic scale: a wider interval is shown as one of this width."""


def loads_of(result: Result) -> list[Load]:
    """The load of every sample."""
    return [sample.load for sample in result.samples if sample.load is not None]


def rates_of(result: Result) -> list[float]:
    """Calls a second of each sample in which any succeeded."""
    return [load.throughput for load in loads_of(result) if load.throughput > 0]


def throughput(result: Result) -> float | None:
    """Calls a second: the geometric mean of the samples; None where all calls failed."""
    rates = rates_of(result)
    return exp(fmean(map(log, rates))) if rates else None


def middle(values: Iterable[float | None]) -> float | None:
    """The median of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def about(results: Sequence[Result]) -> list[str]:
    """How many items are called, and by what."""
    case = results[0].case
    return [counted(case.workload.tasks, "item"), f"{case.subject}, in a closed loop"]


def columns(_shared: SharedColumns) -> Columns:
    """Throughput and latency, then errors, Little's law and the CPU time of the callers."""
    return Columns(
        names=(Column("concurrent calls", lambda result: f"{result.case.settings.workers or 1:,}"),),
        time=(
            Column("calls a second", _throughput_cell),
            Column("p50", _latency_cell(lambda load: load.p50)),
            Column("p95", _latency_cell(lambda load: load.p95)),
            Column("p99", _latency_cell(lambda load: load.p99)),
            Column("failed", _failed_cell),
        ),
        cost=(
            Column("in flight", _mean_cell(lambda load: load.concurrency)),
            Column("X·R", _mean_cell(lambda load: None if load.little is None else load.little * load.concurrency)),
            Column("CPU%", cpu_percent_cell),
            Column("calls", lambda result: f"{sum(load.calls for load in loads_of(result)):,}"),
        ),
    )


def rate_in_words(value: float) -> str:
    """Calls a second with three digits at least, as tables and sentences have them.

    >>> rate_in_words(1010.4), rate_in_words(31.96)
    ('1,010', '32.0')
    """
    return NUMBER(value) if value >= 100 else figures(value)


def _throughput_cell(result: Result) -> str:
    """Calls a second, with half of its interval, or with the range of few samples."""
    rate, rates = throughput(result), rates_of(result)
    if rate is None:
        return "0" if loads_of(result) else NOTHING
    if len(rates) < FEWEST_BLOCKS:
        ends = " to ".join(map(rate_in_words, (min(rates), max(rates))))
        return rate_in_words(rate) + (f" ({ends})" if len(rates) > 1 else "")
    interval = mean_interval(list(map(log, rates)))
    assert interval.high is not None
    return f"{rate_in_words(rate)} ±{percent(expm1(min(interval.high - interval.estimate, WIDEST)))}"


def _latency_cell(of: Callable[[Load], float | None]) -> Callable[[Result], str]:
    def cell(result: Result) -> str:
        value = middle(of(load) for load in loads_of(result))
        return NOTHING if value is None else seconds(value)

    return cell


def _mean_cell(of: Callable[[Load], float | None]) -> Callable[[Result], str]:
    def cell(result: Result) -> str:
        known = [value for load in loads_of(result) if (value := of(load)) is not None]
        return figures(fmean(known)) if known else NOTHING

    return cell


def _failed_cell(result: Result) -> str:
    loads = loads_of(result)
    failed, lost = sum(load.failed for load in loads), sum(load.lost for load in loads)
    kinds: dict[str, int] = {}
    for load in loads:
        for error in load.errors:
            kinds[error.kind] = kinds.get(error.kind, 0) + error.calls
    if not kinds:
        return "0"
    most = max(kinds, key=lambda kind: kinds[kind])
    calls = sum(load.calls for load in loads)
    share = f"{failed:,} ({percent(failed / calls)})" if calls else "all"
    more = f", and {len(kinds) - 1} more" if len(kinds) > 1 else ""
    return f"{share if failed or not lost else f'{lost:,} callers'}: {printable(most)}{more}"


views.add("load", View("call", "Latency of a call", about, columns))
