"""In which part of its wall time a case differs from one interpreter to another."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.model import Case, Part, Run
from concbench.report.safe import printable
from concbench.report.sentences import multiple
from concbench.report.units import seconds
from concbench.stats.breakdown import PARTS
from concbench.stats.intervals import ratio_interval
from concbench.stats.verdicts import verdict
from concbench.stats.where import breakdown_of

WORTH_NAMING = 0.1
"""Of all that the parts differ by: less is not named."""
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
    """Yield how much longer a case takes than another, and in which parts; nothing where that is not sure."""
    ratio = ratio_interval(case.samples, other.samples, metric=case.metric)
    if ratio is None or verdict(ratio) not in ("faster", "slower"):
        return
    named = ", ".join(differences(case, other, run))
    yield (
        f"{printable(name)} takes {multiple(ratio)} as long under {printable(case.side or '')} as under "
        f"{printable(other.side or '')}{': ' if named else ''}{named}."
    )


def differences(case: Case, other: Case, run: Run) -> Iterator[str]:
    """Yield the parts in which two cases differ most, as `lead-in +22.1 ms`, the largest first."""
    parts, others = breakdown_of(case, run), breakdown_of(other, run)
    if parts is None or others is None:
        return
    by = {name: getattr(parts, name) - getattr(others, name) for name in PARTS}
    total = sum(map(abs, by.values()))
    for name in sorted(by, key=lambda name: -abs(by[name]))[:MOST]:
        if total and abs(by[name]) >= WORTH_NAMING * total:
            yield f"{PARTS[name]} {'+' if by[name] > 0 else '-'}{seconds(abs(by[name]))}"
