"""What comes of options that take several values: parts of their own for sizes, and rows of their own for settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from concbench.model import AxisName
from concbench.suites.options import Axis, Options

Value = int | float | None
Chosen = Mapping[AxisName, Value]
"""One value of each of some axes."""

MOST_VALUES = 64
"""More values of one setting than so many are a mistake more often than a wish."""
AUTO = "auto"
"""What None is called in the name of a row."""
TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))
SIZE_UNITS = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B"))
FEWEST_DIGITS, MOST_DIGITS = 3, 17
"""Of a time in a name: as many as tell it from every other float."""


@dataclass(frozen=True)
class Place:
    """Where a case stands among those of a run with axes."""

    table: str
    row: str
    """What the row is called without its values along the axes."""
    side: str | None
    values: Chosen
    """Along the axes that it heeds."""


def choices(axes: Sequence[Axis]) -> Iterator[dict[AxisName, Value]]:
    """Yield every combination of the values of some axes, the first axis changing last; one empty one for no axes.

    >>> list(choices([Axis("workers", (1, 2)), Axis("chunksize", (None,))]))
    [{'workers': 1, 'chunksize': None}, {'workers': 2, 'chunksize': None}]
    """
    for values in product(*(axis.values for axis in axes)):
        yield dict(zip((axis.name for axis in axes), values, strict=True))


def with_values(options: Options, chosen: Chosen) -> Options:
    """Return options with one value of each of some axes in the place of several."""
    values: dict[str, Any] = {name: value for name, value in chosen.items()}  # noqa: C416 - its keys are text, too
    return replace(options, **values)


def thinned(axes: Sequence[Axis]) -> list[tuple[AxisName, frozenset[Value]]]:
    """Return which values go where there are too many, one step after the other: every second one of the longest axis.

    The first and the last of each axis stay.

    >>> [(name, sorted(values)) for name, values in thinned([Axis("workers", (1, 2, 3, 4, 5)), Axis("limit", (1, 2))])]
    [('workers', [2, 4]), ('workers', [3])]
    """
    left = {axis.name: list(axis.values) for axis in axes}
    steps: list[tuple[AxisName, frozenset[Value]]] = []
    while left and len(left[longest := max(left, key=lambda name: len(left[name]))]) > 2:
        values = left[longest]
        gone = frozenset(values[1:-1:2])
        left[longest] = [value for value in values if value not in gone]
        steps.append((longest, gone))
    return steps


def labelled(label: str, chosen: Chosen) -> str:
    """Return what a row is called that has some values of settings.

    >>> labelled("pool-map", {"workers": 4, "chunksize": None}), labelled("serial", {})
    ('pool-map workers 4 chunksize auto', 'serial')
    """
    return " ".join([label, *(f"{name} {AUTO if value is None else value}" for name, value in chosen.items())])


def part_named(table: str, chosen: Chosen) -> str:
    """Return what a part is called that has some values of sizes; without a slash, and different for different values.

    >>> part_named("cpu", {"tasks": 100, "task_time": 1e-5}), part_named("cpu", {})
    ('cpu 100 tasks 10us', 'cpu')
    """
    return " ".join([table, *(_size_word(name, value or 0) for name, value in chosen.items())])


def in_words(chosen: Chosen) -> str:
    """Return what some values of sizes mean for the work, for a sentence on it.

    >>> in_words({"tasks": 100, "task_time": 1e-5, "payload": 65536})
    '100 tasks, tasks of 10us, payloads of 64KiB'
    """
    before = {"task_time": "tasks of ", "payload": "payloads of ", "memory": "memory of "}
    return ", ".join(f"{before.get(name, '')}{_size_word(name, value or 0)}" for name, value in chosen.items())


def _size_word(name: AxisName, value: int | float) -> str:
    if name == "task_time":
        return _time_word(value)
    if name == "tasks":
        return f"{value} task{'' if value == 1 else 's'}"
    scale, unit = next((scale, unit) for scale, unit in SIZE_UNITS if value % scale == 0)
    return f"{value // scale}{unit}" if value else "0B"


def _time_word(seconds: float) -> str:
    """Return a time as a person would type it, which no other time is called.

    >>> _time_word(0.00032), _time_word(1.5), _time_word(0.0), _time_word(1e-12), _time_word(0.123456)
    ('320us', '1.5s', '0s', '0.001ns', '123.456ms')
    """
    scale, unit = next(((scale, unit) for scale, unit in TIME_UNITS if seconds >= scale * 0.9999), TIME_UNITS[-1])
    if not seconds:
        scale, unit = TIME_UNITS[0]
    for digits in range(FEWEST_DIGITS, MOST_DIGITS):
        text = f"{seconds / scale:.{digits}g}"
        if float(text) * scale == seconds or float(f"{float(text) * scale:.9g}") == seconds:
            return f"{text}{unit}"
    return f"{seconds / scale!r}{unit}"
