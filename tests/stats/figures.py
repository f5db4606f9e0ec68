"""Figures, samples and gates made of numbers, for tests of statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from concbench.model.result import Sample
from concbench.stats.sequential import Gate, Key
from concbench.stats.two_samples import Figures
from tests import builders


def figures(*blocks: Sequence[float]) -> Figures:
    """Values by block and round."""
    return {(block, number): value for block, values in enumerate(blocks) for number, value in enumerate(values)}


def samples(*blocks: Sequence[float]) -> list[Sample]:
    return list(builders.samples(blocks))


def sample(block: int, number: int, wall: float) -> Sample:
    return replace(samples([wall])[0], block=block, round=number)


def measured_each(samples: Sequence[Sample]) -> list[Sample]:
    """The same samples with their wall times as times of each, and other wall times."""
    return [replace(sample, each=sample.wall, wall=1.0) for sample in samples]


def keys(number: int) -> list[Key]:
    return [Key(f"case {each}", "wall") for each in range(number)]


def gate_of(number: int = 1, margin: float = 0.05) -> Gate:
    """A gate of some figures of one margin, with the usual looks and error rates."""
    return Gate(dict.fromkeys(keys(number), margin))


def spread(mean: float, scatter: float, blocks: int) -> list[float]:
    """Values of exactly this mean, half of them above it and half below (and one at it, where odd)."""
    half = [mean + scatter, mean - scatter] * (blocks // 2)
    return half + [mean] * (blocks % 2)
