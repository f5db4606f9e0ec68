"""Asking a suite's question on this machine: measure its cases, and say what came out."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from concbench import __version__
from concbench.measure.blocks import measure
from concbench.measure.environment import load_average, read_environment
from concbench.measure.observing import observe_all
from concbench.measure.plan import Listener, Plan, Tally
from concbench.model import SCHEMA, Advice, Case, Claim, Fact, Run, Side
from concbench.stats.intervals import median_interval
from concbench.suites.answering import comparisons, crossings, judged, summarise
from concbench.suites.casting import Cast, on_side
from concbench.suites.options import Options
from concbench.suites.scalings import scalings
from concbench.suites.suite import Suite
from concbench.suites.verifying import trials

VERIFYING = 0.5
"""Of the budget: for so much longer is measured what was advised."""


@dataclass
class Asked:
    """A question that is being measured; `run` can be had at any moment, also after an interruption."""

    suite: Suite
    options: Options
    cast: Cast

    def __post_init__(self) -> None:
        self.started = datetime.now(UTC)
        self.began = time.perf_counter()
        self.tally = Tally()
        self.facts: list[Fact] = []
        self.advice: list[Advice] = []
        self.environment = read_environment()

    @property
    def cases(self) -> list[Case]:
        """What is measured."""
        return self.cast.cases

    def measure(self, listen: Listener) -> None:
        """Measure all cases; on an interruption, what was measured so far stays."""
        if self.suite.facts:
            observe_all(self.options.plan(), self.options.start_method, self.facts, listen)
        else:
            plan = self.options.plan()
            if self.options.precision is not None:
                plan = replace(plan, wanted=self.wanted)
            measure(self.cast.cases, plan, self.tally, listen)
            if self.options.verify:
                self.verify(replace(plan, budget=plan.budget * VERIFYING, wanted=None), listen)

    def verify(self, plan: Plan, listen: Listener) -> None:
        """Measure what the traces advise, beside what it is advised for."""
        found = list(trials(self.run()))
        if not found:
            self.tally.warnings.append("--verify: no other chunksize is advised for any of these cases")
            return
        for trial in found:
            self.cast.parts.append(trial.part)
            self.cast.cases.extend(trial.cases)
            self.advice.append(trial.advice)
        measure([case for trial in found for case in trial.cases], plan, self.tally, listen)

    def wanted(self, _used: float) -> set[str]:
        """Return the cases whose figures are not yet as precise as was asked for, and what they are compared with."""
        vague = [case for case in self.cast.cases if self.is_vague(case)]
        parts = {case.part for case in vague}
        references = {part.reference for part in self.cast.parts if part.name in parts and part.reference}
        return {case.id for case in vague} | references

    def is_vague(self, case: Case) -> bool:
        """Say whether the interval of a case's median reaches further than was asked for."""
        if not case.samples or self.options.precision is None:
            return True
        found = median_interval(case.samples, metric=case.metric)
        if found.low is None or found.high is None:
            return True
        return max(found.high / found.estimate - 1, 1 - found.low / found.estimate) > self.options.precision

    def claims(self) -> list[Claim]:
        """Return the claims on those parts that take part: `--quick` may leave one out."""
        parts = {part.name for part in self.cast.parts}
        made = [
            claim
            for claim in self.suite.claims
            if {id_.partition("/")[0] for id_ in (claim.case, claim.reference)} <= parts
        ]
        if len(self.options.interpreters) < 2:
            return made
        return [
            replace(
                claim,
                sentence=f"Under {side.name}: {claim.sentence}",
                case=on_side(claim.case, side.name),
                reference=on_side(claim.reference, side.name),
            )
            for claim in made
            for side in self.options.interpreters
        ]

    def run(self, complete: bool = True) -> Run:
        """Return the run document of what has been measured so far."""
        seconds = time.perf_counter() - self.began
        cases = self.cast.cases
        each = seconds / max(1, self.tally.blocks)
        summarise(cases, self.environment.usable_cores)
        return Run(
            schema=SCHEMA,
            concbench=__version__,
            command=self.options.command,
            suite=self.suite.name,
            question=self.suite.question,
            started=self.started.isoformat(timespec="seconds"),
            seconds=seconds,
            seed=self.options.seed,
            blocks=self.tally.blocks,
            duty=self.tally.sampled / seconds,
            complete=complete,
            environment=replace(self.environment, load_end=load_average()),
            parts=self.cast.parts,
            cases=cases,
            comparisons=comparisons(self.cast.parts, cases, each),
            claims=judged(self.claims(), cases, each),
            warnings=[*self.cast.warnings, *self.tally.warnings],
            crossings=crossings(self.suite.crossings, cases),
            scalings=scalings(cases, self.environment.usable_cores),
            facts=list(self.facts),
            advice=list(self.advice),
            sides=[
                Side(name=each.name, revision=None, python=each.version, about=each.given)
                for each in self.options.interpreters
            ],
        )
