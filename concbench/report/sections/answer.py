"""What came out, before any table: one to three sentences that can be repeated to a colleague."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from concbench.analysis.analysis import Analysis
from concbench.analysis.answer import (
    Answer,
    Lead,
    Obstacle,
    QueuedWaits,
    SharedInterpreter,
    TooShort,
    WorkerEach,
    answers,
    inverted,
    leads,
    loses_updates,
    measured,
    obstacle,
)
from concbench.analysis.axes import AlongAxis
from concbench.model.case import SIZES
from concbench.model.result import Result
from concbench.model.run import Run
from concbench.report.blocks import Block, Paragraph
from concbench.report.experiments.view import in_words, view_of
from concbench.report.sections import advice, changes, claims, facts, interpreters, load, scaling
from concbench.report.sections.axes import AxisWords, phrase, worded, words_of
from concbench.report.uncertainty import multiple
from concbench.report.units import counted, listed, seconds

WORKERS = re.compile(r"^(.+) with (\d+) workers?$")
"""The name of a row that has no other settings."""
MOST_NAMED = 4
"""Rows that a sentence names; the others are counted."""
FASTEST = "Fastest"
MOST_TABLES = 3
"""Tables that have a sentence each; of more, the tables speak for themselves."""
MOST_STRETCHES = 5
"""Stretches of an axis with another fastest each; of more, the marks of the table speak for themselves."""


def answer(analysis: Analysis, quiet: bool = False, verbose: bool = False) -> Iterator[Block]:
    """The verdict of a gate, the recommendation, the outcomes of claims, or who is fastest.

    If `verbose`, claims that were not measured have a line each, however many they are.
    """
    run = analysis.run
    yield from changes.answer(run)
    if not quiet:
        yield from claims.claims(run, verbose)
    yield from advice.recommendations(analysis)
    if run.knees:
        yield from load.answer(analysis)
        return
    if quiet or run.changes:
        return
    if run.facts:
        yield Paragraph(facts.in_short(run), "answer")
    if not run.recommendations and not run.claims:
        yield from fastest_of_tables(analysis)
        yield from fastest_along(analysis)
    yield from laws(analysis)
    if not run.recommendations:
        yield from interpreters.between(analysis)


# Who is fastest


def fastest_of_tables(analysis: Analysis) -> Iterator[Paragraph]:
    """Who is fastest in each table, what ties with it, what it costs, and why the slow ones are slow."""
    found = [each for each in answers(analysis.run) if each.kind == "fastest"]
    if found and len(found) <= MOST_TABLES:
        for each in found:
            text = fastest(each, len(measured(analysis.run, each.table)) - 1)
            if len(found) > 1:
                lead, _, rest = text.partition(": ")
                said = f"fastest is {rest}" if lead == FASTEST else f"{lead.lower()}, but {rest}"
                text = f"{each.table.title.rstrip('.')}: {said}"
            yield Paragraph(f"{text}.", "answer")
            yield from map(Paragraph, beside_it(each, analysis))
    elif not found:
        yield from alone(analysis.run)


def fastest(found: Answer, others: int) -> str:
    """The fastest row of a table, its time, and by how much it is faster than what it is compared with."""
    name, took = in_words(found.result), took_in_words(found.result)
    if len(found.equal) == others:
        return f"Too close to call: {name} took least, {took}"
    if found.beside is None or found.ratio is None or found.beside in found.equal or found.verdict != "slower":
        return f"{FASTEST}: {name}, {took}"
    pairs = [1 / pair for pair in found.pairs]
    return f"{FASTEST}: {name}, {took}: {multiple(inverted(found.ratio), pairs, in_words(found.beside))}"


def took_in_words(result: Result) -> str:
    """The time of a row and what it is for: `41.7 ms for 60 tasks`, `12.3 µs a round trip`."""
    if result.median is None:
        return "not measured"
    took, item = seconds(result.median.estimate), view_of(result).item
    if result.case.runs_a_program:
        return took
    if result.case.metric == "wall":
        return f"{took} for {counted(result.case.workload.tasks, item)}"
    return f"{took} a {item}"


def beside_it(found: Answer, analysis: Analysis) -> Iterator[str]:
    """What the fastest costs and what ties with it; and why the slow ones are slow."""
    costs = advice.price_of(found.result, [] if found.beside is None else [found.beside])
    ties = f"As fast, or too close to call: {named(found.equal)}." if found.equal else ""
    yield from [" ".join(filter(None, (costs, ties)))] if costs or ties else []
    losing = [row for row in measured(analysis.run, found.table) if loses_updates(row)]
    if losing:
        them = "them" if len(losing) > 1 else "it"
        yield f"{listed([in_words(row) for row in losing])} lost updates, which rules {them} out."
    why = obstacle(found, analysis)
    if why is not None:
        yield obstacle_in_words(why)


def named(rows: Sequence[Result]) -> str:
    """The first rows by name, and how many others there are; numbers of workers of one strategy share its name."""
    names: list[str] = []
    numbers: dict[str, list[str]] = {}
    for row in rows:
        found = WORKERS.match(in_words(row))
        numbers.setdefault(found[1] if found else in_words(row), []).extend([found[2]] if found else [])
    for name, known in numbers.items():
        workers = f" with {listed(known)} worker{'' if known == ['1'] else 's'}" if known else ""
        names.append(f"{name}{workers}")
    if len(names) > MOST_NAMED + 1:
        names = [*names[:MOST_NAMED], f"{len(names) - MOST_NAMED} others"]
    return listed(names)


def obstacle_in_words(found: Obstacle) -> str:
    """Why the slow rows are slow, in terms that a user can act on."""
    match found:
        case QueuedWaits():
            few = counted(found.workers, "worker")
            verb = "makes" if found.workers == 1 else "make"
            runs = "runs" if len(found.at_once) == 1 else "run"
            return f"{few} {verb} {found.tasks:,} waits queue up; {named(found.at_once)} {runs} all of them at once."
        case SharedInterpreter():
            return f"Threads take turns holding the GIL, so {named(found.rows)} can't compute in parallel."
        case TooShort():
            costs = "starting workers and handing out tasks takes longer than it saves"
            return f"The tasks are too short for {named(found.rows)}: {costs}."
        case WorkerEach():
            starts = "starts" if len(found.rows) == 1 else "start"
            worker = KINDS.get(found.kind, "a new worker")
            return f"{named(found.rows)} {starts} {worker} for each of the {found.tasks:,} tasks."


KINDS = {"processes": "a new process", "threads": "a new thread", "interpreters": "a new interpreter"}


def alone(run: Run) -> Iterator[Paragraph]:
    """The only row of a run in a sentence, where there is nothing to compare it with."""
    rows = [result for table in run.tables for result in measured(run, table)]
    if len(rows) != 1 or len(run.tables) != 1:
        return
    (row,) = rows
    of_ideal = ""
    if row.ideal is not None and row.median is not None:
        of_ideal = f", of which {seconds(min(row.ideal, row.median.estimate))} is the ideal"
    yield Paragraph(f"{in_words(row)}: {took_in_words(row)}{of_ideal}.", "answer")


# Where it is fastest


def fastest_along(analysis: Analysis) -> Iterator[Paragraph]:
    """Which subject is fastest at which sizes, for each axis of sizes that was asked for."""
    run = analysis.run
    asked = [found for found in analysis.axes if found.axis in SIZES and found.axis in run.axes]
    if len(asked) <= MOST_TABLES:
        for found in asked:
            text = along_in_words(found, leads(found))
            if text:
                yield Paragraph(text, "answer")


def along_in_words(found: AlongAxis, stretches: Sequence[Lead]) -> str:
    """Who is fastest where along an axis; empty where no two were measured at the same value."""
    if not stretches:
        return ""
    words = words_of(found.axis, found.messages)
    if len(stretches) > MOST_STRETCHES:
        return f"Which is fastest changes {len(stretches) - 1} times along this range: see the marks in the table."
    known = [each for each in stretches if each.line is not None]
    open_ = [each for each in stretches if each.line is None]
    said = [f"{each.line.name} {where(each, words)}" for each in known if each.line is not None]
    close = [where(each, words) for each in open_]
    texts = [f"Fastest: {'; '.join(said)}."] if said else []
    texts += [f"Too close to call {listed(close)}."] if close else []
    return " ".join(texts)


def where(lead: Lead, words: AxisWords) -> str:
    """The values of a lead in a phrase: `for tasks of 10.0 µs to 1.00 ms`."""
    first, *others = [worded(words, value) for value in lead.values]
    return f"{words.preposition} {phrase(words, f'{first} to {others[-1]}' if others else first)}"


# Scaling laws


def laws(analysis: Analysis) -> Iterator[Paragraph]:
    """How far more workers help, where a law describes what was measured."""
    for line in scaling.lines(analysis.run):
        if scaling.describes(line):
            yield Paragraph(scaling.parameters(line, analysis), "answer")
