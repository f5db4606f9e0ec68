"""Saved runs, added one by one to a history: of each its figures are kept, and what is left out is counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from concbench.model import Case, Run
from concbench.report.history_kinds import Kind, kind_of, revision_of
from concbench.report.history_series import Point, Series, series_of
from concbench.report.sentences import counted
from concbench.stats.intervals import median_interval

Followed = Literal["wall", "cpu"]
"""What a history is of: the time that cases are compared by, or CPU time."""


@dataclass(kw_only=True)
class LeftOut:
    """How much of what was read is in no series."""

    incomplete_runs: int = 0
    duplicate_files: int = 0
    """Of runs that are in another file, too: they would count twice as evidence."""
    failed_cases: int = 0
    missing_figures: int = 0
    """Of cases without samples, or without CPU time where that is followed."""

    def __str__(self) -> str:
        """Such as `1 incomplete run, 2 failed cases`; empty where nothing was left out."""
        named = (
            (self.incomplete_runs, "incomplete run"),
            (self.duplicate_files, "duplicate file"),
            (self.failed_cases, "failed case"),
            (self.missing_figures, "missing figure"),
        )
        return ", ".join(counted(number, what) for number, what in named if number)


@dataclass(kw_only=True)
class History:
    """Runs that are added one by one; of each only its figures are kept."""

    followed: Followed = "wall"
    suite: str | None = None
    """The only suite that is asked for."""
    pattern: str = "*"
    """Ids of cases that are asked for, as `cpu/*`."""
    runs: int = 0
    left_out: LeftOut = field(default_factory=LeftOut)
    suites: set[str] = field(default_factory=set)
    """Of all runs, also those not asked for."""
    cases: set[str] = field(default_factory=set)
    """Ids of all cases of the runs asked for, also of those that the pattern leaves out."""
    _points: dict[Kind, list[Point]] = field(default_factory=dict)
    _seen: set[tuple[object, ...]] = field(default_factory=set)

    def add(self, run: Run, path: Path) -> None:
        """Take the figures of a run that was read from `path`."""
        self.suites.add(run.suite)
        if self.suite not in (None, run.suite):
            return
        self.cases.update(case.id for case in run.cases)
        if not run.complete:
            self.left_out.incomplete_runs += 1
            return
        asked = [case for case in run.cases if fnmatchcase(case.id, self.pattern)]
        found = [(case, figure(case, self.followed)) for case in asked if case.error is None]
        copy = (run.suite, run.started, run.seed, *((case.id, value) for case, value in found))
        if copy in self._seen:
            self.left_out.duplicate_files += 1
            return
        self._seen.add(copy)
        self.runs += 1
        self.left_out.failed_cases += len(asked) - len(found)
        for case, value in found:
            if value is None:
                self.left_out.missing_figures += 1
                continue
            point = Point(
                started=run.started,
                file=str(path).encode("utf-8", "backslashreplace").decode("utf-8"),
                git_revision=revision_of(case, run),
                seconds=value,
            )
            self._points.setdefault(kind_of(case, run), []).append(point)

    def series(self) -> list[Series]:
        """Return every series, those of a suite and a machine together, with its change points."""
        kinds = sorted(self._points, key=lambda kind: (kind.suite, str(kind.machine)))
        return [series_of(kind, self._points[kind]) for kind in kinds]


def figure(case: Case, followed: Followed) -> float | None:
    """Return the seconds of a case that are followed, the geometric mean of its blocks' medians; None without any.

    `wall` is what the case is compared by: wall time for tasks, and the time of each in all other experiments.
    """
    if followed == "wall":
        return median_interval(case.samples, metric=case.metric).estimate if case.samples else None
    known = [replace(sample, wall=sample.cpu) for sample in case.samples if sample.cpu]
    return median_interval(known).estimate if known else None
