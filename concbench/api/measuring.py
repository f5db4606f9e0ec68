"""Measuring a question for a Python program: made ready, measured with progress, and kept where it is interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from concbench.api.answer import Answer
from concbench.api.errors import Unguarded, WrongSetting
from concbench.api.interrupted import Interrupted
from concbench.api.progress import progress
from concbench.measure.observing import start_methods
from concbench.measure.plan import Listener
from concbench.model import Case, Failure, Run
from concbench.suites.asking import Asked
from concbench.suites.casting import cast
from concbench.suites.function_names import UNFIT
from concbench.suites.options import Options
from concbench.suites.suite import Suite


class Question(Protocol):
    """What can be measured: `suites.asking.Asked` and `suites.advising.Advising` are."""

    @property
    def cases(self) -> Sequence[Case]:
        """What is measured; more may join meanwhile."""

    def measure(self, listen: Listener) -> None:
        """Measure; on an interruption, what was measured so far stays."""

    def run(self, complete: bool = True) -> Run:
        """Return the run document of what has been measured so far."""


def prepared(suite: Suite, options: Options) -> Asked:
    """Return a suite's question with its cases; raises WrongSetting, and UnknownName for a subject or a workload."""
    if suite.facts and len(options.interpreters) > 1:
        raise WrongSetting("python", "facts are observed under one interpreter at a time")
    if suite.facts and not start_methods(options.start_method):
        raise WrongSetting("start_method", f"this system has no {options.start_method}")
    return Asked(suite, options, cast(suite.tables, options))


def measured(question: Question, shown: bool | None) -> Answer:
    """Measure, and return the answer; `shown` is whether progress is, None for on a terminal only.

    Raises Interrupted with what was measured so far, UnfitFunction, UnfitItems, Unguarded, and Unmeasurable where this
    system lacks what measuring needs.
    """
    complete = False
    try:
        with progress(question.cases, quiet=shown is False, verbose=shown is True) as listen:
            question.measure(listen)
        complete = True
        run = question.run()
    except KeyboardInterrupt:
        raise Interrupted(Answer(question.run(complete))) from None
    refuse_unguarded(run)
    refuse_unfit(run)
    return Answer(run)


def refuse_unguarded(run: Run) -> None:
    """Raise Unguarded where hosts could not import the function because that would have measured again."""
    said = f"{Unguarded.__name__}: {Unguarded()}"
    if run.cases and all(case.error is not None and said in case.error.message for case in run.cases):
        raise Unguarded


def refuse_unfit(run: Run) -> None:
    """Raise UnfitFunction or UnfitItems where no host could do anything with what was asked for."""
    failures = nothing_measured(run)
    if failures and all(failure.kind in UNFIT for failure in failures):
        raise UNFIT[failures[0].kind]("; ".join(failure.message for failure in failures))


def nothing_measured(run: Run) -> list[Failure]:
    """Return why no block could begin, each reason once; nothing where one did."""
    found = [case.error for case in run.cases if case.error is not None]
    if run.blocks or len(found) < len(run.cases):
        return []
    return list({failure.message: failure for failure in found}.values())
