"""Which cases are not as precise as `--precision` asked for, and what it would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

from concbench.model import Case, Part
from concbench.stats.intervals import block_log_medians
from concbench.stats.precision import blocks_to_precision, reach

NAMED = 3
"""Cases that a sentence names, the least precise first."""
MOST = 9.99
"""What reaches further is shown as this."""


def is_vague(case: Case, asked: float) -> bool:
    """Say whether the interval of a case's median reaches further from it than was asked for, relative to it."""
    return not case.samples or reach(block_log_medians(case.samples, case.metric)) > asked


def precision_missed(parts: Sequence[Part], cases: Sequence[Case], asked: float, seconds: float) -> str | None:
    """Return a sentence on the cases that are vaguer than was asked for; None where there are none.

    `seconds` is for how long all of them were measured.
    """
    vague = {
        case.id: block_log_medians(case.samples, case.metric)
        for case in cases
        if case.samples and is_vague(case, asked)
    }
    if not vague:
        return None
    farthest = sorted(vague, key=lambda name: -reach(vague[name]))
    named = ", ".join(f"{name} {reached(reach(vague[name]))}" for name in farthest[:NAMED])
    others = f", and {len(vague) - NAMED} more" if len(vague) > NAMED else ""
    more = seconds_to_precision(parts, cases, vague, asked, seconds)
    what = "a longer --budget comes nearer" if more is None else f"about {more:.0f} s more would do (--budget)"
    return f"--precision {100 * asked:.3g}% was not reached within the budget: {named}{others}; {what}"


def seconds_to_precision(
    parts: Sequence[Part], cases: Sequence[Case], vague: Mapping[str, Sequence[float]], asked: float, seconds: float
) -> float | None:
    """Return about how many more seconds it takes until all is as precise as was asked for; None where nobody can tell.

    A block is taken to last as long for each case that is in it as it did until now. The references of the parts of
    `vague` (block values by a case's id) go on beside them.
    """
    blocks = [blocks_to_precision(values, asked) for values in vague.values()]
    known = [more for more in blocks if more is not None]
    measured = sum(len({sample.block for sample in case.samples}) for case in cases)
    if len(known) < len(blocks) or not measured:
        return None
    names = {case.part for case in cases if case.id in vague}
    beside = sum(part.name in names and part.reference is not None and part.reference not in vague for part in parts)
    return seconds / measured * (sum(known) + beside * max(known))


def reached(reach: float) -> str:
    """Return how precise a figure is, in per cent.

    >>> reached(0.0312), reached(1.5), reached(float("inf"))
    ('±3.1%', '±150%', 'has one block only')
    """
    if not isfinite(reach):
        return "has one block only"
    return f"±{100 * reach:.2g}%" if reach < 1 else f"±{100 * min(reach, MOST):.0f}%"
