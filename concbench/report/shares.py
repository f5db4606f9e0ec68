"""Where the time of a part's cases went, as a table: the share of each part of the wall time."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from concbench.model import Case, Part, Run
from concbench.report.columns import label
from concbench.report.tables import TEXT
from concbench.report.tabulated import CELLS
from concbench.report.units import percent, seconds
from concbench.stats.breakdown import PARTS, Breakdown
from concbench.stats.where import breakdown_of

HEADERS = ("strategy", "median", *PARTS.values())


def shares_table(part: Part, run: Run, form: str = TEXT) -> str | None:
    """Return the shares of each traced case of a part, in percent of its wall time; None where none was traced."""
    found = [
        (case, breakdown)
        for case in run.cases
        if case.part == part.name and (breakdown := breakdown_of(case, run)) is not None
    ]
    if not found:
        return None
    escaped = CELLS.get(form, str)
    return tabulate(
        [[escaped(cell) for cell in row(case, parts)] for case, parts in found],
        headers=[escaped(header) for header in HEADERS],
        tablefmt="simple" if form == TEXT else form,
        disable_numparse=True,
        colalign=("left", *["right"] * (len(HEADERS) - 1)),
    )


def about_traces(part: Part, run: Run) -> str:
    """Return the sentence below the table: what it is of, and what recording it cost."""
    costs = [case.trace.cost for case in run.cases if case.part == part.name and case.trace is not None]
    return f"Shares are those of one traced sample each; recording cost about {seconds(max(costs), 2)} a task."


def row(case: Case, parts: Breakdown) -> Sequence[str]:
    """Return a case's name, its median, and the share of each part in its traced sample."""
    wall = parts.wall
    return [label(case), seconds(wall), *(share(getattr(parts, name) / wall) for name in PARTS)]


def share(value: float) -> str:
    """Return a share as a percentage; one below zero with its sign.

    >>> share(0.105), share(-0.034), share(0.0), share(-0.0001)
    ('10%', '-3%', '0%', '0%')
    """
    if value < 0:
        whole = round(-100 * value)
        return f"-{whole}%" if whole else "0%"
    return percent(value)
