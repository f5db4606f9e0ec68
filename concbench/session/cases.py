"""From tables and options to cases: which subject runs which workload, with which settings and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from concbench.experiments.experiment import experiments
from concbench.measure.probe.environment import memory_left, usable_cores
from concbench.model.case import OF_WORDS, SIZES, AxisName, Case, Settings, Value, Workload
from concbench.model.run import Table
from concbench.session.options import FORKSERVER, Axis, Options
from concbench.strategies.strategy import strategies
from concbench.suites.suite import Row, SuiteTable
from concbench.workloads.workload import kind_called

SETTINGS = (
    "workers",
    "chunksize",
    "start_method",
    "forkserver_preload",
    "maxtasksperchild",
    "limit",
    "buffersize",
    "inner_threads",
    "cores",
    "engine_address",
    "warm",
)
"""Fields that `Options` and `Settings` share."""
WARM = "warm"
"""The setting that keeps workers from one sample to the next, and what is added to the name of a row that has it."""
COPIES, COPIES_OF_A_WORKER = 4, 3
"""How often a shared object is in memory at the most, in the parent and in each worker: while it is pickled, sent and
read, there are copies of it at both ends of the pipe. Two workers were seen to hold almost ten with the parent."""
MB = 10**6
MOST_CASES = 400
"""Each case has a host of its own in every block, and a run with more of them would take long to say little."""

Chosen = Mapping[AxisName, Value]
"""One value of each of some axes."""


class TooManyCases(Exception):
    """The values of all axes make more cases than a run can have; the text says how many."""


@dataclass(frozen=True)
class Selection:
    """What a run measures."""

    cases: tuple[Case, ...]
    tables: tuple[Table, ...]
    warnings: tuple[str, ...] = ()


def select(tables: Sequence[SuiteTable], options: Options) -> Selection:
    """The cases of some tables.

    A case holds only those settings that its subject takes; an option that no case takes is warned of. A size that
    takes several values makes a table of its own for each, a setting a row of each subject that takes it.

    Raises UnknownName for a subject or a workload that does not exist, and TooManyCases.
    """
    left_out = [table.name for table in tables if table.thorough and options.quick]
    taken = [table for table in tables if table.name not in left_out]
    left_out += [
        f"{missing} row{'' if missing == 1 else 's'} of {table.name}"
        for table in taken
        if (missing := sum(row.thorough and options.quick for row in table.rows))
    ]
    number = sum(_number_of_cases(table, options) for table in taken)
    if options.axes and number > MOST_CASES:
        raise TooManyCases(
            f"all these values together make {number:,} cases, and a run has at most {MOST_CASES}: give fewer values, "
            "or fewer options with several"
        )
    cases: list[Case] = []
    made: list[Table] = []
    for table in taken:
        for sizes in choices(_size_axes(table, options)):
            mine = list(_cases_in(table, sizes, options))
            cases += mine
            reference = next((case.id for case in mine if case.row == table.reference), None)
            made.append(Table(name=mine[0].table, title=table.title, reference=reference))
    smaller = [
        f"{name}: {small // MB} MB instead of {usual // MB} MB, as no more memory is free"
        for name, usual, small in _made_smaller(taken, cases, options)
    ]
    called = init_notes(cases)
    quick = [f"--quick leaves out {', '.join(left_out)}"] if left_out else []
    return Selection(tuple(cases), tuple(made), (*quick, *smaller, *called, *_unused(tables, cases, options)))


def init_notes(cases: Iterable[Case]) -> list[str]:
    """A note on each initializer that each of several threads calls by default, without --init-per."""
    found = {
        case.workload.init: None
        for case in cases
        if case.experiment == "tasks" and case.workload.init is not None and case.workload.init_per is None
        if (strategy := strategies.get(case.subject)).workers == "threads"
        if case.settings.workers is None or case.settings.workers > 1
        if "workers" in strategy.settings or strategy.lanes(case.settings, case.workload.tasks) > 1
    }
    return [
        f"each thread calls --init {init}, as each process does: --init-per process calls it once for all threads, "
        "--init-per worker keeps it so"
        for init in found
    ]


def _cases_in(table: SuiteTable, sizes: Chosen, options: Options) -> Iterator[Case]:
    """The cases of a table in some sizes."""
    workload = sized(table, _with_values(options, sizes))
    for row in _rows_of(table, options):
        for settings in choices(_setting_axes(row, table, options)):
            for side in sides_of(options):
                yield Case(
                    group=table.name,
                    row=row.label,
                    along={**sizes, **settings},
                    side=side,
                    subject=row.subject,
                    experiment=table.experiment,
                    workload=replace(workload, **row.sizes),
                    settings=_settings_for(row, table, _with_values(options, settings)),
                )


def choices(axes: Sequence[Axis]) -> Iterator[dict[AxisName, Value]]:
    """Every combination of the values of some axes, the first axis changing last; one empty one for no axes.

    >>> list(choices([Axis("workers", (1, 2)), Axis("chunksize", (None,))]))
    [{'workers': 1, 'chunksize': None}, {'workers': 2, 'chunksize': None}]
    """
    for values in product(*(axis.values for axis in axes)):
        yield dict(zip((axis.name for axis in axes), values, strict=True))


def _with_values(options: Options, chosen: Chosen) -> Options:
    """Options with one value of each of some axes instead of several."""
    values: dict[str, Any] = {name: value for name, value in chosen.items()}  # noqa: C416 - its keys are text, too
    return replace(options, **values)


def thinned(axes: Sequence[Axis]) -> list[tuple[AxisName, frozenset[Value]]]:
    """Which values go where there are too many, one step after the other: every second one of the longest axis.

    The first and the last of each axis stay, and all that are words, as each of them was named.

    >>> [(name, sorted(values)) for name, values in thinned([Axis("workers", (1, 2, 3, 4, 5)), Axis("limit", (1, 2))])]
    [('workers', [2, 4]), ('workers', [3])]
    """
    left = {axis.name: list(axis.values) for axis in axes if axis.name not in OF_WORDS}
    steps: list[tuple[AxisName, frozenset[Value]]] = []
    while left and len(left[longest := max(left, key=lambda name: len(left[name]))]) > 2:
        values = left[longest]
        gone = frozenset(values[1:-1:2])
        left[longest] = [value for value in values if value not in gone]
        steps.append((longest, gone))
    return steps


def _number_of_cases(table: SuiteTable, options: Options) -> int:
    """How many cases a table becomes."""

    def combinations(axes: Sequence[Axis]) -> int:
        return prod(len(axis.values) for axis in axes)

    rows = sum(combinations(_setting_axes(row, table, options)) for row in _rows_of(table, options))
    return combinations(_size_axes(table, options)) * rows * len(sides_of(options))


def _size_axes(table: SuiteTable, options: Options) -> list[Axis]:
    """The axes along which there are several tables: those of sizes that the workload has, and that are not fixed."""
    known = () if table.fixed else _known_sizes(table, options)
    return [axis for axis in options.axes if axis.name in known]


def _setting_axes(row: Row, table: SuiteTable, options: Options) -> list[Axis]:
    """The axes along which a row is there several times, with the different values that it can have."""
    return [
        Axis("workers", tuple(dict.fromkeys(_workers_of(row, table, options, value) for value in axis.values)))
        if axis.name == "workers"
        else axis
        for axis in options.axes
        if axis.name in _free_settings_of(row, table)
    ]


def _rows_of(table: SuiteTable, options: Options) -> list[Row]:
    """The rows of a table that take part; where both are asked for, what can be kept open is there cold and warm."""
    rows = [row for row in table.rows if not (row.thorough and options.quick)]
    if not (options.warm and options.cold):
        return rows
    return [each for row in rows for each in (cold_and_warm(row) if WARM in _free_settings_of(row, table) else [row])]


def cold_and_warm(row: Row) -> list[Row]:
    """A row whose workers start in each sample, and one whose workers are kept from one to the next.

    >>> [each.label for each in cold_and_warm(Row("pool-map"))]
    ['pool-map', 'pool-map warm']
    """
    warm = replace(row, settings={**row.settings, WARM: True}, name=f"{row.label} {WARM}")
    return [replace(row, settings={**row.settings, WARM: False}, name=row.label), warm]


def sides_of(options: Options) -> list[str] | list[None]:
    """The names of the interpreters that cases are measured under; None where there is only one."""
    return [each.name for each in options.interpreters] if len(options.interpreters) > 1 else [None]


def sized(table: SuiteTable, options: Options) -> Workload:
    """A table's workload in the sizes asked for: options first, then the table's, then the workload's own.

    A size that is not among the workload's own means nothing to it, and what is asked for is left out.
    """
    name, known = _workload_name(table, options), _known_sizes(table, options)
    if table.fixed:
        return Workload(name=name, seed=options.seed, **known)
    asked: dict[str, Any] = {
        size: value for size in SIZES if size in known and (value := getattr(options, size)) is not None
    }
    if table.copied and "memory" not in asked:
        known = {**known, "memory": min(known["memory"], _largest_shared(table, options))}
    return Workload(name=name, seed=options.seed, **{**known, **asked})


def _largest_shared(table: SuiteTable, options: Options) -> int:
    """The largest object, in bytes and whole MB, of which the workers of a table can hold copies."""
    workers = options.workers or table.workers or usual_workers(table)
    return max(MB, memory_left() // (COPIES + COPIES_OF_A_WORKER * workers) // MB * MB)


def _made_smaller(
    tables: Sequence[SuiteTable], cases: Sequence[Case], options: Options
) -> Iterator[tuple[str, int, int]]:
    """The tables whose object is smaller than usual, with its usual size and the one that it has."""
    for table in tables:
        found = {case.workload.memory for case in cases if case.group == table.name}
        asked = options.memory is not None or any(axis.name == "memory" for axis in options.axes)
        usual = _known_sizes(table, options).get("memory", 0)
        if table.copied and not asked and min(found) < usual:
            yield table.name, usual, min(found)


def _workload_name(table: SuiteTable, options: Options) -> str:
    """The workload that a table has with these options."""
    return table.tutorial_workload if options.tutorial and table.tutorial_workload else table.workload


def _known_sizes(table: SuiteTable, options: Options) -> dict[str, Any]:
    """The sizes that mean something to a table's workload, as they are where no option says otherwise."""
    own = {**table.sizes, **table.tutorial_sizes} if options.tutorial else table.sizes
    usual: dict[str, Any] = {"tasks": 1}
    if table.experiment == "tasks":
        kind = kind_called(_workload_name(table, options))
        usual = {**kind.sizes, **(kind.tutorial if options.tutorial else {})}
        own = table.tutorial_sizes if options.tutorial else table.sizes
    if options.quick and not options.tutorial:
        own = {**own, **table.quick_sizes}
    return {**usual, **own}


