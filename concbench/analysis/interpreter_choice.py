"""Which of several interpreters to use: what each does at its best, beside the best of the first one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from concbench.analysis.analysis import Analysis
from concbench.analysis.answer import fastest, loses_updates, measured, predicted_ratio, ratio_beside
from concbench.analysis.breakdown import Breakdown
from concbench.analysis.figures import pairs_of
from concbench.analysis.ranking import best_of_sides
from concbench.model.result import Interval, Result
from concbench.model.run import Run, Table, Verdict
from concbench.stats.verdicts import verdict

MOST_OF_IT = 0.5
"""The share of a difference that one cause has to explain to be named."""

Standing = Literal["faster", "slower", "same", "open", "not measured"]
"""What an interpreter is beside the first one; `open`: too close to call."""


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """An interpreter beside the first one, each with what is fastest under it."""

    side: str
    standing: Standing
    result: Result | None = None
    """What is fastest under it; None where nothing was measured."""
    first: Result | None = None
    """What is fastest under the first interpreter."""
    ratio: Interval | None = None
    """The time of `result` as a multiple of that of `first`."""
    pairs: tuple[float, ...] = ()
    verdict: Verdict | None = None
    """What the ratio says, where `standing` may be `open` because another row of either may be the fastest of all."""
    starting: tuple[str, float] | None = None
    """The start method of its processes, and the seconds that starting them takes longer, where that is most of the
    difference."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Whether to stay with the first interpreter or to switch to another."""

    first: str
    found: Literal["stay", "switch", "same", "open", "not measured"]
    """`not measured`: nothing was, under the first interpreter or under all others."""
    to: tuple[str, ...]
    """The interpreters to switch to, the fastest first; more than one where they are too close to call."""
    others: tuple[Alternative, ...]
    """All but the first, in the order in which they were given."""
    missing: tuple[str, ...]
    """The interpreters under which nothing was measured."""
    several: bool
    """Whether rows have several names, so that it is to be said which are compared."""
    predicted: bool = False
    """Whether the ratios are predicted, because the job is another one than was run."""


def choice(analysis: Analysis, table: Table) -> Choice | None:
    """Which interpreter to use for the work of a table; None where it has only one, or compares nothing.

    It never contradicts what `fastest` says of the table: what may be the fastest row of all is not called slower, and
    an interpreter is left only where none of its rows may be.
    """
    run = analysis.run
    sides = sides_of(run, table)
    if len(sides) < 2 or table.reference is None or run.changes:
        return None
    rows = [result for result in measured(run, table) if not loses_updates(result)]
    best = best_of_sides(rows)
    first, others = sides[0], sides[1:]
    missing = tuple(side for side in sides if side not in best)
    answer = fastest(run, table)
    if first in missing or len(best) < 2 or answer is None:
        return _incomparable(sides, missing)
    top = {result.case.side for result in (answer.result, *answer.equal)}
    found = tuple(_alternative(side, best, first, top, analysis) for side in others)
    faster = [each.side for each in found if each.standing == "faster"]
    leader = answer.result.case.side
    to = sorted((side for side in faster if side in top), key=lambda side: side != leader) or faster[:1]
    return Choice(
        first=first,
        found=_found([each.standing for each in found]),
        to=tuple(to),
        others=found,
        missing=missing,
        several=len({result.case.name for result in rows}) > 1,
    )


