"""From a gate's configuration to its cases: every strategy or command of each, once on either side, or as recorded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from concbench.analysis.changes import some
from concbench.experiments.experiment import experiments
from concbench.gate.configuration import Configuration, GateCase
from concbench.gate.environments import BASE, HEAD
from concbench.measure.probe.environment import usable_cores
from concbench.model.case import Case, CommandLine, Settings, Workload
from concbench.model.run import Gated, Run, Table
from concbench.stats.sequential import Key
from concbench.workloads.functions import LINES
from concbench.workloads.workload import kind_called

REFERENCE_TASKS = 10_000
"""Counts to a hundred: some 10 ms. Not calibrated, which would make it take as long on every machine."""
REFERENCE = Case(
    group="reference",
    row="serial",
    side=HEAD,
    subject="serial",
    workload=Workload(name="tutorial", tasks=REFERENCE_TASKS),
    settings=Settings(),
)
"""The cell that all runs hold which are compared over time: how fast this machine is as a whole."""
REFERENCE_TABLE = Table(name=REFERENCE.table, title="How fast the machine is", reference=None)


class NoBaseline(Exception):
    """A recorded run can't be compared with; the text says why, and what to do."""


def cases_of(configuration: Configuration, seed: int, sides: Sequence[str] = (BASE, HEAD)) -> list[Case]:
    """The cases of a gate: for each strategy or command one on every side, next to each other."""
    return [
        replace(case, side=side)
        for gate_case in configuration.cases
        for case in (*_of_strategies(gate_case, seed), *_of_commands(gate_case))
        for side in sides
    ]


def _of_strategies(gate_case: GateCase, seed: int) -> Iterator[Case]:
    for strategy in gate_case.strategies:
        yield Case(
            group=gate_case.name,
            row=strategy,
            subject=strategy,
            workload=sized(gate_case, seed),
            settings=settings_of(gate_case, strategy),
        )


def _of_commands(gate_case: GateCase) -> Iterator[Case]:
    for label, line in gate_case.commands:
        takes = experiments.get("commands").settings_of(line.text)
        workers = gate_case.settings.get("workers", usable_cores()) if "workers" in takes else None
        yield Case(
            group=gate_case.name,
            row=label if workers is None else label.replace("{workers}", str(workers)),
            subject=line.text,
            experiment="commands",
            workload=Workload(name=gate_case.workload, tasks=1, command=line),
            settings=Settings(workers=workers),
        )


def sized(gate_case: GateCase, seed: int) -> Workload:
    """The workload of a case, in the sizes given or its own."""
    sizes = {**kind_called(gate_case.workload).sizes, **gate_case.sizes}
    return Workload(name=gate_case.workload, seed=seed, **{**sizes, **gate_case.own})


def as_hosts_find_files(configuration: Configuration, folder: Path) -> Configuration:
    """A configuration whose files and folders are named from where hosts run: `folder`, or its like in a tree."""

    def named(own: dict[str, str]) -> dict[str, str]:
        items = own.get("items", "")
        return {**own, "items": os.path.relpath(configuration.at(items), folder)} if items.endswith(LINES) else own

    def placed(line: CommandLine) -> CommandLine:
        inside = configuration.at(line.folder or ".")
        given = None if line.input is None else os.path.relpath(configuration.at(line.input), inside)
        return replace(line, folder=os.path.relpath(inside, folder), input=given)

    cases = tuple(
        replace(case, own=named(case.own), commands=tuple((label, placed(line)) for label, line in case.commands))
        for case in configuration.cases
    )
    return replace(configuration, cases=cases)


def settings_of(gate_case: GateCase, strategy: str) -> Settings:
    """Those settings that a strategy takes; by default as many workers as usable cores."""
    asked = {"workers": usable_cores(), **gate_case.settings}
    taken = experiments.get("tasks").settings_of(strategy)
    return Settings(**{name: value for name, value in asked.items() if name in taken})


def tables_of(configuration: Configuration) -> list[Table]:
    """A table for every case of the configuration; its rows are compared in pairs, so it has no reference."""
    return [Table(name=case.name, title=case.name, reference=None) for case in configuration.cases]


def margins_of(configuration: Configuration) -> dict[Key, float]:
    """Every figure that is gated, by the case on the head's side, with its margin."""
    heads = cases_of(configuration, 0, [HEAD])
    metrics = {gate_case.name: gate_case.margins for gate_case in configuration.cases}
    return {Key(case.id, metric): margin for case in heads for metric, margin in metrics[case.group].items()}


def metrics_of(configuration: Configuration) -> set[Gated]:
    """The metrics that any case is gated by."""
    return {metric for case in configuration.cases for metric in case.margins}


def check_baseline(baseline: Run, wanted: Mapping[Key, float]) -> None:
    """Raise NoBaseline where a recorded run has no reference case, or lacks another one."""
    if REFERENCE.id not in {result.case.id for result in baseline.results if result.samples}:
        raise NoBaseline("it has no figures of the reference case: record one with concbench check --record FILE")
    missing = sorted({key.case for key in wanted} - {result.case.id for result in baseline.results})
    if missing:
        raise NoBaseline(f"it lacks {some(missing)}: record it again with concbench check --record FILE")
