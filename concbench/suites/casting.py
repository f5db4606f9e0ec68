"""From tables and options to cases: which strategy runs which workload, with which settings and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from concbench.measure.environment import usable_cores
from concbench.model import Case, Part, Settings, Workload
from concbench.strategies.strategy import Strategy, strategies
from concbench.suites.options import Options
from concbench.suites.suite import Table
from concbench.workloads.kinds import workloads

SIZES = ("tasks", "task_time", "payload", "memory")
"""Fields that `Options` and `Workload` share."""


@dataclass(frozen=True)
class Cast:
    """What a run will measure."""

    cases: list[Case]
    parts: list[Part]
    warnings: list[str]


def cast(tables: Sequence[Table], options: Options) -> Cast:
    """Return the cases of some tables; raises UnknownName for a strategy or a workload that does not exist.

    A case holds those settings only that its strategy heeds; an option that no case heeds is warned of.
    """
    cases: list[Case] = []
    parts: list[Part] = []
    for table in tables:
        workload = sized(table, options)
        for name in table.strategies:
            strategy = strategies.get(name)
            settings = heeded(strategy, table, options)
            cases.append(
                Case(id=f"{table.name}/{name}", part=table.name, subject=name, workload=workload, settings=settings)
            )
        parts.append(Part(name=table.name, title=table.title, reference=f"{table.name}/{table.reference}"))
    return Cast(cases, parts, unheeded(cases, options))


def sized(table: Table, options: Options) -> Workload:
    """Return a table's workload in the sizes asked for: options first, then the table's, then the workload's own.

    A size that is not among the workload's own means nothing to it, and what is asked for is left out.
    """
    name = table.tutorial_workload if options.tutorial and table.tutorial_workload else table.workload
    kind = workloads.get(name)
    usual = {**kind.sizes, **(kind.tutorial if options.tutorial else {})}
    own = table.tutorial_sizes if options.tutorial else table.sizes
    asked = {size: value for size in SIZES if size in usual and (value := getattr(options, size)) is not None}
    return Workload(name=name, seed=options.seed, **{**usual, **own, **asked})


def heeded(strategy: Strategy, table: Table, options: Options) -> Settings:
    """Return those of the settings asked for that a strategy heeds."""
    asked = Settings(
        workers=options.workers or table.workers or usable_cores(),
        chunksize=options.chunksize,
        start_method=options.start_method,
        maxtasksperchild=options.maxtasksperchild,
        limit=options.limit,
    )
    return Settings(**{name: getattr(asked, name) for name in strategy.settings})


def unheeded(cases: Sequence[Case], options: Options) -> list[str]:
    """Return a warning for every option that was given and means nothing to any of the cases."""
    warnings = [
        f"--{name.replace('_', '-')} has no effect: none of these strategies heeds it"
        for name in ("workers", "chunksize", "start_method", "maxtasksperchild", "limit")
        if getattr(options, name) is not None and all(getattr(case.settings, name) is None for case in cases)
    ]
    for name in SIZES:
        value = getattr(options, name)
        if value is not None and all(getattr(case.workload, name) != value for case in cases):
            warnings.append(f"--{name.replace('_', '-')} has no effect on these workloads")
    return warnings
