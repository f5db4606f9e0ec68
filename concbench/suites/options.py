"""What a person may set for a suite or a comparison, as one typed object."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from concbench.measure.interpreters import Interpreter
from concbench.measure.plan import Launch, Plan
from concbench.model import AxisName


@dataclass(frozen=True)
class Axis:
    """A setting or a size that takes several values in one run: a field of `Options`, and the values in their order."""

    name: AxisName
    values: tuple[int | float | None, ...]
    """All different; None leaves the suite's, the workload's or the interpreter's own."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """Settings of a run; None leaves the suite's, the workload's or the interpreter's own. Seconds and bytes."""

    workers: int | None = None
    tasks: int | None = None
    task_time: float | None = None
    payload: int | None = None
    memory: int | None = None
    chunksize: int | None = None
    start_method: str | None = None
    maxtasksperchild: int | None = None
    limit: int | None = None
    axes: tuple[Axis, ...] = ()
    """Those of the fields above that take several values, and are None themselves; each value of one goes with each of
    the others."""
    cores: str | None = None
    blocks: int | None = None
    rounds: int | None = None
    budget: float | None = None
    precision: float | None = None
    """How far an interval may reach from a case's median, relative to it, until more samples of it are wanted."""
    timeout: float = 60.0
    seed: int = 0
    quick: bool = False
    tutorial: bool = False
    verify: bool = False
    """Whether what the traces advise is measured, too."""
    interpreters: tuple[Interpreter, ...] = ()
    """That every case is measured under; none: the one that runs concbench."""
    paths: tuple[str, ...] = ()
    """Folders from which hosts import a person's own function."""
    task_output: Path | None = None
    command: list[str] = field(default_factory=list)
    """The words of the command line, for the run document."""

    def plan(self) -> Plan:
        """Return how long and how often these options measure."""
        usual = (
            Plan(blocks=4, budget=QUICK_BUDGET, watched=QUICK_WATCH, traced=QUICK_TRACE)
            if self.quick
            else Plan(budget=BUDGET, traced=TRACE)
        )
        blocks = self.blocks or usual.blocks
        return Plan(
            blocks=blocks,
            fewest_blocks=self.blocks or min(usual.fewest_blocks, blocks),
            rounds=self.rounds,
            budget=self.budget or usual.budget,
            timeout=self.timeout,
            watched=usual.watched,
            examined=True,
            traced=usual.traced,
            seed=self.seed,
            python=self.interpreters[0].python if self.interpreters else sys.executable,
            paths=self.paths,
            launches={each.name: Launch(python=each.python, paths=self.paths) for each in self.interpreters},
            task_output=self.task_output,
        )


BUDGET = 56.0
"""Seconds, by default: a run ends within a minute."""
TRACE = 0.1
"""Seconds for which each case is traced, by default."""
QUICK_BUDGET = 7.5
"""Seconds with `--quick`: a run ends within ten."""
QUICK_WATCH = 0.04
"""Seconds with `--quick` for which the watch sees each case;"""
QUICK_TRACE = 0.015
"""and for which it is traced: of a sample that takes longer than 75 ms there is one."""
