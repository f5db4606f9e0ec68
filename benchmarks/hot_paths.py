"""What concbench itself spends time on, as functions that a gate and pytest-benchmark can call with a number."""

from __future__ import annotations

import random
from math import exp

import msgspec

from concbench.analysis.figures import figures
from concbench.model.case import Case, Settings, Workload
from concbench.model.result import Result, Sample
from concbench.model.run import SCHEMA, Environment, Run, Table
from concbench.runs.checking import faults
from concbench.runs.writing import encode_run
from concbench.stats.crossover import crossing
from concbench.stats.intervals import median_interval
from concbench.stats.two_samples import block_changes, change_interval

BLOCKS, ROUNDS = 20, 20


def find_crossing(number: int) -> str:
    """Find from which of five sizes on one channel is faster than another."""
    draw = random.Random(number)
    ratios = {
        16 * 64**step: {block: 0.5 - 0.25 * step + draw.gauss(0, 0.05) for block in range(8)} for step in range(5)
    }
    faster, _ = crossing(ratios)
    return faster


def compare_blocks(number: int) -> float:
    """Compare two cases of 400 samples."""
    base, head = _result(number, BLOCKS, ROUNDS), _result(number + 1, BLOCKS, ROUNDS)
    median_interval(base.samples)
    return change_interval(block_changes(figures(base), figures(head)), 0.95).estimate


def round_trip(number: int) -> int:
    """Write a run of 400 samples as a document, and check what is read of it."""
    document = encode_run(_run(number, BLOCKS, ROUNDS))
    read = msgspec.json.decode(document, type=Run)
    return len(read.results[0].samples) + len(list(faults(read)))


def _result(seed: int, blocks: int, rounds: int) -> Result:
    """A result whose samples scatter by 15 %."""
    draw = random.Random(seed)
    case = Case(group="a", row="b", subject="b", workload=Workload(name="cpu", tasks=1), settings=Settings())
    samples = []
    for block in range(blocks):
        for number in range(rounds):
            wall = 0.02 * exp(draw.gauss(0, 0.15))
            samples.append(Sample(block=block, round=number, start=0.0, run=wall, stop=0.0, wall=wall, cpu=wall))
    return Result(case=case, samples=tuple(samples))


def _run(seed: int, blocks: int, rounds: int) -> Run:
    """A run of one such result."""
    environment = Environment(
        cpu_model="drawn", logical_cores=2, usable_cores=2, affinity=None, cgroup_cpus=None, cgroup_memory=None,
        memory=0, load_start=None, load_end=None, governor=None, os="none", python="3.13.5", implementation="CPython",
        build="", gil=True, start_method="fork", versions={}, git_revision=None,
    )  # fmt: skip
    return Run(
        schema=SCHEMA, concbench="0", command=[], suite="drawn", question="", started="2026-01-01T00:00:00+00:00",
        seconds=1.0, seed=seed, blocks=blocks, duty=0.5, complete=True, environment=environment,
        tables=[Table(name="a", title="a", reference=None)], results=[_result(seed, blocks, rounds)], comparisons=[],
        claims=[], warnings=[],
    )  # fmt: skip
