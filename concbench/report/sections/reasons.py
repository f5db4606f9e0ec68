"""Why results took as long as they did: sentences from traces, shares of the time, differences of interpreters."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.analysis.analysis import Analysis
from concbench.analysis.breakdown import PARTS, Breakdown
from concbench.analysis.causes import (
    Cause,
    Chunks,
    Dispatch,
    Explanation,
    FewCores,
    LateFirst,
    OneAtATime,
    OneEach,
    OwnThreads,
    Pickling,
    PoolCost,
    SharedGil,
    Stretched,
    Uneven,
)
from concbench.analysis.interpreters import InterpreterDifference
from concbench.model.run import Table
from concbench.prediction.predict import Range
from concbench.report import blocks
from concbench.report.experiments.view import label
from concbench.report.uncertainty import beside, pairs_in, predicted_time
from concbench.report.units import binary_size, counted, figures, percent, seconds

USUAL = 3
"""Explanations below a table, unless all are asked for."""
LARGEST_PARTS = 3
"""Parts of the wall time that a sentence names at most."""
WORTH_NAMING = 0.03
"""Share of the wall time from which on a part is named."""
HARDLY = 0.1
"""Share of the wall time below which tasks hardly matter, so that the pool is to blame for all of it."""


def reasons(
    analysis: Analysis, of: Table, why: bool = False, quiet: bool = False, verbose: bool = False
) -> Iterator[blocks.Block]:
    """What stands below a table: the main explanations, or, if `why`, all of them and where the time went.

    If `verbose`, the other explanations follow as details.

    Advice that was tried, and recommendations, have their reasons beside them.
    """
    if why:
        yield from time_shares(analysis, of)
    if quiet and not why:
        return
    tried = predictions_tried(analysis, of)
    every = explanations(analysis, of)
    if tried or (analysis.run.recommendations and not why):
        found = tried
    else:
        found = [*(every if why else explanations(analysis, of, USUAL)), *between_interpreters(analysis, of)]
    yield from (blocks.Paragraph(text) for text in found)
    others = tuple(blocks.Paragraph(text, "note") for text in every if text not in found)
    if verbose and others:
        yield blocks.Details("Why the other cases took as long as they did", others)


def explanations(analysis: Analysis, of: Table, most: int | None = None) -> list[str]:
    """A sentence for each result that took longer than its ideal; with `most`, only for those that waste most."""
    found = [each for result in analysis.rows(of) if (each := analysis.explanation(result)) is not None]
    worst = sorted(found, key=lambda each: each.avoidable / each.wall, reverse=True)[:most]
    return [sentence(each) for each in found if each in worst]


def predictions_tried(analysis: Analysis, of: Table) -> list[str]:
    """What advice predicted, and what was measured when it was tried."""
    found = []
    by_id = {result.case.id: result for result in analysis.rows(of)}
    for advice in analysis.run.advice:
        tried = by_id.get(advice.tried)
        if tried is None or tried.median is None:
            continue
        expected = Range(
            estimate=advice.predicted,
            low=advice.predicted if advice.low is None else advice.low,
            high=advice.predicted if advice.high is None else advice.high,
        )
        text = f"Predicted {predicted_time(expected)}, measured {seconds(tried.median.estimate)}"
        compared = next((each for each in analysis.run.comparisons if each.case == advice.tried), None)
        if compared is not None:
            pairs = pairs_in(compared, analysis.run)
            text += f": it {beside(compared.ratio, pairs, compared.verdict, 'before')}"
        found.append(f"{text}.")
    return found


def time_shares(analysis: Analysis, of: Table) -> Iterator[blocks.Block]:
    """A table of where the time of every traced result went."""
    found = [
        (result, result.trace, parts)
        for result in analysis.rows(of)
        if result.trace is not None and (parts := analysis.breakdown(result)) is not None
    ]
    earlier = analysis.run.tables[: analysis.run.tables.index(of)]
    first = not any(result.trace is not None for table in earlier for result in analysis.rows(table))
    if not found:
        yield blocks.Paragraph("Where the time went is unknown: nothing in this table was traced.", "note")
        return
    cost = max(trace.cost for _, trace, _ in found)
    yield blocks.Table(
        headers=("strategy", "median", *PARTS.values()),
        rows=tuple(
            (label(result), seconds(parts.wall), *(share(getattr(parts, name) / parts.wall) for name in PARTS))
            for result, _, parts in found
        ),
        title="Where the time went",
        notes=(
            f"Shares are from one traced sample each; recording added about {seconds(cost, 2)} per task.",
            *([f"{'; '.join(f'{PARTS[name]}: {words}' for name, words in MEANING.items())}."] if first else []),
        ),
    )


def share(value: float) -> str:
    """A share of the wall time, which may be negative.

    >>> share(0.105), share(-0.034), share(0.0), share(-0.0001)
    ('10%', '-3%', '0%', '0%')
    """
    if value < 0:
        whole = round(-100 * value)
        return f"-{whole}%" if whole else "0%"
    return percent(value)


def sentence(explanation: Explanation) -> str:
    """What a result took, which parts of that could be avoided, and the main causes."""
    name = explanation.result.case.label
    parts = list(largest_parts(explanation.beyond, explanation.wall))
    first = f"{name} took {seconds(explanation.wall)} (ideal {seconds(explanation.ideal)})"
    first += f": {', '.join(parts)}." if parts else "."
    return " ".join([first, *(cause_words(cause, explanation) for cause in explanation.causes[:2])])


def largest_parts(parts: Breakdown, wall: float) -> Iterator[str]:
    """The largest parts other than work, as `1.46 s with workers idle at the end`, the largest first."""
    sizes = {name: getattr(parts, name) for name in PARTS if name != "work"}
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True)[:LARGEST_PARTS]:
        if sizes[name] >= WORTH_NAMING * wall:
            yield f"{seconds(sizes[name])} {SPENT[name]}"


SPENT = {
    "start": "to start workers",
    "lead_in": "before the first tasks",
    "stretch": "because tasks ran slower than alone",
    "gaps": "between tasks",
    "tail": "with workers idle at the end",
    "back": "to return results",
    "stop": "to stop workers",
}
"""What the time of each part was spent on."""
MEANING = {
    "lead_in": "until a worker's first task",
    "work": "what the tasks take one after the other, shared by all workers",
    "stretch": "because tasks ran slower than alone",
    "gaps": "between two tasks of a worker",
    "tail": "idle at the end, while other workers have tasks",
    "back": "until all results are there",
}
"""What the headers of a table of such parts mean."""


IN_FIRST_TASK = {
    "initializer": "makes the object that all read",
    "shared-memory": "maps the memory of the object",
    "memory-map": "maps the file of the object",
}
"""What the first task of a worker does more, by the way in which workers get an object."""


def cause_words(cause: Cause, explanation: Explanation) -> str:
    """One cause in a sentence."""
    match cause:
        case Chunks():
            return _chunks(cause, explanation)
        case PoolCost():
            return _pool_cost(cause, explanation)
        case OneEach():
            started = workers(cause.workers, cause.kind)
            return f"{started} started one after the other, one every {seconds(cause.each)}."
        case LateFirst():
            began, on_average = ("began its", "") if cause.workers == 1 else ("began their", ", on average")
            after = f"{seconds(cause.after)} after the tasks were handed out{on_average}"
            return f"{workers(cause.workers, cause.kind)} {began} first task {after}."
        case SharedGil():
            turns = f"{counted(cause.threads, 'thread')} take turns holding one GIL"
            if cause.factor is None:
                return f"{turns}: together they compute no faster than one."
            return f"{turns}: a task takes {figures(cause.factor)} times as long as alone."
        case FewCores():
            where = "one thread" if cause.kind == "coroutines" else counted(cause.cores, "core")
            shared = f"{workers(cause.workers, cause.kind)} share {where}"
            return f"{shared}: a task takes {figures(cause.factor)} times as long as alone."
        case OwnThreads():
            beside = f"{workers(cause.workers, cause.kind)} on {counted(cause.cores, 'core')}"
            each = f"each task keeps {cause.busy:.1f} cores busy with threads of its own"
            return f"{beside}, and {each}: it takes {figures(cause.factor)} times as long as alone."
        case Stretched():
            why = "although there are enough cores; memory, caches or other load may slow it down"
            more = IN_FIRST_TASK.get(explanation.result.case.settings.sharing or "")
            if more is not None:
                why = f"as the first one of each worker also {more}"
            return f"A task takes {figures(cause.factor)} times as long as alone, {why}."
        case Pickling():
            total, argument, result = (
                binary_size(round(value)) for value in (cause.total, cause.argument, cause.result)
            )
            moved = f"{total} are pickled and moved, {argument} to each task and {result} back"
            return f"{moved}; workers wait {seconds(cause.waiting)} for that."
        case OneAtATime():
            return f"No two tasks ran at the same time: one worker could have done the work of {cause.workers}."
        case Dispatch():
            return f"On average, a worker waits {seconds(cause.gap)} for a task that takes {seconds(cause.task)}."
        case Uneven():
            longest, middle = seconds(cause.longest), seconds(cause.middle)
            return f"The longest task takes {longest}, the median one {middle}, so other workers wait at the end."


def _chunks(cause: Chunks, explanation: Explanation) -> str:
    trace = explanation.result.trace
    tasks, lanes = (trace.tasks, trace.lanes) if trace is not None else (0, 0)
    dealt = "one by one" if cause.chunksize == 1 else f"in chunks of {cause.chunksize}"
    text = f"{counted(tasks, 'item')} went out {dealt}"
    if cause.most > cause.fewest and cause.chunksize > 1:
        text += f", so one of {lanes} workers got {cause.most} and another {cause.fewest or 'none'}"
    better = cause.better
    if better is None:
        return f"{text}."
    if better.predicted is None:
        return f"{text}; --chunksize {better.chunksize} took {seconds(better.seconds)}."
    return f"{text}; --chunksize {better.chunksize} would take about {predicted_time(better.predicted)}."


def _pool_cost(cause: PoolCost, explanation: Explanation) -> str:
    parts, wall = explanation.parts, explanation.wall
    both, inside = parts.start + parts.stop, parts.work + parts.stretch
    if inside < HARDLY * wall:
        text = f"The pool, not the tasks, took {seconds(wall - inside)} ({percent(1 - inside / wall)})"
    else:
        text = f"Starting and stopping workers took {seconds(both)} ({percent(both / wall)})"
    if cause.serial is None or cause.saved is None:
        return f"{text}."
    if cause.saved <= 0:
        return f"{text}, and the workers saved nothing: the tasks take {seconds(cause.serial)} serially."
    serially = f"over running serially ({seconds(cause.serial)})"
    if cause.saved < both:
        return f"{text}, more than the {seconds(cause.saved)} that the workers saved {serially}."
    return f"{text}; the workers saved {seconds(cause.saved)} {serially}."


WORKER = {"processes": "process", "threads": "thread", "coroutines": "coroutine", "interpreters": "interpreter"}
"""One of each kind of workers."""


def workers(number: int, kind: str) -> str:
    """A number of workers of a kind.

    >>> workers(1, "processes"), workers(2, "processes"), workers(2, "anything")
    ('1 process', '2 processes', '2 workers')
    """
    one = WORKER.get(kind)
    return counted(number, "worker") if one is None else f"{number:,} {one if number == 1 else kind}"


def between_interpreters(analysis: Analysis, of: Table) -> Iterator[str]:
    """A sentence for each case that takes another time under another interpreter than under the first."""
    for found in analysis.interpreters(of):
        yield from _difference(found)


def _difference(found: InterpreterDifference) -> Iterator[str]:
    """How much longer a case takes, and in which parts; if that is undecided, only parts that shifted are said."""
    name, here, there = found.result.case.name, found.result.case.side, found.other.case.side
    parts = ", ".join(f"{PARTS[part]} {'+' if by > 0 else '-'}{seconds(abs(by))}" for part, by in found.parts.items())
    says = beside(found.ratio, found.pairs, found.verdict, f"under {there}")
    if found.verdict in ("faster", "slower"):
        yield f"{name} under {here} {says}{': ' if parts else ''}{parts}."
    elif found.shifted:
        yield f"{name} under {here} {says}, but differs in its parts: {parts}."
