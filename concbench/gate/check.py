"""What `check` does: measure both sides of a gate in turns, until every figure is decided or the budget is used up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from concbench.gate.cases import REFERENCE, REFERENCE_TABLE, cases_of, margins_of, metrics_of, tables_of
from concbench.gate.configuration import METRICS, BadConfiguration, Configuration
from concbench.gate.environments import BASE, HEAD, PreparedSide
from concbench.measure.containment import left_behind
from concbench.measure.plan import Plan, Steps
from concbench.model.run import Change, Run
from concbench.session.gate import Figure, GateSchedule, Recording, unfit
from concbench.session.session import Question, Session
from concbench.stats.sequential import LONGEST, Key

WATCHED = 0.04
"""Seconds for which the watch sees a case, once a block, until its memory is decided."""
BEFOREHAND = 1 / 3
"""Of the budget of one case: how long a user's function may be called beforehand, for what it returns."""
EFFECT = (
    "Both sides suffer alike, but samples scatter more: it takes longer, small changes are missed, and more stays "
    "undecided. Run it again when the machine is quiet"
)
"""What an overloaded machine does to a gate,"""
ALONE_EFFECT = "What is measured at another time will differ by that: record it when the machine is quiet"
"""and to what is recorded for later."""


class Check:
    """A gate that is being measured; `run` is available at any moment, also after an interruption."""

    def __init__(
        self,
        configuration: Configuration,
        ready: dict[str, PreparedSide],
        *,
        seed: int,
        timeout: float,
        command: Sequence[str],
        task_output: Path | None = None,
    ) -> None:
        """`ready` has both sides; or the head alone, to be recorded or compared with what was recorded."""
        self.configuration = configuration
        self.cases = cases_of(configuration, seed, list(ready))
        alone = BASE not in ready
        groups = [[case.id for case in self.cases if case.group == gate_case.name] for gate_case in configuration.cases]
        self.schedule: GateSchedule | Recording
        if alone:
            self.schedule = Recording("memory" in metrics_of(configuration), groups)
        else:
            self.schedule = GateSchedule(self.figures(), configuration.false_alarms, groups)
        self.groups = groups
        self.plan = Plan(
            budget=configuration.budget * len(self.cases) / len(ready),
            longest=LONGEST,
            timeout=timeout,
            watched=WATCHED,
            pass_for_results=configuration.budget * BEFOREHAND,
            seed=seed,
            launches={name: each.launch for name, each in ready.items()},
            task_output=task_output,
        )
        self.session = Session(
            Question(
                suite="check",
                question="Has it changed?",
                command=command,
                seed=seed,
                tables=(*tables_of(configuration), *([REFERENCE_TABLE] if alone else [])),
                sides=tuple(each.side for each in ready.values()),
                interpreters=tuple(each.interpreter for each in ready.values()),
                warnings=tuple(
                    left_behind(f"--setup of {name}", each.left_by_setup)
                    for name, each in ready.items()
                    if each.left_by_setup
                ),
                compared=False,
                effect=ALONE_EFFECT if alone else EFFECT,
            )
        )
        if alone:
            self.cases.append(REFERENCE)

    def figures(self) -> dict[Figure, float]:
        """Every figure that is gated, with its margin: by case, and then by metric."""
        margins = margins_of(self.configuration)
        bases = {(case.table, case.name): case.id for case in self.cases if case.side == BASE}
        return {
            Figure(bases[case.table, case.name], case.id, metric): margins[key]
            for case in self.cases
            if case.side == HEAD
            for metric in METRICS
            if (key := Key(case.id, metric)) in margins
        }

    def measure(self) -> Steps:
        """Measure until all is decided; yields what is being done.

        Raises BadConfiguration where a function, or its items, are fit to be measured on no side.
        """
        yield from self.session.measure(self.schedule, self.cases, self.plan)
        results = self.session.record.results
        for gate_case, group in zip(self.configuration.cases, self.groups, strict=True):
            if all(unfit(results[id_]) for id_ in group):
                failures = [results[id_].failure for id_ in group]
                said = "; ".join(dict.fromkeys(failure.message for failure in failures if failure is not None))
                raise BadConfiguration(f"{self.configuration.path}: case {gate_case.name!r}: {said}")

    def run(self, complete: bool = True) -> Run:
        """The run document of what has been measured so far."""
        changes: list[Change] = []
        if isinstance(self.schedule, GateSchedule):
            results = self.session.record.results
            changes = self.schedule.changes(results, self.session.seconds_a_block) if results else []
        return self.session.run(complete, changes=changes)
