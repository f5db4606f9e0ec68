"""The suites that `concbench compare` asks: strategies on one workload, or channels, stores or primitives by name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from concbench.channels.channel import channels
from concbench.model.case import Workload
from concbench.primitives.primitive import primitives
from concbench.registry import UnknownName
from concbench.stores.store import stores
from concbench.strategies.strategy import strategies, strategy_called
from concbench.suites.suite import Row, Suite, SuiteTable
from concbench.workloads.workload import workloads

NO_LOCK = "none"
VARIANTS = frozenset(
    {
        "process-pipe",
        "process-queue",
        "pool-map-async",
        "pool-imap",
        "pool-imap-unordered",
        "pool-starmap",
        "pool-apply",
        "pool-apply-async",
        "pool-callback",
        "thread-subclass",
    }
)
"""Strategies that differ little from another: left out first where not all of a comparison fits into its time."""


@dataclass(frozen=True, kw_only=True)
class OwnFunction:
    """A user's function, and what it is called with; all by name, as `package.module:function`."""

    name: str
    items: str | None = None
    """A JSON-lines file, or the function that makes the items; None: 0, 1, 2, …"""
    expect: str | None = None
    init: str | None = None
    strategies: tuple[str, ...] = ()
    """That are tried; none: all."""


def comparison_of_function(function: OwnFunction, names: Sequence[str], reference: str | None) -> Suite:
    """A suite of one table on a user's function; raises UnknownName as `comparison_of` does.

    Which of all strategies can run it is known when a host has imported it: the others say why they can't.
    """
    chosen = named_strategies(names) or [each.name for each in strategies.all().values() if each.missing() is None]
    given = {"items": function.items, "expect": function.expect, "init": function.init}
    sizes = {field: value for field, value in given.items() if value is not None}
    table = _table_of(function.name, function.name, chosen, reference, sizes)
    question = f"Which way of running {function.name} is best?"
    return Suite(name=f"compare-{function.name}", question=question, tables=(table,), named=bool(names))


def comparison_of(workload: str, names: Sequence[str], reference: str | None) -> Suite:
    """A suite of one table; raises UnknownName, also for a reference that is not among the strategies.

    Without `names`, all strategies take part that this interpreter and this workload have what they need for.
    The reference is `serial` unless another one is named, or the first where `serial` is not among them.
    """
    kind = workloads.get(workload)
    chosen = named_strategies(names)
    if not chosen:
        # One task and one loop: only whether it has a coroutine form matters, and nothing is calibrated yet.
        built = kind.build(Workload(name=workload, **{**kind.sizes, "tasks": 1, "loops": 1}))
        has_coroutine = built.coroutine is not None
        chosen = [each.name for each in strategies.all().values() if each.why_not(workload, has_coroutine) is None]
    table = _table_of(workload, kind.about, chosen, reference, {})
    question = f"Which way of running the workload {workload} is best?"
    return Suite(name=f"compare-{workload}", question=question, tables=(table,), named=bool(names))


def named_strategies(names: Sequence[str]) -> list[str]:
    """The strategies of these names, each once, files from the current folder; raises UnknownName."""
    return [strategy_called(name, os.curdir).name for name in dict.fromkeys(names)]


def _table_of(workload: str, title: str, chosen: list[str], reference: str | None, sizes: dict[str, Any]) -> SuiteTable:
    """A table of strategies on a workload; raises UnknownName for a reference that is not among them."""
    usual = "serial" if "serial" in chosen else chosen[0]
    return SuiteTable(
        name=workload,
        title=title,
        workload=workload,
        sizes=sizes,
        subjects=tuple(chosen),
        reference=_known_reference("strategy", reference, chosen, usual),
    )


def comparison_of_channels(names: Sequence[str], reference: str | None) -> Suite:
    """A suite on messages through the named channels; raises UnknownName.

    The reference is `os-pipe`, the floor, unless another one is named; it takes part in any case.
    """
    chosen = [channels.get(name).name for name in dict.fromkeys(names)]
    if reference is None and "os-pipe" not in chosen:
        chosen.insert(0, "os-pipe")
    table = SuiteTable(
        name="messages",
        title="Messages",
        experiment="messages",
        workload="messages",
        sizes={"tasks": 200, "payload": 16},
        subjects=tuple(chosen),
        reference=_known_reference("channel", reference, chosen, "os-pipe"),
    )
    question = "Which of these channels is fastest?"
    return Suite(name="compare-channels", question=question, tables=(table,), named=True)


def comparison_of_stores(names: Sequence[str], locks: Sequence[str], reference: str | None) -> Suite:
    """A suite on a counter in each of the named stores under each of the named locks; raises UnknownName.

    `none` among the locks stands for no lock; without any, there is no lock. The reference is the first row unless
    another one is named.
    """
    rows = [
        Row(stores.get(name).name, {"lock": None if lock == NO_LOCK else primitives.get(lock).name})
        for name in dict.fromkeys(names)
        for lock in dict.fromkeys(locks or (NO_LOCK,))
    ]
    labels = [row.label for row in rows]
    table = SuiteTable(
        name="counter",
        title="A counter that workers share",
        experiment="counters",
        workload="steps",
        tutorial_workload="countdown",
        sizes={"tasks": 500},
        tutorial_sizes={"tasks": 1},
        tutorial_workers=50,
        subjects=tuple(rows),
        reference=_known_reference("row", reference, labels, labels[0]),
    )
    question = "What does a counter cost in these stores?"
    return Suite(name="compare-stores", question=question, tables=(table,), named=True)


def comparison_of_primitives(names: Sequence[str], reference: str | None) -> Suite:
    """A suite on turns at the named primitives; raises UnknownName. The reference is the first."""
    chosen = [primitives.get(name).name for name in dict.fromkeys(names)]
    table = SuiteTable(
        name="turns",
        title="Turns",
        experiment="turns",
        workload="turns",
        sizes={"tasks": 100},
        subjects=tuple(chosen),
        reference=_known_reference("primitive", reference, chosen, chosen[0]),
    )
    question = "What does a turn on these primitives cost?"
    return Suite(name="compare-primitives", question=question, tables=(table,), named=True)


def _known_reference(word: str, reference: str | None, chosen: Sequence[str], usual: str) -> str:
    """The reference that is asked for, or the usual one; raises UnknownName where it is not among the chosen."""
    if reference is None:
        return usual
    if reference not in chosen:
        raise UnknownName(f"{word} in this comparison called", reference, list(chosen))
    return reference
