"""Which cases are one subject on several numbers of workers, and what the scaling laws make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from concbench.model import Case, Predicted, Scaling
from concbench.stats.scaling import FEWEST, TERMS, fit, held_out
from concbench.workloads.named import build, is_function


def scalings(cases: Sequence[Case], cores: int) -> list[Scaling]:
    """Fit both laws to every line of cases that differ in their workers alone, where there are five or more.

    Workers that compute scale with the cores that they get: beyond those, one more worker adds none, so that such cases
    are no part of a line.
    """
    found = []
    for line in lines(cases, cores):
        times = by_block(line)
        counts = {case.settings.workers or 1: case for case in line}
        apart = set(held_out(list(counts)))
        for law in TERMS:
            fitted = fit(times, law)
            if fitted is not None:
                found.append(
                    Scaling(
                        part=line[0].part,
                        subject=name_of(line[0]),
                        law=law,
                        single=fitted.single,
                        sigma=fitted.sigma,
                        kappa=fitted.kappa,
                        peak=fitted.peak,
                        predictions=[
                            Predicted(
                                case=counts[workers].id,
                                workers=workers,
                                seconds=fitted.seconds[workers],
                                ratio=fitted.ratios[workers],
                                held_out=workers in apart,
                            )
                            for workers in sorted(counts)
                        ],
                    )
                )
    return found


def lines(cases: Sequence[Case], cores: int) -> list[list[Case]]:
    """Return the measured cases of each part that differ in their workers alone, in order of these, if they are many.

    Two cases with as many workers differ in something else that a case does not tell: these are no line.
    """
    grouped: dict[object, list[Case]] = {}
    for case in cases:
        if case.experiment == "tasks" and case.samples and case.settings.workers:
            way = case.part, case.subject, case.side, case.workload, replace(case.settings, workers=None)
            grouped.setdefault(way, []).append(case)
    found = []
    for line in grouped.values():
        if len(line) < FEWEST:
            continue
        busy = share_of_computing(line[0])
        useful = [case for case in line if (case.settings.workers or 1) * busy <= cores]
        useful.sort(key=lambda case: case.settings.workers or 1)
        if len({case.settings.workers for case in useful}) == len(useful):
            found.append(useful)
    return found


def share_of_computing(case: Case) -> float:
    """Return the share of a task's time in which it needs a core; all of it where nobody knows."""
    if case.workload.busy is not None:
        return case.workload.busy
    return 1.0 if is_function(case.workload.name) else build(replace(case.workload, tasks=1, loops=1)).busy


def by_block(line: Sequence[Case]) -> dict[int, dict[int, float]]:
    """Return the median seconds of each block by the number of workers."""
    walls: dict[int, dict[int, list[float]]] = {}
    for case in line:
        for sample in case.samples:
            walls.setdefault(sample.block, {}).setdefault(case.settings.workers or 1, []).append(sample.wall)
    return {block: {workers: median(found) for workers, found in times.items()} for block, times in walls.items()}


def name_of(case: Case) -> str:
    """Return what a row is called without its workers.

    >>> from concbench.model import Settings, Workload
    >>> name_of(Case(id="a/thread workers 4 3.13t", part="a", subject="thread", settings=Settings(workers=4),
    ...     workload=Workload(name="cpu", tasks=1)))
    'thread 3.13t'
    """
    number = str(case.settings.workers)
    words = case.label.split(" ")
    for told in (["workers", number], [number]):
        for at in range(1, len(words)):
            if words[at : at + len(told)] == told:
                return " ".join(words[:at] + words[at + len(told) :])
    return case.label
