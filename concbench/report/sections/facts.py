"""Statements on behaviour, and what was observed of each on every start method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from concbench.model.run import Fact, Run
from concbench.report.blocks import Block, Heading, Paragraph, Table
from concbench.report.units import counted, listed

AS_STATED = "as stated"
DIFFERS = "DIFFERS"
TITLE = "Statements, and what was observed"


def facts(run: Run) -> Iterator[Block]:
    """All statements in a table, and more on those that don't hold."""
    if not run.facts:
        return
    yield Heading(TITLE, name="facts")
    rows = tuple(
        (seen[0].statement, observed(seen), AS_STATED if all(fact.agrees for fact in seen) else DIFFERS)
        for seen in statements(run)
    )
    yield Table(("statement", "observed", ""), rows, TITLE, align="lll", wraps=True)
    for seen in statements(run):
        differing = [fact for fact in seen if not fact.agrees]
        if differing:
            yield Paragraph(difference(differing))


def statements(run: Run) -> list[list[Fact]]:
    """The facts of a run, those of one statement together."""
    found: dict[str, list[Fact]] = {}
    for fact in run.facts:
        found.setdefault(fact.name, []).append(fact)
    return list(found.values())


def observed(seen: Sequence[Fact], always_on: bool = False) -> str:
    """What was observed of one statement: by start method if they differ, or if `always_on`."""
    if len({fact.observed for fact in seen}) == 1 and not (always_on and seen[0].start_method):
        return seen[0].observed
    return "; ".join(f"{fact.start_method or 'any'}: {fact.observed}" for fact in seen)


def in_short(run: Run) -> str:
    """How many statements hold, on which start methods they were checked, and which differ."""
    all_of = statements(run)
    differing = [seen[0].name for seen in all_of if not all(fact.agrees for fact in seen)]
    methods = list(dict.fromkeys(fact.start_method for fact in run.facts if fact.start_method))
    on = f", with the start method{'s' if len(methods) > 1 else ''} {listed(methods)}" if methods else ""
    if not differing:
        return f"All {counted(len(all_of), 'statement')} hold{on}." if len(all_of) > 1 else f"The statement holds{on}."
    hold = len(all_of) - len(differing)
    return f"{hold} of {counted(len(all_of), 'statement')} hold{on}. What differs: {listed(differing)}."


def difference(differing: Sequence[Fact]) -> str:
    """What was expected of a statement that does not hold, what was observed, and what is known about it."""
    first = differing[0]
    found = observed(differing, always_on=True)
    text = f"{DIFFERS}: {first.statement} Expected {first.expected}; observed {found}."
    return text + (f" Known: {first.note}." if first.note else "")
