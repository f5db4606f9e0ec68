"""How much of its budget a measurement has used up, which block comes next, and how long that one may take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import count

from concbench.measure.plan import Block, Plan, Schedule
from concbench.measure.record import Record

ROUNDS_FOR_OPENING = 2.0
"""Seconds of rounds for each second that hosts take to start, where blocks are as many as are wanted: with the scatter
of a short `Pool.map` (15 % a sample, 1.6 % a host) any factor from 2 to 5 needs about the same time."""
ALMOST_ALL = 0.99
"""The most of the budget that counts as used up while blocks are still to come: all of it is the end."""


class Pace:
    """The time of one measurement, in seconds by a clock; it runs from the moment when this is made.

    `blocks` is how many there will be; None where that depends on what they show. `fewest` are measured even where the
    budget is used up by then.
    """

    def __init__(
        self, plan: Plan, blocks: int | None, fewest: int, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.blocks, self.fewest = blocks, fewest
        self._plan, self._clock = plan, clock
        self._began = clock()
        self._budget = plan.budget
        """More than the plan's, once cases are found that are worth it."""
        self._longest_block = 0.0
        self._round = 0.0
        """Of the last round."""
        self._overhead = 0.0
        """What the last block spent outside its rounds, without the watch."""

    def note_round(self, seconds: float) -> None:
        """Take note of how long a round took."""
        self._round = seconds

    def note_block(self, rounds: float, overhead: float) -> None:
        """Take note of how long the rounds of a block took, and starting and ending its hosts."""
        self._overhead = overhead
        self._longest_block = max(self._longest_block, overhead + rounds)

    def left(self) -> float:
        """What is left of the budget; negative when it is overdrawn."""
        return self._budget - (self._clock() - self._began)

    def still(self, block: int) -> float:
        """How long the run will probably still take in the middle of a block."""
        if self._plan.rounds is None or self.blocks is None:
            least = (self.fewest - block - 1) * self._shortest_block
            return max(self.left(), least, 0.0)
        return (self.blocks - block - 1) * self._longest_block

    def is_over(self, block: int) -> bool:
        """Whether a block was the last one that the budget allows."""
        return block + 1 >= self.fewest and self.left() < self._shortest_block

    @property
    def _shortest_block(self) -> float:
        # Starting hosts, and one round, which takes about as long as the last one.
        return self._overhead + self._round

    def block_is_over(self, block_took: float, share: float) -> bool:
        """Whether another round would take a block beyond its share of the budget."""
        return block_took + self._round > share

    def share(self, block: int, opening: float) -> float:
        """How long a block may take in all; `opening` is what it took to start its hosts.

        Where the number of blocks is open, a block is about as long as makes the interval shrink fastest: hosts differ
        less than single samples do, but each costs its start.
        """
        if self.blocks is None:
            return min(opening * (1 + ROUNDS_FOR_OPENING), max(self.left(), 0.0) + opening)
        return (self.left() + opening) / (self.blocks - block)

    def used(self, over: bool) -> float:
        """The share of the budget that is used up; from 1 on, of what was added to it for some cases."""
        added = self._budget - self._plan.budget
        left = 0.0 if over else self.left()
        if added:
            used = 1 + (self._plan.longest - 1) * (1 - left / added)
            return self._plan.longest if over else min(used, self._plan.longest - 1 + ALMOST_ALL)
        return 1.0 if over else min(ALMOST_ALL, 1 - left / self._budget)

    def extend(self, share: float) -> bool:
        """Add to the budget, once, what a share of the cases may still take; False where nothing is added."""
        more = (self._plan.longest - 1) * self._plan.budget * share
        if self._budget != self._plan.budget or more <= 0:
            return False
        self._budget += more
        return True


def blocks(schedule: Schedule, pace: Pace, record: Record) -> Iterator[tuple[int, Block]]:
    """The blocks of a schedule with their numbers, until it or the budget ends, or nothing is left to measure.

    The next one is decided when the one before has been measured.
    """
    block = schedule.next(record.results, 0.0)
    for number in count():
        if block is None:
            return
        record.add(block.cases)
        if not record.living(case.id for case in block.cases):
            return
        record.blocks += 1
        yield number, block
        over = pace.is_over(number)
        block = schedule.next(record.results, pace.used(over))
        if over and block is not None:
            wanted = len(record.living(case.id for case in block.cases)) / len(record.results)
            if not pace.extend(wanted):
                return
