"""How many turns of a loop take a given time on this machine: found once a run, so that all cases do the same work."""

from __future__ import annotations

import time

from concbench.workloads.workload import kind_called

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from concbench.model.case import Workload

SHORTEST = 0.005
"""Seconds of a timing that make the clock's resolution and the cost of the call negligible."""
REPEATS = 20
known: dict[Callable[[int], object], float] = {}
"""Seconds of one turn of the loops that this host has timed."""


def seconds_a_turn(spin: Callable[[int], object]) -> float:
    """The seconds of one turn of `spin(turns)`: the best of several timings of about `SHORTEST`.

    The best, because whatever disturbs a loop makes it slower: this is its time on an undisturbed core.
    """
    turns = 1
    while _timed(spin, turns) < SHORTEST:
        turns *= 2
    return min(_timed(spin, turns) for _ in range(REPEATS)) / turns


def calibrate(description: Workload) -> dict[str, Any]:
    """Find a workload's `loops` for the `task_time` asked for, or its `task_time`, or nothing.

    Takes about 0.1 s for a computing workload, and no time for a sleeping one.
    """
    kind = kind_called(description.name)
    if kind.spin is not None:
        if kind.spin not in known:
            known[kind.spin] = seconds_a_turn(kind.spin)
        return {"loops": max(1, round(description.task_time * kind.busy / known[kind.spin]))}
    if kind.measured:
        ready = kind.build(description)

        def call(turns: int) -> None:
            for _ in range(turns):
                ready.task(ready.items[0])

        return {"task_time": seconds_a_turn(call)}
    return {}


def _timed(spin: Callable[[int], object], turns: int) -> float:
    begin = time.perf_counter()
    spin(turns)
    return time.perf_counter() - begin
