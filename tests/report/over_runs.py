"""Runs over a setting or a size, made of a few figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from concbench.model import AxisName, Case, Experiment, Failure, Part, Run, Sample, Settings, Workload
from concbench.stats.intervals import median_interval
from tests.example_run import example_run

NOISE = (0.0, 0.01, -0.01, 0.005)
"""What the blocks of a case differ by."""


def case(
    subject: str, wall: float | None, workload: Workload, experiment: Experiment = "tasks", **settings: Any
) -> Case:
    """A case with a sample in each of four blocks; without figures where there is no time."""
    label = " ".join([subject, *(f"{name} {value}" for name, value in settings.items())])
    part = f"{workload.name} {workload.task_time:g} {workload.payload} {workload.tasks}"
    found = Case(
        id=f"{part}/{label}",
        part=part,
        subject=subject,
        workload=workload,
        settings=Settings(**settings),
        experiment=experiment,
    )
    if wall is None:
        found.error = Failure(kind="raised", message="it did not work")
        return found
    for block, noise in enumerate(NOISE):
        took = wall * (1 + (noise if subject != "serial" else -noise))
        found.samples.append(
            Sample(block=block, round=0, start=0.0, run=took, stop=0.0, wall=took, cpu=None, each=took)
        )
    found.median = median_interval(found.samples, metric=found.metric)
    return found


def run_over(cases: list[Case], *axes: AxisName) -> Run:
    parts = [Part(name=name, title="A part", reference=None) for name in dict.fromkeys(each.part for each in cases)]
    return replace(example_run(), parts=parts, cases=cases, comparisons=[], claims=[], warnings=[], axes=list(axes))


CPU = Workload(name="cpu", tasks=8, task_time=0.001, loops=20_000)


def lengths_run() -> Run:
    """Three subjects at three lengths of a task: one is fastest at first, another at last, and one failed once."""
    walls: dict[float, tuple[float, float | None, float]] = {
        1e-5: (0.0001, 0.001, 0.01),
        1e-4: (0.001, None, 0.0102),
        1e-2: (0.08, 0.08, 0.05),
    }
    cases = []
    for length, (serial, thread, pool) in walls.items():
        work = replace(CPU, task_time=length, loops=round(length * 2e7))
        cases += [case("serial", serial, work), case("thread", thread, work), case("pool-map", pool, work, workers=2)]
    return run_over(cases, "task_time")


def chunks_run() -> Run:
    """A pool in chunks of 1 and 8 and as it would, beside serial."""
    pools = [
        case("pool-map", wall, CPU, workers=2, chunksize=size) for size, wall in ((8, 0.009), (None, 0.007), (1, 0.01))
    ]
    return run_over([case("serial", 0.008, CPU), *pools], "chunksize")
