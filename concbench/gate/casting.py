"""From a gate's configuration to its cases: every strategy of every case, once on each side."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from concbench.gate.configuration import Configuration, GateCase
from concbench.gate.sides import BASE, HEAD
from concbench.measure.environment import usable_cores
from concbench.model import Case, Gated, Part, Settings, Workload
from concbench.stats.gate import Key
from concbench.strategies.strategy import strategies
from concbench.workloads.functions import LINES
from concbench.workloads.named import kind_called

REFERENCE = f"reference/serial {HEAD}"
REFERENCE_TASKS = 10_000
"""Counts to a hundred: some 10 ms. Not calibrated, which would make it take as long on every machine."""


def cases_of(configuration: Configuration, seed: int, sides: Sequence[str] = (BASE, HEAD)) -> list[Case]:
    """Return the cases of a gate: for each strategy one on every side, next to each other."""
    return [
        Case(
            id=f"{gate_case.name}/{strategy} {side}",
            part=gate_case.name,
            subject=strategy,
            workload=sized(gate_case, seed),
            settings=settings_of(gate_case, strategy),
            side=side,
        )
        for gate_case in configuration.cases
        for strategy in gate_case.strategies
        for side in sides
    ]


def reference_case(seed: int) -> Case:
    """Return the cell that all runs hold which are compared over time: how fast this machine is as a whole."""
    return Case(
        id=REFERENCE,
        part="reference",
        subject="serial",
        workload=Workload(name="tutorial", tasks=REFERENCE_TASKS, seed=seed),
        settings=Settings(),
        side=HEAD,
    )


def sized(gate_case: GateCase, seed: int) -> Workload:
    """Return the workload of a case, in the sizes given or its own."""
    sizes = {**kind_called(gate_case.workload).sizes, **gate_case.sizes}
    return Workload(name=gate_case.workload, seed=seed, **{**sizes, **gate_case.own})


def as_hosts_find_items(configuration: Configuration, folder: Path) -> Configuration:
    """Return a configuration whose files of items are named from where hosts run: `folder`, or its like in a tree."""

    def named(own: dict[str, str]) -> dict[str, str]:
        items = own.get("items", "")
        return {**own, "items": os.path.relpath(configuration.at(items), folder)} if items.endswith(LINES) else own

    return replace(configuration, cases=tuple(replace(case, own=named(case.own)) for case in configuration.cases))


def settings_of(gate_case: GateCase, strategy: str) -> Settings:
    """Return those settings that a strategy heeds; workers are as many as usable cores where nobody says."""
    asked = {"workers": usable_cores(), **gate_case.settings}
    heeded = strategies.get(strategy).settings
    return Settings(**{name: value for name, value in asked.items() if name in heeded})


def parts_of(configuration: Configuration) -> list[Part]:
    """Return a part for every case of the configuration; its rows are compared in pairs, so it has no reference."""
    return [Part(name=case.name, title=case.name, reference=None) for case in configuration.cases]


def margins_of(configuration: Configuration) -> dict[Key, float]:
    """Return every figure that is gated, by the case on the head's side, with its margin."""
    return {
        Key(f"{gate_case.name}/{strategy} {HEAD}", metric): margin
        for gate_case in configuration.cases
        for strategy in gate_case.strategies
        for metric, margin in gate_case.margins.items()
    }


def metrics_of(configuration: Configuration) -> set[Gated]:
    """Return the metrics that any case is gated by."""
    return {metric for case in configuration.cases for metric in case.margins}


def pairs(cases: Sequence[Case]) -> Iterator[tuple[Case, Case]]:
    """Yield the base and the head of every pair."""
    by_id = {case.id: case for case in cases}
    for case in cases:
        if case.side == HEAD:
            yield by_id[f"{case.id.removesuffix(HEAD)}{BASE}"], case
