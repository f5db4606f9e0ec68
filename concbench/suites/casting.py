"""From tables and options to cases: which subject runs which workload, with which settings and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from concbench.measure.environment import usable_cores
from concbench.model import Case, Part, Settings, Workload
from concbench.suites.axes import Chosen, Place, Value, choices, labelled, part_named, with_values
from concbench.suites.options import Axis, Options
from concbench.suites.subjects import most_workers, settings_of
from concbench.suites.suite import Row, Table
from concbench.workloads.named import kind_called

SIZES = ("tasks", "task_time", "payload", "memory")
"""Fields that `Options` and `Workload` share."""
SETTINGS = ("workers", "chunksize", "start_method", "maxtasksperchild", "limit", "cores")
"""Fields that `Options` and `Settings` share."""
MOST_CASES = 400
"""Each case has a host of its own in every block, and a run with more of them would take long to say little."""


class TooManyCases(Exception):
    """The values of all axes make more cases than a run can have; the text says how many."""


@dataclass(frozen=True)
class Cast:
    """What a run will measure."""

    cases: list[Case]
    parts: list[Part]
    warnings: list[str]
    places: dict[str, Place] = field(default_factory=dict)
    """Where each case stands along the axes, by its id."""
    references: dict[str, str] = field(default_factory=dict)
    """Of each table: what the row is called that ratios are relative to, without its values along the axes."""


def cast(tables: Sequence[Table], options: Options) -> Cast:
    """Return the cases of some tables.

    A case holds those settings only that its subject heeds; an option that no case heeds is warned of. A size that
    takes several values makes a part of each table for each, a setting a row of each subject that heeds it.

    Raises UnknownName for a subject or a workload that does not exist, and TooManyCases.
    """
    left_out = [table.name for table in tables if table.thorough and options.quick]
    taken = [table for table in tables if table.name not in left_out]
    left_out += [
        f"{missing} row{'' if missing == 1 else 's'} of {table.name}"
        for table in taken
        if (missing := len(table.rows) - len(rows_of(table, options)))
    ]
    number = sum(cases_of_table(table, options) for table in taken)
    if options.axes and number > MOST_CASES:
        raise TooManyCases(
            f"all these values together make {number:,} cases, and a run has at most {MOST_CASES}: give fewer values, "
            "or fewer options with several"
        )
    warnings = [f"--quick leaves out {', '.join(left_out)}"] if left_out else []
    found = Cast([], [], warnings)
    for table in taken:
        for sizes in choices(size_axes(table, options)):
            add_part(found, table, sizes, options)
    found.warnings.extend(unheeded(tables, found.cases, options))
    return found


def add_part(found: Cast, table: Table, sizes: Chosen, options: Options) -> None:
    """Add the part that a table becomes in some sizes, and its cases."""
    name = part_named(table.name, sizes)
    workload = sized(table, with_values(options, sizes))
    sides = sides_of(options)
    reference: str | None = None
    for row in rows_of(table, options):
        for settings in choices(setting_axes(row, table, options)):
            label = labelled(row.label, settings)
            if reference is None and row.label == table.reference:
                reference = label
            for side in sides:
                case = Case(
                    id=on_side(f"{name}/{label}", side),
                    part=name,
                    subject=row.subject,
                    workload=replace(workload, **row.sizes),
                    settings=heeded(row, table, with_values(options, settings)),
                    experiment=table.experiment,
                    side=side,
                )
                found.cases.append(case)
                found.places[case.id] = Place(table.name, row.label, side, {**sizes, **settings})
    found.references[table.name] = table.reference
    found.parts.append(
        Part(name=name, title=table.title, reference=on_side(f"{name}/{reference or table.reference}", sides[0]))
    )


def cases_of_table(table: Table, options: Options) -> int:
    """Return how many cases a table becomes."""
    rows = sum(combinations(setting_axes(row, table, options)) for row in rows_of(table, options))
    return combinations(size_axes(table, options)) * rows * len(sides_of(options))


def combinations(axes: Sequence[Axis]) -> int:
    """Return how many combinations of values some axes have."""
    return prod(len(axis.values) for axis in axes)


def size_axes(table: Table, options: Options) -> list[Axis]:
    """Return the axes along which a table has parts: those of sizes that its workload has, and that are not fixed."""
    known = () if table.fixed else known_sizes(table, options)
    return [axis for axis in options.axes if axis.name in known]


def setting_axes(row: Row, table: Table, options: Options) -> list[Axis]:
    """Return the axes along which a row is there several times, with the different values that it can have."""
    return [
        Axis(axis.name, tuple(dict.fromkeys(workers_of(row, table, options, value) for value in axis.values)))
        if axis.name == "workers"
        else axis
        for axis in options.axes
        if axis.name in free_settings_of(row, table)
    ]


def rows_of(table: Table, options: Options) -> list[Row]:
    """Return the rows of a table that take part."""
    return [row for row in table.rows if not (row.thorough and options.quick)]


def sides_of(options: Options) -> list[str] | list[None]:
    """Return the names of the interpreters that cases are measured under; None where there is only one."""
    return [each.name for each in options.interpreters] if len(options.interpreters) > 1 else [None]


def on_side(id_: str, side: str | None) -> str:
    """Return the id of a case on a side; without sides it stays as it is.

    >>> on_side("cpu/thread", "3.13t")
    'cpu/thread 3.13t'
    """
    return id_ if side is None else f"{id_} {side}"


def sized(table: Table, options: Options) -> Workload:
    """Return a table's workload in the sizes asked for: options first, then the table's, then the workload's own.

    A size that is not among the workload's own means nothing to it, and what is asked for is left out.
    """
    name, known = workload_name(table, options), known_sizes(table, options)
    if table.fixed:
        return Workload(name=name, seed=options.seed, **known)
    asked = {size: value for size in SIZES if size in known and (value := getattr(options, size)) is not None}
    return Workload(name=name, seed=options.seed, **{**known, **asked})


def workload_name(table: Table, options: Options) -> str:
    """Return the workload that a table has with these options."""
    return table.tutorial_workload if options.tutorial and table.tutorial_workload else table.workload


def known_sizes(table: Table, options: Options) -> dict[str, Any]:
    """Return the sizes that mean something to a table's workload, as they are where no option says otherwise."""
    own = {**table.sizes, **table.tutorial_sizes} if options.tutorial else table.sizes
    usual: dict[str, Any] = {"tasks": 1}
    if table.experiment == "tasks":
        kind = kind_called(workload_name(table, options))
        usual = {**kind.sizes, **(kind.tutorial if options.tutorial else {})}
        own = table.tutorial_sizes if options.tutorial else table.sizes
    if options.quick and not options.tutorial:
        own = {**own, **table.quick_sizes}
    return {**usual, **own}


