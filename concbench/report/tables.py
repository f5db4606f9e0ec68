"""A run as tables: one for each part, as text that fits the terminal or in any of tabulate's formats."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Literal

from tabulate import tabulate_formats

from concbench.model import Case, Part, Run
from concbench.report.columns import BEYOND, NOTHING, Column, cpu_seconds, is_beyond_ideal, is_noisy, label, peak_memory
from concbench.report.safe import printable
from concbench.report.sentences import counted, filled
from concbench.report.sharing_columns import columns
from concbench.report.swept import has_own_time
from concbench.report.tabulated import TEXTS, fitted, tabulated
from concbench.report.units import binary_size, seconds, size
from concbench.stats.ranking import standing
from concbench.stats.where import each_in_serial

TEXT = "text"
"""The format that is meant for a terminal; all others are tabulate's."""
UNSAFE = ("unsafehtml", "latex_raw")
"""Formats of tabulate's that let a cell say anything to a browser or to LaTeX."""
FORMATS = [TEXT, *(form for form in tabulate_formats if form not in UNSAFE)]
TITLES = TEXTS
WIDTH = 100

Sort = Literal["given", "name", "time", "cpu", "memory", "ideal"]


def tables(run: Run, form: str = TEXT, sort: Sort = "given", width: int = WIDTH) -> Iterator[str]:
    """Yield a title and a table for each part of a run."""
    for part in run.parts:
        cases = in_order([case for case in run.cases if case.part == part.name], sort, run)
        about = title(part, cases)
        if form == TEXT:
            yield filled(about, width)
            yield text_table(part, cases, run, width)
        else:
            yield TITLES.get(form, str)(about)
            yield other_table(part, cases, run, form)


def title(part: Part, cases: Sequence[Case]) -> str:
    """Return what a table is about: `Tasks that sleep: 100 tasks of 20.0 ms; 4 workers`."""
    text = printable(part.title).rstrip(".")
    if not cases:
        return text
    return f"{text}: {'; '.join(ABOUT[cases[0].experiment](cases))}"


def about_tasks(cases: Sequence[Case]) -> list[str]:
    """Return how many tasks of which size, on how many workers."""
    workload = cases[0].workload
    about = [counted(workload.tasks, "task") + length_of(cases)]
    way = "each" if workload.name in ONE_WAY else "each way"
    about += [f"{size(value)} {what}" for value, what in ((workload.payload, way), (workload.memory, "each")) if value]
    return about + about_workers(cases)


AGREES = 1.15
"""By no larger factor is the row of `serial` off from what the title says of its tasks."""


def length_of(cases: Sequence[Case]) -> str:
    """Return how long a task of a table takes, as ` of 20.0 ms`; nothing where nobody knows.

    The length of what is found by timing is that of the row of `serial`, where there is one. What was asked for stands
    as it was, with what that row says behind it where it says something else.
    """
    case = cases[0]
    asked, tasks = case.workload.task_time, case.workload.tasks
    each = each_in_serial(case, cases)
    if not asked or each is None:
        return f" of {seconds(asked)}" if asked else ""
    if has_own_time(case):
        return f" of {seconds(each)}"
    agrees = each / AGREES <= asked <= each * AGREES
    return f" of {seconds(asked)}" + ("" if agrees or not tasks else f" ({seconds(each)} each in serial)")


ONE_WAY = frozenset({"hashing"})
"""Workloads whose payload comes in, and not out."""


def about_workers(cases: Sequence[Case]) -> list[str]:
    """Return how many workers all cases have; nothing where they differ."""
    workers = {case.settings.workers for case in cases if case.settings.workers is not None}
    return [counted(workers.pop(), "worker")] if len(workers) == 1 else []


def about_messages(cases: Sequence[Case]) -> list[str]:
    """Return how many messages of which size."""
    workload = cases[0].workload
    about = [f"{counted(workload.tasks, 'round trip')} of {binary_size(workload.payload)}, and a stream one way"]
    cores = {case.settings.cores for case in cases if case.error is None}
    return about + [PLACES[place] for place in cores if place in PLACES and len(cores) == 1]


PLACES = {"one": "both ends on one core", "apart": "the ends on two cores"}


