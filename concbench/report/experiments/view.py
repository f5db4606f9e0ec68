"""What every experiment's tables share: types, cells, and the columns for ratios and memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from concbench.analysis.axes import OF_SETTINGS
from concbench.analysis.figures import cpu_seconds, memory_of_workers, on_cluster, pairs_of, peak_memory, values_of
from concbench.model.case import AUTO, START_METHODS, option_name
from concbench.model.result import Result
from concbench.model.run import Comparison, Run, Table
from concbench.registry import Registry, UnknownName
from concbench.report.safe import printable
from concbench.report.uncertainty import factor_with_reach, time_with_reach
from concbench.report.units import counted, listed, percent, rate, seconds, size
from concbench.stats.intervals import scatter
from concbench.strategies.strategy import strategies

NOISY = 0.25
"""Relative scatter of single samples from which a row is marked."""
NOISY_MARK = " ~"
NOTHING = "-"
UNKNOWN = "unknown"
"""What the workers of a cluster can't say."""
OF_WORKERS_MARK = " ‡"
"""Marks memory that is of a cluster's workers, as they held it between samples."""
VERSUS = "vs "
"""Begins the header of the column that compares each row with the reference."""
LONGEST_NAME = 24
"""Characters of a command in a header: a longer one would fill the table."""
RECOMMENDED = "recommended"
"""The recommended case in a header: its label, with all its settings, would fill the table."""


@dataclass(frozen=True)
class Column:
    """A header, and each result's cell below it."""

    header: str
    cell: Callable[[Result], str]


@dataclass(frozen=True)
class Columns:
    """The columns of a table: those that name a row, those about time, and those about cost."""

    names: tuple[Column, ...]
    time: tuple[Column, ...]
    cost: tuple[Column, ...]


@dataclass(frozen=True)
class SharedColumns:
    """Columns that tables of several experiments have."""

    ratio: Column
    memory: Column
    processes: Column


@dataclass(frozen=True)
class View:
    """How results of one experiment are shown: its nouns, the title of its tables, and their columns."""

    item: str
    """What a workload's number of tasks counts: `task`, `round trip`."""
    median: str
    """What the median of a result is: `Wall time`."""
    about: Callable[[Sequence[Result]], list[str]]
    """Facts for a table's title, such as `100 tasks of 20.0 ms` and `4 workers`."""
    columns: Callable[[SharedColumns], Columns]


def shared_columns(table: Table, run: Run) -> SharedColumns:
    """The columns of a run's table that don't depend on its experiment."""
    ratios = {comparison.case: comparison for comparison in run.comparisons if comparison.reference == table.reference}
    results = [result for result in run.results if result.case.table == table.name]
    reference = next((result for result in results if result.case.id == table.reference), None)
    name = "reference" if reference is None else _short_label(reference, results)
    if any(found.case == table.reference for found in run.recommendations):
        name = RECOMMENDED
    return SharedColumns(
        ratio=Column(f"{VERSUS}{name}", lambda result: _ratio_cell(result, ratios, reference, table)),
        memory=Column(memory_header(results), _memory_cell),
        processes=Column("procs", lambda result: str(result.watch.peak_processes) if result.watch else NOTHING),
    )


def _short_label(reference: Result, results: Sequence[Result]) -> str:
    """The name of the reference; where all rows are of its subject, only what sets it apart: `workers 1`."""
    case = reference.case
    own = case.label.removeprefix(f"{case.subject} ")
    alike = all(result.case.subject == case.subject for result in results)
    if case.runs_a_program and alike and case.along:
        own = " ".join(f"{name} {value}" for name, value in case.along.items())
    short = printable(own) if alike else label(reference)
    return short if not case.runs_a_program or len(short) <= LONGEST_NAME else "reference"


def label(result: Result) -> str:
    """The name of a result's row, safe to print."""
    return printable(result.case.label)


def in_words(result: Result, *, with_side: bool = True) -> str:
    """The name of a row with its settings in words: `executor-threads with 30 workers`, safe to print.

    Its side is left out where the sentence has named it already.

    >>> from concbench.model.case import Case, Settings, Workload
    >>> case = Case(group="cpu", row="pool-map", subject="pool-map", workload=Workload(name="cpu", tasks=9),
    ...     settings=Settings(workers=2, chunksize=3), along={"chunksize": 3})
    >>> in_words(Result(case=case))
    'pool-map with 2 workers and chunksize 3'
    """
    case = result.case
    under = f" under {case.side}" if with_side and case.side is not None else ""
    every = case.name.removeprefix(case.subject).split()
    methods, words = (
        [word for word in every if (word in START_METHODS and case.experiment == "tasks") is they]
        for they in (True, False)
    )
    named = dict(zip(words[::2], words[1::2], strict=False))
    known = set(map(option_name, OF_SETTINGS))
    if not case.name.startswith(case.subject) or len(words) % 2 or not named.keys() <= known:
        return printable(f"{case.name}{under}")
    if case.settings.workers is not None and _uses_workers(case.subject):
        named = {"workers": str(case.settings.workers)} | named
    settings = [*(_setting_in_words(name, value) for name, value in named.items()), *methods]
    return printable(f"{case.subject}{f' with {listed(settings)}' if settings else ''}{under}")


