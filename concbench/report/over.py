"""A run over a setting or a size that took several values: one table for each, a row a value, a column a subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from concbench.model import Case, Experiment, Run
from concbench.report.axis_words import AxisWords, phrase, words_of
from concbench.report.columns import MARK, NOTHING, label, median_cell
from concbench.report.safe import printable
from concbench.report.sentences import counted, filled
from concbench.report.swept import AUTO, OF_SETTINGS, Line, Swept, Value, has_own_time, swept
from concbench.report.tables import TEXT, TITLES, WIDTH
from concbench.report.tabulated import fitted, tabulated
from concbench.report.uncertainty import pairs_of
from concbench.report.units import binary_size, seconds
from concbench.stats.intervals import ratio_interval
from concbench.stats.ranking import fastest_of
from concbench.stats.verdicts import clearly

LEAST_ROWS = 3
"""Values that a table has at least which nobody asked for: two of them are two rows of their part's table."""
SURELY, PROBABLY = " *", " ?"
"""Marks of the fastest in a row."""
LEGEND = "* surely the fastest of its row; ? the fastest, but perhaps not"
NOISY = "~ noisy: its single samples scatter by more than 25 %"
NOUNS: dict[Experiment, str] = {"tasks": "task", "messages": "round trip", "counters": "step", "turns": "turn"}
"""What a workload's number of tasks counts."""
ALPHA = 0.05
"""How often, at most, one is called surely the fastest that is not."""


def tables_over(run: Run, form: str = TEXT, width: int = WIDTH) -> Iterator[tuple[str, str, list[str]]]:
    """Yield a title, a table, and what is to be said below it, for each axis and each kind of work along it."""
    if run.changes or run.recommendations:  # a gate has a table of its own, and candidates differ in several settings
        return
    for found in swept(run):
        if found.axis in run.axes or (len(found.values) >= LEAST_ROWS and not has_laws(found, run)):
            words = words_of(found.axis, found.messages)
            rows = list(rows_of(found, words))
            headers = [words.header, *(line.name for line in found.lines)]
            title, notes = title_of(found, words), list(notes_on(found, words, rows))
            if form == TEXT:
                table = "\n\n".join(fitted(headers, rows, 1, width))
                yield filled(title, width), table, [filled(note, width) for note in notes]
            else:
                escaped = TITLES.get(form, str)
                yield escaped(title), tabulated(headers, rows, form), [escaped(note) for note in notes]


def has_laws(found: Swept, run: Run) -> bool:
    """Say whether the lines are those that scaling laws are fitted to, which have tables of their own."""
    fitted_to = {predicted.case for scaling in run.scalings for predicted in scaling.predictions}
    return found.axis == "workers" and any(case.id in fitted_to for line in found.lines for case in line.cases.values())


def title_of(found: Swept, words: AxisWords) -> str:
    """Return what a table is over, and what was the same for all of it: `By the length of a task: cpu, 100 tasks`."""
    cases = [case for line in found.lines for case in line.cases.values()]
    workload = cases[0].workload
    experiment = cases[0].experiment
    about = [printable(workload.name)] if experiment == "tasks" else []
    length = experiment == "tasks" and found.axis != "task_time" and workload.task_time and not has_own_time(cases[0])
    if found.axis == "tasks":
        about += [f"tasks of {seconds(workload.task_time)}"] if length else []
    elif experiment in NOUNS and len({case.workload.tasks for case in cases}) == 1:
        about.append(
            counted(workload.tasks, NOUNS[experiment]) + (f" of {seconds(workload.task_time)}" if length else "")
        )
    about += [
        f"{binary_size(value)} {what}"
        for axis, value, what in (("payload", workload.payload, "each way"), ("memory", workload.memory, "a task"))
        if value and found.axis != axis
    ]
    workers = {case.settings.workers for case in cases if case.settings.workers is not None}
    if len(workers) == 1 and found.axis != "workers":
        about.append(counted(workers.pop(), "worker"))
    return f"{words.title}: {', '.join(about)}" if about else words.title


def rows_of(found: Swept, words: AxisWords) -> Iterator[list[str]]:
    """Yield the cells of each row: a value, and how long each subject takes with it."""
    for value in found.values:
        measured = [line.cases[value] for line in found.lines if _is_measured(line, value)]
        first = fastest_of(measured) if len(measured) > 1 else None
        mark = "" if first is None else SURELY if surely_fastest(first, measured) else PROBABLY
        cells = []
        for line in found.lines:
            case = line.cases.get(value)
            cells.append(NOTHING if case is None else median_cell(case) + (mark if case is first else ""))
        yield [AUTO if value is None else words.worded(value), *cells]


def _is_measured(line: Line, value: Value) -> bool:
    return value in line.cases and line.cases[value].median is not None


def notes_on(found: Swept, words: AxisWords, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield what the marks mean, who is fastest where, and what does not depend on the axis."""
    cells = [cell for row in rows for cell in row[1:]]
    if any(cell.endswith((SURELY, PROBABLY)) for cell in cells):
        yield LEGEND
    if any(MARK in cell for cell in cells):
        yield NOISY
    if found.axis in OF_SETTINGS:
        best = [best_of(line, words) for line in found.lines]
        told = [text for text in best if text]
        if told:
            yield f"Fastest: {'; '.join(told)}."
    if found.once:
        told = [f"{label(case)} {median_cell(case)}" for case in found.once]
        yield f"Not changed by it: {'; '.join(told)}."


def best_of(line: Line, words: AxisWords) -> str:
    """Return with which value a subject is fastest; nothing where it was measured with one only."""
    measured = [case for case in line.cases.values() if case.median is not None]
    first = fastest_of(measured)
    if first is None or len(measured) < 2:
        return ""
    value = next(value for value, case in line.cases.items() if case is first)
    said = phrase(words, AUTO if value is None else words.worded(value))
    return f"{line.name} with {said}{'' if surely_fastest(first, measured) else ' (perhaps)'}"


def surely_fastest(first: Case, cases: Sequence[Case]) -> bool:
    """Say whether every other case is slower than this one: the interval of their ratio lies above 1, or all pairs do.

    The error rate is divided over the others (Bonferroni): the more there are, the sooner one is ahead by chance. What
    every pair agrees on by far needs no interval: see `clearly`.
    """
    others = [case for case in cases if case is not first]
    try:
        ratios = [ratio_interval(case.samples, first.samples, 1 - ALPHA / len(others), first.metric) for case in others]
    except ValueError:  # a file may hold two samples of one round, and then nobody knows which ran beside which
        return False
    return all(
        ratio is not None and ((ratio.low is not None and ratio.low > 1) or clearly(pairs_of(case, first)) == "slower")
        for case, ratio in zip(others, ratios, strict=True)
    )
