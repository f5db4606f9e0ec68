"""Which results are less precise than `--precision` asked for, and what it would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

from concbench.model.result import Result
from concbench.model.run import Table
from concbench.stats.intervals import block_log_medians
from concbench.stats.sample_size import blocks_to_precision, reach

NAMED = 3
"""Results that a sentence names, the least precise first."""
MOST = 9.99
"""The largest precision that is shown."""


def is_vague(result: Result, asked: float) -> bool:
    """Whether the interval of a result's median reaches further from it than `asked`, relative to it."""
    return not result.samples or reach(block_log_medians(result.samples, result.case.metric)) > asked


def precision_missed(tables: Sequence[Table], results: Sequence[Result], asked: float, seconds: float) -> str | None:
    """A sentence on the results that are less precise than `asked` after some seconds; None if there are none."""
    vague = {
        result.case.id: block_log_medians(result.samples, result.case.metric)
        for result in results
        if result.samples and is_vague(result, asked)
    }
    if not vague:
        return None
    farthest = sorted(vague, key=lambda name: -reach(vague[name]))
    named = ", ".join(f"{name} {reached(reach(vague[name]))}" for name in farthest[:NAMED])
    others = f", and {len(vague) - NAMED} more" if len(vague) > NAMED else ""
    more = seconds_to_precision(tables, results, vague, asked, seconds)
    what = "try a longer --budget" if more is None else f"about {more:.0f} s more would do (--budget)"
    return f"--precision {100 * asked:.3g}% was not reached within the budget: {named}{others}; {what}"


def seconds_to_precision(
    tables: Sequence[Table],
    results: Sequence[Result],
    vague: Mapping[str, Sequence[float]],
    asked: float,
    seconds: float,
) -> float | None:
    """About how many more seconds it takes until all are as precise as asked; None where that can't be estimated.

    Assumes that a block goes on to take as long for each case in it. The references of the tables of `vague` (block
    values by case id) go on beside them.
    """
    blocks = [blocks_to_precision(values, asked) for values in vague.values()]
    known = [more for more in blocks if more is not None]
    measured = sum(len({sample.block for sample in result.samples}) for result in results)
    if len(known) < len(blocks) or not measured:
        return None
    names = {result.case.table for result in results if result.case.id in vague}
    beside = sum(
        table.name in names and table.reference is not None and table.reference not in vague for table in tables
    )
    return seconds / measured * (sum(known) + beside * max(known))


def reached(reach: float) -> str:
    """A precision in per cent.

    >>> reached(0.0312), reached(1.5), reached(float("inf"))
    ('±3.1%', '±150%', 'has one block only')
    """
    if not isfinite(reach):
        return "has one block only"
    return f"±{100 * reach:.2g}%" if reach < 1 else f"±{100 * min(reach, MOST):.0f}%"
