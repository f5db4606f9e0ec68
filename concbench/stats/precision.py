"""How precisely a median is known, and how many more blocks would make it as precise as was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1, inf, sqrt
from statistics import stdev

from concbench.stats.remaining import remaining_blocks
from concbench.stats.student import t_quantile

FARTHEST = 1000
"""Blocks that are looked ahead."""


def reach(blocks: Sequence[float], confidence: float = 0.95) -> float:
    """Return how far the interval of a mean of logarithms reaches beyond it, relative to it; infinity for one block.

    >>> round(reach([0.0, 0.02, 0.01]), 4)
    0.0252
    """
    if len(blocks) < 2:
        return inf
    return _reach(stdev(blocks), len(blocks), confidence)


def blocks_to_precision(blocks: Sequence[float], asked: float, confidence: float = 0.95) -> int | None:
    """Return about how many more blocks it takes until the interval reaches no further; None where nobody can tell."""
    return remaining_blocks(
        blocks, lambda _mean, deviation, size: _reach(deviation, size, confidence) <= asked, farthest=FARTHEST
    )


def _reach(deviation: float, size: int, confidence: float) -> float:
    return expm1(min(700.0, t_quantile((1 + confidence) / 2, size - 1) * deviation / sqrt(size)))
