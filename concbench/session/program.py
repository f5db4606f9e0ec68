"""`trace`: one run of a program of the user's, with all that its pools and groups of workers did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from concbench.analysis.losses import OneByOne, OneGil, losses
from concbench.measure.attachment import attached
from concbench.measure.plan import CostsPlan, Plan, Steps
from concbench.measure.program import Changes, traced
from concbench.model.case import Case, Settings, Workload
from concbench.model.program import Program
from concbench.model.run import Run
from concbench.prediction.regions import PROCESSES, subject_of
from concbench.session.fixed import Fixed
from concbench.session.session import Question, Session

EFFECT = "Whatever uses several cores takes longer than it would: trace it again when the machine is quiet"
COSTS = 1.0
"""Seconds for which the costs of workers are measured once the program has ended, for what is predicted of it."""
NAMED = 60
"""Characters of a program's name that a question holds."""


def name_of(program: Sequence[str]) -> str:
    """What a program is called: the file or module that was run, without its interpreter.

    >>> name_of(["/usr/bin/python3", "jobs/job.py", "--fast"]), name_of(["python3", "-m", "compileall", "src"])
    ('job.py', 'compileall')
    """
    words = [each for each in program[1:3] if each != "-m"] if _is_python(program[0]) else [program[0]]
    return Path(words[0] if words else program[0]).name[:NAMED]


def _is_python(path: str) -> bool:
    return Path(path).name.startswith("python")


class TracedProgram:
    """A program that is run once, recorded; `run` is there once it has ended."""

    def __init__(
        self, program: Sequence[str], command: Sequence[str], changes: Changes | None = None, items: bool = False
    ) -> None:
        self.program, self.changes, self.items = program, changes, items
        self.found: Program | None = None
        self.session = Session(
            Question(
                suite="trace",
                question=f"Where does the time go in {name_of(program)}?",
                command=command,
                seed=0,
                tables=(),
                effect=EFFECT,
                compared=False,
            )
        )

    def trace(self) -> Program:
        """Run the program to its end; raises NoProgram."""
        self.found = traced(self.program, self.changes, items=self.items)
        return self.found

    def attach(self, pid: int, seconds: float) -> Program:
        """Record a process that runs already, for some seconds; raises NoProgram."""
        self.found = attached(pid, seconds)
        return self.found

    def measure(self) -> Steps:
        """Measure what the pools of the program cost on this machine, which predictions rest on."""
        wanted = costs_wanted(self.run())
        if not wanted:
            return
        work = Workload(name="cpu", tasks=2, task_time=0.001)
        cases = [
            Case(group="costs", row=f"{place}", subject=name, workload=work, settings=Settings(start_method=method))
            for place, (name, method) in enumerate(wanted)
        ]
        plan = Plan(costs=CostsPlan(seconds=COSTS * len(wanted), strategies=tuple(wanted)))
        yield from self.session.measure(Fixed(0, 0), cases, plan)

    def run(self, complete: bool = True) -> Run:
        """The run document."""
        return replace(self.session.run(complete), results=[], program=self.found)


def costs_wanted(run: Run) -> list[tuple[str, str | None]]:
    """The strategies whose costs are needed to predict what other settings would bring, each with a start method."""
    found: dict[tuple[str, str | None], None] = {}
    for loss in [] if run.program is None else losses(run, run.program):
        subject = subject_of(loss.place.first)
        if isinstance(loss.cause, OneGil):
            found[PROCESSES, None] = None
        elif isinstance(loss.cause, OneByOne) and subject is not None and loss.place.first.kind == "processes":
            found[subject, loss.place.first.start_method] = None
    return list(found)
