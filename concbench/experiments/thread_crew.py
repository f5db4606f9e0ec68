"""Crews within the host's process: of threads, and of interpreters that each have a thread."""

from __future__ import annotations

import threading
from contextlib import contextmanager

from concbench.experiments.alarm import Alarm
from concbench.experiments.crew import GO, READY, failure
from concbench.strategies.outcome import Outcome, attempt

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from concbench.experiments.crew import Job
    from concbench.model import Settings


class ThreadCrew:
    """Workers that are threads. Whoever fails raises in the host's main thread, through the alarm."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._alarm = Alarm()
        self._gate = threading.Event()
        self._ready = threading.Semaphore(0)
        self._done = threading.Semaphore(0)
        self._results: list[Any] = [None] * size

    def noticing(self) -> AbstractContextManager[None]:
        """Raise what a worker fails with, in a block of the main thread, whatever that is waiting for."""
        return self._alarm.armed()

    def wait_until_ready(self) -> None:
        """Return when every worker has said that it is ready."""
        for _ in range(self.size):
            self._ready.acquire()

    def go(self) -> None:
        """Let all workers pass their gates."""
        self._gate.set()

    def results(self) -> list[Any]:
        """Return what the workers returned, in their order, when the last has ended its job."""
        for _ in range(self.size):
            self._done.acquire()
        return self._results

    def ready(self) -> None:
        """Say that a worker is ready."""
        self._ready.release()

    def wait(self) -> None:
        """Wait until the crew is told to go."""
        self._gate.wait()

    def work(self, index: int, job: Callable[[tuple[Any, ...]], Any], arguments: tuple[Any, ...]) -> None:
        """Do a job in this thread, and report what became of it."""
        try:
            outcome = attempt(job, arguments)
        except BaseException as error:  # noqa: BLE001 - as SystemExit, which a thread would take to its end in silence
            import traceback  # here, because hardly any host needs it

            outcome = Outcome(error=error, trace=traceback.format_exc())
        if outcome.error is not None:
            self._alarm.ring(failure(outcome))
        else:
            self._results[index] = outcome.result
            self._done.release()


@contextmanager
def threads(_settings: Settings, job: Job, arguments: Sequence[tuple[Any, ...]]) -> Iterator[ThreadCrew]:
    """Start threads; all are joined at the end of a good run."""
    made = ThreadCrew(len(arguments))
    with running(made, lambda given: job(made, *given), arguments):
        yield made


@contextmanager
def running(
    made: ThreadCrew, job: Callable[[tuple[Any, ...]], Any], arguments: Sequence[tuple[Any, ...]]
) -> Iterator[None]:
    """Run jobs in threads; daemons, because one that waits for ever must not keep the host from ending."""
    started = []
    for index, each in enumerate(arguments):
        thread = threading.Thread(target=made.work, args=(index, job, each), daemon=True)
        thread.start()
        started.append(thread)
    yield
    for thread in started:
        thread.join()


class InterpreterGate:
    """The gate of a worker that is an interpreter: a queue for each direction, which both interpreters can have."""

    def __init__(self, to_host: Any, to_worker: Any) -> None:
        self._to_host = to_host
        self._to_worker = to_worker

    def ready(self) -> None:
        """Say that this worker is ready."""
        self._to_host.put(READY)

    def wait(self) -> None:
        """Wait until the crew is told to go."""
        self._to_worker.get()


class InterpreterCrew(ThreadCrew):
    """Workers that are interpreters of this process, each in a thread of its own."""

    def __init__(self, gates: Sequence[tuple[Any, Any]]) -> None:
        super().__init__(len(gates))
        self.gates = gates

    def wait_until_ready(self) -> None:
        """Return when every worker has said that it is ready."""
        for to_host, _ in self.gates:
            to_host.get()

    def go(self) -> None:
        """Let all workers pass their gates."""
        for _, to_worker in self.gates:
            to_worker.put(GO)


def work_in_interpreter(job: Job, to_host: Any, to_worker: Any, arguments: tuple[Any, ...]) -> Outcome:
    """Do a job inside another interpreter, and return what became of it."""
    gate = InterpreterGate(to_host, to_worker)
    return attempt(lambda given: job(gate, *given), arguments)


@contextmanager
def interpreters(_settings: Settings, job: Job, arguments: Sequence[tuple[Any, ...]]) -> Iterator[InterpreterCrew]:
    """Start interpreters; all are closed at the end of a good run."""
    from concurrent import interpreters as library  # type: ignore[attr-defined]  # known from Python 3.14 on

    made = InterpreterCrew([(library.create_queue(), library.create_queue()) for _ in arguments])
    created = [library.create() for _ in arguments]

    def work(given: tuple[Any, ...]) -> Any:
        index, rest = given
        outcome: Outcome = created[index].call(work_in_interpreter, job, *made.gates[index], rest)
        return outcome.get()

    with running(made, work, list(enumerate(arguments))):
        yield made
    for each in created:
        each.close()
