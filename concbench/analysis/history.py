"""Saved runs as a history: the series of each case over time, and the change points where its level stepped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from math import inf
from pathlib import Path
from typing import Literal

from concbench.analysis.axes import is_timed
from concbench.model.case import Settings, Workload
from concbench.model.result import Interval, Result
from concbench.model.run import Run, Side
from concbench.stats.change_points import change_points
from concbench.stats.intervals import median_interval

Followed = Literal["wall", "cpu"]
"""The metric of a history: the time that cases are compared by, or CPU time."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What all runs of a series share: figures of another machine or interpreter say nothing about a change."""

    cpu_model: str | None
    usable_cores: int
    implementation: str
    python: str
    gil: bool


@dataclass(frozen=True, kw_only=True)
class SeriesKey:
    """What figures of several runs must share to belong to one series."""

    suite: str
    machine: Machine
    case: str
    """The id."""
    experiment: str
    workload: Workload
    """Without what is drawn, calibrated or timed anew in every run."""
    settings: Settings


@dataclass(frozen=True, kw_only=True)
class CaseFigures:
    """What a history needs of one result: where its figures belong, and what they are."""

    key: SeriesKey
    git_revision: str | None
    """That it measured: its side's own, if a gate compares revisions."""
    failed: bool
    wall: float | None
    cpu: float | None
    """Seconds, as `figure` has them; None where there are none."""

    def __post_init__(self) -> None:
        """Raise ValueError for a time that is none: figures may come from a file."""
        if not all(each is None or 0 < each < inf for each in (self.wall, self.cpu)):
            raise ValueError(f"a figure is a positive number, not {self.wall} or {self.cpu}")


@dataclass(frozen=True, kw_only=True)
class RunFigures:
    """What a history needs of a run."""

    suite: str
    started: str
    """ISO 8601, as in the run."""
    seed: int
    complete: bool
    cases: tuple[CaseFigures, ...]

    def __post_init__(self) -> None:
        """Raise ValueError for what is no date and time."""
        datetime.fromisoformat(self.started)


@dataclass(frozen=True, kw_only=True)
class Point:
    """The figure of one run."""

    started: str
    """ISO 8601, as in the run."""
    file: str
    git_revision: str | None
    seconds: float

    @property
    def instant(self) -> datetime:
        """When the run began; in UTC if its file doesn't name a time zone."""
        instant = datetime.fromisoformat(self.started)
        return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A change point, with the run in which it appeared."""

    at: int
    """The position, from 0, of the first run at the new level."""
    first: Point
    ratio: Interval
    """The new level as a multiple of the one before; its `blocks` are runs."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """The figures of one case in the order of time."""

    kind: SeriesKey
    points: list[Point]
    steps: list[Step]


@dataclass(kw_only=True)
class LeftOut:
    """How much of what was read is in no series."""

    incomplete_runs: int = 0
    duplicate_files: int = 0
    """Of runs that are in another file, too: they would count twice as evidence."""
    failed_cases: int = 0
    missing_figures: int = 0
    """Of cases without samples, or without CPU time where that is followed."""


@dataclass(kw_only=True)
class History:
    """Runs that are added one by one, by their figures."""

    followed: Followed = "wall"
    suite: str | None = None
    """The only suite to include."""
    pattern: str = "*"
    """Ids of the cases to include, such as `cpu/*`."""
    runs: int = 0
    left_out: LeftOut = field(default_factory=LeftOut)
    suites: set[str] = field(default_factory=set)
    """Of all runs, including those left out."""
    cases: set[str] = field(default_factory=set)
    """Ids of all cases in the included runs, also of those that don't match the pattern."""
    _points: dict[SeriesKey, list[Point]] = field(default_factory=dict)
    _seen: set[tuple[object, ...]] = field(default_factory=set)

    def add(self, run: RunFigures, path: Path) -> None:
        """Add the figures of a run that was read from `path`."""
        self.suites.add(run.suite)
        if self.suite not in (None, run.suite):
            return
        self.cases.update(each.key.case for each in run.cases)
        if not run.complete:
            self.left_out.incomplete_runs += 1
            return
        asked = [each for each in run.cases if fnmatchcase(each.key.case, self.pattern)]
        found = [(each, each.wall if self.followed == "wall" else each.cpu) for each in asked if not each.failed]
        copy = (run.suite, run.started, run.seed, *((each.key.case, value) for each, value in found))
        if copy in self._seen:
            self.left_out.duplicate_files += 1
            return
        self._seen.add(copy)
        self.runs += 1
        self.left_out.failed_cases += len(asked) - len(found)
        file = str(path).encode("utf-8", "backslashreplace").decode("utf-8")
        for each, value in found:
            if value is None:
                self.left_out.missing_figures += 1
                continue
            point = Point(started=run.started, file=file, git_revision=each.git_revision, seconds=value)
            self._points.setdefault(each.key, []).append(point)

    def series(self) -> list[Series]:
        """Every series with its change points, those of a suite and a machine together."""
        keys = sorted(self._points, key=lambda key: (key.suite, str(key.machine)))
        return [series_of(key, self._points[key]) for key in keys]


def figures_of(run: Run) -> RunFigures:
    """What a history needs of a run."""
    return RunFigures(
        suite=run.suite,
        started=run.started,
        seed=run.seed,
        complete=run.complete,
        cases=tuple(
            CaseFigures(
                key=series_key(result, run),
                git_revision=_revision_of(result, run),
                failed=result.failure is not None,
                wall=None if result.failure is not None else figure(result, "wall"),
                cpu=None if result.failure is not None else figure(result, "cpu"),
            )
            for result in run.results
        ),
    )


def figure(result: Result, followed: Followed) -> float | None:
    """The seconds of a result to follow: the geometric mean of its blocks' medians; None without any.

    `wall` is what the case is compared by: wall time for tasks, the time of each in all other experiments.
    """
    if followed == "wall":
        return median_interval(result.samples, metric=result.case.metric).estimate if result.samples else None
    known = [replace(sample, wall=sample.cpu) for sample in result.samples if sample.cpu]
    return median_interval(known).estimate if known else None


def series_of(key: SeriesKey, points: Sequence[Point]) -> Series:
    """Points, in any order, as a series with its change points."""
    ordered = sorted(points, key=lambda point: (point.instant, point.file))
    steps = [
        Step(at=change_point.at, first=ordered[change_point.at], ratio=change_point.ratio)
        for change_point in change_points([point.seconds for point in ordered])
    ]
    return Series(kind=key, points=ordered, steps=steps)


def series_key(result: Result, run: Run) -> SeriesKey:
    """The series that a result's figure belongs to."""
    environment, side, workload = run.environment, _side_of(result, run), result.case.workload
    return SeriesKey(
        suite=run.suite,
        machine=Machine(
            cpu_model=environment.cpu_model,
            usable_cores=environment.usable_cores,
            implementation=environment.implementation,
            python=side.python if side else environment.python,
            gil=environment.gil,
        ),
        case=result.case.id,
        experiment=result.case.experiment,
        workload=replace(
            workload,
            loops=0,
            seed=0,
            busy=None,
            cores_busy=None,
            task_time=0.0 if is_timed(workload) else workload.task_time,
        ),
        settings=result.case.settings,
    )


def _side_of(result: Result, run: Run) -> Side | None:
    return next((side for side in run.sides if side.name == result.case.side), None)


def _revision_of(result: Result, run: Run) -> str | None:
    """The git revision that a result measured: its side's own, if a gate compares revisions."""
    side = _side_of(result, run)
    return side.revision if side and side.revision else run.environment.git_revision
