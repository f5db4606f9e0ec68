"""What a host knows of the workers of an experiment: who is ready, what they returned, and who has failed."""

from __future__ import annotations

from concbench.strategies.outcome import Outcome, TaskTraceback

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Any, Literal, Protocol

    Workers = Literal["processes", "threads", "interpreters"]

    class Gate(Protocol):
        """Where a worker waits for the others."""

        def ready(self) -> None:
            """Say that this worker is ready."""

        def wait(self) -> None:
            """Wait until the crew is told to go."""

    class Crew(Protocol):
        """The workers of an experiment, as the host's main thread sees them."""

        def noticing(self) -> AbstractContextManager[None]:
            """Raise what a worker fails with, in a block of the main thread, whatever that is waiting for."""

        def wait_until_ready(self) -> None:
            """Return when every worker has said that it is ready."""

        def go(self) -> None:
            """Let all workers pass their gates."""

        def results(self) -> list[Any]:
            """Return what the workers returned, in their order, when the last has ended its job."""

    Job = Callable[..., Any]
    """Runs in a worker: takes its gate and then its arguments, and returns what the host shall have."""


READY = "ready"
GO = "go"


def failure(outcome: Outcome) -> BaseException:
    """Return the error of a job that raised, with the worker's own traceback as its cause."""
    if outcome.error is None:
        raise AssertionError("this job did not fail")
    # Not raised here, as get() does: its traceback would hold the outcome, which holds the error.
    outcome.error.__cause__ = TaskTraceback(outcome.trace)
    return outcome.error
