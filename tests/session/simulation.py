"""Carrying out a schedule without a process or a clock: what cases take is made up, and so is the budget's use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from concbench.measure.plan import Block, Schedule
from concbench.model.case import Case
from concbench.model.result import Failure, Peak, Result, Shares
from tests.builders import by_id, samples

Timed = tuple[float, float | None]
"""Wall and CPU time of a sample."""


@dataclass
class Simulation:
    """What a schedule came to: its blocks, and the results by the id of the case."""

    results: dict[str, Result]
    blocks: list[Block] = field(default_factory=list)

    @property
    def rows(self) -> list[list[str]]:
        """The rows of each block, with their sides."""
        return [[case.label for case in block.cases] for block in self.blocks]

    @property
    def taken(self) -> int:
        """How many samples were taken."""
        return sum(len(result.samples) for result in self.results.values())


def simulated(
    schedule: Schedule,
    cases: Sequence[Case],
    timing: Callable[[Case, int], Timed | Failure],
    shares: Sequence[float],
    *,
    rounds: int = 2,
    memory: Callable[[Case], int] = lambda case: 10**7,
    used_lanes: Callable[[Case, int], tuple[float | None, float | None]] = lambda case, block: (None, None),
    on_block: Callable[[dict[str, Result]], None] = lambda results: None,
) -> Simulation:
    """Measure in blocks for as long as a schedule wants it, at the end of which these shares of the budget are used up.

    `timing` says what a sample of a case takes in a block, and `used_lanes` its utilisation and dispatch there.
    """
    found = Simulation(by_id(*(Result(case=case) for case in cases)))
    results = found.results
    block = schedule.next(results, 0.0)
    for number, over in enumerate(shares):
        if block is None:
            break
        found.blocks.append(block)
        for case in block.cases:
            result = results.setdefault(case.id, Result(case=case))
            for place in range(rounds):
                timed = timing(case, number)
                if isinstance(timed, Failure) or result.failure is not None:
                    result = Result(case=case, failure=result.failure or timed)  # type: ignore[arg-type]  # one of them
                    break
                (sample,) = samples([[timed[0]]])
                sample = replace(sample, block=number, round=place, cpu=timed[1])
                result = replace(result, samples=(*result.samples, sample))
            if case.id in block.peaks and result.failure is None:
                result = replace(result, peaks=(*result.peaks, Peak(block=number, memory=memory(case))))
            if case.id in block.shares and result.failure is None:
                utilisation, dispatch = used_lanes(case, number)
                used = Shares(block=number, utilisation=utilisation, dispatch=dispatch)
                result = replace(result, shares=(*result.shares, used))
            results[case.id] = result
        block = schedule.next(results, over)
        on_block(results)
    return found


def evenly(blocks: int) -> list[float]:
    """The shares of a budget that blocks of the same length use up."""
    return [number / blocks for number in range(1, blocks + 1)]
