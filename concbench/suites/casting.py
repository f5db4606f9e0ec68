"""From tables and options to cases: which subject runs which workload, with which settings and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from concbench.measure.environment import usable_cores
from concbench.model import Case, Part, Settings, Workload
from concbench.suites.options import Options
from concbench.suites.subjects import most_workers, settings_of
from concbench.suites.suite import Row, Table
from concbench.workloads.named import kind_called

SIZES = ("tasks", "task_time", "payload", "memory")
"""Fields that `Options` and `Workload` share."""
SETTINGS = ("workers", "chunksize", "start_method", "maxtasksperchild", "limit", "cores")
"""Fields that `Options` and `Settings` share."""


@dataclass(frozen=True)
class Cast:
    """What a run will measure."""

    cases: list[Case]
    parts: list[Part]
    warnings: list[str]


def cast(tables: Sequence[Table], options: Options) -> Cast:
    """Return the cases of some tables; raises UnknownName for a subject or a workload that does not exist.

    A case holds those settings only that its subject heeds; an option that no case heeds is warned of.
    """
    cases: list[Case] = []
    parts: list[Part] = []
    left_out = [table.name for table in tables if table.thorough and options.quick]
    for table in tables:
        if table.name in left_out:
            continue
        workload = sized(table, options)
        sides = sides_of(options)
        cases.extend(
            Case(
                id=on_side(f"{table.name}/{row.label}", side),
                part=table.name,
                subject=row.subject,
                workload=replace(workload, **row.sizes),
                settings=heeded(row, table, options),
                experiment=table.experiment,
                side=side,
            )
            for row in rows_of(table, options)
            for side in sides
        )
        reference = on_side(f"{table.name}/{table.reference}", sides[0])
        parts.append(Part(name=table.name, title=table.title, reference=reference))
    left_out += [
        f"{missing} row{'' if missing == 1 else 's'} of {table.name}"
        for table in tables
        if table.name not in left_out and (missing := len(table.rows) - len(rows_of(table, options)))
    ]
    warnings = [f"--quick leaves out {', '.join(left_out)}"] if left_out else []
    return Cast(cases, parts, [*warnings, *unheeded(tables, cases, options)])


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
    name = table.tutorial_workload if options.tutorial and table.tutorial_workload else table.workload
    own = {**table.sizes, **table.tutorial_sizes} if options.tutorial else table.sizes
    usual: dict[str, Any] = {"tasks": 1}
    if table.experiment == "tasks":
        kind = kind_called(name)
        usual = {**kind.sizes, **(kind.tutorial if options.tutorial else {})}
        own = table.tutorial_sizes if options.tutorial else table.sizes
    if options.quick and not options.tutorial:
        own = {**own, **table.quick_sizes}
    known = {**usual, **own}
    if table.fixed:
        return Workload(name=name, seed=options.seed, **known)
    asked = {size: value for size in SIZES if size in known and (value := getattr(options, size)) is not None}
    return Workload(name=name, seed=options.seed, **{**known, **asked})


def heeded(row: Row, table: Table, options: Options) -> Settings:
    """Return those of the settings asked for that a row's subject heeds; its own settings stand."""
    usual = table.tutorial_workers if options.tutorial and table.tutorial_workers else table.workers
    workers = 1 if table.alone else options.workers or usual or usual_workers(table)
    asked = {name: getattr(options, name) for name in SETTINGS}
    asked["workers"] = min(workers, most_workers(table.experiment, row.subject) or workers)
    names = settings_of(table.experiment, row.subject)
    return Settings(**{**{name: value for name, value in asked.items() if name in names}, **row.settings})


def usual_workers(table: Table) -> int:
    """Return how many workers there are where nobody says: as many as cores, but two at least where they share."""
    cores = usable_cores()
    return cores if table.experiment == "tasks" else max(2, cores)


def unheeded(tables: Sequence[Table], cases: Sequence[Case], options: Options) -> list[str]:
    """Return a warning for every option that was given and means nothing to any of the cases."""
    names = free_settings(tables)
    warnings = [
        f"--{name.replace('_', '-')} has no effect: none of these cases heeds it"
        for name in SETTINGS
        if getattr(options, name) is not None and name not in names
    ]
    for name in SIZES:
        value = getattr(options, name)
        if value is not None and all(getattr(case.workload, name) != value for case in cases):
            warnings.append(f"--{name.replace('_', '-')} has no effect on these workloads")
    return warnings


def free_settings(tables: Sequence[Table]) -> set[str]:
    """Return the settings that an option can change: those that a subject heeds, and neither table nor row fixes."""
    if not tables:  # it is facts that are asked for: they are observed under the start method that is wanted
        return {"start_method"}
    return {
        name
        for table in tables
        for row in table.rows
        for name in settings_of(table.experiment, row.subject)
        if name not in row.settings and not (table.alone and name == "workers")
    }
