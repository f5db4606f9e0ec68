"""What a region of a traced program would take in chunks of another size, or by processes in place of threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil

from concbench.instruments.columns import Tasks, unpack
from concbench.model.costs import Costs, StrategyCosts
from concbench.model.program import Program, Region
from concbench.prediction.costs import machinery_of
from concbench.prediction.errors import ERRORS
from concbench.prediction.predict import Range
from concbench.prediction.simulate import Chunks, Machinery, simulate

SUBJECTS = {"Pool": "pool-map", "ProcessPoolExecutor": "executor-processes", "ThreadPoolExecutor": "executor-threads"}
"""The strategies whose costs are those of a region, by its name."""
PROCESSES = "executor-processes"
SAMPLE = 2000
"""Tasks whose times are simulated; of more, every second, third, …"""
STEPS = (1, 2, 5)
CLOSE = 1.05
"""A smaller chunksize is better if it takes no longer than this many times the best one: results come sooner."""


@dataclass(frozen=True, kw_only=True)
class Chunked:
    """The best chunksize, and the seconds from the first task until all have ended."""

    chunksize: int
    run: Range


@lru_cache(maxsize=64)
def _tasks(region: Region) -> Tasks:
    return unpack(region.columns, region.tasks)


@lru_cache(maxsize=64)
def _moved(region: Region) -> float:
    """Bytes of a task and its result, on average."""
    tasks = _tasks(region)
    return sum(max(0, each) for each in (*tasks.argument, *tasks.result)) / max(1, len(tasks))


def subject_of(region: Region) -> str | None:
    """The strategy whose costs are those of a region; None where it is none of the standard library's."""
    return None if region.group or region.limit else SUBJECTS.get(region.name)


def by_chunksize(costs: Sequence[Costs], program: Program, region: Region) -> Chunked | None:
    """What larger chunks would take; None where the costs were not measured, or no chunksize is better than one."""
    found = _costs(costs, subject_of(region), region.start_method)
    if found is None or region.kind == "threads":
        return None
    machine, strategy = found
    machinery = machinery_of(strategy, machine, region.lanes, program.cores, warm=True)
    times, computing = _times(region)
    taken = [(size, _run(machinery, strategy, region, times, computing, size)) for size in _sizes(region)]
    best = min(seconds for _, seconds in taken)
    size, seconds = next(each for each in taken if each[1] <= CLOSE * best)
    if size == 1:
        return None
    factor = ERRORS[machinery.form].wall
    return Chunked(chunksize=size, run=Range(estimate=seconds, low=seconds / factor, high=seconds * factor))


def by_processes(costs: Sequence[Costs], program: Program, regions: Sequence[Region]) -> Range | None:
    """What the tasks of threads would take in a pool of processes, with starting and ending it; None without costs.

    Tasks that took turns with a GIL take their CPU time, when they need not.
    """
    found = _costs(costs, PROCESSES, None)
    if found is None:
        return None
    machine, strategy = found
    region = max(regions, key=lambda each: each.tasks)
    tasks = _tasks(region)
    times = [max(1, cpu) * 1e-9 for cpu in tasks.cpu][:: ceil(len(tasks) / SAMPLE)]
    workers = min(program.cores, len(tasks))
    machinery = machinery_of(strategy, machine, workers, program.cores)
    chunks = Chunks(items=len(tasks), size=1, times=times, computing=1.0, gil=0.0)
    seconds = simulate(machinery, chunks).wall
    factor = ERRORS[machinery.form].wall
    return Range(estimate=seconds, low=seconds / factor, high=seconds * factor)


def _costs(costs: Sequence[Costs], subject: str | None, start_method: str | None) -> tuple[Costs, StrategyCosts] | None:
    for machine in costs:
        for strategy in machine.strategies:
            if strategy.subject == subject and start_method in (None, strategy.start_method):
                return machine, strategy
    return None


def _times(region: Region) -> tuple[list[float], float]:
    """Seconds of single tasks, and the share of them in which they computed."""
    tasks = _tasks(region)
    lengths = [max(1, end - begin) for begin, end in zip(tasks.begin, tasks.end, strict=True)]
    computed = sum(max(0, cpu) for cpu in tasks.cpu)
    return [each * 1e-9 for each in lengths][:: ceil(len(lengths) / SAMPLE)], min(1.0, computed / sum(lengths))


def _sizes(region: Region) -> Iterator[int]:
    """Chunksizes that are tried: one, and round ones up to where every worker gets a chunk."""
    most, power = max(1, ceil(region.tasks / region.lanes)), 1
    while power <= most:
        yield from (step * power for step in STEPS if step * power <= most)
        power *= 10


def _run(
    machinery: Machinery, strategy: StrategyCosts, region: Region, times: Sequence[float], computing: float, size: int
) -> float:
    moved = _moved(region)
    chunks = Chunks(
        items=region.tasks,
        size=size,
        times=times,
        computing=computing,
        gil=0.0,
        send_item=strategy.send_item + moved * strategy.send_byte,
        handle_item=strategy.handle_item + moved * strategy.handle_byte,
    )
    return simulate(replace(machinery, warm=True), chunks).run
