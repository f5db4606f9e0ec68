"""In which part of its wall time a case differs from one interpreter to another."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from concbench.model import Case, Part, Run
from concbench.report.safe import printable
from concbench.report.uncertainty import multiple, pairs_of
from concbench.report.units import seconds
from concbench.stats.breakdown import PARTS
from concbench.stats.intervals import ratio_interval
from concbench.stats.verdicts import verdict
from concbench.stats.where import breakdown_of

WORTH_NAMING = 0.1
"""Of all that the parts differ by: less is not named."""
WORTH_SAYING = 0.2
"""Of the wall time: a part that is so much longer, where another is so much shorter, is told of what takes as long."""
MOST = 3
"""Parts that are named at most."""


def between(run: Run, part: Part) -> Iterator[str]:
    """Yield a sentence for each case that takes another time under another interpreter than under the first."""
    if run.changes:  # the sides of a gate are revisions as often as interpreters, and have findings of their own
        return
    first: dict[str, Case] = {}
    for case in run.cases:
        if case.part != part.name or case.side is None or not case.samples:
            continue
        name = case.label.removesuffix(f" {case.side}")
        if name in first:
            yield from sentence(name, case, first[name], run)
        else:
            first[name] = case


def sentence(name: str, case: Case, other: Case, run: Run) -> Iterator[str]:
    """Yield how much longer a case takes than another, and in which parts.

    Where that is not sure nothing is said, unless one part has become much longer and another much shorter.
    """
    ratio = ratio_interval(case.samples, other.samples, metric=case.metric)
    if ratio is None:
        return
    by = differences(case, other, run)
    named = ", ".join(largest(by))
    pairs = pairs_of(case, other)
    found, times = verdict(ratio, pairs=pairs), multiple(ratio, pairs)
    who, here, there = printable(name), printable(case.side or ""), printable(other.side or "")
    if found in ("faster", "slower"):
        yield f"{who} takes {times} as long under {here} as under {there}{': ' if named else ''}{named}."
    elif found in ("same", "undecided") and outweigh(by, fmean(sample.wall for sample in other.samples)):
        about = f"as long under {here} as under {there}, {times}, but in other parts: {named}."
        yield f"{who} takes {about}" if found == "same" else f"{who} may take {about}"


def differences(case: Case, other: Case, run: Run) -> dict[str, float]:
    """Return by how many seconds each part of a case is longer than that of another; nothing where one has no trace."""
    parts, others = breakdown_of(case, run), breakdown_of(other, run)
    if parts is None or others is None:
        return {}
    return {name: getattr(parts, name) - getattr(others, name) for name in PARTS}


def outweigh(by: dict[str, float], wall: float) -> bool:
    """Say whether one part is so much longer and another so much shorter that both matter beside the wall time."""
    return bool(by) and min(max(by.values()), -min(by.values())) >= WORTH_SAYING * wall


def largest(by: dict[str, float]) -> Iterator[str]:
    """Yield the parts in which two cases differ most, as `lead-in +22.1 ms`, the largest first."""
    total = sum(map(abs, by.values()))
    for name in sorted(by, key=lambda name: -abs(by[name]))[:MOST]:
        if total and abs(by[name]) >= WORTH_NAMING * total:
            yield f"{PARTS[name]} {'+' if by[name] > 0 else '-'}{seconds(abs(by[name]))}"
