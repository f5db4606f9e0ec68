"""The workers of an experiment: each has one job, says when it is ready, and is noticed when it fails."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress

from concbench.experiments.alarm import Alarm
from concbench.strategies.outcome import Outcome, UnpicklableResult, attempt
from concbench.strategies.processes import ending, send_outcome
from concbench.strategies.strategy import WorkerDied

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from typing import Any, Literal, Protocol

    from concbench.model import Settings

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
    try:
        outcome.get()
    except BaseException as error:  # noqa: BLE001 - it is the worker's error, raised by get()
        return error
    raise AssertionError("this job did not fail")


@contextmanager
def crew(workers: Workers, settings: Settings, job: Job, arguments: Sequence[tuple[Any, ...]]) -> Iterator[Crew]:
    """Start a worker for each tuple of arguments, all with the same job; at the end none is left running.

    Inside the block, a worker that fails or dies raises in the main thread, even where that waits for it: WorkerDied,
    or what the job raised. Threads that are still busy when the block raises can't be ended; they end with the host.
    """
    start = {"processes": processes, "threads": threads, "interpreters": interpreters}[workers]
    with start(settings, job, arguments) as started, started.alarm.armed():
        yield started


class ProcessCrew(Crew):
    """Workers that are processes, each with a pipe to the host on which it says how it is."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.started: list[BaseProcess] = []
        self.controls: list[Connection] = []

    def go(self) -> None:
        """Let all workers pass their gates."""
        for control in self.controls:
            with suppress(OSError):  # of a worker that has ended; whoever listens says how
                control.send(GO)

    def listen(self) -> None:
        """Take what the workers say, until the last of them has closed its pipe."""
        from multiprocessing.connection import wait

        finished: set[int] = set()
        open_controls = {control: index for index, control in enumerate(self.controls)}
        while open_controls:
            for ready in wait(list(open_controls)):
                index = open_controls[ready]  # type: ignore[index]  # what `wait` returns is what it was given
                try:
                    said = self.controls[index].recv()
                except (EOFError, OSError):
                    del open_controls[self.controls[index]]
                    if index not in finished:
                        self.started[index].join()
                        text = f"worker {index} {ending(self.started[index])} before its job was done"
                        self.alarm.ring(WorkerDied(text))
                except Exception as error:  # noqa: BLE001 - unpickling runs the exception's own code
                    finished.add(index)
                    text = f"what worker {index} sent can't be read: {type(error).__name__}: {error}"
                    self.alarm.ring(UnpicklableResult(text))
                else:
                    if isinstance(said, Outcome):
                        finished.add(index)
                    self.report(index, said)


class ProcessGate:
    """A process's gate: its pipe to the host."""

    def __init__(self, control: Connection) -> None:
        self._control = control

    def ready(self) -> None:
        """Say that this worker is ready."""
        self._control.send(READY)

    def wait(self) -> None:
        """Wait until the crew is told to go."""
        self._control.recv()


def work_in_process(control: Connection, job: Job, arguments: tuple[Any, ...]) -> None:
    """Do a job in a child process, and send back what became of it."""
    gate = ProcessGate(control)
    send_outcome(control, lambda given: job(gate, *given), arguments)


@contextmanager
def processes(settings: Settings, job: Job, arguments: Sequence[tuple[Any, ...]]) -> Iterator[ProcessCrew]:
    """Start processes; all are joined at the end, and killed first where the block raises."""
    made = ProcessCrew(len(arguments))
    listener: threading.Thread | None = None
    try:
        for each in arguments:
            control, theirs = settings.context.Pipe()
            made.controls.append(control)
            with theirs:
                process = settings.context.Process(target=work_in_process, args=(theirs, job, each))
                process.start()
            made.started.append(process)
        # Only now: a process that is forked beside another thread may inherit that thread's locks.
        listener = threading.Thread(target=made.listen, daemon=True)
        listener.start()
        yield made
    except BaseException:
        for started in made.started:
            started.kill()
        raise
    finally:
        for started in made.started:
            started.join()
        if listener is not None:
            listener.join()
        for control in made.controls:
            control.close()


class ThreadCrew(Crew):
    """Workers that are threads."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._gate = threading.Event()

    def go(self) -> None:
        """Let all workers pass their gates."""
        self._gate.set()

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
        self.report(index, outcome)


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
