"""Statements on behaviour, and what was observed of each on every start method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from concbench.model.run import Fact, Run
from concbench.report.blocks import Block, Heading, Paragraph, Table
from concbench.report.units import counted

AS_STATED = "as stated"
DIFFERS = "DIFFERS"


def facts(run: Run) -> Iterator[Block]:
    """How many statements hold, all of them in a table, and more on those that don't."""
    if not run.facts:
        return
    yield Heading(holding(run), name="facts")
    rows = tuple(
        (seen[0].statement, observed(seen), AS_STATED if all(fact.agrees for fact in seen) else DIFFERS)
        for seen in statements(run)
    )
    yield Table(("statement", "observed", ""), rows, "Statements, and what was observed", align="lll", wraps=True)
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


def holding(run: Run) -> str:
    """How many statements hold, and on which start methods they were checked."""
    all_of = statements(run)
    hold = sum(all(fact.agrees for fact in seen) for seen in all_of)
    methods = list(dict.fromkeys(fact.start_method for fact in run.facts if fact.start_method))
    on = f", on {', '.join(methods)}" if methods else ""
    return f"{hold} of {counted(len(all_of), 'statement')} hold{on}"


def difference(differing: Sequence[Fact]) -> str:
    """What was expected of a statement that does not hold, what was observed, and what is known about it."""
    first = differing[0]
    found = observed(differing, always_on=True)
    text = f"{DIFFERS}: {first.statement} Expected {first.expected}; observed {found}."
    return text + (f" Known: {first.note}." if first.note else "")
