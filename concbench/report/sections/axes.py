"""Tables along an axis, a setting or size with several values: a row for each value, a column for each subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from concbench.analysis.analysis import Analysis
from concbench.analysis.axes import OF_SETTINGS, AlongAxis, Line, is_timed
from concbench.analysis.ranking import fastest_of, surely_fastest
from concbench.model.case import AUTO, OF_WORDS, AxisName, Value
from concbench.model.run import Run
from concbench.report.blocks import Block, Chart, Heading, Table
from concbench.report.experiments.tasks import IN_COMMON
from concbench.report.experiments.view import NOISY_MARK, NOTHING, label, median_cell, view_of
from concbench.report.sections.tables import NOISY_NOTE
from concbench.report.units import binary_size, counted, seconds

LEAST_ROWS = 3
"""Values from which on an axis that was not asked for has a table; two are two rows of a usual one."""
SURELY, PROBABLY = " *", " ?"
"""Marks of the fastest in a row."""
LEGEND = "* the fastest of its row; ? the fastest, but not conclusively"


@dataclass(frozen=True)
class AxisWords:
    """The words of one axis."""

    title: str
    header: str
    """Of the column of values."""
    worded: Callable[[float], str] = "{:,.0f}".format
    """Puts a value into words, with its unit."""
    before: str = ""
    after: str = ""
    """Surround a value in a sentence: `tasks of 10.0 µs`, `4 workers`."""
    preposition: str = "with"
    """Begins a phrase: `with 4 workers`, `for tasks of 10.0 µs`."""
    whole: bool = True
    """Whether only whole numbers are values."""


def _size_words(value: float) -> str:
    return binary_size(round(value))


WORDS: dict[AxisName, AxisWords] = {
    "workers": AxisWords("By the number of workers", "workers", after=" workers"),
    "chunksize": AxisWords("By the chunksize", "chunksize", before="chunksize "),
    "start_method": AxisWords("By the start method", "start method"),
    "maxtasksperchild": AxisWords(
        "By the number of tasks before a worker is replaced", "maxtasksperchild", before="maxtasksperchild "
    ),
    "limit": AxisWords("By the limit on concurrent tasks", "limit", before="limit "),
    "buffersize": AxisWords("By the number of chunks submitted ahead", "buffersize", before="buffersize "),
    "inner_threads": AxisWords("By the threads that libraries may use", "inner threads", after=" inner threads"),
    "tasks": AxisWords("By the number of tasks", "tasks", after=" tasks", preposition="for"),
    "task_time": AxisWords(
        "By the length of a task", "a task", seconds, before="tasks of ", preposition="for", whole=False
    ),
    "payload": AxisWords(
        "By the size of payloads", "payload", _size_words, before="payloads of ", preposition="for", whole=False
    ),
    "memory": AxisWords("By the memory that a task holds", "memory", _size_words, after=" a task", whole=False),
}
MESSAGES = AxisWords(
    "By the size of messages", "message", _size_words, before="messages of ", preposition="for", whole=False
)
"""Of the axis payload where messages are sent."""


def words_of(axis: AxisName, messages: bool) -> AxisWords:
    """The words of an axis; `messages`: payloads are messages, not arguments and results.

    >>> words_of("task_time", False).worded(0.02), words_of("payload", True).before
    ('20.0 ms', 'messages of ')
    """
    return MESSAGES if messages and axis == "payload" else WORDS[axis]


def worded(words: AxisWords, value: Value) -> str:
    """A value of an axis as a table has it.

    >>> worded(WORDS["workers"], 4), worded(WORDS["chunksize"], None), worded(WORDS["start_method"], "fork")
    ('4', 'auto', 'fork')
    """
    if value is None:
        return AUTO
    return value if isinstance(value, str) else words.worded(value)


def phrase(words: AxisWords, value: str) -> str:
    """A value, or a range of them, in a sentence.

    >>> phrase(WORDS["workers"], "up to 1"), phrase(WORDS["task_time"], "10 µs to 1 ms")
    ('up to 1 worker', 'tasks of 10 µs to 1 ms')
    """
    after = words.after.removesuffix("s") if value.removeprefix("up to ") == "1" else words.after
    return f"{words.before}{value}{after}"


def tables_along_axes(analysis: Analysis) -> Iterator[Block]:
    """A heading, a table and a chart for each axis and each kind of work along it."""
    run = analysis.run
    if run.changes or run.recommendations:  # a gate has a table of its own, and candidates differ in several settings
        return
    for found in analysis.axes:
        words = words_of(found.axis, found.messages)
        title = title_of(found, words)
        yield Heading(title)
        if found.axis in run.axes or (len(found.values) >= LEAST_ROWS and not has_laws(found, run)):
            rows = tuple(rows_of(found, words))
            headers = (words.header, *(line.name for line in found.lines))
            yield Table(headers, rows, title, notes=tuple(notes_on(found, words, rows)))
        if found.axis not in OF_WORDS:  # words have no scale; the chart of the table has a bar for each row
            yield Chart("sweep", case=found.lines[0].case.id)


def has_laws(found: AlongAxis, run: Run) -> bool:
    """Whether scaling laws were fitted to these lines, which then have tables of their own."""
    fitted_to = {predicted.case for scaling in run.scalings for predicted in scaling.predictions}
    return found.axis == "workers" and any(
        result.case.id in fitted_to for line in found.lines for result in line.results.values()
    )


def title_of(found: AlongAxis, words: AxisWords) -> str:
    """The axis, and what was the same all along it: `By the length of a task: cpu, 100 tasks`."""
    results = [result for line in found.lines for result in line.results.values()]
    workload = results[0].case.workload
    experiment = results[0].case.experiment
    about = [workload.name] if experiment == "tasks" else []
    timed = experiment == "tasks" and found.axis != "task_time" and workload.task_time and not is_timed(workload)
    length = f" of {seconds(workload.task_time)}" if timed else ""
    if found.axis == "tasks":
        about += [f"tasks{length}"] if timed else []
    elif experiment not in ("startups", "commands") and len({result.case.workload.tasks for result in results}) == 1:
        about.append(counted(workload.tasks, view_of(results[0]).item) + length)
    held = "in common" if workload.name in IN_COMMON else "a task"
    about += [
        f"{binary_size(value)} {what}"
        for axis, value, what in (("payload", workload.payload, "each way"), ("memory", workload.memory, held))
        if value and found.axis != axis
    ]
    workers = {result.case.settings.workers for result in results if result.case.settings.workers is not None}
    if len(workers) == 1 and found.axis != "workers":
        about.append(counted(workers.pop(), "worker"))
    return f"{words.title}: {', '.join(about)}" if about else words.title


def rows_of(found: AlongAxis, words: AxisWords) -> Iterator[tuple[str, ...]]:
    """The cells of each row: a value, and what each subject takes with it."""
    for value in found.values:
        measured = [line.results[value] for line in found.lines if _is_measured(line, value)]
        first = fastest_of(measured) if len(measured) > 1 else None
        mark = "" if first is None else SURELY if surely_fastest(first, measured) else PROBABLY
        cells = []
        for line in found.lines:
            result = line.results.get(value)
            cells.append(NOTHING if result is None else median_cell(result) + (mark if result is first else ""))
        yield (worded(words, value), *cells)


def _is_measured(line: Line, value: Value) -> bool:
    return value in line.results and line.results[value].median is not None


def notes_on(found: AlongAxis, words: AxisWords, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """What the marks mean, where each subject is fastest, and which don't depend on the axis."""
    cells = [cell for row in rows for cell in row[1:]]
    if any(cell.endswith((SURELY, PROBABLY)) for cell in cells):
        yield LEGEND
    if any(NOISY_MARK in cell for cell in cells):
        yield NOISY_NOTE
    if found.axis in OF_SETTINGS:
        best = [text for line in found.lines if (text := best_of(line, words))]
        if best:
            yield f"Fastest: {'; '.join(best)}."
    if found.constant:
        apart = [f"{label(result)} {median_cell(result)}" for result in found.constant]
        yield f"Not affected by it: {'; '.join(apart)}."


def best_of(line: Line, words: AxisWords) -> str:
    """The value with which a subject is fastest; empty if it was measured with one only."""
    measured = [result for result in line.results.values() if result.median is not None]
    first = fastest_of(measured)
    if first is None or len(measured) < 2:
        return ""
    value = next(value for value, result in line.results.items() if result is first)
    said = phrase(words, worded(words, value))
    return f"{line.name} with {said}{'' if surely_fastest(first, measured) else ' (not conclusive)'}"
