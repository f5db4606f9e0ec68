"""What `check` does: measure both sides of a gate in turns, until every figure is decided or the budget is used up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from concbench.analysis.figures import SHARES
from concbench.gate.cases import REFERENCE, REFERENCE_TABLE, cases_of, margins_of, metrics_of, tables_of
from concbench.gate.configuration import COMMAND_METRICS, MARGINS, BadConfiguration, Configuration
from concbench.gate.environments import BASE, HEAD, PreparedSide, setup_warnings
from concbench.measure.containment import left_behind
from concbench.measure.plan import Plan, Steps
from concbench.model.case import Case
from concbench.model.result import Result
from concbench.model.run import Change, Run
from concbench.session.cases import init_notes
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
        of_base: Configuration | None = None,
    ) -> None:
        """`ready` has both sides; or the head alone, to be recorded or compared with what was recorded.

        `of_base` is what the base's own configuration says, where it is another revision.
        """
        self.configuration, self.of_base = configuration, of_base
        self.cases = cases_of(configuration, seed, list(ready))
        alone = BASE not in ready
        groups = [[case.id for case in self.cases if case.group == gate_case.name] for gate_case in configuration.cases]
        self.schedule: GateSchedule | Recording
        if alone:
            traced = {key.case for key in margins_of(configuration) if key.metric in SHARES}
            self.schedule = Recording("memory" in metrics_of(configuration), groups, frozenset(traced))
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
                tables=(
                    *tables_of(configuration),
                    *([REFERENCE_TABLE] if alone else []),
                    *([] if of_base is None else tables_of(without(of_base, configuration))),
                ),
                sides=tuple(each.side for each in ready.values()),
                interpreters=tuple(each.interpreter for each in ready.values()),
                warnings=(*init_notes(case for case in self.cases if case.side == HEAD), *setup_warnings(ready)),
                compared=False,
                effect=ALONE_EFFECT if alone else EFFECT,
            )
        )
        self.gone = [] if of_base is None else cases_of(without(of_base, configuration), seed, [BASE])
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
            for metric in COMMAND_METRICS
            if (key := Key(case.id, metric)) in margins
        }

    def measure(self) -> Steps:
        """Measure until all is decided; yields what is being done.

        Raises BadConfiguration where a function, or its items, are fit to be measured on no side.
        """
        self.session.record.add([*self.cases, *self.gone])
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
        results = self.session.record.results
        if isinstance(self.schedule, GateSchedule) and results:
            changes = self._one_sided(self.schedule.changes(results, self.session.seconds_a_block))
        return self.session.run(complete, changes=changes, warnings=list(left_by_commands(results.values())))

    def _one_sided(self, changes: Sequence[Change]) -> list[Change]:
        """The changes, with one in place of those of a case that one side alone has; and those of cases that are gone.

        A function is missing, or a command fails that the base's configuration does not have yet.
        """
        if self.of_base is None:
            return list(changes)
        results = self.session.record.results
        bases = {figure.head: figure.base for figure in self.figures()}
        known = {gate_case.name for gate_case in self.of_base.cases}
        found: dict[str, Change] = {}
        for change in changes:
            base, head = results[bases[change.case]], results[change.case]
            only: Literal["base", "head"] | None = None
            if is_missing(base) or (base.failure is not None and base.case.group not in known):
                only = "head" if head.failure is None else None
            elif is_missing(head) and base.failure is None:
                only = "base"
            if only is None:
                found[f"{change.case} {change.metric}"] = change
            else:
                found[change.case] = replace(change, note="", only=only)
        return [*found.values(), *(one_sided(each, "base") for each in self.gone)]


def is_missing(result: Result) -> bool:
    """Whether there is no such function on its side."""
    return result.failure is not None and result.failure.kind == "missing function"


def one_sided(case: Case, only: Literal["base", "head"], margin: float = MARGINS["wall"]) -> Change:
    """The change of a case that one side alone has: there is nothing to compare."""
    return Change(
        case=case.id,
        metric="wall",
        base=None,
        head=None,
        ratio=None,
        verdict="undecided",
        margin=margin,
        chance=None,
        only=only,
    )


def without(of_base: Configuration, of_head: Configuration) -> Configuration:
    """The cases of the base's configuration that the head's does not have any more."""
    names = {case.name for case in of_head.cases}
    return replace(of_base, cases=tuple(case for case in of_base.cases if case.name not in names))


def left_by_commands(results: Iterable[Result]) -> Iterator[str]:
    """A warning for each command that leaves processes running: those of a sample with most of them."""
    for result in results:
        left = max((sample.left or 0 for sample in result.samples), default=0)
        if left:
            yield f"{result.case.table}: {left_behind(result.case.label, left)} after each run"
