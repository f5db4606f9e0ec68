"""Samples and cases for the tests of this room, from wall times alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from concbench.model import Case, Sample, Settings, Workload


def sample(block: int, number: int, wall: float) -> Sample:
    return Sample(block=block, round=number, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None)


def samples(*blocks: Sequence[float]) -> list[Sample]:
    return [sample(block, number, wall) for block, walls in enumerate(blocks) for number, wall in enumerate(walls)]


def case(name: str, *blocks: Sequence[float]) -> Case:
    return Case(
        id=name,
        part="cpu",
        subject=name,
        workload=Workload(name="cpu", tasks=1),
        settings=Settings(),
        samples=samples(*blocks),
    )


def measured_each(samples: Sequence[Sample], factor: float = 1.0) -> list[Sample]:
    """The same samples with their wall times as times of each, and other wall times."""
    return [replace(sample, each=factor * sample.wall, wall=1.0) for sample in samples]
