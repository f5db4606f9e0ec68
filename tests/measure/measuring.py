"""Measuring cases with real hosts: what came of it, what was reported meanwhile, and schedules made for a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from concbench.measure.plan import Block, Now, Plan, Results, Schedule
from concbench.measure.record import Record
from concbench.measure.runner import measure
from concbench.model.case import Case
from concbench.model.result import Result
from concbench.session.fixed import Fixed


@dataclass
class Measured:
    """What was measured, and every step that was reported."""

    record: Record = field(default_factory=Record)
    steps: list[Now] = field(default_factory=list)

    def __getitem__(self, case: Case) -> Result:
        return self.record.results[case.id]

    @property
    def results(self) -> list[Result]:
        return list(self.record.results.values())

    @property
    def failures(self) -> list[str | None]:
        """The kind of each failure, in the order of the cases."""
        return [None if result.failure is None else result.failure.kind for result in self.results]

    def blocks_of(self, case: Case) -> list[int]:
        return [sample.block for sample in self[case].samples]

    @property
    def order(self) -> list[str]:
        """The ids of cases as they were measured, one after the other."""
        return [now.case for now in self.steps if now.doing == "measuring" and now.case is not None]


def measured(
    cases: Sequence[Case],
    schedule: Schedule | None = None,
    *,
    blocks: int = 1,
    on_step: Callable[[Now], None] | None = None,
    into: Measured | None = None,
    **plan: Any,
) -> Measured:
    """Measure some cases in one block of one round, or as the schedule and the plan say."""
    found = into or Measured()
    usual: dict[str, Any] = {"rounds": 1, "seed": 7, "watched": 0.01}
    steps = measure(schedule or Fixed(blocks, blocks), cases, Plan(**{**usual, **plan}), found.record)
    with closing(steps):
        for now in steps:
            found.steps.append(now)
            if on_step is not None:
                on_step(now)
    return found


def interrupted(cases: Sequence[Case], at: Callable[[Measured], bool], **plan: Any) -> Measured:
    """Measure until a step, and be interrupted there as by Ctrl-C."""
    found = Measured()

    def interrupt(_now: Now) -> None:
        if at(found):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measured(cases, on_step=interrupt, into=found, **plan)
    return found


@dataclass
class Scripted:
    """A schedule that returns what a function decides, and remembers the shares of the budget that it was given."""

    decide: Callable[[Results, float], Block | None]
    fewest_blocks: int = 1
    blocks: int | None = None
    asked: list[float] = field(default_factory=list)

    def next(self, results: Results, used: float) -> Block | None:
        self.asked.append(used)
        return self.decide(results, used)


def lasting(blocks: int, *, peaks: int = 0, **more: Any) -> Scripted:
    """A schedule of all cases for some blocks, of which it does not say in advance how many there will be.

    All are watched in the first one, and in the first of them peaks of memory are kept.
    """

    def decide(results: Results, _used: float) -> Block | None:
        number = len(schedule.asked) - 1
        ids = frozenset(results)
        if number == blocks:
            return None
        return Block(
            cases=tuple(result.case for result in results.values()),
            watched=ids,
            peaks=ids if number < peaks else frozenset(),
        )

    schedule = Scripted(decide, **more)
    return schedule
