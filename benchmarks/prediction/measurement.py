"""Measures the cells of a part beside the costs that they are predicted from, as one run."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.prediction.cells import CELLS, SEEN, Part, drawn, seen, speeds
from concbench.measure.machinery import Readings
from concbench.measure.plan import CostsPlan, Launch, Plan
from concbench.measure.probe.environment import usable_cores
from concbench.model.case import Case
from concbench.model.run import Run, Table
from concbench.prediction.costs import costs_of
from concbench.session.fixed import Fixed
from concbench.session.options import COSTS
from concbench.session.session import Question, Session

Measured = tuple[Run, list[Readings]]
ROOT = Path(__file__).parent.parent.parent
BLOCKS = 3
KNOWING = 0.3
"""The share of the time for the costs and the sample, where they are measured on fewer cores."""


def measured(part: Part, *, seed: int, each: int, seconds: float, cores: int, known_cores: int) -> Measured:
    """A run of a part: its cells, what is known of it, and the speed of the cores, in turns for about this long.

    Also the readings that its costs were made of. Where other cores are for the cells than for what is known, the two
    are measured one after the other.
    """
    cells = [*speeds(), *drawn(part, seed, cores, each)]
    if known_cores == cores:
        with on_cores(cores):
            return _run(part, [*seen(part, cores), *cells], seed, seconds)
    with on_cores(known_cores):
        known, readings = _run(part, seen(part, known_cores), seed, KNOWING * seconds, cells)
    work = known.results[0].case.workload  # calibrated: the cells are to do the same
    same = [replace(case, workload=replace(work, tasks=case.workload.tasks)) for case in cells if case.group == CELLS]
    with on_cores(cores):
        run = without_series(_session(part, [*speeds(), *same], seed, _blocks(), (), (1 - KNOWING) * seconds).run())
    tables, results = [*known.tables, *run.tables], [*known.results, *run.results]
    return replace(run, tables=tables, results=results, costs=known.costs), readings


@contextmanager
def on_cores(number: int) -> Iterator[None]:
    """Confine all hosts to the first of the usable cores."""
    if number == usable_cores():
        yield
        return
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(usual)[:number])
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)


def _run(part: Part, cases: Sequence[Case], seed: int, seconds: float, others: Sequence[Case] = ()) -> Measured:
    """Measure cases; the costs are of their strategies, and those of others."""
    session = _session(part, cases, seed, _blocks(), [*cases, *others], seconds)
    return without_series(session.run()), session.record.costs


def _blocks() -> Fixed:
    return Fixed(BLOCKS, fewest_blocks=BLOCKS)


def costs_again(run: Run, part: Part) -> list[Readings]:
    """Measure only the costs of a run that is there; those of its tasks become those of its own workload."""
    cases = [each.case for each in run.results]
    known = [case for case in cases if case.group == SEEN]
    session = _session(part, known, run.seed, Fixed(0, fewest_blocks=0), cases, 0.0)
    return [
        replace(each, tasks=[(known[0].workload, importing, tasks) for _, importing, tasks in each.tasks])
        for each in session.record.costs
    ]


def _session(
    part: Part, cases: Sequence[Case], seed: int, schedule: Fixed, strategies: Sequence[Case], seconds: float
) -> Session:
    """A session that has measured cases by a schedule, and the costs of some strategies, if any."""
    question = Question(
        suite=part.name,
        question="How good are predictions?",
        command=("benchmarks.prediction",),
        seed=seed,
        tables=tuple(Table(name=name, title=name, reference=None) for name in dict.fromkeys(c.table for c in cases)),
        compared=False,
    )
    session = Session(question)
    used = dict.fromkeys((case.subject, case.settings.start_method) for case in strategies)
    plan = Plan(
        budget=seconds,
        launch=Launch(paths=(str(ROOT),)),
        watched=0.01,
        costs=CostsPlan(seconds=COSTS, strategies=tuple(used)) if used else None,
        seed=random.randrange(2**31),
    )
    with closing(session.measure(schedule, cases, plan)) as steps:
        for _ in steps:
            pass
    return session


def without_series(run: Run) -> Run:
    """The run without the sweeps of its watches, of which only the peaks are needed."""
    lean = [
        result if result.watch is None else replace(result, watch=replace(result.watch, series=[]))
        for result in run.results
    ]
    return replace(run, results=lean)


def with_costs(run: Run, readings: Sequence[Readings]) -> Run:
    """The run with costs made anew of the readings, by the model as it is now."""
    return replace(run, costs=[costs_of(each) for each in readings])
