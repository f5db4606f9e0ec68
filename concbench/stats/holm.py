"""Holm's correction: many figures are looked at, and a false alarm in any of them is one too many."""

from __future__ import annotations

from collections.abc import Sequence


def holm(chances: Sequence[float], level: float) -> list[bool]:
    """Say of each chance whether it is small enough; that any of them is so falsely, happens with `level` at most.

    The smallest has to be at most `level` divided by how many there are, the next one by one fewer, and so on until
    one is too large (Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979). Nothing is assumed of how
    they depend on each other: wall and CPU time of a case may well move together.

    >>> holm([0.001, 0.5, 0.02], 0.05)
    [True, False, True]
    >>> holm([0.02, 0.03], 0.03)
    [False, False]
    """
    small = [False] * len(chances)
    for rank, index in enumerate(sorted(range(len(chances)), key=lambda index: chances[index])):
        if chances[index] > level / (len(chances) - rank):
            break
        small[index] = True
    return small
