"""The same subject along an axis: at several numbers of workers, chunksizes, sizes of messages, lengths of tasks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields

from concbench.model.case import AUTO, OF_WORDS, SIZES, AxisName, Case, Settings, Value, Workload, option_name
from concbench.model.result import Interval, Result
from concbench.registry import UnknownName
from concbench.workloads.workload import is_function, workloads

FEWEST = 2
"""Values of a line, at least; of these, one that is not a number is not drawn on a scale."""
AXES: tuple[AxisName, ...] = (
    *("workers", "chunksize", "start_method", "maxtasksperchild", "limit", "buffersize", "inner_threads"),
    *("payload", "memory", "task_time", "tasks"),
)
OF_SETTINGS = tuple(name for name in AXES if name not in SIZES)
"""The axes that are fields of `Settings`; the others are fields of `Workload`."""
FOLLOWS: dict[AxisName, AxisName] = {"payload": "tasks", "workers": "limit"}
"""What a suite's own tables change with an axis: larger messages are sent fewer times. Nothing follows an axis that was
asked for."""


@dataclass(frozen=True)
class Line:
    """A subject at several values, in ascending order; last at None, its own default, if it was measured there."""

    name: str
    """The subject, with the settings and the side that distinguish it from the other lines."""
    results: dict[Value, Result]
    """Including failures."""

    @property
    def case(self) -> Case:
        """The first of its cases."""
        return next(iter(self.results.values())).case

    @property
    def points(self) -> list[tuple[float, Interval, Result]]:
        """The measured values that have a place on a logarithmic scale."""
        return [
            (value, result.median, result)
            for value, result in self.results.items()
            if value and not isinstance(value, str) and result.median is not None and result.median.estimate > 0
        ]


@dataclass(frozen=True)
class AlongAxis:
    """What was measured along one axis: lines of one experiment, on the same work except for the axis."""

    axis: AxisName
    lines: list[Line]
    constant: list[Result]
    """Measured on the same work, by subjects that don't use the axis."""

    @property
    def values(self) -> list[Value]:
        """Every value on any of the lines, in their order."""
        return in_order({value for line in self.lines for value in line.results})

    @property
    def messages(self) -> bool:
        """Whether the work is to exchange messages."""
        return self.lines[0].case.experiment == "messages"


def along(axis: AxisName, results: Iterable[Result], asked: Collection[AxisName] = ()) -> list[AlongAxis]:
    """What was measured along an axis, for each kind of work; `asked` are the axes that the run was asked for.

    A line holds the results that agree in everything else: experiment, work, subject, settings and side. If two results
    of one table have the same value, they differ in something that a case doesn't know, and are no line. If two tables
    have the same size, the first result counts; if they have the same setting, the first table.
    """
    following = {axis} if axis not in FOLLOWS or {axis, FOLLOWS[axis]} & set(asked) else {axis, FOLLOWS[axis]}
    works: dict[object, dict[object, list[Result]]] = {}
    for result in results:
        lines = works.setdefault(_work(result.case, following), {})
        lines.setdefault(_subject(result.case, following), []).append(result)
    found = []
    for lines in works.values():
        kept: list[dict[Value, Result]] = []
        constant: list[Result] = []
        for members in lines.values():
            by_value = _by_value(axis, members)
            if by_value is None:
                continue
            measured = [result for result in by_value.values() if result.samples]
            if any(value is not None for value in by_value):
                kept += [by_value] if len(by_value) >= FEWEST and measured else []
            elif axis in OF_SETTINGS:
                constant += measured
        if kept:
            found.append(AlongAxis(axis, _named(kept, following), constant))
    return found


def value_on(axis: AxisName, case: Case) -> Value:
    """Where a case stands on an axis."""
    value: Value = getattr(case.settings if axis in OF_SETTINGS else case.workload, axis)
    return value


def in_order(values: Iterable[Value]) -> list[Value]:
    """Values in ascending order, words after numbers, with None last.

    >>> in_order({None, 8, 1}), in_order(["spawn", "fork"])
    ([1, 8, None], ['fork', 'spawn'])
    """
    distinct = set(values)
    numbers = sorted(value for value in distinct if isinstance(value, int | float))
    words = sorted(value for value in distinct if isinstance(value, str))
    return [*numbers, *words, *([None] if None in distinct else [])]


def is_timed(workload: Workload) -> bool:
    """Whether the length of a task is found by timing it, so that it differs a little between equal tasks."""
    if is_function(workload.name):
        return True
    try:
        return workloads.get(workload.name).measured
    except UnknownName:  # of a package that is not installed here
        return False


def _by_value(axis: AxisName, results: Sequence[Result]) -> dict[Value, Result] | None:
    """Results by their value, in order; None where two of one table have the same."""
    found: dict[Value, Result] = {}
    for result in results:
        first = found.setdefault(value_on(axis, result.case), result)
        if first is not result and first.case.table == result.case.table:
            return None
        if first is not result and axis in OF_SETTINGS:
            return _by_value(axis, [each for each in results if each.case.table == results[0].case.table])
    return {value: found[value] for value in in_order(found)}


def _work(case: Case, following: Collection[str]) -> object:
    """What all cases along an axis have in common: the experiment, and the work except for what the axis changes."""
    apart = {*following, "loops", *(("task_time", "busy", "cores_busy") if is_timed(case.workload) else ())}
    return case.experiment, *(getattr(case.workload, each.name) for each in fields(Workload) if each.name not in apart)


def _subject(case: Case, following: Collection[str]) -> object:
    """What the cases of one line have in common besides."""
    settings = (getattr(case.settings, each.name) for each in fields(Settings) if each.name not in following)
    return case.subject, case.side, *settings


def _named(lines: Sequence[dict[Value, Result]], following: Collection[str]) -> list[Line]:
    firsts = [next(iter(results.values())).case for results in lines]
    return [
        Line(_name(case, [other for other in firsts if other.subject == case.subject], following), results)
        for case, results in zip(firsts, lines, strict=True)
    ]


def _name(case: Case, namesakes: Sequence[Case], following: Collection[str]) -> str:
    """A subject, with the settings that distinguish it from its namesakes, and its side."""
    words = [case.subject]
    for name in (*OF_SETTINGS, "cores"):
        if name not in following and len({getattr(other.settings, name) for other in namesakes}) > 1:
            value = getattr(case.settings, name)
            named = [option_name(name)] if name in OF_SETTINGS and name not in OF_WORDS else []
            words += [*named, AUTO if value is None else str(value)]
    return " ".join([*words, *(word for word in (case.settings.lock, case.side) if word)])
