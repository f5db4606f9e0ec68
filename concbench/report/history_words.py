"""A history in words: what a table is about, what its rows are called, and how all of it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from concbench.report.history_kinds import Kind
from concbench.report.history_runs import History
from concbench.report.history_series import Series
from concbench.report.safe import printable
from concbench.report.sentences import counted
from concbench.report.sparkline import MARK
from concbench.report.units import seconds
from concbench.stats.change_points import LEVEL


def title(group: Sequence[Series], others: int = 0) -> str:
    """Return what a table is about: the suite, the machine, which runs, and what has a series of its own."""
    points = [point for series in group for point in series.points]
    days = sorted(point.instant for point in points)
    runs = counted(len({point.file for point in points}), "run")
    first, last = days[0].date(), days[-1].date()
    period = f"{first} to {last}" if first != last else f"{first}"
    kind = group[0].kind
    text = f"{printable(kind.suite)} on {printable(str(kind.machine))}: {runs}, {period}"
    if others:
        text += "; runs on another machine or interpreter are in a table of their own"
    if len({series.kind.case for series in group}) < len(group):
        text += "; a case that was measured with other sizes or settings has a row for each"
    return text


def in_rows(group: Sequence[Series]) -> list[tuple[str, Series]]:
    """Return each series with what its row is called: the case, and what tells it from others of that case."""
    cases: dict[str, list[Series]] = {}
    for series in group:
        cases.setdefault(series.kind.case, []).append(series)
    return [
        (f"{printable(case)}{_differing(series.kind, alike)}", series)
        for case, alike in cases.items()
        for series in alike
    ]


def how_read(history: History, series: Sequence[Series]) -> str:
    """Return one paragraph on where the figures come from, and what a change point is."""
    text = f"{counted(history.runs, 'run')}, {len(series):,} series."
    if left_out := str(history.left_out):
        text += f" Left out: {left_out}."
    if history.followed == "cpu":
        text += " Figures are CPU time of a sample."
    if any(one.steps for one in series):
        text += (
            f" A change point ({MARK}) is where a series splits so well in two that fewer than {100 * LEVEL:g} % of "
            "random orders do; change is the level since the last one as a multiple of the level before, and ± is half "
            "a 95 % interval over runs."
        )
    return text


def _differing(kind: Kind, alike: Sequence[Series]) -> str:
    """Return, in brackets, the sizes and settings that differ between some series of one case."""
    found = []
    for part in ("workload", "settings"):
        for name in (one.name for one in fields(getattr(kind, part))):
            values = {getattr(getattr(series.kind, part), name) for series in alike}
            if len(values) > 1:
                found.append(f"{name} {_value(name, getattr(getattr(kind, part), name))}")
    if len({series.kind.experiment for series in alike}) > 1:
        found.append(kind.experiment)
    return f" ({printable(', '.join(found))})" if found else ""


def _value(name: str, value: Any) -> str:
    if value is None:
        return "default"
    return seconds(value) if name == "task_time" else str(value)
