"""Finding out how a person's function is best run, under one interpreter or several, within a budget."""

from __future__ import annotations

import sys
from dataclasses import replace
from math import inf

from concbench.host.build import gil
from concbench.measure.blocks import measure
from concbench.measure.environment import usable_cores
from concbench.measure.plan import Listener
from concbench.model import Case, Part, Recommendation, Run, Settings, Workload
from concbench.stats.race import leader_of
from concbench.stats.ranking import fastest_of, standing
from concbench.suites.asking import Asked
from concbench.suites.candidates import Situation
from concbench.suites.casting import Cast, on_side, sides_of
from concbench.suites.comparing import OwnFunction, named_strategies
from concbench.suites.options import Options
from concbench.suites.racing import PART, Racing
from concbench.suites.suite import Suite
from concbench.workloads.functions import TASKS

BUDGET = 60.0
"""Seconds, by default."""
LONGEST_PASS = 1 / 20
"""Of the budget: what one pass over the items may about take; of more, only some are run."""
ENDING = 0.97
"""Of the budget: by then the last block has begun, as hosts take a while to end."""


LONGEST = 1.1
"""Of the budget: where it is used up before the last look has begun, that takes one block more."""


class Advising:
    """A function that is being tried out; `run` can be had at any moment, also after an interruption."""

    def __init__(self, function: OwnFunction, options: Options) -> None:
        """Begin with `serial` alone, by which the function is examined; raises UnknownName for a strategy."""
        self.options = replace(options, budget=options.budget or BUDGET)
        self.subjects = frozenset(named_strategies(function.strategies))
        workload = Workload(
            name=function.name,
            tasks=options.tasks or TASKS,
            seed=options.seed,
            items=function.items,
            expect=function.expect,
            init=function.init,
        )
        self.first = [
            Case(
                id=on_side(f"{PART}/serial", side),
                part=PART,
                subject="serial",
                workload=workload,
                settings=Settings(),
                side=side,
            )
            for side in sides_of(options)
        ]
        suite = Suite(name="advise", question=f"How is {function.name} best run on this machine?", tables=())
        self.part = Part(name=PART, title=function.name, reference=self.first[0].id)
        self.asked = Asked(suite, self.options, Cast(list(self.first), [self.part], []))
        self.races: list[Racing] = []

    @property
    def cases(self) -> list[Case]:
        """All that were tried so far; more join while it is measured."""
        return self.asked.cast.cases

    def measure(self, listen: Listener) -> None:
        """Measure until the best is known or the budget is used up; on an interruption, what was measured stays."""
        budget = self.options.budget or BUDGET
        plan = replace(
            self.options.plan(),
            budget=budget * ENDING,
            fewest_blocks=1,
            longest_pass=budget * LONGEST_PASS,
            opening=self.begin,
            wanted=self.wanted,
            looked_at=self.looked_at,
            longest=LONGEST,
        )
        measure(self.cases, plan, self.asked.tally, listen)

    def wanted(self, used: float) -> set[str]:
        """Look at what was measured, and return the ids of the cases that more is wanted of."""
        for racing in self.races:
            if not racing.done:
                self.cases.extend(racing.look(used))
        return self.running()

    def running(self) -> set[str]:
        """Return the ids of the cases that more is wanted of."""
        return {case.id for racing in self.races for case in racing.wanted}

    def begin(self) -> set[str]:
        """Begin a race under every interpreter where the function could be examined; returns the ids of its cases."""
        chosen = self.options.interpreters
        versions = {each.name: version(each.version) for each in chosen}
        gils = {each.name: each.gil for each in chosen}
        alone = version(chosen[0].version) if chosen else sys.version_info[:3]
        own_gil = chosen[0].gil if chosen else gil()
        for case in self.first:
            if case.error is not None:
                continue
            situation = Situation(
                workload=case.workload,
                cores=usable_cores(),
                version=versions[case.side] if case.side is not None else alone,
                gil=gils[case.side] if case.side is not None else own_gil,
                workers=self.options.workers,
                start_method=self.options.start_method,
                subjects=self.subjects,
            )
            racing = Racing(situation, case.side, cases=[case])
            self.cases.extend(racing.begin())
            self.races.append(racing)
        return self.running()

    def looked_at(self) -> set[str]:
        """Return the ids of the cases that the last looks are at: these are watched and traced."""
        return {case.id for racing in self.races for case in racing.last}

    def run(self, complete: bool = True) -> Run:
        """Return the run document of what has been measured so far."""
        found = [each for racing in self.races if (each := recommendation(racing)) is not None]
        by_id = {case.id: case for case in self.cases}
        best = fastest_of([by_id[each.case] for each in found])
        if best is not None:  # all others ran beside it, and not all beside serial
            found.sort(key=lambda each: each.case != best.id)
            self.asked.cast.parts[0] = replace(self.part, reference=best.id)
        run = self.asked.run(complete)
        run.cases = sorted(run.cases, key=lambda case: place(case, run))
        run.recommendations = found
        return run


def recommendation(racing: Racing) -> Recommendation | None:
    """Return what a race has found so far; None where nothing was measured."""
    if not racing.last:
        leader = leader_of(racing.running)
        if leader is None:
            return None
        racing.choose(leader)
    if not racing.is_advisable(racing.last[0]):  # by samples that were taken since the last look
        racing.choose(racing.last[0])
    chosen, *compared = (case.id for case in racing.last)
    return Recommendation(case=chosen, compared=compared, equal=[case.id for case in racing.equal])


def place(case: Case, run: Run) -> tuple[bool, float]:
    """Return the place of a case in the table: what is recommended comes first, and all others as they stand to it.

    Those that were not measured come last.
    """
    seconds = standing(case, run)
    return case.id != run.parts[0].reference, inf if seconds is None else seconds


def version(text: str) -> tuple[int, ...]:
    """Return the numbers of a version.

    >>> version("3.13.5t")
    (3, 13, 5)
    """
    return tuple(int(number) for number in text.removesuffix("t").split(".") if number.isdigit())
