"""What `advise` does: find out how a function is best run, under one interpreter or several, within a budget."""

from __future__ import annotations

import sys
from dataclasses import replace
from math import inf

from concbench.analysis.ranking import fastest_of, standing
from concbench.host.interpreter import gil
from concbench.measure.plan import Steps
from concbench.measure.probe.environment import usable_cores
from concbench.model.case import Case, Settings, Workload
from concbench.model.result import Result
from concbench.model.run import Recommendation, Run, Side, Table
from concbench.session.candidates import Situation
from concbench.session.cases import sides_of
from concbench.session.comparison import OwnFunction, named_strategies
from concbench.session.options import Options
from concbench.session.race import GROUP, Races
from concbench.session.session import Question, Session
from concbench.session.survey import EFFECT
from concbench.workloads.functions import TASKS

BUDGET = 60.0
"""Seconds, by default."""
LONGEST_PASS = 1 / 20
"""About the share of the budget that one pass over the items may take; of more, only some are run."""
ENDING = 0.97
"""The share of the budget by which the last block has begun, as hosts take a while to end."""
LONGEST = 1.1
"""Times the budget: where it is used up before the last look has begun, that takes one block more."""


class Advisor:
    """A function that is being tried out; `run` is available at any moment, also after an interruption."""

    def __init__(self, function: OwnFunction, options: Options) -> None:
        """Begin with `serial` alone, by which the function is examined; raises UnknownName for a strategy."""
        self.options = replace(options, budget=options.budget or BUDGET)
        workload = Workload(
            name=function.name,
            tasks=options.tasks or TASKS,
            seed=options.seed,
            items=function.items,
            expect=function.expect,
            init=function.init,
        )
        self.first = [
            Case(group=GROUP, row="serial", side=side, subject="serial", workload=workload, settings=Settings())
            for side in sides_of(options)
        ]
        self.table = Table(name=GROUP, title=function.name, reference=self.first[0].id)
        self.races = Races(situations(self.first, options, frozenset(named_strategies(function.strategies))))
        self.session = Session(
            Question(
                suite="advise",
                question=f"How is {function.name} best run on this machine?",
                command=options.command,
                seed=options.seed,
                tables=(self.table,),
                sides=tuple(
                    Side(name=each.name, revision=None, python=each.version, about=each.given)
                    for each in options.interpreters
                ),
                interpreters=options.interpreters,
                effect=EFFECT,
            )
        )

    def measure(self) -> Steps:
        """Measure until the best is known or the budget is used up; yields what is being done."""
        budget = self.options.budget or BUDGET
        plan = replace(self.options.plan(), budget=budget * ENDING, longest_pass=budget * LONGEST_PASS, longest=LONGEST)
        return self.session.measure(self.races, self.first, plan)

    def run(self, complete: bool = True) -> Run:
        """The run document of what has been measured so far: what is recommended first, then all others by time."""
        results = self.session.record.results
        finishes = [found for race in self.races.races if (found := race.finish(results)) is not None]
        best = fastest_of([found.chosen for found in finishes])
        table = self.table
        if best is not None:  # all others ran beside it, and not all beside serial
            finishes.sort(key=lambda found: found.chosen is not best)
            table = replace(table, reference=best.case.id)
        run = self.session.run(
            complete,
            tables=[table],
            recommendations=[
                Recommendation(
                    case=found.chosen.case.id,
                    compared=[result.case.id for result in found.compared],
                    equal=[result.case.id for result in found.equal],
                )
                for found in finishes
            ],
        )
        return replace(run, results=sorted(run.results, key=lambda result: place(result, run)))


def place(result: Result, run: Run) -> tuple[bool, float]:
    """The place of a result in the table: what is recommended, all others as they stand to it, failures."""
    seconds = standing(result, run)
    return result.case.id != run.tables[0].reference, inf if seconds is None else seconds


def situations(first: list[Case], options: Options, subjects: frozenset[str]) -> dict[str, Situation]:
    """What candidates are chosen by under each interpreter, by the id of the case that is measured first there."""
    chosen = options.interpreters
    known = {each.name: (version(each.version), each.gil) for each in chosen}
    alone = (version(chosen[0].version), chosen[0].gil) if chosen else (sys.version_info[:3], gil())
    return {
        case.id: Situation(
            workload=case.workload,
            cores=usable_cores(),
            version=numbers,
            gil=shared,
            workers=options.workers,
            start_method=options.start_method,
            subjects=subjects,
        )
        for case in first
        for numbers, shared in [alone if case.side is None else known[case.side]]
    }


def version(text: str) -> tuple[int, ...]:
    """The numbers of a version.

    >>> version("3.13.5t")
    (3, 13, 5)
    """
    return tuple(int(number) for number in text.removesuffix("t").split(".") if number.isdigit())
