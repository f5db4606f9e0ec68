"""A run of one subject on several numbers of workers, with the laws fitted to it."""

from __future__ import annotations

from dataclasses import replace

from concbench.model import Case, Part, Run, Sample, Settings, Workload
from concbench.stats.scaling import Law
from concbench.suites.answering import summarise
from concbench.suites.scalings import scalings
from tests.example_run import example_run

COUNTS = (1, 2, 4, 8, 16, 32, 64)
LAW = Law(single=0.64, sigma=0.01, kappa=0.001)
SCATTER = (0.99, 1.0, 1.01)
"""Of the blocks."""


def scaling_run(law: Law = LAW, counts: tuple[int, ...] = COUNTS, *, corner: int | None = None) -> Run:
    """A run whose times follow a law; or which gains nothing beyond so many workers."""
    run = example_run()
    cases = []
    for workers in counts:
        wall = law.seconds(min(workers, corner) if corner else workers)
        samples = [
            Sample(block=block, round=0, start=0.0, run=wall * more, stop=0.0, wall=wall * more, cpu=None)
            for block, more in enumerate(SCATTER)
        ]
        case = Case(
            id=f"sleep/threadpool-map workers {workers}",
            part="sleep",
            subject="threadpool-map",
            workload=Workload(name="sleep", tasks=64, task_time=0.01),
            settings=Settings(workers=workers),
            samples=samples,
        )
        cases.append(case)
    summarise(cases, cores=2)
    return replace(
        run,
        parts=[Part(name="sleep", title="Tasks that sleep", reference=cases[0].id)],
        cases=cases,
        comparisons=[],
        claims=[],
        scalings=scalings(cases, cores=2),
    )