def recommended_choice(run: Run) -> Choice | None:
    """Which interpreter to use, by what is recommended under each; None where it was recommended under one only.

    Of a job that was not run as it is, both are predicted, and so is their ratio.
    """
    by_id = {result.case.id: result for result in run.results}
    known = {by_id[each.case].case.side or "": each for each in run.recommendations}
    sides = list(dict.fromkeys(side.name for side in run.sides)) or list(known)  # a file may name one twice
    if len(sides) < 2 or not known:
        return None
    first, others = sides[0], sides[1:]
    missing = tuple(side for side in sides if side not in known)
    if first in missing or len(known) < 2:
        return _incomparable(sides, missing)
    found, as_predicted = list[Alternative](), False
    for side in others:
        if side in missing:
            found += _unmeasured([side])
            continue
        here, there = known[side], known[first]
        result, beside = by_id[here.case], by_id[there.case]
        predicted = [each.way for each in (here, there) if each.way is not None and each.way.case is None]
        ratio, pairs = ratio_beside(run, result, beside), tuple(pairs_of(result, beside))
        if predicted and here.way is not None and there.way is not None:
            as_predicted = True
            ratio, pairs = predicted_ratio(here.way.wall, there.way.wall), ()
        decided = "undecided" if ratio is None else verdict(ratio, pairs=pairs)
        found.append(
            Alternative(
                side=side,
                standing="open" if decided == "undecided" else decided,
                result=result,
                first=beside,
                ratio=ratio,
                pairs=pairs,
                verdict=decided,
            )
        )
    faster = [each for each in found if each.standing == "faster"]
    to = min(faster, key=lambda each: each.ratio.estimate if each.ratio is not None else 1.0, default=None)
    return Choice(
        first=first,
        found=_found([each.standing for each in found]),
        to=() if to is None else (to.side,),
        others=tuple(found),
        missing=missing,
        several=False,  # each has one that is recommended
        predicted=as_predicted,
    )


def unmeasured(run: Run) -> tuple[str, ...]:
    """The interpreters under which nothing was measured, in any table."""
    known = {result.case.side for result in run.results if result.samples}
    return tuple(side for side in sides_of(run) if side not in known)


def sides_of(run: Run, table: Table | None = None) -> list[str]:
    """The interpreters of a table, or of all, in the order in which they were given."""
    seen = dict.fromkeys(result.case.side for result in run.results if table is None or result.case.table == table.name)
    given = [side.name for side in run.sides if side.name in seen]
    return given or [side for side in seen if side is not None]


def _incomparable(sides: Sequence[str], missing: tuple[str, ...]) -> Choice:
    """The choice where only one interpreter has figures, or the first has none."""
    others = _unmeasured(sides[1:])
    return Choice(first=sides[0], found="not measured", to=(), others=others, missing=missing, several=False)


def _unmeasured(sides: Sequence[str]) -> tuple[Alternative, ...]:
    return tuple(Alternative(side=side, standing="not measured") for side in sides)


def _found(standings: Sequence[Standing]) -> Literal["stay", "switch", "same", "open"]:
    if "faster" in standings:
        return "switch"
    if "open" in standings:
        return "open"
    return "stay" if "slower" in standings else "same"


def _alternative(
    side: str, best: dict[str | None, Result], first: str, top: set[str | None], analysis: Analysis
) -> Alternative:
    if side not in best:
        return _unmeasured([side])[0]
    result, beside = best[side], best[first]
    ratio, pairs = ratio_beside(analysis.run, result, beside), tuple(pairs_of(result, beside))
    decided: Verdict = "undecided" if ratio is None else verdict(ratio, pairs=pairs)
    standing: Standing = "open"
    if decided == "same" or (decided == "faster" and first not in top) or (decided == "slower" and side not in top):
        standing = decided
    starting = None
    if standing == "slower" and result.case.name == beside.case.name:
        starting = _starting(result, beside, analysis)
    return Alternative(
        side=side,
        standing=standing,
        result=result,
        first=beside,
        ratio=ratio,
        pairs=pairs,
        verdict=decided,
        starting=starting,
    )


def _starting(result: Result, beside: Result, analysis: Analysis) -> tuple[str, float] | None:
    """The start method, and what starting takes longer, where two interpreters differ in the former."""
    method = result.case.settings.start_method
    parts = [analysis.breakdown(each) for each in (result, beside)]
    if method is None or method == beside.case.settings.start_method or None in parts:
        return None
    here, there = (each for each in parts if each is not None)
    longer = _until_the_first_task(here) - _until_the_first_task(there)
    return (method, longer) if longer >= MOST_OF_IT * (here.wall - there.wall) > 0 else None


def _until_the_first_task(parts: Breakdown) -> float:
    return parts.start + parts.lead_in
