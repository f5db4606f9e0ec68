"""A race of cases that were measured side by side: who leads, and who is surely slower than who leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log
from statistics import fmean

from concbench.model import Case
from concbench.stats.changes import block_changes, chance_of_slower, least_scatter, typical_change

WRONGLY = 0.05
"""The chance that any case is given up in a race although it is as fast as the leader, over all looks."""
HOPELESS = 3.0
"""A case that takes so many times as long is given up without an interval: two samples side by side differ by a
factor like that when one of them was late, and so it takes two blocks in a row, or a round more."""
LEAST_ROUNDS = 2
BETWEEN_HOSTS = 0.016
"""Standard deviation of the logarithm by which hosts differ at least, as measured on a short `Pool.map`: three blocks
that agree better do so by chance."""


def leader_of(cases: Sequence[Case]) -> Case | None:
    """Return the case that is faster than every other in the rounds that the two share; None without samples.

    From any case on, one that is faster than it takes its place, so that only cases are compared that ran side by
    side; where they are faster than each other in a circle, as trimmed means may be, the search ends after one turn.
    """
    measured = [case for case in cases if case.samples and case.error is None]
    if not measured:
        return None
    first = measured[0]
    for _ in measured:
        ahead = {case.id: ratio for case in measured if (ratio := typical_change(first, case, "wall")) is not None}
        best = min(measured, key=lambda case: ahead.get(case.id, 0.0))
        if ahead.get(best.id, 0.0) >= 0:
            break
        first = best
    return first


@dataclass
class Race:
    """What has been spent of a race's error rate, and who was given up.

    Each look spends the share 1/(k·(k + 1)) of it, k being the number of the look: however many there are, the shares
    add up to less than 1. What is spent is divided among those that are still in the race (Bonferroni).
    """

    wrongly: float = WRONGLY
    looks: int = 0
    given_up: set[str] = field(default_factory=set)
    """The ids of those that are surely slower than who led."""

    def look(self, cases: Sequence[Case]) -> Case | None:
        """Give up who is surely slower than the leader, and return the leader; None before there are samples."""
        running = [case for case in cases if case.id not in self.given_up and case.error is None]
        first = leader_of(running)
        if first is None:
            return None
        self.looks += 1
        share = self.wrongly / (self.looks * (self.looks + 1)) / max(1, len(running) - 1)
        self.given_up |= {case.id for case in running if case is not first and is_behind(case, first, share)}
        return first


def is_behind(case: Case, leader: Case, chance: float) -> bool:
    """Say whether a case is surely slower than another: by chance alone it would look so with `chance` at most.

    It is the gate's own one-sided t-test over blocks; and from a factor of `HOPELESS` on it takes two rounds.
    """
    blocks = block_changes(leader, case, "wall")
    if not blocks:
        return False
    rounds = len({(sample.block, sample.round) for sample in case.samples})
    if rounds >= LEAST_ROUNDS and fmean(blocks) > log(HOPELESS):
        return True
    return chance_of_slower(blocks, max(BETWEEN_HOSTS, least_scatter(leader, case, "wall"))) <= chance


def times_as_long(case: Case, leader: Case) -> float | None:
    """Return the wall time of a case as a multiple of the leader's; None where they never ran side by side."""
    found = typical_change(leader, case, "wall")
    return None if found is None else exp(found)
