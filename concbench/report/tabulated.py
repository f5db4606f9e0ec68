"""Cells as a table: in any of tabulate's formats, or as text that is cut where it is too wide."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from tabulate import tabulate

from concbench.report.safe import in_html, in_latex, in_org, in_rst
from concbench.runs.wording import in_markdown

WIKIS = ("github", "pipe", "mediawiki", "moinmoin", "jira", "youtrack", "textile", "asciidoc")
"""Formats that know character references."""
LATEX_FORMS = ("latex", "latex_booktabs", "latex_longtable")
BY_TABULATE: dict[str, Callable[[str], str]] = {
    "html": in_html,
    **dict.fromkeys(LATEX_FORMS, in_latex),
}
"""Formats whose cells tabulate escapes itself."""
CELLS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(WIKIS, in_markdown),
    "orgtbl": in_org,
    "rst": in_rst,
}
"""How a cell is escaped where tabulate leaves that to its caller; all other formats are plain text."""
TEXTS = {**CELLS, **BY_TABULATE}
"""How text is escaped that stands beside a table of a format: its title, and sentences."""


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