def _setting_in_words(name: str, value: str) -> str:
    counts = {"workers": "worker", "inner-threads": "inner thread"}
    if name not in counts or (name == "inner-threads" and value == AUTO):
        return f"{name} {value}"
    return f"{value} {counts[name]}{'' if value == '1' else 's'}"


def _uses_workers(subject: str) -> bool:
    try:
        return "workers" in strategies.get(subject).settings
    except UnknownName:  # a channel, a store, or a strategy that is not installed here
        return False


def about_workers(results: Sequence[Result]) -> list[str]:
    """The number of workers, if all results have the same, and whether they are warm, unless some are cold, too."""
    workers = {result.case.settings.workers for result in results if result.case.settings.workers is not None}
    kept = {result.case.subject for result in results if result.case.settings.warm}
    both = any(result.case.subject in kept for result in results if not result.case.settings.warm)
    warm = bool(kept) and not both
    if len(workers) != 1:
        return ["warm"] if warm else []
    return [counted(workers.pop(), "warm worker" if warm else "worker")]


def is_noisy(result: Result) -> bool:
    """Whether single samples scatter so much that the row is marked."""
    return scatter(result.samples, result.case.metric) > NOISY


def memory_header(results: Sequence[Result]) -> str:
    """The kind of memory that a table shows: RSS counts shared pages once for each process, PSS does not."""
    watches = [result.watch for result in results if result.watch is not None]
    return "RSS" if watches and all(watch.peak_pss is None for watch in watches) else "PSS"


def median_cell(result: Result) -> str:
    """The median with half its interval, or with the range of samples; marked if noisy."""
    if result.median is None:
        return NOTHING
    return time_with_reach(result.median, values_of(result)) + (NOISY_MARK if is_noisy(result) else "")


def cpu_cell(result: Result) -> str:
    """CPU seconds of a sample, of all processes."""
    cpu = cpu_seconds(result)
    return _nothing(result) if cpu is None else seconds(cpu, 2)


def cpu_percent_cell(result: Result) -> str:
    """CPU time as a share of wall time: 100% is one core kept busy."""
    known = [(sample.cpu, sample.wall) for sample in result.samples if sample.cpu is not None]
    return percent(sum(cpu for cpu, _ in known) / sum(wall for _, wall in known)) if known else _nothing(result)


def rate_cell(each: float | None) -> str:
    """The rate of something that takes `each` seconds."""
    return rate(1 / each) if each else NOTHING


def paced_columns(
    name: str,
    each: str,
    shared: SharedColumns,
    more: tuple[Column, ...] = (),
    cost: Column = Column("CPU%", cpu_percent_cell),
) -> Columns:
    """Columns for the time of `each`, and the rate that follows from it."""
    return Columns(
        names=(Column(name, label),),
        time=(
            Column(each, median_cell),
            shared.ratio,
            Column("rate", lambda result: rate_cell(result.median.estimate if result.median else None)),
            *more,
        ),
        cost=(cost, shared.memory, shared.processes),
    )


def _ratio_cell(result: Result, ratios: dict[str, Comparison], reference: Result | None, table: Table) -> str:
    if result.case.id == table.reference:
        return "1" if result.median is not None else NOTHING
    if result.case.id not in ratios:
        return NOTHING
    found = ratios[result.case.id]
    return factor_with_reach(found.ratio, pairs_of(result, reference), found.verdict)


def _memory_cell(result: Result) -> str:
    memory = peak_memory(result)
    if memory is not None:
        return size(memory, 2)
    there = memory_of_workers(result)
    return _nothing(result) if there is None else size(there, 2) + OF_WORKERS_MARK


def _nothing(result: Result) -> str:
    return UNKNOWN if on_cluster(result) else NOTHING


views: Registry[View] = Registry(
    "view of an experiment",
    "concbench.report.experiments",
    {
        name: (name,)
        for name in ("tasks", "messages", "counters", "turns", "startups", "load", "commands", "benchmarks")
    },
)

PLAIN = View("unit", "Time of a unit", about_workers, lambda shared: paced_columns("subject", "unit", shared))
"""Of a third party's experiment that has no view of its own."""


def view_of(result: Result) -> View:
    """The view of the experiment that a result is of."""
    try:
        return views.get(result.case.experiment)
    except UnknownName:
        return PLAIN
