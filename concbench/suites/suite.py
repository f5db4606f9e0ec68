"""What a suite is made of, and the register of all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from concbench.model.run import Claim
from concbench.registry import Registry


@dataclass(frozen=True)
class Row:
    """A subject with settings of its own, which no option changes: `Row("value", {"lock": "lock"})`."""

    subject: str
    settings: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, Any] = field(default_factory=dict)
    """Fields of `Workload` in which the row differs from its table."""
    name: str | None = None
    """What the row is called, where its subject and the values of its settings don't say it: `pool-map workers 4`."""
    thorough: bool = False
    """Whether it is left out with `--quick`."""

    @property
    def label(self) -> str:
        """What the row is called: its name, or the subject and its own settings, as `value lock`."""
        if self.name is not None:
            return self.name
        return " ".join([self.subject, *(str(value) for value in self.settings.values() if value is not None)])


@dataclass(frozen=True, kw_only=True)
class SuiteTable:
    """Subjects on one workload, side by side: what becomes a table of a run.

    `sizes` and `tutorial_sizes` are fields of `Workload` in which the table differs from the workload's own sizes.
    """

    name: str
    title: str
    workload: str
    subjects: tuple[str | Row, ...]
    reference: str
    """The label of the row that ratios are relative to."""
    experiment: str = "tasks"
    sizes: dict[str, Any] = field(default_factory=dict)
    workers: int | None = None
    """None: one for each usable core."""
    tutorial_workload: str | None = None
    """The workload with `--tutorial`, where that is another one."""
    tutorial_sizes: dict[str, Any] = field(default_factory=dict)
    tutorial_workers: int | None = None
    quick_sizes: dict[str, Any] = field(default_factory=dict)
    """Fields of `Workload` in which it differs with `--quick`, on top of `sizes`."""
    thorough: bool = False
    """Whether it is left out with `--quick`."""
    fixed: bool = False
    """Whether its sizes stand, whatever the options say: they are what the table is about."""
    alone: bool = False
    """Whether there is one worker, whatever the options say."""
    warm: bool = False
    """Whether its subjects are kept open from one sample to the next where they can be, whatever the options say."""
    copied: bool = False
    """Whether its `memory` is that of an object of which workers may hold copies: it is smaller where memory is short.
    """

    @property
    def rows(self) -> tuple[Row, ...]:
        """Its subjects, each as a row."""
        return tuple(each if isinstance(each, Row) else Row(each) for each in self.subjects)


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A question: its tables, and the claims that their samples confirm or refute."""

    name: str
    question: str
    tables: tuple[SuiteTable, ...]
    claims: tuple[Claim, ...] = ()
    named: bool = False
    """Whether the subjects were named: then one that is not available is a failure, not just a row."""
    crossings: tuple[tuple[str, str], ...] = ()
    """Pairs of channels: from which size of messages is the first faster than the second?"""
    facts: bool = False
    """Whether it asks how things behave, and not how long they take: see `concbench.facts`."""


suites: Registry[Suite] = Registry(
    "suite",
    "concbench.suites",
    {
        "apply_vs_async": ("apply-vs-async",),
        "chunksize": ("chunksize",),
        "engines": ("engines",),
        "gil": ("gil",),
        "large_data": ("large-data",),
        "locks": ("locks",),
        "payload": ("payload",),
        "pipes": ("pipes",),
        "pool_vs_process": ("pool-vs-process",),
        "scaling": ("scaling",),
        "semantics": ("semantics",),
        "shared_state": ("shared-state",),
        "startup": ("startup",),
        "threads_vs_processes": ("threads-vs-processes",),
    },
)


def suite(question: Suite) -> Suite:
    """Register a suite, and return it."""
    suites.add(question.name, question)
    return question
