"""Where one subject becomes faster than another along an axis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from concbench.analysis.axes import AlongAxis, along
from concbench.model.case import OF_WORDS, SIZES, AxisName, Case, Value, size_words
from concbench.model.result import Result
from concbench.model.run import Crossing, Run
from concbench.stats.crossover import crossing
from concbench.stats.intervals import log_ratios_by_block, pair_ratios

BEFORE: Mapping[AxisName, str] = {"task_time": "tasks of ", "payload": "payloads of ", "memory": "memory of "}


def crossovers(pairs: Sequence[tuple[str, str]], run: Run) -> list[Crossing]:
    """Those of the pairs that a suite asks for, then those along each axis that the run was asked for."""
    named = crossovers_of_pairs(pairs, run.results)
    taken = {(each.axis, each.subject, each.other) for each in named}
    others = (found for axis in run.axes if axis not in OF_WORDS for found in crossovers_along(axis, run))
    return [*named, *(each for each in others if (each.axis, each.subject, each.other) not in taken)]


def crossovers_of_pairs(pairs: Sequence[tuple[str, str]], results: Sequence[Result]) -> list[Crossing]:
    """For each pair of subjects: from which size of messages on, or up to which, the first is faster.

    Both ends of a channel lie on cores as in the first measured case. A pair measured at fewer than two sizes is left
    out.
    """
    cores = next((result.case.settings.cores for result in results if result.samples), None)
    placed = [result for result in results if result.case.settings.cores == cores and result.case.workload.payload > 0]
    lines: dict[str, Mapping[Value, Result]] = {}
    for found in along("payload", placed):
        for line in found.lines:
            lines.setdefault(line.case.subject, line.results)
    ends = [(subject, other) for subject, other in pairs if subject in lines and other in lines]
    found_of = (crossover(subject, other, lines[subject], lines[other], "payload") for subject, other in ends)
    return [one for one in found_of if one is not None]


def crossovers_along(axis: AxisName, run: Run) -> Iterator[Crossing]:
    """For each row, where along an axis it becomes faster than the reference of its table, or ceases to be.

    Compares cases on the same side, with the same values along all other axes. A reference with another axis that the
    row lacks stands there with its first value. `auto` is no number; nothing is said where a row and its reference were
    measured at fewer than two numbers.
    """
    rows = [row for found in along(axis, run.results, run.axes) for row in _rows(found)]
    several_groups = len({row.case.group for row in rows if row.results}) > 1
    ids = {table.reference for table in run.tables}
    references = {result.case.group: result.case.row for result in run.results if result.case.id in ids}
    for row in rows:
        reference = _reference_of(row, axis, references.get(row.case.group), rows)
        if reference is None:
            continue
        values = {*row.results, *reference.results}
        sizes = ((name, value) for name, value in row.case.along.items() if name in SIZES and name != axis)
        about = [row.case.group] if several_groups else []
        at = ", ".join([*about, *(f"{BEFORE.get(name, '')}{size_words(name, value)}" for name, value in sizes)])
        one = crossover(row.name, reference.name, row.at(values), reference.at(values), axis, at)
        if one is not None:
            yield one


@dataclass(frozen=True)
class _Row:
    """A row along an axis: a result for each value, or one for all where it doesn't use the axis."""

    name: str
    case: Case
    results: Mapping[Value, Result]
    constant: Result | None = None

    def at(self, values: Iterable[Value]) -> dict[Value, Result]:
        """The results that stand for some values."""
        found = {value: self.results.get(value, self.constant) for value in values}
        return {value: result for value, result in found.items() if result is not None}


def _rows(found: AlongAxis) -> Iterator[_Row]:
    for line in found.lines:
        if found.axis in line.case.along:
            yield _Row(line.name, line.case, line.results)
    for result in found.constant:
        yield _Row(result.case.label, result.case, {}, result)


def _reference_of(row: _Row, axis: AxisName, name: str | None, rows: Sequence[_Row]) -> _Row | None:
    """The row, named `name`, that a row is compared with; None for the reference itself."""
    case = row.case
    if name is None or case.row == name:
        return None
    for other in rows:
        shared = (case.along.keys() & other.case.along.keys()) - {axis}
        alike = all(case.along[each] == other.case.along[each] for each in shared)
        if (other.case.group, other.case.row, other.case.side) == (case.group, name, case.side) and alike:
            return other
    return None


def crossover(
    subject: str,
    other: str,
    first: Mapping[Value, Result],
    second: Mapping[Value, Result],
    axis: AxisName,
    at: str = "",
) -> Crossing | None:
    """Where the first of two becomes faster, by their results at each value; None for fewer than two common values."""
    ratios: dict[float, Mapping[int, float]] = {}
    pairs: dict[float, list[float]] = {}
    common = first.keys() & second.keys()
    for value in sorted(value for value in common if value is not None and not isinstance(value, str) and value > 0):
        one, two = first[value].samples, second[value].samples
        metric = first[value].case.metric
        if blocks := log_ratios_by_block(one, two, metric):
            ratios[value] = blocks
            pairs[value] = pair_ratios(one, two, metric)
    if len(ratios) < 2:
        return None
    faster, size = crossing(ratios, pairs=pairs)
    return Crossing(subject=subject, other=other, sizes=list(ratios), faster=faster, size=size, axis=axis, at=at)
