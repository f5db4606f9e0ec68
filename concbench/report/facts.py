"""Facts as a table: what is stated, and what was observed on which start methods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tabulate import tabulate

from concbench.model import Fact, Run
from concbench.report.safe import printable
from concbench.report.sentences import counted, filled
from concbench.report.tabulated import wrapped

AS_STATED = "as stated"
DIFFERS = "DIFFERS"
NARROWEST = 16
"""Columns that a statement or an observation has at least, on however narrow a terminal."""
MARGIN = 4
"""Columns between three columns of a table."""


def statements(run: Run) -> list[list[Fact]]:
    """Return the facts of a run, those of one statement together."""
    found: dict[str, list[Fact]] = {}
    for fact in run.facts:
        found.setdefault(fact.name, []).append(fact)
    return list(found.values())


def observed(seen: Sequence[Fact], always_on: bool = False) -> str:
    """Return what was observed of one statement: for each start method where they don't agree, or if `always_on`."""
    if len({fact.observed for fact in seen}) == 1 and not (always_on and seen[0].start_method):
        return printable(seen[0].observed)
    return "; ".join(f"{printable(fact.start_method or 'any')}: {printable(fact.observed)}" for fact in seen)


def fact_table(run: Run, form: str, width: int | None, escaped: Callable[[str], str]) -> str:
    """Return a table of all statements; `width` None lets its cells be as wide as they are."""
    rows = []
    for seen in statements(run):
        stated, found = escaped(printable(seen[0].statement)), escaped(observed(seen))
        if width is not None:
            room = max(2 * NARROWEST, width - len(AS_STATED) - MARGIN)
            narrower = max(NARROWEST, room * 4 // 10)
            stated, found = wrapped(stated, room - narrower), wrapped(found, narrower)
        rows.append([stated, found, AS_STATED if all(fact.agrees for fact in seen) else DIFFERS])
    return tabulate(rows, ["statement", "observed", ""], tablefmt=form, disable_numparse=True)


def summary(run: Run) -> str:
    """Return how many statements hold, and on which start methods they were looked at."""
    all_of = statements(run)
    hold = sum(all(fact.agrees for fact in seen) for seen in all_of)
    methods = list(dict.fromkeys(fact.start_method for fact in run.facts if fact.start_method))
    on = f", on {', '.join(map(printable, methods))}" if methods else ""
    return f"{hold} of {counted(len(all_of), 'statement')} hold{on}"


def differences(run: Run, width: int) -> Iterator[str]:
    """Yield a paragraph for every statement that does not hold: what was expected, what was observed, and why."""
    for seen in statements(run):
        differing = [fact for fact in seen if not fact.agrees]
        if differing:
            yield filled(f"DIFFERS: {printable(seen[0].statement)}", width)
            yield filled(
                f"Expected {printable(seen[0].expected)}; observed {observed(differing, always_on=True)}.", width, "  "
            )
            if seen[0].note:
                yield filled(f"Known: {printable(seen[0].note)}.", width, "  ")
