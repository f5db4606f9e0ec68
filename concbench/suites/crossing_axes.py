"""Where one subject becomes faster than another along an axis: each is compared with the reference of its table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from concbench.model import AxisName, Case, Crossing
from concbench.stats.crossing import crossing
from concbench.stats.intervals import log_ratios_by_block, pair_ratios
from concbench.suites.axes import Chosen, Place, Value, in_words, labelled
from concbench.suites.casting import SIZES, Cast, on_side

Key = tuple[str, str, str | None, tuple[tuple[AxisName, Value], ...]]
"""Table, row, side, and the values along all axes but one."""


@dataclass
class Along:
    """The cases of one row along an axis: one for each value, or one for all where it does not heed it."""

    place: Place
    cases: dict[float, Case] = field(default_factory=dict)
    once: Case | None = None

    def at(self, value: float) -> Case | None:
        """Return the case that stands for a value."""
        return self.cases.get(value, self.once)


def crossings_along(axis: AxisName, cast: Cast) -> Iterator[Crossing]:
    """Yield for each row where along an axis it becomes faster than the reference of its table, or ceases to be.

    Compared are cases on the same side, with the same values along all other axes. A reference that heeds one of these
    which the row does not heed stands there with its first value. `auto` is no number, and where the reference and the
    row were measured at fewer than two numbers, nothing is said.
    """
    rows = rows_along(axis, cast)
    several_tables = len({along.place.table for along in rows.values() if len(along.cases) > 1}) > 1
    for along in rows.values():
        place = along.place
        reference = reference_of(place, axis, rows, cast.references[place.table])
        if reference is None:
            continue
        ratios: dict[float, Mapping[int, float]] = {}
        pairs: dict[float, list[float]] = {}
        for value in sorted({*along.cases, *reference.cases}):
            first, second = along.at(value), reference.at(value)
            if first is not None and second is not None:
                blocks = log_ratios_by_block(first.samples, second.samples, first.metric)
                if blocks:
                    ratios[value] = blocks
                    pairs[value] = pair_ratios(first.samples, second.samples, first.metric)
        if len(ratios) > 1:
            faster, size = crossing(ratios, pairs=pairs)
            sizes = {name: value for name, value in place.values.items() if name in SIZES and name != axis}
            about = [place.table] if several_tables else []
            yield Crossing(
                subject=called(along, axis),
                other=called(reference, axis),
                sizes=list(ratios),
                faster=faster,
                size=size,
                axis=axis,
                at=", ".join([*about, *([in_words(sizes)] if sizes else [])]),
            )


def rows_along(axis: AxisName, cast: Cast) -> dict[Key, Along]:
    """Return every row of a run, once for each combination of values along all other axes."""
    found: dict[Key, Along] = {}
    for case in cast.cases:
        place = cast.places.get(case.id)
        if place is None:  # what was tried of the advice stands nowhere
            continue
        along = found.setdefault(key_of(place, axis), Along(place))
        value = place.values.get(axis)
        if axis not in place.values:
            along.once = case
        elif value is not None and value > 0:
            along.cases[value] = case
    return found


def reference_of(place: Place, axis: AxisName, rows: Mapping[Key, Along], name: str) -> Along | None:
    """Return the row that another is compared with; None for the reference itself."""
    if place.row == name:
        return None
    firsts: dict[AxisName, Value] = {}
    for along in rows.values():
        if (along.place.table, along.place.row, along.place.side) == (place.table, name, place.side):
            firsts = {**along.place.values, **firsts}
    values = {each: place.values.get(each, first) for each, first in firsts.items()}
    return rows.get(key_of(Place(place.table, name, place.side, values), axis))


def key_of(place: Place, axis: AxisName) -> Key:
    """Return what all cases of a row along an axis have in common."""
    others = tuple(sorted((name, value) for name, value in place.values.items() if name != axis))
    return place.table, place.row, place.side, others


def called(along: Along, axis: AxisName) -> str:
    """Return what a row is called along an axis: with its settings along the others."""
    place = along.place
    settings: Chosen = {name: value for name, value in place.values.items() if name not in (*SIZES, axis)}
    return on_side(labelled(place.row, settings), place.side)
