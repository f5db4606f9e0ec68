"""What a session has measured so far: kept as it comes in, so that an interrupted run has it, too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from concbench.measure.machinery import Readings
from concbench.model.case import Case
from concbench.model.result import Failure, Result, Sample
from concbench.model.run import Fact, ThreadPool


@dataclass
class Record:
    """Results by the id of their case, and what is to be said of the whole run."""

    results: dict[str, Result] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    """The ids of cases that the budget has no room for: these do not come back."""
    facts: list[Fact] = field(default_factory=list)
    costs: list[Readings] = field(default_factory=list)
    """What machinery costs, and tasks need, on each side."""
    thread_pools: list[ThreadPool] = field(default_factory=list)
    """What libraries had where users' functions were called."""
    blocks: int = 0
    """Blocks that were begun."""
    sampled: float = 0.0
    """Seconds inside timed samples."""
    shortened: list[str] = field(default_factory=list)
    """A sentence on each thing that was asked for and is not measured in full."""
    warnings: list[str] = field(default_factory=list)

    def add(self, cases: Iterable[Case]) -> None:
        """Take in cases that have no result yet, and were not left out."""
        for case in cases:
            if case.id not in self.left_out:
                self.results.setdefault(case.id, Result(case=case))

    def change(self, id_: str, **fields: Any) -> None:
        """Replace fields of a case's result."""
        self.results[id_] = replace(self.results[id_], **fields)

    def settle(self, case: Case) -> None:
        """Replace a case by what it turned out to be: calibrated, or with the settings that its host found."""
        self.change(case.id, case=case)

    def sample(self, case: str, sample: Sample) -> None:
        """Add a sample."""
        self.change(case, samples=(*self.results[case].samples, sample))
        self.sampled += sample.wall

    def fail(self, case: str, failure: Failure) -> None:
        """Give a case up. What it did before is no answer to the question, and must not look like one."""
        self.change(case, failure=failure, samples=(), watch=None, trace=None, peaks=(), shares=())

    def warn(self, warnings: Iterable[str]) -> None:
        """Add warnings, each once."""
        self.warnings += [text for text in dict.fromkeys(warnings) if text not in self.warnings]

    def drop(self, cases: Iterable[str]) -> None:
        """Leave cases out of the run, for good."""
        for case in cases:
            del self.results[case]
            self.left_out.add(case)

    def living(self, cases: Iterable[str]) -> list[Case]:
        """Those of some cases that are in the run and have not failed, as they are now."""
        found = (self.results[case] for case in cases if case in self.results)
        return [result.case for result in found if result.failure is None]
