"""Holm's correction: many figures are looked at, and a false alarm in any of them is one too many."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum


def holm(chances: Sequence[float], level: float, weights: Sequence[float] | None = None) -> list[bool]:
    """Say of each chance whether it is small enough; that any of them is so falsely, happens with `level` at most.

    The smallest has to be at most `level` divided by how many there are, the next one by one fewer, and so on until
    one is too large (Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979). With weights, positive and
    chosen beforehand, a figure has its weight's share of what the weights of those that are left add up to, and the
    smallest by its weight comes first (section 4 there). Nothing is assumed of how they depend on each other: wall and
    CPU time of a case may well move together.

    >>> holm([0.001, 0.5, 0.02], 0.05)
    [True, False, True]
    >>> holm([0.02, 0.03], 0.03), holm([0.02, 0.03], 0.03, [4, 1])
    ([False, False], [True, True])
    """
    shares = [1.0] * len(chances) if weights is None else list(weights)
    small = [False] * len(chances)
    left = fsum(shares)
    for index in sorted(range(len(chances)), key=lambda index: chances[index] / shares[index]):
        if chances[index] > level * shares[index] / left:
            break
        small[index] = True
        left -= shares[index]
    return small