def heeded(row: Row, table: Table, options: Options) -> Settings:
    """Return those of the settings asked for that a row's subject heeds; its own settings stand."""
    asked = {name: getattr(options, name) for name in SETTINGS}
    asked["workers"] = workers_of(row, table, options, options.workers)
    names = settings_of(table.experiment, row.subject)
    return Settings(**{**{name: value for name, value in asked.items() if name in names}, **row.settings})


def workers_of(row: Row, table: Table, options: Options, asked: Value) -> int:
    """Return how many workers a row has: those asked for, the table's, or the usual ones; but no more than it can."""
    usual = table.tutorial_workers if options.tutorial and table.tutorial_workers else table.workers
    workers = 1 if table.alone else int(asked or usual or usual_workers(table))
    return min(workers, most_workers(table.experiment, row.subject) or workers)


def usual_workers(table: Table) -> int:
    """Return how many workers there are where nobody says: as many as cores, but two at least where they share."""
    cores = usable_cores()
    return cores if table.experiment == "tasks" else max(2, cores)


def unheeded(tables: Sequence[Table], cases: Sequence[Case], options: Options) -> list[str]:
    """Return a warning for every option that was given and means nothing to any of the cases."""
    names = free_settings(tables)
    several = {axis.name for axis in options.axes}
    warnings = [
        f"--{name.replace('_', '-')} has no effect: none of these cases heeds it"
        for name in SETTINGS
        if (getattr(options, name) is not None or name in several) and name not in names
    ]
    for name in SIZES:
        value = getattr(options, name)
        if value is not None and all(getattr(case.workload, name) != value for case in cases):
            warnings.append(f"--{name.replace('_', '-')} has no effect on these workloads")
    heeded_axes = {axis.name for table in tables for axis in size_axes(table, options)}
    idle = [axis.name for axis in options.axes if axis.name in SIZES and axis.name not in heeded_axes]
    return [*warnings, *(f"--{name.replace('_', '-')} has no effect on these workloads" for name in idle)]


def free_settings(tables: Sequence[Table]) -> set[str]:
    """Return the settings that an option can change: those that a subject heeds, and neither table nor row fixes."""
    if not tables:  # it is facts that are asked for: they are observed under the start method that is wanted
        return {"start_method"}
    return {name for table in tables for row in table.rows for name in free_settings_of(row, table)}


def free_settings_of(row: Row, table: Table) -> set[str]:
    """Return the settings of a row that an option can change."""
    return {
        name
        for name in settings_of(table.experiment, row.subject)
        if name not in row.settings and not (table.alone and name == "workers")
    }
