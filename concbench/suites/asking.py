"""Asking a suite's question on this machine: measure its cases, and say what came out."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from concbench import __version__
from concbench.measure.blocks import measure
from concbench.measure.budget import Spare
from concbench.measure.environment import load_average, read_environment
from concbench.measure.interpreters import concerns
from concbench.measure.observing import observe_all
from concbench.measure.overload import about as about_overload
from concbench.measure.overload import overload_since, read_load
from concbench.measure.plan import Listener, Plan, Tally
from concbench.model import SCHEMA, Advice, AxisName, Case, Claim, Crossing, Fact, Run, Side
from concbench.suites.answering import comparisons, crossings, judged, summarise
from concbench.suites.axes import Value, thinned
from concbench.suites.casting import Cast, on_side, sides_of
from concbench.suites.comparing import VARIANTS
from concbench.suites.crossing_axes import crossings_along
from concbench.suites.options import Options
from concbench.suites.precision import is_vague, precision_missed
from concbench.suites.scalings import scalings
from concbench.suites.suite import Suite
from concbench.suites.verifying import trials

EFFECT = (
    "What uses several cores gains less here than on a quiet machine, and the order of the rows may differ from the "
    "order there: run it again when the machine is quiet"
)
"""What an overloaded machine does to the answer."""
LONGEST_PASS = 1 / 10
"""Of the budget: what one pass over the items of a person's own function may take; of more, only some are run."""
TOLERANCE = 1.3
"""Times what is left of the budget: estimates err on the long side, and a suite loses no table for that."""
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
        self.load = read_load()  # before anything of ours keeps a core busy
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
            spare = self.spare()
            if spare is not None:
                plan = replace(plan, spare=spare, longest_pass=plan.budget * LONGEST_PASS)
            if self.options.precision is not None:
                plan = replace(plan, wanted=self.wanted)
            measure(self.cast.cases, plan, self.tally, listen)
            if self.options.verify:
                self.verify(replace(plan, budget=plan.budget * VERIFYING, wanted=None), listen)

    def spare(self) -> Spare | None:
        """Return what may be left out to fit into the time; None where everything is insisted on.

        That is so with a fixed number of rounds, and in the tutorial's own sizes. A suite as it stands keeps its sizes,
        as its claims are about these: on a slow machine it loses whole tables.
        """
        options = self.options
        own_sizes = (options.tasks, options.task_time, options.payload, options.memory, options.workers, options.limit)
        as_it_stands = bool(self.suite.claims) and not options.axes and all(value is None for value in own_sizes)
        if options.rounds is not None or options.tutorial or (as_it_stands and options.budget is not None):
            return None
        references = frozenset(part.reference for part in self.cast.parts if part.reference is not None)
        chosen = self.suite.named or bool(self.suite.claims)
        free = frozenset() if chosen else frozenset(case.id for case in self.cases) - references
        return Spare(
            any=free,
            variants=frozenset(case.id for case in self.cases if case.id in free and case.subject in VARIANTS),
            thinned=tuple(self.measured_with(axis, gone) for axis, gone in thinned(options.axes)),
            references=references,
            tolerance=TOLERANCE if as_it_stands else 1.0,
            tasks=not as_it_stands and all(axis.name != "tasks" for axis in options.axes),
        )

    def measured_with(self, axis: AxisName, values: Collection[Value]) -> frozenset[str]:
        """Return the ids of the cases that are measured with one of some values of an option."""
        places = self.cast.places.items()
        return frozenset(id_ for id_, place in places if axis in place.values and place.values[axis] in values)

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
        return self.options.precision is None or is_vague(case, self.options.precision)

    def claims(self) -> list[Claim]:
        """Return the claims on those cases that take part: not where `--quick` or an axis leaves them out."""
        made = [claim for claim in self.claims_taken() if not self.is_off(claim)]
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

    def crossings(self) -> list[Crossing]:
        """Return the answers for the pairs that the suite names, and for all others along the axes."""
        named = crossings(self.suite.crossings, self.cast.cases)
        taken = {(each.axis, each.subject, each.other) for each in named}
        along = [each for axis in self.options.axes for each in crossings_along(axis.name, self.cast)]
        return [*named, *(each for each in along if (each.axis, each.subject, each.other) not in taken)]

    def claims_taken(self) -> list[Claim]:
        """Return the claims on those tables that take part."""
        return [
            claim
            for claim in self.suite.claims
            if {id_.partition("/")[0] for id_ in (claim.case, claim.reference)} <= set(self.cast.references)
        ]

    def is_off(self, claim: Claim) -> bool:
        """Say whether an axis has put several cases into the place of one that a claim is about."""
        side = sides_of(self.options)[0]
        ids = {on_side(claim.case, side), on_side(claim.reference, side)}
        return bool(self.options.axes) and not ids <= set(self.cast.places)

    def warnings(self) -> list[str]:
        """Return what is to be said of the whole run."""
        off = sum(self.is_off(claim) for claim in self.claims_taken())
        claims = "a claim of the suite is" if off == 1 else f"{off} claims of the suite are"
        about = f"{claims} about its own sizes and settings, and left out: several were asked for"
        builds = concerns(self.options.interpreters)
        said = [
            *self.tally.left_out,
            *builds,
            *self.cast.warnings,
            *([about] if off else []),
            *self.vague(),
            *self.tally.warnings,
        ]
        return [*self.overloaded(), *said]

    def overloaded(self) -> list[str]:
        """Return, first of all, that others kept the machine busy, where they did; facts have no times to suffer."""
        found = None if self.suite.facts else overload_since(self.load, self.environment.usable_cores)
        return [] if found is None else [about_overload(found, EFFECT)]

    def vague(self) -> list[str]:
        """Return a sentence on the cases that are not as precise as was asked for, where there are any."""
        if self.options.precision is None:
            return []
        missed = precision_missed(
            self.cast.parts, self.cast.cases, self.options.precision, time.perf_counter() - self.began
        )
        return [missed] if missed else []

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
            warnings=self.warnings(),
            crossings=self.crossings(),
            axes=[axis.name for axis in self.options.axes],
            scalings=scalings(cases, self.environment.usable_cores),
            facts=list(self.facts),
            advice=list(self.advice),
            sides=[
                Side(name=each.name, revision=None, python=each.version, about=each.given)
                for each in self.options.interpreters
            ],
        )
