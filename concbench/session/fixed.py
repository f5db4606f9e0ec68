"""A schedule of a fixed number of blocks, each of all cases."""

from __future__ import annotations

from dataclasses import dataclass

from concbench.measure.plan import Block, Results


@dataclass
class Fixed:
    """All cases in every block; all are watched and traced in the first one."""

    blocks: int
    """Those that are measured, if the budget lasts."""
    fewest_blocks: int
    only: frozenset[str] | None = None
    """The ids of the cases that are measured; None: all."""
    apart: bool = False
    """Whether tables are measured one after the other: see `Block`."""
    done: int = 0

    def next(self, results: Results, used: float) -> Block | None:
        """The next of the blocks; None after the last one, or once the budget is used up."""
        if self.done == self.blocks or used >= 1:
            return None
        self.done += 1
        cases = tuple(result.case for id_, result in results.items() if self.only is None or id_ in self.only)
        ids = frozenset(case.id for case in cases) if self.done == 1 else frozenset()
        return Block(cases=cases, watched=ids, traced=ids, apart=self.apart)
