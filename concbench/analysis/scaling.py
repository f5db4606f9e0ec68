"""What the scaling laws make of a subject on several numbers of workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from concbench.analysis.axes import Line, along
from concbench.analysis.figures import cpu_seconds
from concbench.model.case import TIMED_WHOLE, Workload, room_for
from concbench.model.result import Result
from concbench.model.run import Predicted, Scaling
from concbench.stats.scaling_laws import FEWEST, TERMS, fit, held_out
from concbench.workloads.workload import build, is_function


def scalings(results: Sequence[Result], cores: int) -> list[Scaling]:
    """Both laws, fitted to every subject that ran tasks, and every command, on five or more numbers of workers.

    Workers that compute scale with the cores that they get, so numbers beyond these are left out.
    """
    measured = [result for result in results if result.case.experiment in TIMED_WHOLE and result.samples]
    return [
        scaling
        for found in along("workers", measured)
        for line in found.lines
        for scaling in _laws(line, _by_workers(line, cores))
    ]


def _laws(line: Line, results: dict[int, Result]) -> list[Scaling]:
    if len(results) < FEWEST or len({result.case.table for result in results.values()}) > 1:
        return []
    times, apart = _by_block(results), set(held_out(list(results)))
    return [
        Scaling(
            table=line.case.table,
            subject=line.name,
            law=law,
            single=fitted.single,
            sigma=fitted.sigma,
            kappa=fitted.kappa,
            peak=fitted.peak,
            predictions=[
                Predicted(
                    case=results[workers].case.id,
                    workers=workers,
                    seconds=fitted.seconds[workers],
                    ratio=fitted.ratios[workers],
                    held_out=workers in apart,
                )
                for workers in results
            ],
        )
        for law in TERMS
        if (fitted := fit(times, law)) is not None
    ]


def _by_workers(line: Line, cores: int) -> dict[int, Result]:
    """The results of a line by the number of workers, as far as there are cores for them."""
    busy, room = _share_of_a_core(line), room_for(line.case.workload, line.case.settings, cores)
    return {
        workers: result
        for workers, result in line.results.items()
        if isinstance(workers, int) and workers and workers * busy <= room
    }


def _share_of_a_core(line: Line) -> float:
    """The share of the time in which a worker needs a core; of a command, as measured with the fewest workers."""
    if line.case.workload.command is None or not line.points:
        return share_of_computing(line.case.workload)
    workers, took, result = line.points[0]
    cpu = cpu_seconds(result)
    return 1.0 if cpu is None else min(1.0, cpu / (took.estimate * workers))


def share_of_computing(workload: Workload) -> float:
    """The share of a task's time in which it needs a core; all of it if unknown."""
    if workload.busy is not None:
        return workload.busy
    own = workload.command is not None or is_function(workload.name)
    return 1.0 if own else build(replace(workload, tasks=1, loops=1)).busy


def _by_block(results: dict[int, Result]) -> dict[int, dict[int, float]]:
    """The median seconds in each block, by the number of workers."""
    walls: dict[int, dict[int, list[float]]] = {}
    for workers, result in results.items():
        for sample in result.samples:
            walls.setdefault(sample.block, {}).setdefault(workers, []).append(sample.wall)
    return {block: {workers: median(found) for workers, found in times.items()} for block, times in walls.items()}
