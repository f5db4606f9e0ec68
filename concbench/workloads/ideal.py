"""The least time in which given tasks can be done on given workers: the limit beside every figure."""

from __future__ import annotations

from itertools import accumulate

from concbench.workloads.workload import build

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Sequence

    from concbench.model.case import Workload


def shortest(durations: Sequence[float], lanes: int) -> float:
    """A lower bound, in seconds, for doing tasks of these durations on this many lanes, in any order.

    Three things hold for every schedule: the lanes share all the work; the longest task is done by one lane; and of
    the k·lanes + 1 longest tasks, some lane does at least k + 1, so at least the k + 1 shortest among these. Tasks of
    equal length reach the bound: 100 tasks of 0.5 s on 4 lanes need 25 turns, 12.5 s. (Pigeonhole bound for minimum
    makespan on identical machines, as in Graham, "Bounds on Multiprocessing Timing Anomalies", 1969.)

    >>> shortest([0.5] * 100, 4), shortest([0.5] * 101, 4)
    (12.5, 13.0)
    """
    longest_first = sorted(durations, reverse=True)
    if not longest_first:
        return 0.0
    totals = [0.0, *accumulate(longest_first)]
    bound = max(totals[-1] / lanes, longest_first[0])
    for turns in range(1, (len(longest_first) - 1) // lanes + 1):
        last = turns * lanes + 1
        bound = max(bound, totals[last] - totals[last - turns - 1])
    return bound


def ideal(description: Workload, lanes: int, cores: int, serial: float | None = None) -> float:
    """The least seconds that a workload can take on `lanes` workers and `cores` cores.

    `serial` is how long the same tasks take one after the other, where the run shows it: then computing is taken at
    that speed instead of the calibrated one, and so is a user's function, whatever it does. Sleeping is taken as asked
    for. Computing needs a core, waiting only a lane; the larger of the two limits counts.
    """
    busy, weights = description.busy, None
    if busy is None:
        ready = build(description)
        busy, weights = ready.busy, ready.weights
    weights = weights or [1.0] * description.tasks
    total_weight = sum(weights)
    total = description.task_time * description.tasks
    busy_total = total * busy
    if serial is not None and description.busy is not None:
        total, busy_total = serial, serial * busy
    elif serial is not None and busy > 0:
        busy_total = max(0.0, serial - (total - busy_total))
    total = total * (1 - busy) + busy_total
    by_lanes = shortest([weight * total / total_weight for weight in weights], lanes)
    by_cores = shortest([weight * busy_total / total_weight for weight in weights], min(lanes, cores))
    return max(by_lanes, by_cores)
