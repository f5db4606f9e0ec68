"""What a suite is made of, and the register of all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from concbench.model import Claim
from concbench.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Table:
    """Strategies on one workload, side by side: what becomes one part of a run.

    `sizes` and `tutorial_sizes` are fields of `Workload` in which the table differs from the workload's own sizes.
    """

    name: str
    title: str
    workload: str
    strategies: tuple[str, ...]
    reference: str
    """The strategy that ratios are relative to."""
    sizes: dict[str, Any] = field(default_factory=dict)
    workers: int | None = None
    """None: one for each usable core."""
    tutorial_workload: str | None = None
    """The workload with `--tutorial`, where that is another one."""
    tutorial_sizes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A question: its tables, and the claims that their samples confirm or refute."""

    name: str
    question: str
    tables: tuple[Table, ...]
    claims: tuple[Claim, ...] = ()


suites: Registry[Suite] = Registry("suite", "concbench.suites")


def suite(question: Suite) -> Suite:
    """Register a suite, and return it."""
    suites.add(question.name, question)
    return question
