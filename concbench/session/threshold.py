"""A schedule that measures two cases until it is sure whether one is a given number of times as fast as the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from concbench.analysis.figures import figures
from concbench.measure.plan import Block, Results
from concbench.model.result import Result
from concbench.stats.sequential import FEWEST_BLOCKS, Threshold
from concbench.stats.two_samples import block_changes, least_scatter


@dataclass
class ThresholdSchedule:
    """Both cases, until that is sure, or one has failed."""

    case: str
    """The id of the case that is to be faster."""
    other: str
    threshold: Threshold
    fewest_blocks: int = FEWEST_BLOCKS
    blocks: int | None = None
    begun: bool = False

    def next(self, results: Results, used: float) -> Block | None:
        """The next block, of both; they are watched and traced in the first one."""
        both = results[self.case], results[self.other]
        if any(result.failure is not None for result in both):
            return None
        if self.begun:
            return Block(cases=tuple(result.case for result in both)) if self._is_open(both, used) else None
        self.begun = True
        ids = frozenset((self.case, self.other))
        return Block(cases=tuple(result.case for result in both), watched=ids, traced=ids)

    def _is_open(self, both: Sequence[Result], used: float) -> bool:
        case, other = (figures(result) for result in both)
        self.threshold.look(used, block_changes(case, other), least_scatter(case, other))
        return self.threshold.finding == "undecided"