def about_steps(cases: Sequence[Case]) -> list[str]:
    """Return how many workers take how many steps, or turns."""
    what = "step" if cases[0].experiment == "counters" else "turn"
    workers = {case.settings.workers for case in cases if case.settings.workers is not None}
    who = about_workers(cases) or [f"at most {counted(max(workers), 'worker')}"] if workers else []
    usual, _ = Counter(case.workload.tasks for case in cases).most_common(1)[0]
    return [*who, f"{counted(usual, what)} each"]


ABOUT: dict[str, Callable[[Sequence[Case]], list[str]]] = {
    "tasks": about_tasks,
    "messages": about_messages,
    "counters": about_steps,
    "turns": about_steps,
    "startups": about_workers,
}
"""What the title of a table says of its cases, by experiment."""


def text_table(part: Part, cases: Sequence[Case], run: Run, width: int) -> str:
    """Return a table for a terminal; it becomes two, time and cost, or more, where one is too wide."""
    shown = columns(part, run)
    measured = [case for case in cases if case.error is None]
    pieces: list[str] = []
    if measured:
        every = [*shown.names, *shown.time, *shown.cost]
        pieces = fitted(_headers(every), _cells(every, measured), len(shown.names), width)
    indent = max((len(label(case)) for case in cases), default=0) + 2
    notes = [failure_line(case, indent, width) for case in cases if case.error is not None]
    if any(is_noisy(case) for case in measured):
        notes.append("~ noisy: single samples of this row scatter by more than 25 %")
    if ratios_differ(part, measured, run):
        header = next(column.header for column in shown.time if column.header.startswith("x "))
        note = f"{header} compares two rows round by round; a median is of all rounds of its own row"
        notes.append(filled(note, width))
    if any(is_beyond_ideal(case) for case in measured):
        notes.append(f"{BEYOND} faster than its ideal, which rests on a serial pass that was slower")
    return "\n".join(["\n\n".join(pieces), *notes] if pieces else notes)


def ratios_differ(part: Part, cases: Sequence[Case], run: Run) -> bool:
    """Say whether a ratio to the reference is on one side of 1, and that of the medians on the other."""
    reference = next((case for case in cases if case.id == part.reference), None)
    if reference is None or reference.median is None:
        return False
    ratios = {each.case: each.ratio.estimate for each in run.comparisons if each.reference == reference.id}
    for case in cases:
        if case.median is not None and case.id in ratios:
            slower, longer = ratios[case.id] > 1, case.median.estimate > reference.median.estimate
            if slower != longer and seconds(case.median.estimate) != seconds(reference.median.estimate):
                return True
    return False


def other_table(part: Part, cases: Sequence[Case], run: Run, form: str) -> str:
    """Return a table in one of tabulate's formats, with a column for what went wrong where something did."""
    shown = columns(part, run)
    every = [*shown.names, *shown.time, *shown.cost]
    if any(case.error is not None for case in cases):
        every.append(Column("problem", _problem))
    return tabulated(_headers(every), _cells(every, cases), form)


def failure_line(case: Case, indent: int, width: int) -> str:
    """Return the row of a case that failed: its name and, in the place of all figures, the reason."""
    reason = textwrap.wrap(_problem(case), max(20, width - indent), break_on_hyphens=False)
    return "\n".join(f"{name:{indent}}{line}" for name, line in zip_longest([label(case)], reason, fillvalue=""))


def in_order(cases: Sequence[Case], sort: Sort, run: Run) -> list[Case]:
    """Return the cases in the order asked for; those without the figure come last."""
    keys: dict[str, Callable[[Case], float | str | None]] = {
        "name": lambda case: case.label,
        "time": lambda case: standing(case, run),
        "cpu": cpu_seconds,
        "memory": peak_memory,
        "ideal": lambda case: -case.ideal / case.median.estimate if case.ideal is not None and case.median else None,
    }
    if sort == "given":
        return list(cases)
    key = keys[sort]
    known = [case for case in cases if key(case) is not None]
    return sorted(known, key=key) + [case for case in cases if key(case) is None]  # type: ignore[arg-type]  # no None is left


def _problem(case: Case) -> str:
    return NOTHING if case.error is None else f"{case.error.kind}: {printable(case.error.message)}"


def _cells(shown: Sequence[Column], cases: Sequence[Case]) -> list[list[str]]:
    return [[column.cell(case) for column in shown] for case in cases]


def _headers(shown: Sequence[Column]) -> list[str]:
    return [column.header for column in shown]
