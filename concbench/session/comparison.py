"""The suites that `concbench compare` asks: strategies on one workload, or channels, stores or primitives by name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from concbench.channels.channel import channels
from concbench.model.case import InitPer, Workload
from concbench.primitives.primitive import primitives
from concbench.registry import UnknownName
from concbench.session.errors import WrongSetting
from concbench.stores.store import stores
from concbench.strategies.strategy import of_cluster, of_engines, standard, strategies, strategy_called
from concbench.suites.suite import Row, Suite, SuiteTable
from concbench.workloads.sharing import WAYS
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


USUAL = ("serial", "executor-threads", "pool-map")
"""Strategies that are compared where an object is shared, unless others are named: there are several ways for each."""
APART = ("processes", "interpreters")
"""Kinds of workers that have nothing in common with the parent, and so have to be given an object."""


@dataclass(frozen=True, kw_only=True)
class OwnFunction:
    """A user's function, and what it is called with; all by name, as `package.module:function`."""

    name: str
    items: str | None = None
    """A JSON-lines file, or the function that makes the items; None: 0, 1, 2, …"""
    expect: str | None = None
    init: str | None = None
    init_per: InitPer | None = None
    """Whether each thread calls `init`, as each process does, or one for all; None: each, as nothing was said."""
    shared: str | None = None
    """The function that makes an object with which it is called, too."""
    strategies: tuple[str, ...] = ()
    """That are tried; none: all that need no engine."""
    joining: tuple[str, ...] = ()
    """Those that are tried besides: see `joining`."""


def comparison_of_function(
    function: OwnFunction, names: Sequence[str], reference: str | None, sharing: Sequence[str] = ()
) -> Suite:
    """A suite of one table on a user's function; raises UnknownName as `comparison_of` does.

    Which of all strategies can run it is known when a host has imported it: the others say why they can't. Where an
    object is shared, workers that are apart get it in each way of `sharing`; of none: in every way.
    """
    given = {name: getattr(function, name) for name in ("items", "expect", "init", "init_per", "shared")}
    sizes = {field: value for field, value in given.items() if value is not None}
    usual = USUAL if function.shared is not None else runnable()
    chosen = [*(named_strategies(names) or usual), *function.joining]
    rows = [*map(Row, dict.fromkeys(chosen))] if function.shared is None else shared_rows(chosen, sharing)
    table = _table_of(function.name, function.name, rows, reference, sizes)
    question = f"Which way of running {function.name} is best?"
    named = bool(sharing) if function.shared is not None else bool(names)
    return Suite(name=f"compare-{function.name}", question=question, tables=(table,), named=named)


def comparison_of(
    workload: str,
    names: Sequence[str],
    reference: str | None,
    sharing: Sequence[str] = (),
    joining: Sequence[str] = (),
) -> Suite:
    """A suite of one table; raises UnknownName, also for a reference that is not among the strategies.

    Without `names`, all strategies take part that this interpreter and this workload have what they need for, and that
    run without an engine. `joining` are others that take part besides.
    The reference is `serial` unless another one is named, or the first where `serial` is not among them. `sharing` is
    as for `comparison_of_function`, for workloads that share an object.
    """
    kind = workloads.get(workload)
    if sharing and not kind.shares:
        raise WrongSetting("sharing", f"the tasks of the workload {workload} share no object")
    chosen = named_strategies(names)
    if not chosen and not kind.shares:
        # One task and one loop: only whether it has a coroutine form matters, and nothing is calibrated yet.
        built = kind.build(Workload(name=workload, **{**kind.sizes, "tasks": 1, "loops": 1}))
        has_coroutine = built.coroutine is not None
        chosen = [each.name for each in standard().values() if each.why_not(workload, has_coroutine) is None]
    chosen = [*(chosen or USUAL), *joining]
    rows = shared_rows(chosen, sharing) if kind.shares else [*map(Row, dict.fromkeys(chosen))]
    table = _table_of(workload, kind.about, rows, reference, {})
    question = f"Which way of running the workload {workload} is best?"
    named = bool(sharing) if kind.shares else bool(names)
    return Suite(name=f"compare-{workload}", question=question, tables=(table,), named=named)


def joining(*, engines: bool, address: str | None) -> tuple[str, ...]:
    """The strategies that join where engines are asked for, or a cluster; what lacks an engine says so in its row."""
    return (*(of_engines() if engines else ()), *(() if address is None else (of_cluster(address).name,)))


def runnable() -> list[str]:
    """The strategies that need no engine and that this interpreter can run."""
    return [name for name, each in standard().items() if each.missing() is None]


def shared_rows(names: Sequence[str], sharing: Sequence[str]) -> list[Row]:
    """A row for each strategy, or for each way in which its workers get an object; raises UnknownName."""
    for way in sharing:
        if way not in WAYS:
            raise UnknownName("way of sharing", way, list(WAYS))
    ways = list(dict.fromkeys(sharing or WAYS))
    rows: list[Row] = []
    for name in dict.fromkeys(names):
        apart = strategies.get(name).workers in APART
        rows += [Row(name, {"sharing": way}) for way in ways] if apart else [Row(name)]
    return rows


def named_strategies(names: Sequence[str]) -> list[str]:
    """The strategies of these names, each once, files from the current folder; raises UnknownName."""
    return [strategy_called(name, os.curdir).name for name in dict.fromkeys(names)]


def _table_of(workload: str, title: str, rows: list[Row], reference: str | None, sizes: dict[str, Any]) -> SuiteTable:
    """A table of strategies on a workload; raises UnknownName for a reference that is not among them."""
    chosen = [row.label for row in rows]
    usual = "serial" if "serial" in chosen else chosen[0]
    return SuiteTable(
        name=workload,
        title=title,
        workload=workload,
        sizes=sizes,
        subjects=tuple(row if row.settings else row.subject for row in rows),
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
