"""Looking at figures while they come in: how much of the error rate each look may spend."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

LOOKS = (1 / 6, 1 / 3, 2 / 3, 1.0)
"""Shares of the budget at which a gate looks. Few, as each look widens the others' intervals, and early enough that a
clear case of 15 s ends after 2.5 s."""
POWER = 1.5
"""How slowly the error rate is spent: 1 is in step with the budget; the larger, the more is kept for the last look."""


def weights(looks: Sequence[float] = LOOKS, power: float = POWER) -> list[float]:
    """Return the share of the error rate that each look spends; they add up to 1.

    A look at the share f of the budget may have spent f**power by then (the power family of Kim and DeMets, "Design and
    Analysis of Group Sequential Tests Based on the Type I Error Spending Rate Function", 1987). Each look spends its
    own share, whatever the others found: that is Bonferroni's inequality over looks, which needs no assumption on how
    they depend on each other, and costs some power against exact boundaries, which would need a normal distribution.

    >>> [round(weight, 3) for weight in weights()]
    [0.068, 0.124, 0.352, 0.456]
    """
    spent = [0.0, *(look**power for look in looks)]
    return [later - earlier for earlier, later in pairwise(spent)]
