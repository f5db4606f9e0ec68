"""What a host knows of the workers of an experiment: who is ready, what they returned, and who has failed."""

from __future__ import annotations

import threading

from concbench.experiments.alarm import Alarm
from concbench.strategies.outcome import Outcome, TaskTraceback

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal, Protocol

    Workers = Literal["processes", "threads", "interpreters"]

    class Gate(Protocol):
        """Where a worker waits for the others."""

        def ready(self) -> None:
            """Say that this worker is ready."""

        def wait(self) -> None:
            """Wait until the crew is told to go."""

    Job = Callable[..., Any]
    """Runs in a worker: takes its gate and then its arguments, and returns what the host shall have."""


READY = "ready"
GO = "go"


class Crew:
    """What the host knows of its workers. Whoever fails raises in the host's main thread, through the alarm."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.alarm = Alarm()
        self._ready = threading.Semaphore(0)
        self._done = threading.Semaphore(0)
        self._results: list[Any] = [None] * size

    def wait_until_ready(self) -> None:
        """Return when every worker has said that it is ready."""
        for _ in range(self.size):
            self._ready.acquire()

    def go(self) -> None:
        """Let all workers pass their gates."""
        raise NotImplementedError

    def results(self) -> list[Any]:
        """Return what the workers returned, in their order, when the last has ended its job."""
        for _ in range(self.size):
            self._done.acquire()
        return self._results

    def report(self, index: int, said: Any) -> None:
        """Take a worker's word: that it is ready, or the outcome of its job."""
        if isinstance(said, Outcome):
            if said.error is not None:
                self.alarm.ring(failure(said))
            else:
                self._results[index] = said.result
                self._done.release()
        else:
            self._ready.release()


def failure(outcome: Outcome) -> BaseException:
    """Return the error of a job that raised, with the worker's own traceback as its cause."""
    if outcome.error is None:
        raise AssertionError("this job did not fail")
    # Not raised here, as get() does: its traceback would hold the outcome, which holds the error.
    outcome.error.__cause__ = TaskTraceback(outcome.trace)
    return outcome.error