def _settings_for(row: Row, table: SuiteTable, options: Options) -> Settings:
    """Those of the settings asked for that a row's subject takes; its own settings stand."""
    asked = {name: getattr(options, name) for name in SETTINGS}
    asked["workers"] = _workers_of(row, table, options, options.workers)
    asked["warm"] = options.warm or table.warm
    if row.settings.get("start_method", options.start_method) not in (None, FORKSERVER):
        del asked["forkserver_preload"]
    names = experiments.get(table.experiment).settings_of(row.subject)
    return Settings(**{**{name: value for name, value in asked.items() if name in names}, **row.settings})


def _workers_of(row: Row, table: SuiteTable, options: Options, asked: Value) -> int:
    """How many workers a row has: those asked for, the table's, or the usual ones; but no more than it can have."""
    usual = table.tutorial_workers if options.tutorial and table.tutorial_workers else table.workers
    workers = 1 if table.alone else int(asked or usual or usual_workers(table))
    return min(workers, experiments.get(table.experiment).most_workers(row.subject) or workers)


def usual_workers(table: SuiteTable) -> int:
    """How many workers there are by default: as many as cores, but two at least where they share."""
    cores = usable_cores()
    return cores if table.experiment == "tasks" else max(2, cores)


def _unused(tables: Sequence[SuiteTable], cases: Sequence[Case], options: Options) -> list[str]:
    """A warning for every option that was given and means nothing to any of the cases."""
    # Without tables the question is about facts, which are observed under the start method that is wanted.
    names = {"start_method"} if not tables else set()
    names |= {name for table in tables for row in table.rows for name in _free_settings_of(row, table)}
    several = {axis.name for axis in options.axes}
    warnings = [
        f"--{name.replace('_', '-')} has no effect: not used by any case in this run"
        for name in SETTINGS
        if (getattr(options, name) not in (None, False, ()) or name in several) and name not in names
    ]
    for name in SIZES:
        value = getattr(options, name)
        if value is not None and all(getattr(case.workload, name) != value for case in cases):
            warnings.append(f"--{name.replace('_', '-')} has no effect on these workloads")
    used_axes = {axis.name for table in tables for axis in _size_axes(table, options)}
    idle = [axis.name for axis in options.axes if axis.name in SIZES and axis.name not in used_axes]
    return [*warnings, *(f"--{name.replace('_', '-')} has no effect on these workloads" for name in idle)]


def _free_settings_of(row: Row, table: SuiteTable) -> set[str]:
    """The settings of a row that an option can change: its subject takes them, and neither table nor row fixes them."""
    return {
        name
        for name in experiments.get(table.experiment).settings_of(row.subject)
        if name not in row.settings and not (table.alone and name == "workers")
    }
