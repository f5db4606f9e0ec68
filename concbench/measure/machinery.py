"""Asks hosts what machinery costs, and what a workload's tasks need: readings, which `prediction` makes costs of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from math import inf

import msgspec

from concbench.measure.hosts import Launcher
from concbench.measure.plan import CostsPlan, Launch
from concbench.measure.probe.environment import usable_cores
from concbench.model.case import Case, Workload
from concbench.strategies.strategy import known

CARE = ((2, 2), (1, 2), (1, 1))
"""How often each host is asked, in turns with the others, so that what is read of a strategy is not all read at once;
and how many rounds of readings it takes each time, at least. The first that there is time for."""
A_ROUND = 0.16
"""Seconds that a round of readings of a strategy takes, about."""
ALLOWED = 4.0
"""Times the seconds that are planned: as long as it may take where there are many strategies."""
MOST_WORKLOADS = 6
"""Of how many of a run's workloads the tasks are measured."""


@dataclass(frozen=True, kw_only=True)
class StrategyReading:
    """One sample of a strategy with tasks that do nothing, or a little. Seconds, and bytes."""

    subject: str
    start_method: str | None
    kind: str
    """What it is for: see `concbench.host.machinery`."""
    workers: int | None
    chunksize: int | None
    items: int
    start: float
    run: float
    stop: float
    """Wall time of each phase."""
    parent: float
    """CPU time of the process that hands out tasks."""
    others: float | None
    """And of all others; None where that is unknown."""
    memory: int | None
    """PSS of all with their workers open, where it was read;"""
    base: int | None
    """and of the parent when it was asked, before the first worker."""
    clock: float
    """Seconds of a turn of a loop just then: how fast a core was."""


@dataclass(frozen=True, kw_only=True)
class TaskReadings:
    """What was seen of a workload's tasks, in one host. Seconds, and bytes."""

    gil: bool
    stretches: list[float]
    """How many times as long as alone a loop took in as many processes as there are cores."""
    first: float
    init: float
    passes: list[list[float]]
    """Wall time of single tasks, evenly spread over the items, in several passes."""
    clocks: list[float]
    """Seconds of a turn of a loop during each pass."""
    computing: float
    threads: list[float]
    """How many cores two threads kept busy."""
    crowd: float | None
    """CPU seconds of one of many tasks that wait at the same time, in threads; None for tasks that compute."""
    loop: float | None
    """The same of the coroutine form, in one event loop; None where there is none."""
    argument_bytes: int | None
    result_bytes: int | None
    same: bool
    """Whether a task's result is its argument, so that both take the memory of one."""
    bare: int | None
    """PSS of a host that knows no workload yet;"""
    built: int
    """and by how much it grows with the function's module and the items,"""
    initialized: int
    """with the initializer,"""
    memory: int
    """and with the tasks."""
    unshared: int | None
    """By how much a forked process grows with the tasks: also by what it no longer shares; None where unknown."""
    fork_byte: float
    """Seconds that forking takes for each byte of the parent."""
    inner_threads: int | None = None
    """How many threads libraries were allowed."""
    building: float = inf
    """What making the workload ready took: mostly to import a function's module, which is compiled by then."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """What the hosts of a side measured."""

    side: str | None
    cores: int
    strategies: list[StrategyReading]
    tasks: list[tuple[Workload, float, TaskReadings]]
    """Of each workload, with the seconds that importing its function's module takes."""


def care(seconds: float, strategies: int) -> tuple[int, int]:
    """How often the hosts of some strategies are asked, and for how many rounds at least, in about this time.

    >>> care(1.0, 6), care(2.0, 20), care(1.0, 20)
    ((2, 2), (1, 2), (1, 1))
    """
    allowed = ALLOWED * seconds / A_ROUND / max(1, strategies)
    return next(((passes, rounds) for passes, rounds in CARE if passes * rounds <= allowed), CARE[-1])


def cost_readings(
    launcher: Launcher,
    launch: Launch,
    plan: CostsPlan,
    cases: Sequence[Case],
    examined: Mapping[tuple[Workload, int | None], str],
    importing: float,
    timeout: float,
    inner_threads: Sequence[int] = (),
) -> Readings:
    """What the strategies and workloads of some cases on one side show; raises CaseFailed, TimeoutError and OSError.

    `inner_threads` are those that cases may have which join later.
    """
    side = cases[0].side
    # An engine takes seconds to start, and would be started some ten times to show its costs: it is not simulated, but
    # predicted by its own rows (concbench.prediction.engines).
    own = [case for case in cases if (strategy := known(case.subject)) is None or strategy.engine is None]
    found = [(case.subject, case.settings.start_method) for case in own]
    wanted: dict[str, list[str | None]] = {}
    for subject, method in dict.fromkeys(found if plan.strategies is None else plan.strategies):
        wanted.setdefault(subject, []).append(method)
    workloads = _workloads_of(cases, inner_threads)[:MOST_WORKLOADS]

    def described(workload: Workload, threads: int | None) -> dict[str, object]:
        return {**asdict(workload), "examined": examined.get((workload, threads))}

    cores = usable_cores()
    wanted = dict(list(wanted.items())[: max(1, int(ALLOWED * plan.seconds / A_ROUND))])
    passes, rounds = care(plan.seconds, len(wanted))
    seconds = plan.seconds / (len(wanted) + 1) / passes
    about = {"do": "costs", "seconds": seconds, "cores": cores}
    strategies: list[StrategyReading] = []
    tasks: list[tuple[Workload, float, TaskReadings]] = []
    with ExitStack() as stack:
        hosts = {name: stack.enter_context(launcher.host(launch)) for name in wanted}
        for turn in range(passes):
            for name, host in hosts.items():
                request = {
                    **about,
                    "workload": described(*workloads[0]),
                    "strategy": name,
                    "start_methods": wanted[name],
                    "rounds": rounds,
                }
                answer = host.ask(request, timeout)
                strategies += msgspec.convert(answer["readings"], list[StrategyReading])
            for workload, threads in workloads if turn == 0 else ():
                with launcher.host(launch.with_inner_threads(threads)) as host:
                    answer = host.ask({**about, "workload": described(workload, threads)}, timeout)
                seen = replace(msgspec.convert(answer, TaskReadings), inner_threads=threads)
                tasks.append((workload, min(importing, seen.building), seen))
    return Readings(side=side, cores=cores, strategies=strategies, tasks=tasks)


def _workloads_of(cases: Sequence[Case], inner_threads: Sequence[int]) -> list[tuple[Workload, int | None]]:
    """The workloads of some cases, each with the threads of libraries that its tasks are measured with.

    How many there may be matters only to a function that keeps several cores busy by itself: to others, one is enough.
    """
    found: dict[tuple[Workload, int | None], Workload] = {}
    known: set[Workload] = set()
    for case in cases:
        kind, threads = replace(case.workload, tasks=1), case.settings.inner_threads
        if case.workload.cores_busy is not None:
            for number in (threads, *inner_threads):
                found.setdefault((kind, number), case.workload)
        elif kind not in known:
            found[kind, threads] = case.workload
        known.add(kind)
    return [(workload, threads) for (_, threads), workload in found.items()]
