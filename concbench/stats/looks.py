"""Looking at figures while they come in: how much of the error rate each look may spend."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

LONGEST = 3.0
"""Of the budget: a figure that is probably worse, and not surely, is measured for as long as this."""
USUAL = 1 / LONGEST
"""The share at which the budget is used up; what follows is for such figures only."""
LOOKS = (USUAL / 6, USUAL / 3, USUAL * 2 / 3, USUAL, USUAL * 1.5, USUAL * 2, 1.0)
"""Shares of the longest time at which a gate looks. Few, as each look widens the others' intervals, and early enough
that a clear case ends after 2 to 4 s."""
POWER = 1.0
"""How slowly the error rate is spent: 1 is in step with the time; the larger, the more is kept for the last look."""
USUALLY = 0.9
"""The share of the intervals' error rate that is spent within the budget, where most figures are done."""
INTERVAL_POWER = 1.5
"""How slowly that is spent."""


def weights(looks: Sequence[float] = LOOKS, power: float = POWER) -> list[float]:
    """Return the share of the error rate that each look spends; they add up to 1.

    A look at the share f of the time may have spent f**power by then (the power family of Kim and DeMets, "Design and
    Analysis of Group Sequential Tests Based on the Type I Error Spending Rate Function", 1987). Each look spends its
    own share, whatever the others found: that is Bonferroni's inequality over looks, which needs no assumption on how
    they depend on each other nor on why there was another look, and costs some power against exact boundaries, which
    would need a normal distribution.

    >>> [round(weight, 3) for weight in weights()]
    [0.056, 0.056, 0.111, 0.111, 0.167, 0.167, 0.333]
    """
    return steps([look**power for look in looks])


def interval_weights(looks: Sequence[float] = LOOKS) -> list[float]:
    """Return the share of what intervals may leave out that each look spends; they add up to 1.

    Most of it is spent within the budget, because that is when most figures are said to be the same.

    >>> [round(weight, 3) for weight in interval_weights()]
    [0.061, 0.112, 0.317, 0.41, 0.025, 0.025, 0.05]
    """
    return steps(
        [
            USUALLY * (look / USUAL) ** INTERVAL_POWER
            if look <= USUAL
            else USUALLY + (1 - USUALLY) * (look - USUAL) / (1 - USUAL)
            for look in looks
        ]
    )


def steps(spent: Sequence[float]) -> list[float]:
    """Return what is added from one to the next, from nothing on.

    >>> steps([0.25, 1.0])
    [0.25, 0.75]
    """
    return [later - earlier for earlier, later in pairwise([0.0, *spent])]
