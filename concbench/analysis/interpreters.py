"""How a case differs between interpreters, and in which parts of its wall time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean

from concbench.analysis.breakdown import PARTS, Breakdown
from concbench.analysis.figures import pairs_of
from concbench.model.result import Interval, Result
from concbench.model.run import Run, Table, Verdict
from concbench.stats.intervals import ratio_interval
from concbench.stats.verdicts import verdict

WORTH_NAMING = 0.1
"""Of the sum of all differences between parts: smaller ones are left out."""
WORTH_SAYING = 0.2
"""Of the wall time: one part longer and another shorter by this much is worth saying even if the total is the same."""
MOST = 3
"""Parts, at most."""


Breakdowns = Callable[[Result], Breakdown | None]


@dataclass(frozen=True)
class InterpreterDifference:
    """What a case takes under an interpreter, compared with the first one."""

    result: Result
    other: Result
    """Of the same row, under the first interpreter."""
    ratio: Interval
    pairs: list[float]
    verdict: Verdict
    parts: dict[str, float]
    """Seconds by which the most different parts are longer, the most different first; empty without both traces."""
    shifted: bool
    """Whether one part is much longer and another much shorter."""


def interpreter_differences(run: Run, table: Table, breakdown: Breakdowns) -> Iterator[InterpreterDifference]:
    """What each row of a table takes under every interpreter but the first; nothing for a gate's sides."""
    if run.changes:
        return
    first: dict[str, Result] = {}
    for result in run.results:
        case = result.case
        if case.table != table.name or case.side is None or not result.samples:
            continue
        other = first.setdefault(case.name, result)
        ratio = None if other is result else ratio_interval(result.samples, other.samples, metric=case.metric)
        if ratio is not None:
            yield _difference(result, other, ratio, breakdown)


def _difference(result: Result, other: Result, ratio: Interval, breakdown: Breakdowns) -> InterpreterDifference:
    here, there = breakdown(result), breakdown(other)
    by = {} if here is None or there is None else {name: getattr(here, name) - getattr(there, name) for name in PARTS}
    total, wall = sum(map(abs, by.values())), fmean(sample.wall for sample in other.samples)
    largest = sorted(by, key=lambda name: -abs(by[name]))[:MOST]
    pairs = pairs_of(result, other)
    return InterpreterDifference(
        result=result,
        other=other,
        ratio=ratio,
        pairs=pairs,
        verdict=verdict(ratio, pairs=pairs),
        parts={name: by[name] for name in largest if total and abs(by[name]) >= WORTH_NAMING * total},
        shifted=bool(by) and min(max(by.values()), -min(by.values())) >= WORTH_SAYING * wall,
    )
