"""A chart as plain data: what it draws, what it says in a sentence, and the same figures as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Columns = Mapping[str, Sequence[float | str]]
"""Data by column, each of the same length: in a document a fifth of the size of rows."""

Row = Mapping[str, float | str]
"""The same by row: what one mark is drawn from."""

Kind = Literal["rows", "tasks", "cells"]
"""How the page words what a mark is when the pointer is on it: `rows` have a column `tip`."""


@dataclass(frozen=True)
class Table:
    """The figures of a chart for those who don't see it: headers, and cells as text."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart of a report."""

    name: str
    """What its picture's file is called, without the ending; made of letters that every file system has."""
    title: str
    finding: str
    """A sentence: what one sees."""
    spec: Mapping[str, Any]
    """A Vega-Lite specification whose data has names; its expressions hold no text of a run."""
    data: Mapping[str, Columns]
    """By those names."""
    table: Table
    height: int
    """About how many pixels high it is drawn, so that the page does not jump when it is."""
    kind: Kind = "rows"
    facts: Mapping[str, float | str] = field(default_factory=dict)
    """What the page needs to word a mark, as the unit of time."""


def rows_of(columns: Columns) -> list[dict[str, float | str]]:
    """Return the data by row, as Vega-Lite takes it.

    >>> rows_of({"case": ["a", "b"], "low": [1, 2]})
    [{'case': 'a', 'low': 1}, {'case': 'b', 'low': 2}]
    """
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def columns_of(rows: Sequence[Row]) -> dict[str, list[float | str]]:
    """Return rows that have the same fields by column.

    >>> columns_of([{"case": "a", "low": 1}, {"case": "b", "low": 2}])
    {'case': ['a', 'b'], 'low': [1, 2]}
    """
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
