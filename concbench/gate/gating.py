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
from concbench.gate.cpu_share import BLOCKS, cpu_margin, cpu_share, too_little
from concbench.gate.sides import BASE, Ready
from concbench.measure.blocks import measure
from concbench.measure.containment import left_behind
from concbench.measure.environment import load_average, read_environment
from concbench.measure.interpreters import concerns
from concbench.measure.overload import about, overload_since, read_load
from concbench.measure.plan import Listener, Plan, Tally
from concbench.model import SCHEMA, Case, Change, Gated, Part, Run
from concbench.stats.changes import block_changes, least_scatter, level
from concbench.stats.gate import FEWEST_BLOCKS, Finding, Gate, Key
from concbench.stats.looks import LONGEST
from concbench.suites.answering import summarise
from concbench.suites.function_names import UNFIT

REFERENCE_PART = Part(name="reference", title="How fast the machine is", reference=None)
QUESTION = "Has it changed?"
WATCHED = 0.04
"""Seconds of each look at memory: one a block, until it is decided."""
BEFOREHAND = 1 / 3
"""Of the budget of one case: how long a function of a person's own may be called beforehand, for what it returns."""
PEAKS = 8
"""Blocks in which it is looked for where it is recorded for later."""
EFFECT = (
    "Both sides suffer alike, but samples scatter more: it takes longer, small changes are missed, and more stays "
    "undecided. Run it again when the machine is quiet"
)
"""What an overloaded machine does to a gate,"""
ALONE_EFFECT = "What is measured at another time will differ by that: record it when the machine is quiet"
"""and to what is recorded for later."""
NOTHING = Finding(None, "undecided", None)


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
        self.left_out: dict[Key, str] = {}
        """Figures that are not judged, and why."""
        self.weighed = False
        self.tally = Tally()
        self.load = read_load()  # before anything of ours keeps a core busy
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
            peaks=self.remembered if "memory" in metrics_of(self.configuration) else None,
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
        self.weigh()
        figures = [
            (Key(head.id, metric), base, head, metric)
            for base, head, metric in self.figures()
            if Key(head.id, metric) in self.gate.margins
        ]
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

    def weigh(self) -> None:
        """Leave out the CPU time of what hardly computes, once, as soon as there are enough blocks to say.

        Where nothing but CPU time is gated, it is as somebody wanted it.
        """
        if self.weighed or self.tally.blocks < BLOCKS:
            return
        self.weighed = True
        for base, head in pairs(self.cases):
            key, wall = Key(head.id, "cpu"), Key(head.id, "wall")
            if base.error is not None or head.error is not None or not self.gate.margins.keys() >= {key, wall}:
                continue
            share = cpu_share(base, head)
            margin = None if share is None else cpu_margin(self.gate.margins[key], share)
            if margin is not None:
                self.gate.widen(key, margin)
            else:  # more blocks would bring nothing to decide it by
                self.gate.leave_out(key)
                if share is not None:
                    self.left_out[key] = too_little(share)

    def remembered(self) -> set[str]:
        """Return the cases, on both sides, whose peak of memory is to be looked for: as long as it is undecided."""
        if self.alone:
            return {case.id for case in self.cases if len(case.peaks) < PEAKS}
        findings = self.gate.findings
        return {
            case.id
            for base, head in pairs(self.cases)
            if (finding := findings.get(Key(head.id, "memory"))) is not None and finding.verdict == "undecided"
            for case in (base, head)
        }

    def figures(self) -> list[tuple[Case, Case, Gated]]:
        """Return every figure that was to be gated: base, head and metric."""
        asked = margins_of(self.configuration)
        return [
            (base, head, metric)
            for base, head in ([] if self.alone else pairs(self.cases))
            for metric in METRICS
            if Key(head.id, metric) in asked
        ]

    def changes(self, seconds_a_block: float) -> list[Change]:
        """Return what the gate says of every figure."""
        found = []
        asked = margins_of(self.configuration)
        for base, head, metric in self.figures():
            key = Key(head.id, metric)
            finding = self.gate.findings.get(key, NOTHING)
            note = missing(base, head, metric)
            if note:  # what was found before a case failed is no finding
                finding = NOTHING
            more = None if finding.more_blocks is None else finding.more_blocks * seconds_a_block
            found.append(
                Change(
                    case=head.id,
                    metric=metric,
                    base=level(base, metric),
                    head=level(head, metric),
                    ratio=finding.ratio,
                    verdict=finding.verdict,
                    margin=self.gate.margins.get(key, asked[key]),
                    chance=finding.chance,
                    more_seconds=more,
                    note=note,
                    left_out="" if note else self.left_out.get(key, ""),
                )
            )
        return found

    def overloaded(self) -> list[str]:
        """Return, first of all, that others kept the machine busy, where they did."""
        found = overload_since(self.load, self.environment.usable_cores)
        return [] if found is None else [about(found, ALONE_EFFECT if self.alone else EFFECT)]

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
                *self.overloaded(),
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
