"""Measuring both sides of a gate in turns, until every figure is decided or the budget is used up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from concbench import __version__
from concbench.gate.casting import cases_of, margins_of, metrics_of, pairs, parts_of, reference_case
from concbench.gate.configuration import METRICS, BadConfiguration, Configuration
from concbench.gate.sides import BASE, Ready
from concbench.measure.blocks import measure
from concbench.measure.containment import left_behind
from concbench.measure.environment import load_average, read_environment
from concbench.measure.interpreters import concerns
from concbench.measure.plan import Listener, Plan, Tally
from concbench.model import SCHEMA, Case, Change, Gated, Part, Run
from concbench.stats.changes import block_changes, least_scatter, level
from concbench.stats.gate import FEWEST_BLOCKS, Finding, Gate, Key
from concbench.stats.looks import LONGEST
from concbench.suites.answering import summarise
from concbench.suites.naming import UNFIT

REFERENCE_PART = Part(name="reference", title="How fast the machine is", reference=None)
QUESTION = "Has it changed?"
PEAKS = 8
"""Blocks in which the watch looks for the peak of memory: each look takes about as long as three short samples."""
WATCHED = 0.04
"""Seconds of each of these looks."""
BEFOREHAND = 1 / 3
"""Of the budget of one case: how long a function of a person's own may be called beforehand, for what it returns."""


class Gating:
    """A gate that is being measured; `run` can be had at any moment, also after an interruption."""

    def __init__(
        self,
        configuration: Configuration,
        ready: dict[str, Ready],
        *,
        seed: int,
        timeout: float,
        command: list[str],
        task_output: Path | None = None,
    ) -> None:
        """`ready` has both sides; or the head alone, to be recorded or compared with what was recorded."""
        self.configuration, self.ready = configuration, ready
        self.seed, self.timeout, self.command, self.task_output = seed, timeout, command, task_output
        self.cases = cases_of(configuration, seed, list(ready))
        self.budget = configuration.budget * len(self.cases) / len(ready)
        self.alone = BASE not in ready
        if self.alone:
            self.cases.append(reference_case(seed))
        self.gate = Gate(margins_of(configuration) if not self.alone else {}, configuration.false_alarms)
        self.tally = Tally()
        self.environment = read_environment()
        self.started = datetime.now(UTC)
        self.began = time.perf_counter()

    def measure(self, listen: Listener) -> None:
        """Measure until all is decided; on an interruption, what was measured so far stays."""
        plan = Plan(
            fewest_blocks=FEWEST_BLOCKS,
            budget=self.budget,
            timeout=self.timeout,
            watched=WATCHED,
            examined=True,
            pass_for_results=self.configuration.budget * BEFOREHAND,
            seed=self.seed,
            launches={name: each.launch for name, each in self.ready.items()},
            peaks=PEAKS if "memory" in metrics_of(self.configuration) else 0,
            opening=self.begin,
            wanted=self.wanted,
            task_output=self.task_output,
            longest=LONGEST,
        )
        measure(self.cases, plan, self.tally, listen)

    def begin(self) -> set[str]:
        """Return the ids of all cases, once their functions are examined.

        Raises BadConfiguration where a function, or its items, are fit to be measured on no side.
        """
        for gate_case in self.configuration.cases:
            errors = [case.error for case in self.cases if case.part == gate_case.name]
            if all(error is not None and error.kind in UNFIT for error in errors):
                said = "; ".join(dict.fromkeys(error.message for error in errors if error is not None))
                raise BadConfiguration(f"{self.configuration.path}: case {gate_case.name!r}: {said}")
        return {case.id for case in self.cases}

    def wanted(self, used: float) -> set[str]:
        """Look at what was found so far, and return the cases, on both sides, of which a figure is undecided.

        Once the budget is used up, only those that are probably slower.
        """
        if self.alone:
            return {case.id for case in self.cases} if used < 1 else set()
        figures = [(Key(head.id, metric), base, head, metric) for base, head, metric in self.figures()]
        changes = {key: block_changes(base, head, metric) for key, base, head, metric in figures}
        least = {key: least_scatter(base, head, metric) for key, base, head, metric in figures}
        self.gate.look(used / LONGEST, changes, least)
        undecided = self.gate.undecided if used < 1 else self.gate.suspicious
        return {
            case.id
            for base, head in pairs(self.cases)
            if head.id in undecided and base.error is None and head.error is None
            for case in (base, head)
        }

    def figures(self) -> list[tuple[Case, Case, Gated]]:
        """Return every gated figure: base, head and metric."""
        margins = self.gate.margins
        return [
            (base, head, metric)
            for base, head in ([] if self.alone else pairs(self.cases))
            for metric in METRICS
            if Key(head.id, metric) in margins
        ]

    def changes(self, seconds_a_block: float) -> list[Change]:
        """Return what the gate says of every figure."""
        found = []
        for base, head, metric in self.figures():
            key = Key(head.id, metric)
            finding = self.gate.findings[key]
            note = missing(base, head, metric)
            if note:  # what was found before a case failed is no finding
                finding = Finding(None, "undecided", None)
            more = None if finding.more_blocks is None else finding.more_blocks * seconds_a_block
            found.append(
                Change(
                    case=head.id,
                    metric=metric,
                    base=level(base, metric),
                    head=level(head, metric),
                    ratio=finding.ratio,
                    verdict=finding.verdict,
                    margin=self.gate.margins[key],
                    chance=finding.chance,
                    more_seconds=more,
                    note=note,
                )
            )
        return found

    def run(self, complete: bool = True) -> Run:
        """Return the run document of what has been measured so far."""
        seconds = time.perf_counter() - self.began
        summarise(self.cases, self.environment.usable_cores)
        return Run(
            schema=SCHEMA,
            concbench=__version__,
            command=self.command,
            suite="check",
            question=QUESTION,
            started=self.started.isoformat(timespec="seconds"),
            seconds=seconds,
            seed=self.seed,
            blocks=self.tally.blocks,
            duty=self.tally.sampled / seconds,
            complete=complete,
            environment=replace(self.environment, load_end=load_average()),
            parts=[*parts_of(self.configuration), *([REFERENCE_PART] if self.alone else [])],
            cases=self.cases,
            comparisons=[],
            claims=[],
            warnings=[
                *concerns([each.interpreter for each in self.ready.values()]),
                *left_by_setups(self.ready),
                *self.tally.warnings,
            ],
            sides=[each.side for each in self.ready.values()],
            changes=self.changes(seconds / max(1, self.tally.blocks)),
        )


def left_by_setups(ready: dict[str, Ready]) -> list[str]:
    """Return a warning for each side whose set-up left processes behind."""
    return [left_behind(f"--setup of {name}", each.left_by_setup) for name, each in ready.items() if each.left_by_setup]


def missing(base: Case, head: Case, metric: Gated) -> str:
    """Return why a figure could not be had, or nothing."""
    for case in (base, head):
        if case.error is not None:
            return f"{case.side}: {case.error.message}"
    if level(base, metric) is None or level(head, metric) is None:
        return "not measured" if metric != "cpu" else "this system does not tell the CPU time"
    return ""


def could_not_measure(changes: Sequence[Change]) -> bool:
    """Say whether any figure could not be had."""
    return any(change.note for change in changes)
