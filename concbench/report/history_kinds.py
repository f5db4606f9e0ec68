"""What figures of several runs must share to belong to one series: the suite, the machine, the case, its settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from concbench.model import Case, Experiment, Run, Settings, Side, Workload
from concbench.registry import UnknownName
from concbench.report.sentences import counted
from concbench.workloads.kinds import workloads


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the runs of one series share: figures of another machine or interpreter say nothing of a change."""

    cpu_model: str | None
    usable_cores: int
    implementation: str
    python: str
    gil: bool

    def __str__(self) -> str:
        """Such as `AMD EPYC, 2 usable cores, CPython 3.13.5`."""
        gil = "" if self.gil else ", free-threaded"
        cores = counted(self.usable_cores, "usable core")
        return f"{self.cpu_model or 'unknown CPU'}, {cores}, {self.implementation} {self.python}{gil}"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What makes two figures members of one series."""

    suite: str
    machine: Machine
    case: str
    """The id."""
    experiment: Experiment
    workload: Workload
    """Without what is drawn or calibrated anew in every run: `seed` and `loops` are 0, and so is a task time that is
    found by timing the task."""
    settings: Settings


def kind_of(case: Case, run: Run) -> Kind:
    """Return to which series a case's figure belongs."""
    environment, side, workload = run.environment, side_of(case, run), replace(case.workload, loops=0, seed=0)
    if _is_timed(workload.name):
        workload = replace(workload, task_time=0.0)
    return Kind(
        suite=run.suite,
        machine=Machine(
            cpu_model=environment.cpu_model,
            usable_cores=environment.usable_cores,
            implementation=environment.implementation,
            python=side.python if side else environment.python,
            gil=environment.gil,
        ),
        case=case.id,
        experiment=case.experiment,
        workload=workload,
        settings=case.settings,
    )


def side_of(case: Case, run: Run) -> Side | None:
    """Return the side of a gate that a case ran on; None where there are no sides."""
    return next((side for side in run.sides if side.name == case.side), None)


def revision_of(case: Case, run: Run) -> str | None:
    """Return the git revision that a case measured: its side's own, where it is revisions that a gate compares."""
    side = side_of(case, run)
    return side.revision if side and side.revision else run.environment.git_revision


@cache  # a name that is not known is looked for in files
def _is_timed(name: str) -> bool:
    """Say whether a workload's task time is found by timing the task."""
    try:
        return workloads.get(name).measured
    except UnknownName:  # of a package that is not installed here
        return False
