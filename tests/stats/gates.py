"""Pairs of cases with known figures, and what a gate is given of them, for the tests of this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from concbench.model import Case, Peak, Sample, Settings, Workload
from concbench.stats.gate import Gate, Key

Timed = tuple[float, float | None]
"""Wall and CPU time of a sample."""


def side(name: str, samples: Mapping[tuple[int, int], Timed], peaks: Mapping[int, int] | None = None) -> Case:
    """A case on one side, from its times by block and round, and its memory by block."""
    return Case(
        id=f"a {name}",
        part="a",
        subject="serial",
        workload=Workload(name="cpu", tasks=1),
        settings=Settings(),
        side=name,
        samples=[
            Sample(block=block, round=number, start=0.0, run=wall, stop=0.0, wall=wall, cpu=cpu)
            for (block, number), (wall, cpu) in samples.items()
        ],
        peaks=[Peak(block=block, memory=memory) for block, memory in (peaks or {}).items()],
    )


def walls(name: str, *blocks: Sequence[float]) -> Case:
    """A case on one side, from wall times by block; its CPU time is half of them."""
    return side(
        name,
        {(block, number): (wall, wall / 2) for block, times in enumerate(blocks) for number, wall in enumerate(times)},
    )


def keys(figures: int) -> list[Key]:
    return [Key(f"case {number}", "wall") for number in range(figures)]


def gate_of(figures: int = 1, margin: float = 0.05) -> Gate:
    """A gate of so many figures of one margin, with the usual looks and error rates."""
    return Gate(dict.fromkeys(keys(figures), margin))


def spread(mean: float, scatter: float, blocks: int) -> list[float]:
    """So many values of exactly this mean, half of them above it and half below (and one at it, where odd)."""
    half = [mean + scatter, mean - scatter] * (blocks // 2)
    return half + [mean] * (blocks % 2)
