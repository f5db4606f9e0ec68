"""A session: carries out a schedule, holds the results, and has the run document ready at any moment."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from concbench import __version__
from concbench.analysis.comparisons import comparisons, judged, summarised
from concbench.analysis.crossovers import crossovers
from concbench.analysis.scaling import scalings
from concbench.measure.interpreters import Interpreter, concerns
from concbench.measure.plan import Plan, Schedule, Steps
from concbench.measure.probe.environment import load_average, read_environment
from concbench.measure.probe.load import overload_since, overload_warning, read_load
from concbench.measure.record import Record
from concbench.measure.runner import measure
from concbench.model.case import AxisName, Case
from concbench.model.run import SCHEMA, Advice, Change, Claim, Recommendation, Run, Side, Table
from concbench.prediction.costs import costs_of


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a session is to answer: the head of its run document, and what is inferred from the samples."""

    suite: str
    """The suite's name, or the command's."""
    question: str
    command: Sequence[str]
    seed: int
    tables: tuple[Table, ...]
    claims: tuple[Claim, ...] = ()
    crossings: tuple[tuple[str, str], ...] = ()
    """Pairs of subjects: from which size of messages is the first faster than the second?"""
    axes: tuple[AxisName, ...] = ()
    sides: tuple[Side, ...] = ()
    interpreters: tuple[Interpreter, ...] = ()
    """That hosts run under, where they are not the one that runs concbench."""
    warnings: tuple[str, ...] = ()
    """What is to be said before anything is measured."""
    compared: bool = True
    """Whether rows are compared with their table's reference."""
    effect: str | None = None
    """What an overloaded machine does to the answer; None where nothing is timed."""


def sides_of_interpreters(interpreters: Sequence[Interpreter]) -> tuple[Side, ...]:
    """The sides of a run that measures under some interpreters, as they were named."""
    return tuple(Side(name=each.name, revision=None, python=each.version, about=each.given) for each in interpreters)


class Inquiry(Protocol):
    """A question that a command or a program asks: measured step by step, with a run to be had at any moment."""

    session: Session

    def measure(self) -> Steps:
        """Measure; yields what is being done. What was measured stays when it is interrupted."""

    def run(self, complete: bool = True) -> Run:
        """The run document of what has been measured so far."""


class Session:
    """Measures, and holds what was measured so far, also after an interruption."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.record = Record()
        self.tables = list(question.tables)
        self.load = read_load()  # before anything of ours keeps a core busy
        self.environment = read_environment()
        self.started = datetime.now(UTC)
        self.began = time.perf_counter()

    def measure(self, schedule: Schedule, cases: Sequence[Case], plan: Plan) -> Steps:
        """Measure some cases, and those that the schedule adds to them; yields what is being done."""
        return measure(schedule, cases, plan, self.record)

    @property
    def seconds(self) -> float:
        """Since the session began."""
        return time.perf_counter() - self.began

    @property
    def seconds_a_block(self) -> float:
        """What a block took so far, everything included."""
        return self.seconds / max(1, self.record.blocks)

    def warnings(self, more: Sequence[str]) -> list[str]:
        """What is to be said of the whole run, the most important first."""
        question = self.question
        effect = question.effect
        overload = None if effect is None else overload_since(self.load, self.environment.usable_cores)
        return [
            *([] if overload is None or effect is None else [overload_warning(overload, effect)]),
            *self.record.shortened,
            *concerns(question.interpreters),
            *question.warnings,
            *more,
            *self.record.warnings,
        ]

    def run(
        self,
        complete: bool = True,
        *,
        tables: Sequence[Table] | None = None,
        warnings: Sequence[str] = (),
        advice: Sequence[Advice] = (),
        changes: Sequence[Change] = (),
        recommendations: Sequence[Recommendation] = (),
    ) -> Run:
        """The run document of what has been measured so far."""
        question, record, seconds, each = self.question, self.record, self.seconds, self.seconds_a_block
        cores = self.environment.usable_cores
        results = summarised(list(record.results.values()), cores)
        left, ids = {result.case.table for result in results}, {result.case.id for result in results}
        tables = [  # without what the budget has left out
            table if table.reference in ids else replace(table, reference=None)
            for table in (self.tables if tables is None else tables)
            if table.name in left
        ]
        compared = comparisons(tables, results, each) if question.compared else []
        run = Run(
            schema=SCHEMA,
            concbench=__version__,
            command=list(question.command),
            suite=question.suite,
            question=question.question,
            started=self.started.isoformat(timespec="seconds"),
            seconds=seconds,
            seed=question.seed,
            blocks=record.blocks,
            duty=record.sampled / seconds,
            complete=complete,
            environment=replace(self.environment, load_end=load_average()),
            tables=tables,
            results=results,
            comparisons=compared,
            claims=judged(question.claims, results, each),
            warnings=self.warnings(warnings),
            axes=list(question.axes),
            scalings=scalings(results, cores) if question.compared else [],
            facts=list(record.facts),
            advice=list(advice),
            sides=list(question.sides),
            changes=list(changes),
            recommendations=list(recommendations),
            costs=[costs_of(each) for each in record.costs],
            thread_pools=list(record.thread_pools),
        )
        return replace(run, crossings=crossovers(question.crossings, run))
