"""Which cases of a run are one subject at several values of a setting or a size: workers, chunks, messages, tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from concbench.model import AxisName, Case, Interval, Run
from concbench.registry import UnknownName
from concbench.report.safe import printable
from concbench.workloads.kinds import workloads
from concbench.workloads.named import is_function

LEAST = 2
"""Values that a subject has at least; of them, what is no number has no place on a line."""

AUTO = "auto"
"""What a setting is called that was left to the subject, or to the interpreter."""

Value = int | float | None


@dataclass(frozen=True)
class Line:
    """A subject at several values, from small to large; last at none, which is its own default, where it has that."""

    name: str
    cases: dict[Value, Case]
    """Also those that failed."""

    @property
    def points(self) -> list[tuple[float, Interval, Case]]:
        """The values that have a place on a logarithmic scale, with what was measured there."""
        return [
            (value, case.median, case)
            for value, case in self.cases.items()
            if value and case.median is not None and case.median.estimate > 0
        ]


@dataclass(frozen=True)
class Swept:
    """What was measured over one axis: cases of one experiment, on the same work but for that."""

    axis: AxisName
    lines: list[Line]
    once: list[Case]
    """Measured cases on the same work that don't heed the axis, so that they are there once."""

    @property
    def values(self) -> list[Value]:
        """Every value that any of the subjects has, in the order of lines."""
        return in_order({value for line in self.lines for value in line.cases})

    @property
    def messages(self) -> bool:
        """Whether it is messages that are sent."""
        return next(iter(self.lines[0].cases.values())).experiment == "messages"


AXES: dict[AxisName, Callable[[Case], Value]] = {
    "workers": lambda case: case.settings.workers,
    "chunksize": lambda case: case.settings.chunksize,
    "maxtasksperchild": lambda case: case.settings.maxtasksperchild,
    "limit": lambda case: case.settings.limit,
    "payload": lambda case: case.workload.payload,
    "memory": lambda case: case.workload.memory,
    "task_time": lambda case: case.workload.task_time,
    "tasks": lambda case: case.workload.tasks,
}
OF_SETTINGS: tuple[AxisName, ...] = ("workers", "chunksize", "maxtasksperchild", "limit")
"""Those that are fields of `Settings`; the others are of `Workload`."""
FOLLOWS: dict[AxisName, AxisName] = {"payload": "tasks", "workers": "limit"}
"""What a suite's own tables change with an axis: larger messages are sent fewer times. Nothing follows what a person
asked for at several values."""


def swept(run: Run) -> list[Swept]:
    """Return the axes along which a run measured its subjects; none, for most runs."""
    return [found for axis in AXES for found in along(axis, run)]


def along(axis: AxisName, run: Run) -> list[Swept]:
    """Return what a run measured along an axis: one for each kind of work."""
    works: dict[object, dict[object, list[Case]]] = {}
    for case in run.cases:
        works.setdefault(_work(case, axis, run), {}).setdefault(_way(case, axis, run), []).append(case)
    found = []
    for ways in works.values():
        lines, once = [], []
        for cases in ways.values():
            by_value = {AXES[axis](case): case for case in cases}
            numbers = [value for value in by_value if value is not None]
            if len(by_value) < len(cases):  # something else differs, too
                continue
            if numbers and len(by_value) >= LEAST and any(case.median is not None for case in cases):
                lines.append({value: by_value[value] for value in in_order(by_value)})
            elif not numbers and axis in OF_SETTINGS:
                once += [case for case in cases if case.median is not None]
        if lines:
            found.append(Swept(axis, named(lines), once))
    return found


def in_order(values: set[Value] | dict[Value, Case]) -> list[Value]:
    """Return values from small to large, and None last.

    >>> in_order({None, 8, 1})
    [1, 8, None]
    """
    return [*sorted(value for value in values if value is not None), *([None] if None in values else [])]


def named(lines: list[dict[Value, Case]]) -> list[Line]:
    """Return lines with the names of their subjects, and with those settings that set lines of one subject apart."""
    firsts = [next(iter(cases.values())) for cases in lines]
    return [
        Line(called(first, [other for other in firsts if other.subject == first.subject]), cases)
        for first, cases in zip(firsts, lines, strict=True)
    ]


def called(case: Case, namesakes: list[Case]) -> str:
    """Return the name of a subject, with its settings as far as they set it apart from its namesakes."""
    words = [case.subject]
    for axis in OF_SETTINGS:
        if len({AXES[axis](other) for other in namesakes}) > 1:
            value = AXES[axis](case)
            words.append(f"{axis} {AUTO if value is None else value}")
    for name in ("start_method", "cores"):  # a host fills in what nobody asked for
        values = {getattr(other.settings, name) for other in namesakes}
        words += [getattr(case.settings, name) or AUTO] if len(values) > 1 else []
    return printable(" ".join([*words, *(word for word in (case.settings.lock, case.side) if word)]))


def _work(case: Case, axis: AxisName, run: Run) -> object:
    """Return what cases on one chart have in common: experiment and work, without what the axis changes."""
    following = {axis, "loops", *_following(axis, run)}
    if has_own_time(case):
        following |= {"task_time", "busy"}
    sizes = {name: value for name, value in vars(case.workload).items() if name not in following}
    return case.experiment, tuple(sizes.items())


def has_own_time(case: Case) -> bool:
    """Say whether the length of a task is found by timing, so that it differs a little between alike tasks."""
    if is_function(case.workload.name):
        return True
    try:
        return workloads.get(case.workload.name).measured
    except UnknownName:  # a third party's, which is not installed here
        return False


def _way(case: Case, axis: AxisName, run: Run) -> object:
    """Return what the cases of a line have in common besides: the subject and its settings."""
    settings = case.settings
    for name in (axis, *_following(axis, run)):
        if name in OF_SETTINGS:
            settings = replace(settings, **{name: None})
    return case.subject, case.side, settings


def _following(axis: AxisName, run: Run) -> list[AxisName]:
    return [FOLLOWS[axis]] if axis in FOLLOWS and not {axis, FOLLOWS[axis]} & set(run.axes) else []
