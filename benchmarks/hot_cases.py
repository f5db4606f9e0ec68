"""Cases and runs with drawn samples, for the hot paths."""

from __future__ import annotations

import random
from math import exp

from concbench.model import SCHEMA, Case, Environment, Part, Run, Sample, Settings, Workload


def case(seed: int, blocks: int, rounds: int) -> Case:
    """Return a case whose samples scatter by 15 %."""
    draw = random.Random(seed)
    made = Case(id="a/b", part="a", subject="b", workload=Workload(name="cpu", tasks=1), settings=Settings())
    for block in range(blocks):
        for number in range(rounds):
            wall = 0.02 * exp(draw.gauss(0, 0.15))
            made.samples.append(Sample(block=block, round=number, start=0.0, run=wall, stop=0.0, wall=wall, cpu=wall))
    return made


def run(seed: int, blocks: int, rounds: int) -> Run:
    """Return a run of one such case."""
    environment = Environment(
        cpu_model="drawn", logical_cores=2, usable_cores=2, affinity=None, cgroup_cpus=None, cgroup_memory=None,
        memory=0, load_start=None, load_end=None, governor=None, os="none", python="3.13.5", implementation="CPython",
        build="", gil=True, start_method="fork", versions={}, git_revision=None,
    )  # fmt: skip
    return Run(
        schema=SCHEMA, concbench="0", command=[], suite="drawn", question="", started="2026-01-01T00:00:00+00:00",
        seconds=1.0, seed=seed, blocks=blocks, duty=0.5, complete=True, environment=environment,
        parts=[Part(name="a", title="a", reference=None)], cases=[case(seed, blocks, rounds)], comparisons=[],
        claims=[], warnings=[],
    )  # fmt: skip
