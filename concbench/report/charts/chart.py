"""A chart as plain data: a specification, a sentence on what it shows, and the same figures as a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from concbench.report.blocks import Table
from concbench.report.safe import printable

Datum = Mapping[str, float | str]
"""What one mark is drawn from."""
Columns = Mapping[str, Sequence[float | str]]
"""Data by column, all of the same length: a fifth of the size of rows in a document."""
LONGEST = 60
"""Characters that a name keeps of each word that it is made of."""


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A chart that can be drawn."""

    name: str
    """The name of its file, without the suffix; see `slug`."""
    title: str
    """Plain text, like all other texts here: renderers make it safe."""
    finding: str
    """A sentence on what it shows."""
    spec: Mapping[str, Any]
    """A Vega-Lite specification with named data; its expressions hold no text of a run."""
    data: Mapping[str, Columns]
    """The data by those names."""
    table: Table
    """The same figures, for readers who can't see the chart."""
    height: int
    """Its approximate height in pixels, which a page reserves so that it doesn't jump."""
    heights: Sequence[int] = ()
    """The height of its rows with their names beside them and above them, where a page chooses by its width."""
    marks: Literal["rows", "tasks", "cells"] = "rows"
    """How a page describes the mark under the pointer: `rows` have a column `tip`."""
    context: Mapping[str, float | str] = field(default_factory=dict)
    """What else that description needs, such as the unit of time."""


def by_row(columns: Columns) -> list[dict[str, float | str]]:
    """Data by row, as Vega-Lite takes it.

    >>> by_row({"case": ["a", "b"], "low": [1, 2]})
    [{'case': 'a', 'low': 1}, {'case': 'b', 'low': 2}]
    """
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def by_column(rows: Sequence[Datum]) -> dict[str, list[float | str]]:
    """Rows with the same fields as columns.

    >>> by_column([{"case": "a", "low": 1}, {"case": "b", "low": 2}])
    {'case': ['a', 'b'], 'low': [1, 2]}
    """
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def printable_text(value: Any) -> Any:
    r"""A specification or data with control characters in its texts written out.

    >>> printable_text({"case": ["a\nb"], "low": [1]})
    {'case': ['a\\nb'], 'low': [1]}
    """
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {printable(name): printable_text(inner) for name, inner in value.items()}
    return [printable_text(inner) for inner in value] if isinstance(value, Sequence) else value


def slug(*words: str) -> str:
    """A name that is valid in every file system and means nothing special to a page or a shell.

    >>> slug("sleep", "timeline", "pool-map"), slug("../<b>", "x")
    ('sleep-timeline-pool-map', 'b-x')
    """
    safe = (re.sub(r"[^A-Za-z0-9_]+", "-", word)[:LONGEST].strip("-") for word in words)
    return "-".join(filter(None, safe)) or "run"


class UniqueNames:
    """Makes names distinct, also on file systems that ignore case.

    >>> names = UniqueNames()
    >>> names.unique("cpu"), names.unique("CPU"), names.unique("cpu")
    ('cpu', 'CPU-2', 'cpu-3')
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def unique(self, name: str) -> str:
        """`name`, with a number if it was used before."""
        found, number = name, 1
        while found.lower() in self._taken:
            number += 1
            found = f"{name}-{number}"
        self._taken.add(found.lower())
        return found
