"""What `advise` does: find out how a job is best run, under one interpreter or several, within a budget."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import inf

from concbench.analysis.answer import gain_of
from concbench.analysis.figures import cpu_seconds, peak_memory
from concbench.analysis.ranking import fastest_of, standing
from concbench.host.interpreter import gil, start_method
from concbench.measure.plan import Steps
from concbench.measure.probe.environment import usable_cores
from concbench.model.case import Case, Settings, Workload
from concbench.model.result import Result
from concbench.model.run import Recommendation, Run, Table, Target, Way
from concbench.prediction.predict import Job, Prediction, Predictor, predictor
from concbench.session.candidates import MOST_AT_ONCE, Candidate, Situation, Workers, kind_of, most_at_once
from concbench.session.cases import init_notes, sides_of
from concbench.session.comparison import OwnFunction, named_strategies
from concbench.session.errors import WrongSetting
from concbench.session.foresight import Foresight, agreeing, saturation, stretches, way_of, worker_memory
from concbench.session.options import AS_IT_IS, LEAST_FOR_COSTS, QUICK_BUDGET, JobGiven, Options
from concbench.session.race import GROUP, Finish, Race
from concbench.session.races import Races
from concbench.session.session import Question, Session, sides_of_interpreters
from concbench.session.survey import EFFECT
from concbench.stats.intervals import median_interval
from concbench.strategies.strategy import strategies
from concbench.workloads.functions import TASKS

BUDGET = 15.0
"""Seconds, by default."""
PREDICTED = (
    "executor-processes",
    "pool-map",
    "executor-threads",
    "threadpool-map",
    "thread",
    "asyncio-gather",
    "executor-interpreters",
)
"""The strategies that may be recommended without being named."""
NO_COSTS = "what running tasks costs here could not be measured"
"""Why nothing is predicted where there are no costs;"""
NO_TIME = f"there was no time to measure what running tasks costs (--budget {LEAST_FOR_COSTS:g}s would do)"
"""and where there was no time to look for them."""
FORK = "fork"
LONGEST_PASS = 1 / 20
"""About the share of the budget that one pass over the items may take; of more, only some are run."""
ENDING = 0.97
"""The share of the budget by which the last block has begun, as hosts take a while to end."""
LONGEST = 1.1
"""Times the budget: where it is used up before the last look has begun, that takes one block more."""


class Advisor:
    """A function that is being tried out; `run` is available at any moment, also after an interruption."""

    def __init__(self, function: OwnFunction, options: Options, job: JobGiven = AS_IT_IS) -> None:
        """Begin with `serial` alone, by which the function is examined.

        Raises UnknownName for a strategy, and WrongSetting.
        """
        self.options = replace(options, budget=options.budget or (QUICK_BUDGET if options.quick else BUDGET))
        self.job = job
        workload = Workload(
            name=function.name,
            tasks=options.tasks or TASKS,
            seed=options.seed,
            items=function.items,
            expect=function.expect,
            init=function.init,
            init_per=function.init_per,
        )
        self.first = [
            Case(group=GROUP, row="serial", side=side, subject="serial", workload=workload, settings=Settings())
            for side in sides_of(options)
        ]
        self.table = Table(name=GROUP, title=function.name, reference=self.first[0].id)
        chosen = frozenset(named_strategies(function.strategies))
        joining = frozenset(name for name in function.joining if strategies.get(name).missing() is None)
        found = situations(self.first, options, chosen, job)
        self.races = Races({id_: replace(each, joining=joining) for id_, each in found.items()}, self.foresight)
        self.session = Session(
            Question(
                suite="advise",
                question=f"How is {function.name} best run on this machine?",
                command=options.command,
                seed=options.seed,
                tables=(self.table,),
                sides=sides_of_interpreters(options.interpreters),
                interpreters=options.interpreters,
                effect=EFFECT,
            )
        )

    def measure(self) -> Steps:
        """Measure until the best is known or the budget is used up; yields what is being done."""
        budget = self.options.budget or BUDGET
        costs = self.options.costs(budget)
        plan = replace(
            self.options.plan(),
            budget=budget * ENDING,
            longest_pass=budget * LONGEST_PASS,
            longest=LONGEST,
            costs=None if costs is None else replace(costs, strategies=tuple(self.predictable())),
            inner_threads=(1,),
        )
        return self.session.measure(self.races, self.first, plan)

    def predictable(self) -> Iterator[tuple[str, str | None]]:
        """The strategies that may be recommended, with the start methods, of which the costs are measured."""
        situations = self.races.situations.values()
        subjects = frozenset().union(*(situation.subjects for situation in situations))
        for name in PREDICTED:
            is_there = strategies.get(name).missing() is None or any(each.version >= (3, 14) for each in situations)
            if is_there and (not subjects or name in subjects):
                if "start_method" not in strategies.get(name).settings:
                    yield name, None
                    continue
                yield from ((name, method) for method in self.options.start_methods or (None,))
                others = {method: None for situation in situations for method in situation.other_starts}
                yield from ((name, method) for method in others)

    def target(self, situation: Situation) -> Target:
        """The job that the advice is about: by default all items, on this machine."""
        return Target(
            items=situation.all_items,
            cores=self.job.for_cores or situation.cores,
            memory=self.job.memory,
            max_workers=self.job.max_workers,
            warm=self.job.warm,
        )

    def foresight(self, situation: Situation, side: str | None) -> Foresight | None:
        """What can be predicted of the job from what has been measured so far; None without costs."""
        environment, target = self.session.environment, self.target(situation)
        found = predictor(self.session.run(False, tables=[self.table]), situation.workload, side)
        if found is None:
            return None
        there = min(environment.memory, environment.cgroup_memory or environment.memory)
        return Foresight(
            predict=partial(as_settled, found),
            situation=situation.of_job(target.items, target.cores),
            target=target,
            here=situation.cores,
            memory=there if target.memory is None else target.memory,
        )

    def run(self, complete: bool = True) -> Run:
        """The run document of what has been measured so far: what is recommended first, then all others by time."""
        results = self.session.record.results
        found = [(race, finish) for race in self.races.races if (finish := race.finish(results)) is not None]
        best = fastest_of([finish.chosen for _, finish in found])
        table = self.table
        if best is not None:  # all others ran beside it, and not all beside serial
            found.sort(key=lambda pair: pair[1].chosen is not best)
            table = replace(table, reference=best.case.id)
        advice = [self.recommendation(race, finish) for race, finish in found]
        notes = init_notes(result.case for result in results.values())
        run = self.session.run(complete, tables=[table], recommendations=advice, warnings=notes)
        return replace(run, results=sorted(run.results, key=lambda result: place(result, run)))

    def recommendation(self, race: Race, finish: Finish) -> Recommendation:
        """What a race has found, and how that depends on the job."""
        no_costs = NO_TIME if self.options.costs(self.options.budget or BUDGET) is None else NO_COSTS
        return recommendation(race, finish, self.target(race.situation), no_costs)


def recommendation(race: Race, finish: Finish, target: Target, no_costs: str = NO_COSTS) -> Recommendation:
    """What a race has found, and, if anything can be predicted, how that depends on the job.

    `no_costs` says why nothing can be, where there are no costs.
    """
    foresight = race.foresight
    found = Recommendation(
        case=finish.chosen.case.id,
        compared=[result.case.id for result in finish.compared],
        equal=[result.case.id for result in finish.equal],
        target=target,
    )
    tasks = race.situation.workload.tasks
    as_run = target == replace(target, items=tasks, cores=race.situation.cores, warm=False)
    if as_run:
        kind = kind_of(finish.chosen.case.subject)
        by_kind: dict[Workers, Result] = {}
        for result in finish.compared:
            by_kind.setdefault(kind_of(result.case.subject), result)
        rivals = [result for of_kind, result in by_kind.items() if of_kind != kind]
        found = replace(found, way=measured_way(finish.chosen), others=[measured_way(each) for each in rivals])
        ways = [Candidate(each.case.subject, each.case.settings) for each in (finish.chosen, *rivals)]
    elif finish.prospect is not None:
        found = replace(found, way=way_of(finish.prospect), others=[way_of(each) for each in finish.others])
        ways = [each.candidate for each in (finish.prospect, *finish.others)]
    else:
        return replace(found, unknown=no_costs if foresight is None else foresight.why_not or no_costs)
    if foresight is None:
        return found
    barred = race.kinds_taking_turns
    best_of_kinds: dict[Workers, Candidate] = {}
    for way in (*ways, *(each.candidate for each in foresight.prospects())):
        if way.kind not in barred:
            best_of_kinds.setdefault(way.kind, way)
    turns = stretches(foresight, list(best_of_kinds.values()), tasks, None if as_run else target.items)
    return replace(
        found,
        stretches=[
            replace(each, way=found.way, factor=gain_of(found))  # one figure for one thing
            if each.at == target.items and not as_run and found.way is not None
            else each
            for each in agreeing(turns, tasks if as_run else target.items, ways[0].kind)
        ],
        saturation=saturation(foresight, ways[0]),
        worker_memory=worker_memory(foresight, ways[0]),
    )


def as_settled(predictor: Predictor, subject: str, settings: Settings, job: Job) -> Prediction:
    """What is predicted of a candidate with the start method that Python takes by itself, as measured cases have it."""
    if settings.start_method is None and "start_method" in strategies.get(subject).settings:
        settings = replace(settings, start_method=predictor.start_method)
    return predictor.predict(subject, settings, job)


def measured_way(result: Result) -> Way:
    """What was measured of a case, as a way of running the job that it ran."""
    assert result.samples
    median = result.median or median_interval(result.samples)
    memory = peak_memory(result)
    return Way(
        subject=result.case.subject,
        settings=result.case.settings,
        wall=median,
        cpu=cpu_seconds(result),
        memory=None if memory is None else float(memory),
        case=result.case.id,
    )


def place(result: Result, run: Run) -> tuple[bool, float]:
    """The place of a result in the table: what is recommended, all others as they stand to it, failures."""
    seconds = standing(result, run)
    return result.case.id != run.tables[0].reference, inf if seconds is None else seconds


def situations(
    first: list[Case], options: Options, subjects: frozenset[str], job: JobGiven = AS_IT_IS
) -> dict[str, Situation]:
    """What candidates are chosen by under each interpreter, by the id of the case that is measured first there.

    Raises WrongSetting for `auto` among several numbers of workers.
    """
    workers = options.asked("workers")
    if None in workers:
        raise WrongSetting("workers", "auto can't be one of several numbers: leave the option out to try many")
    chosen = options.interpreters
    known = {each.name: (version(each.version), each.gil, each.start_method) for each in chosen}
    own = (sys.version_info[:3], gil(), start_method())
    alone = known[chosen[0].name] if chosen else own
    return {
        case.id: Situation(
            workload=case.workload,
            cores=usable_cores(),
            version=numbers,
            gil=shared,
            workers=tuple(round(each) for each in workers if isinstance(each, int | float)),
            start_methods=options.start_methods,
            other_starts=() if options.start_methods else other_starts(default),
            subjects=subjects,
            items=job.for_items,
            most=min(job.max_workers or MOST_AT_ONCE, most_at_once()),
            engine_address=options.engine_address,
        )
        for case in first
        for numbers, shared, default in [alone if case.side is None else known[case.side]]
    }


def other_starts(default: str) -> tuple[str, ...]:
    """The start methods that may save much where another one is the default: forking, which starts from what is there.

    >>> other_starts("fork")
    ()
    """
    return () if default == FORK else tuple({FORK} & set(multiprocessing.get_all_start_methods()))


def version(text: str) -> tuple[int, ...]:
    """The numbers of a version.

    >>> version("3.13.5t")
    (3, 13, 5)
    """
    return tuple(int(number) for number in text.removesuffix("t").split(".") if number.isdigit())
