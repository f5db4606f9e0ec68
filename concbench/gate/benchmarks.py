"""A suite of pytest-benchmark under the gate: found on both sides, measured in turns, each benchmark judged by name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from concbench.analysis.changes import some
from concbench.gate.check import EFFECT, one_sided
from concbench.gate.configuration import MARGINS, METRICS, GateBenchmarks
from concbench.gate.environments import BASE, HEAD, PreparedSide, setup_warnings
from concbench.measure.benchmarks import Benchmarks, Rehearsal, Selection
from concbench.measure.hosts import launcher_for
from concbench.measure.plan import Plan, Steps
from concbench.model.case import Case, Settings, Workload
from concbench.model.run import Change, Run, Table
from concbench.session.gate import Figure, GateSchedule
from concbench.session.session import Question, Session
from concbench.stats.sequential import LONGEST

BENCHMARKS = "benchmarks"
"""The experiment."""
BENCHMARK = "benchmark"
"""What the workload of a benchmark is called."""
PROCESS = "pytest process"
"""The case whose memory is that of a process that runs all benchmarks."""


class NoBenchmarks(Exception):
    """Nothing is selected on either side; the text says what there is instead, and what to do."""


class BenchmarkCheck:
    """A suite under the gate that is being measured; `run` is available at any moment, also after an interruption."""

    def __init__(
        self,
        suite: GateBenchmarks,
        false_alarms: float,
        ready: Mapping[str, PreparedSide],
        *,
        seed: int,
        timeout: float,
        command: Sequence[str],
        task_output: Path | None = None,
    ) -> None:
        self.suite, self.false_alarms, self.ready = suite, false_alarms, ready
        self.seed, self.timeout, self.task_output = seed, timeout, task_output
        self.schedule: GateSchedule | None = None
        self.alone: list[tuple[Case, Literal["base", "head"]]] = []
        """The benchmarks that one side alone has."""
        self.session = Session(
            Question(
                suite="check",
                question="Has it changed?",
                command=command,
                seed=seed,
                tables=(),
                sides=tuple(each.side for each in ready.values()),
                interpreters=tuple(each.interpreter for each in ready.values()),
                warnings=setup_warnings(ready),
                compared=False,
                effect=EFFECT,
            )
        )

    def measure(self) -> Steps:
        """Rehearse the suite, and measure until all is decided; yields what is being done.

        Raises Uncollectable where a side can't collect its tests, and NoBenchmarks where there is nothing to compare.
        """
        launches = {name: each.launch for name, each in self.ready.items()}
        record = self.session.record
        with launcher_for([each.python for each in launches.values()], self.task_output) as launcher:
            suite = Benchmarks(launcher, launches, self.suite.selection, self.timeout)
            rehearsal = yield from suite.rehearse()
            if not any(rehearsal.names.values()):
                raise NoBenchmarks(nothing_found(self.suite.selection, rehearsal))
            cases = {name: self._cases(name) for name in _compared(rehearsal)}
            weighed = "memory" in self.suite.margins and os.name == "posix"
            process = {side: _process(side) for side in self.ready} if weighed else {}
            self._take_on(rehearsal, cases, process)
            assert self.schedule is not None
            plan = Plan(
                budget=self.suite.budget * max(1, len(cases)),
                longest=LONGEST,
                timeout=self.timeout,
                seed=self.seed,
                launches=launches,
            )
            if cases:
                yield from suite.measure(self.schedule, cases, process, rehearsal, plan, record)

    def _cases(self, name: str) -> dict[str, Case]:
        return {side: benchmark_case(name, side) for side in self.ready}

    def _take_on(
        self, rehearsal: Rehearsal, cases: Mapping[str, Mapping[str, Case]], process: Mapping[str, Case]
    ) -> None:
        """Make a schedule of what both sides have, and take note of what only one of them has."""
        record = self.session.record
        margins = {
            Figure(sides[BASE].id, sides[HEAD].id, metric): self.suite.margins[metric]
            for sides in cases.values()
            for metric in METRICS
            if metric in self.suite.margins and metric != "memory"
        }
        if process and cases:
            margins[Figure(process[BASE].id, process[HEAD].id, "memory")] = self.suite.margins["memory"]
        self.schedule = GateSchedule(margins, self.false_alarms)
        both = set(rehearsal.names[BASE]) & set(rehearsal.names[HEAD])
        for side, other in ((HEAD, BASE), (BASE, HEAD)):
            for name in rehearsal.names[side]:
                found = rehearsal.common.get(name, {})
                if name not in both or (_runs(found, side) and not _runs(found, other)):
                    self.alone.append((benchmark_case(name, side), "head" if side == HEAD else "base"))
        skipped = [name for name, found in rehearsal.common.items() if not any(_runs(found, side) for side in found)]
        if skipped:
            reason = next(each.skipped for each in rehearsal.common[skipped[0]].values())
            verb = "is" if len(skipped) == 1 else "are"
            record.warn([f"{some(skipped)} {verb} skipped on both sides: {reason}"])
        all_cases = [case for sides in cases.values() for case in sides.values()]
        record.add([*all_cases, *(process.values() if cases else ()), *(case for case, _ in self.alone)])
        for name, sides in cases.items():
            for side, case in sides.items():
                failure = rehearsal.common[name][side].failure
                if failure is not None:
                    record.fail(case.id, failure)
        groups = dict.fromkeys(result.case.table for result in record.results.values())
        self.session.tables = [Table(name=group, title=group, reference=None) for group in groups]

    def run(self, complete: bool = True) -> Run:
        """The run document of what has been measured so far."""
        results = self.session.record.results
        changes: list[Change] = []
        if self.schedule is not None:
            changes = self.schedule.changes(results, self.session.seconds_a_block)
            margin = self.suite.margins.get("wall", MARGINS["wall"])
            changes += [one_sided(case, side, margin) for case, side in self.alone]
        return self.session.run(complete, changes=changes)


def benchmark_case(name: str, side: str) -> Case:
    """The case of a benchmark on a side; its table is the file that it is in."""
    file, _, test = name.partition("::")
    return _case(file, test, side)


def _process(side: str) -> Case:
    return _case("pytest", PROCESS, side)


def _case(group: str, row: str, side: str) -> Case:
    return Case(
        group=group,
        row=row,
        side=side,
        subject=row,
        experiment=BENCHMARKS,
        workload=Workload(name=BENCHMARK, tasks=1),
        settings=Settings(),
    )


def _runs(found: Mapping[str, object], side: str) -> bool:
    """Whether a benchmark of both sides is run on one of them, and not skipped."""
    return getattr(found.get(side), "skipped", None) is None


def _compared(rehearsal: Rehearsal) -> list[str]:
    """The benchmarks that are run on all sides, or fail there."""
    return [name for name, found in rehearsal.common.items() if all(_runs(found, side) for side in found)]


def nothing_found(selection: Selection, rehearsal: Rehearsal) -> str:
    """Why there is nothing to measure.

    >>> nothing_found(Selection(paths=("bench",), keyword="sort"), Rehearsal(names={}, others=3, common={}))
    "--pytest bench: no benchmark matches -k 'sort'; 3 tests of these files don't use the fixture benchmark"
    """
    asked = [f"-k {selection.keyword!r}"] if selection.keyword is not None else []
    asked += [f"-m {selection.marks!r}"] if selection.marks is not None else []
    what = f"no benchmark matches {' and '.join(asked)}" if asked else "there is no benchmark"
    others = rehearsal.others
    if others:
        few = "1 test of these files doesn't" if others == 1 else f"{others} tests of these files don't"
        hint = f"{few} use the fixture benchmark"
    else:
        hint = "pytest collects test_*.py and *_test.py, unless python_files in its configuration says otherwise"
    return f"--pytest {' '.join(selection.paths)}: {what}; {hint}"


def check_paths(selection: Selection, ready: Mapping[str, PreparedSide]) -> None:
    """Raise NoBenchmarks where a path is there on no side."""
    for file in selection.files:
        if not any((each.launch.folder or Path()).joinpath(file).exists() for each in ready.values()):
            raise NoBenchmarks(f"--pytest: there is no file or folder {file}")
