"""Cells as a table: in any of tabulate's formats, or as text that is cut where it is too wide."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from tabulate import tabulate

from concbench.report.safe import in_markdown

CELLS: dict[str, Callable[[str], str]] = {"github": in_markdown, "pipe": in_markdown}
"""How a cell is escaped where tabulate leaves that to its caller."""


def tabulated(headers: Sequence[str], rows: Sequence[Sequence[str]], form: str) -> str:
    """Return a table in one of tabulate's formats; all columns but the first are aligned to the right.

    >>> print(tabulated(["case", "took"], [["a", "12 ms"]], "plain"))
    case      took
    a        12 ms
    """
    escaped = CELLS.get(form, str)
    return tabulate(
        [[escaped(cell) for cell in row] for row in rows],
        headers=[escaped(header) for header in headers],
        tablefmt=form,
        disable_numparse=True,
        colalign=("left", *["right"] * (len(headers) - 1)) if rows else None,
    )


def fitted(headers: Sequence[str], rows: Sequence[Sequence[str]], named: int, width: int) -> list[str]:
    """Return one table as text, or as many as it takes to keep within the width.

    Too wide a table is cut in the middle; its first `named` columns, which name the rows, stand in every piece.
    """
    table = tabulated(headers, rows, "simple")
    others = len(headers) - named
    if max(map(len, table.splitlines())) <= width or others == 1:
        return [table]
    middle = named + others // 2
    places = (range(middle), (*range(named), *range(middle, len(headers))))
    return [
        piece
        for some in places
        for piece in fitted([headers[at] for at in some], [[row[at] for at in some] for row in rows], named, width)
    ]


def wrapped(text: str, width: int) -> str:
    """Return a cell's text in lines no wider than `width`; what has a hyphen, as names have, stays in one piece.

    tabulate's own `maxcolwidths` shows the text `False` as `True`.

    >>> wrapped("pool-map is False", 9).splitlines()
    ['pool-map', 'is False']
    """
    return "\n".join(textwrap.wrap(text, width, break_on_hyphens=False))
