"""A schedule that goes on with each case until it is as precise as was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from concbench.analysis.precision import is_vague
from concbench.measure.plan import Block, Results
from concbench.stats.intervals import FEWEST_BLOCKS


@dataclass
class Precision:
    """The cases whose figures are too vague, and what they are compared with; all of them in the first block."""

    asked: float
    """How far an interval may reach from a case's median, relative to it."""
    references: Mapping[str, str]
    """By the name of a table: the id of the case that its ratios are relative to."""
    fewest_blocks: int
    blocks: int | None = None
    begun: bool = False

    def next(self, results: Results, used: float) -> Block | None:
        """The next block; None when everything is precise enough."""
        first, self.begun = not self.begun, True
        if first:
            ids = frozenset(results)
            return Block(cases=tuple(result.case for result in results.values()), watched=ids, traced=ids)
        living = {id_: result for id_, result in results.items() if result.failure is None}
        vague = {
            id_: result.case.table
            for id_, result in living.items()
            if len({sample.block for sample in result.samples}) < FEWEST_BLOCKS or is_vague(result, self.asked)
        }
        wanted = {*vague, *(self.references[table] for table in vague.values() if table in self.references)}
        cases = tuple(result.case for id_, result in results.items() if id_ in wanted)
        return Block(cases=cases) if cases else None
