"""Why a case took as long as it did: a sentence made of the facts of its trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from concbench.model import Part, Run
from concbench.report.between import between
from concbench.report.safe import printable
from concbench.report.sentences import counted
from concbench.report.uncertainty import multiple, pairs_in, verdict_in_words
from concbench.report.units import binary_size, figures, percent, seconds
from concbench.stats.breakdown import PARTS, Breakdown
from concbench.suites.cause import (
    Chunks,
    Dispatch,
    FewCores,
    LateFirst,
    OneAtATime,
    OneEach,
    Pickling,
    PoolCost,
    SharedGil,
    Stretched,
    Uneven,
)
from concbench.suites.causes import Explanation, explained

USUAL = 3
"""So many sentences stand under a table at most where nobody asks for all."""
LARGEST_PARTS = 3
"""A sentence names no more parts of the wall time."""
HARDLY = 0.1
"""Of the wall time: where tasks fill less than this, all the rest is what the pool costs."""
WORKER = {"processes": "process", "threads": "thread", "coroutines": "coroutine", "interpreters": "interpreter"}
"""One of each kind of workers."""
WORTH_NAMING = 0.03
"""Of the wall time: smaller parts are not named."""


def explanations(run: Run, part: Part, most: int | None = None) -> list[str]:
    """Return a sentence for each case of a part that took longer than its ideal, in the order of the table.

    With `most`, for so many cases only: those of which the largest share could be avoided.
    """
    return first_and_others(run, part, most)[0]


def first_and_others(run: Run, part: Part, most: int | None = USUAL) -> tuple[list[str], list[str]]:
    """Return the sentences for so many cases, and those for the others, each in the order of the table."""
    found = [
        explanation
        for case in run.cases
        if case.part == part.name and (explanation := explained(case, run)) is not None
    ]
    worst = sorted(found, key=lambda explanation: explanation.avoidable / explanation.wall, reverse=True)[:most]
    return (
        [sentence(explanation) for explanation in found if explanation in worst],
        [sentence(explanation) for explanation in found if explanation not in worst],
    )


def reasons(run: Run, part: Part) -> list[str]:
    """Return what stands under a table where nobody asks for more.

    That is what came of advice that was tried; or the main explanations, and where interpreters differ.

    Nothing in a run that advises on a function: what is recommended there has its reasons beside it.
    """
    if run.recommendations:
        return []
    return verified(run, part) or [*explanations(run, part, USUAL), *between(run, part)]


def all_reasons(run: Run, part: Part) -> list[str]:
    """Return what stands there where everything is asked for."""
    return verified(run, part) or [*explanations(run, part), *between(run, part)]


def verified(run: Run, part: Part) -> list[str]:
    """Return what came of advice that was tried in a part: what was predicted, and what was measured."""
    found = []
    for advice in run.advice:
        tried = next((case for case in run.cases if case.id == advice.tried and case.part == part.name), None)
        if tried is None or tried.median is None:
            continue
        text = f"Predicted: {seconds(advice.predicted)}. Measured: {seconds(tried.median.estimate)}"
        beside = next((each for each in run.comparisons if each.case == advice.tried), None)
        if beside is not None:
            pairs = pairs_in(beside, run)
            text += f", {multiple(beside.ratio, pairs)} as long as before: {verdict_in_words(beside, pairs)}"
        found.append(f"{text}.")
    return found


def sentence(explanation: Explanation) -> str:
    """Return why a case took longer than the ideal: what it took, which parts that was, and the main causes."""
    case = printable(explanation.case.label)
    parts = list(largest_parts(explanation.parts, explanation.wall))
    first = f"{case} took {seconds(explanation.wall)} (ideal {seconds(explanation.ideal)})"
    first += f": {', '.join(parts)}." if parts else "."
    return " ".join([first, *(WORDS[type(cause)](cause, explanation) for cause in explanation.causes[:2])])


def largest_parts(parts: Breakdown, wall: float) -> Iterator[str]:
    """Yield the largest parts but for the work itself, as `1.46 s with idle workers at the end`, the largest first."""
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
    "back": "to return the results",
    "stop": "to stop workers",
}
"""What the time of each part was spent on, by name."""


def about_chunks(cause: Chunks, explanation: Explanation) -> str:
    """Return how chunks were dealt out, and which chunksize would suit."""
    trace = explanation.case.trace
    tasks, lanes = (trace.tasks, trace.lanes) if trace is not None else (0, 0)
    dealt = f"{counted(tasks, 'item')} went out in chunks of {cause.chunksize}"
    did = "none" if cause.fewest == 0 else f"{cause.fewest}"
    so = f", so one of {lanes} workers did {cause.most} and another {did}" if cause.most > cause.fewest else ""
    takes = "took" if cause.measured else "would take about"
    return f"{dealt}{so}; --chunksize {cause.better} {takes} {seconds(cause.predicted)}."


def about_pool(cause: PoolCost, explanation: Explanation) -> str:
    """Return what starting and stopping the workers cost, and whether that pays."""
    parts, wall = explanation.parts, explanation.wall
    both = parts.start + parts.stop
    inside = parts.work + parts.stretch
    if inside < HARDLY * wall:
        text = f"{percent(1 - inside / wall)} of that, {seconds(wall - inside)}, is the pool and not the tasks"
    else:
        text = f"Having workers costs {seconds(both)} at start and stop, {percent(both / wall)} of that"
    if cause.serial is None or cause.saved is None:
        return f"{text}."
    if cause.saved <= 0:
        return f"{text}. It saves nothing: one after the other, the tasks take {seconds(cause.serial)}."
    saved = f"{seconds(cause.saved)} of the {seconds(cause.serial)} that the tasks take one after the other"
    return f"{text}, but saves only {saved}." if cause.saved < both else f"{text}, and saves {saved}."


def workers(number: int, kind: str) -> str:
    """Return how many workers, by what they are.

    >>> workers(1, "processes"), workers(2, "processes"), workers(2, "anything")
    ('1 process', '2 processes', '2 workers')
    """
    one = WORKER.get(kind)
    return counted(number, "worker") if one is None else f"{number:,} {one if number == 1 else kind}"


def about_one_each(cause: OneEach, _: Explanation) -> str:
    """Return that workers are started one after the other."""
    return f"{workers(cause.workers, cause.kind)} begin one after the other, one every {seconds(cause.each)}."


def about_late_first(cause: LateFirst, _: Explanation) -> str:
    """Return that workers begin their first task late."""
    begin, on_average = ("begins its", "") if cause.workers == 1 else ("begin their", ", on average")
    after = f"{seconds(cause.after)} after the tasks were handed out{on_average}"
    return f"{workers(cause.workers, cause.kind)} {begin} first task {after}."


def about_gil(cause: SharedGil, _: Explanation) -> str:
    """Return that threads share a GIL."""
    threads = counted(cause.threads, "thread")
    if cause.factor is None:
        return f"{threads} take turns with one GIL: together they compute no faster than one."
    return f"{threads} take turns with one GIL: a task takes {figures(cause.factor)} times as long as alone."


def about_cores(cause: FewCores, _: Explanation) -> str:
    """Return that there are more workers than cores."""
    cores = counted(cause.cores, "core")
    return f"{cause.workers:,} workers share {cores}: a task takes {figures(cause.factor)} times as long as alone."


def about_stretch(cause: Stretched, _: Explanation) -> str:
    """Return that tasks took longer than alone."""
    reasons = "although there are enough cores: memory, caches or other load slow it down"
    return f"A task takes {figures(cause.factor)} times as long as alone, {reasons}."


def about_pickling(cause: Pickling, _: Explanation) -> str:
    """Return how much is pickled and moved."""
    argument, result = binary_size(round(cause.argument)), binary_size(round(cause.result))
    return (
        f"{binary_size(round(cause.total))} are pickled and moved, {argument} to each task and {result} back: "
        f"workers wait {seconds(cause.waiting)} for that."
    )


def about_turns(cause: OneAtATime, _: Explanation) -> str:
    """Return that one task ran at a time."""
    return f"No two tasks ran at once: one worker could have done what {cause.workers} did."


def about_dispatch(cause: Dispatch, _: Explanation) -> str:
    """Return how long handing out a task takes."""
    return f"A worker waits {seconds(cause.gap)} for its next task, which takes {seconds(cause.task)}."


def about_uneven(cause: Uneven, _: Explanation) -> str:
    """Return that tasks are uneven."""
    longest, middle = seconds(cause.longest), seconds(cause.middle)
    return f"The longest task takes {longest} and the median one {middle}: others wait at the end."


WORDS: dict[type, Callable[[Any, Explanation], str]] = {
    Chunks: about_chunks,
    PoolCost: about_pool,
    OneEach: about_one_each,
    LateFirst: about_late_first,
    SharedGil: about_gil,
    FewCores: about_cores,
    Stretched: about_stretch,
    Pickling: about_pickling,
    OneAtATime: about_turns,
    Dispatch: about_dispatch,
    Uneven: about_uneven,
}
"""The words of every kind of cause."""
