"""All that is drawn at random in a run, by its seed: the order of cases, and what hosts differ in."""

from __future__ import annotations

import random
from collections.abc import Sequence

from concbench.model.case import Case
from concbench.model.result import HostRecord

PAIR = 2
"""Sides that take turns to be first; of more, as of one, the order is drawn at random."""
LARGEST_PADDING = 4096
"""Bytes: the environment's size moves the stack by this much at most (Mytkowicz and others, "Producing Wrong Data
Without Doing Anything Obviously Wrong", 2009)."""


class Order:
    """What a seed decides."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._first = self._draw.randrange(2)
        """Which of two sides goes first in the first round."""

    def shuffled(self, cases: Sequence[Case]) -> list[Case]:
        """The cases in an order drawn at random."""
        return self._draw.sample(cases, len(cases))

    def in_turns(self, cases: Sequence[Case], turn: int) -> list[Case]:
        """The cases in random order; but those of two sides in pairs, whose order is turned over every turn."""
        if len({case.side for case in cases}) != PAIR:
            return self.shuffled(cases)
        pairs: dict[tuple[str, str], list[Case]] = {}
        for case in cases:
            pairs.setdefault((case.table, case.name), []).append(case)
        drawn = self._draw.sample(sorted(pairs), len(pairs))
        as_given = (turn + self._first) % 2
        return [case for pair in drawn for case in (pairs[pair] if as_given else reversed(pairs[pair]))]

    def host_record(self, block: int) -> HostRecord:
        """What a host of a block is started with: hash seed and padding."""
        return HostRecord(
            block=block, hash_seed=self._draw.randrange(2**32), padding=self._draw.randrange(LARGEST_PADDING)
        )
