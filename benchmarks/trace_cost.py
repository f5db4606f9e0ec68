"""What recording every task costs: traced and untraced samples of 10,000 tasks in turns, in the same hosts.

    python -m benchmarks.trace_cost

Beside it stands what a host itself reports, from empty tasks called with a record and without.
"""

from __future__ import annotations

from dataclasses import replace
from math import log
from random import Random
from statistics import fmean, median

import msgspec
from tabulate import tabulate

from benchmarks.stretch import PATIENCE
from concbench.measure.containment import contained
from concbench.measure.hosts import Launcher
from concbench.measure.plan import Launch
from concbench.model.case import Case, Settings, Workload
from concbench.model.result import HostRecord, Trace
from concbench.stats.two_samples import change_interval

TASKS = 10_000
TASK_TIMES = (0.0, 0.00002)
"""Seconds of a task: tasks that do next to nothing, and short ones."""
BLOCKS = 6
PAIRS = 6


def block(workload: Workload, seed: int) -> tuple[float, list[tuple[float, float]], list[float]]:
    """From a host of its own, the seconds that recording adds to a task, and pairs of wall times."""
    draw = Random(seed)
    record = HostRecord(block=0, hash_seed=seed, padding=64 * seed)
    with contained() as containment, Launcher(containment).host(Launch(), record) as host:
        settings = Settings(workers=2)
        host.open(Case(group="", row="", subject="pool-map", workload=workload, settings=settings), PATIENCE)
        host.ask({"do": "warm-up"}, PATIENCE)
        pairs, costs = [], []
        for _ in range(PAIRS):
            wall: dict[str, float] = {}
            for do in draw.sample(("sample", "traced"), 2):
                answer = host.ask({"do": do, "seconds": 0.0} if do == "traced" else {"do": do}, PATIENCE)
                wall[do] = answer["wall"]
                if do == "traced":
                    costs.append(msgspec.convert(answer, Trace).cost)
            pairs.append((wall["traced"], wall["sample"]))
        host.leave()
    return median(costs), pairs, [traced - plain for traced, plain in pairs]


def calibrated(workload: Workload) -> Workload:
    """The workload with its loops."""
    with contained() as containment, Launcher(containment).host(Launch()) as host:
        found = host.ask({"do": "calibrate", "workload": msgspec.to_builtins(workload)}, PATIENCE)
        host.leave()
    return replace(workload, **found)


def main() -> None:
    """Print a row for each length of a task."""
    rows = []
    for task_time in TASK_TIMES:
        workload = Workload(name="tutorial", tasks=TASKS)
        if task_time:
            workload = calibrated(Workload(name="cpu", tasks=TASKS, task_time=task_time))
        blocks = [block(workload, seed) for seed in range(BLOCKS)]
        untraced = median(plain for _, pairs, _ in blocks for _, plain in pairs)
        traced = median(traced for _, pairs, _ in blocks for traced, _ in pairs)
        ratio = change_interval([fmean(log(one / two) for one, two in pairs) for _, pairs, _ in blocks], 0.95)
        added = median(difference for _, _, differences in blocks for difference in differences)
        interval = "" if ratio.low is None or ratio.high is None else f" ({ratio.low:.3f} to {ratio.high:.3f})"
        rows.append(
            (
                "the tutorial's count to 100" if not task_time else f"{task_time * 1e6:g} µs of computing",
                f"{1000 * untraced:.1f} ms",
                f"{1000 * traced:.1f} ms",
                f"{ratio.estimate:.3f}{interval}",
                f"{2 * added / TASKS * 1e6:.2f} µs",
                f"{1e6 * median(cost for cost, _, _ in blocks):.2f} µs",
            )
        )
    headers = ("task", "untraced", "traced", "ratio", "added to a task", "as reported")
    print(f"pool-map of {TASKS:,} tasks on 2 workers:\n")
    print(tabulate(rows, headers, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
