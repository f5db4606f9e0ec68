"""Which cases of a run are one subject at several sizes: of its crew, of chunks, of messages, of tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from concbench.model import Case, Interval, Run
from concbench.report.safe import printable

Axis = Literal["workers", "chunksize", "payload", "task_time", "tasks"]
LEAST = 2
"""Sizes that a subject was measured at, at least."""


@dataclass(frozen=True)
class Line:
    """A subject at several sizes, from small to large."""

    name: str
    points: list[tuple[float, Interval, Case]]


@dataclass(frozen=True)
class Swept:
    """What was measured over one axis: cases of one experiment, on the same work but for that."""

    axis: Axis
    lines: list[Line]


AXES: dict[Axis, Callable[[Case], float | None]] = {
    "workers": lambda case: case.settings.workers,
    "chunksize": lambda case: case.settings.chunksize,
    "payload": lambda case: case.workload.payload,
    "task_time": lambda case: case.workload.task_time,
    "tasks": lambda case: case.workload.tasks,
}
FOLLOWING: dict[Axis, frozenset[str]] = {
    "workers": frozenset({"limit"}),
    "chunksize": frozenset(),
    "payload": frozenset({"tasks", "loops"}),
    "task_time": frozenset({"loops"}),
    "tasks": frozenset(),
}
"""What may change with an axis: larger messages are sent fewer times, longer tasks have more loops."""


def swept(run: Run) -> list[Swept]:
    """Return the axes along which a run measured its subjects; none, for most runs."""
    found = []
    for axis in AXES:
        grouped: dict[object, list[Line]] = {}
        for group, line in lines(run, axis):
            grouped.setdefault(group, []).append(line)
        found += [Swept(axis, group) for group in grouped.values()]
    return found


def lines(run: Run, axis: Axis) -> list[tuple[object, Line]]:
    """Return the lines along an axis, each with what all cases of its chart have in common."""
    subjects: dict[tuple[object, object], list[Case]] = {}
    for case in run.cases:
        value = AXES[axis](case)
        if case.median is not None and case.median.estimate > 0 and value:
            subjects.setdefault((_work(case, axis), _way(case, axis)), []).append(case)
    found = []
    for (work, _), cases in subjects.items():
        points = sorted(((AXES[axis](case) or 0.0, case.median, case) for case in cases if case.median), key=_size)
        sizes = {size for size, _, _ in points}
        if len(sizes) >= LEAST and len(sizes) == len(points):  # else something else differs, too
            found.append((work, Line(named(cases[0]), points)))
    return found


def named(case: Case) -> str:
    """Return the name of a subject with those settings that set it apart."""
    words = [case.subject, case.settings.start_method, case.settings.lock, case.settings.cores, case.side]
    return printable(" ".join(word for word in words if word))


def _size(point: tuple[float, Interval, Case]) -> float:
    return point[0]


def _work(case: Case, axis: Axis) -> object:
    """Return what cases on one chart have in common: experiment and work, without what the axis changes."""
    following = FOLLOWING[axis] | {axis}
    sizes = {name: value for name, value in vars(case.workload).items() if name not in following}
    return case.experiment, tuple(sizes.items())


def _way(case: Case, axis: Axis) -> object:
    """Return what the cases of a line have in common besides: the subject and its settings."""
    settings = case.settings
    if axis == "workers":
        settings = replace(settings, workers=None, limit=None)
    if axis == "chunksize":
        settings = replace(settings, chunksize=None)
    return case.subject, case.side, settings
