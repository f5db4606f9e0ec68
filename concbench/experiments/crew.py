"""The workers of an experiment: each has one job, all start together, and a failure of one is noticed at once."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, suppress
from time import sleep

from concbench.strategies.processes import ending, send_outcome
from concbench.strategies.strategy import Outcome, TaskTraceback, UnpicklableResult, WorkerDied, attempt

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from types import FrameType
    from typing import Any, Literal, Protocol

    from concbench.model.case import Settings

    Workers = Literal["processes", "threads", "interpreters"]

    class Crew(Protocol):
        """The workers, as the host's main thread sees them."""

        def noticing(self) -> AbstractContextManager[None]:
            """Within this block, raise a worker's failure in the main thread, whatever that is waiting for."""

        def wait_until_ready(self) -> None:
            """Wait until every worker has reported that it is ready."""

        def go(self) -> None:
            """Let all workers pass their gates."""

        def results(self) -> list[Any]:
            """The results of the workers, in their order, once the last has finished."""

    Job = Callable[..., Any]
    """Runs in a worker: takes its gate and then its arguments, and returns its result for the host."""
    Arguments = tuple[Any, ...]

READY = "ready"
GO = "go"
PATIENCE = 1.0
"""Seconds to wait for the news that a worker has died, once a connection to it has broken."""
SIGNAL = getattr(signal, "SIGUSR1", signal.SIGINT)
"""Interrupts a blocking call on POSIX. On Windows (untested) Python notices it between two calls only, and a host that
is blocked in one is ended by the run's timeout."""
AGAIN = 0.01
"""Seconds after which the signal is sent again."""
HAS_TIMER = hasattr(signal, "setitimer")
CHECK_EVERY = 0.1
"""Seconds between two checks of the workers while the main thread is busy or blocked; a check takes about 30 µs."""


class Gate:
    """Where a worker waits for the others: `ready()` reports that it is ready, `wait()` waits until the crew may go."""

    def __init__(self, ready: Callable[[], object], wait: Callable[[], object]) -> None:
        self.ready = ready
        self.wait = wait


@contextmanager
def crew(workers: Workers, settings: Settings, job: Job, arguments: Sequence[Arguments]) -> Iterator[Crew]:
    """Start a worker for each tuple of arguments, all with the same job; none is left running afterwards.

    Inside the block, a worker that fails or dies raises in the main thread, even while that waits: WorkerDied, or the
    job's own exception. Threads that are still busy when the block raises can't be ended; they end with the host.
    """
    kinds: dict[Workers, Callable[[Settings, Job, Sequence[Arguments]], AbstractContextManager[Crew]]] = {
        "processes": processes,
        "threads": _threads,
        "interpreters": _interpreters,
    }
    start = kinds[workers]
    with start(settings, job, arguments) as started, started.noticing():
        try:
            yield started
        except (EOFError, ConnectionError):
            sleep(PATIENCE)  # the other side has most likely died; then the news of that interrupts this wait
            raise


def _failure(outcome: Outcome) -> BaseException:
    """The error of a job that raised, with the worker's own traceback as its cause."""
    if outcome.error is None:
        raise AssertionError("this job did not fail")
    # Not raised here, as get() does: its traceback would hold the outcome, which holds the error.
    outcome.error.__cause__ = TaskTraceback(outcome.trace)
    return outcome.error


# Processes


class _ProcessCrew:
    """Processes, each with a pipe to the host on which it reports.

    No thread listens to the pipes: a second thread makes every system call of the first slower, by 2 % of a round trip
    through a pipe. The main thread listens while it waits for its workers; at other times the kernel's timer makes it
    check. The timer repeats, because a signal that arrives just before a blocking call does not interrupt it. Windows
    (untested) has no such timer: there, a blocked host is ended by the run's timeout.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.started: list[BaseProcess] = []
        self.controls: list[Connection] = []
        self._ready = 0
        self._finished: dict[int, Any] = {}
        self._gone: set[int] = set()
        self._listening = False

    @contextmanager
    def noticing(self) -> Iterator[None]:
        if not HAS_TIMER:
            yield
            return
        over = False

        def check(_number: int, _frame: FrameType | None) -> None:
            nonlocal over
            if over or self._listening:
                return
            try:
                self._listen(0)
            except BaseException:
                over = True  # once: the block clears away now
                raise

        before = signal.signal(signal.SIGALRM, check)
        try:
            signal.setitimer(signal.ITIMER_REAL, CHECK_EVERY, CHECK_EVERY)
            yield
        finally:
            over = True  # first of all: nothing may interrupt what follows
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def wait_until_ready(self) -> None:
        while self._ready < self.size:
            self._listen(None)

    def go(self) -> None:
        for control in self.controls:
            with suppress(OSError):  # of a worker that has ended, which the next wait reports
                control.send(GO)

    def results(self) -> list[Any]:
        while len(self._finished) < self.size:
            self._listen(None)
        # All workers have reported, and nothing may interrupt what follows: Python takes a connect to a busy manager's
        # socket that a signal interrupts for done, and reading from it then fails with EINVAL.
        if HAS_TIMER:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return [self._finished[index] for index in range(self.size)]

    def _listen(self, seconds: float | None) -> None:
        """Receive reports for at most this long; None: until there is one. Raises a worker's failure."""
        from multiprocessing.connection import wait

        self._listening = True
        try:
            talking = {control: index for index, control in enumerate(self.controls) if index not in self._gone}
            for control in wait(list(talking), seconds):
                self._hear(talking[control])  # type: ignore[index]  # `wait` returns some of what it was given
        finally:
            self._listening = False

    def _hear(self, index: int) -> None:
        try:
            said = self.controls[index].recv()
        except (EOFError, OSError):
            self._gone.add(index)
            if index not in self._finished:
                self.started[index].join()
                text = f"worker {index} {ending(self.started[index])} before its job was done"
                raise WorkerDied(text) from None
        except Exception as error:  # noqa: BLE001 - unpickling runs the exception's own code
            text = f"what worker {index} sent can't be read: {type(error).__name__}: {error}"
            raise UnpicklableResult(text) from None
        else:
            if not isinstance(said, Outcome):
                self._ready += 1
            elif said.error is not None:
                raise _failure(said)
            else:
                self._finished[index] = said.result


def _work_in_process(control: Connection, job: Job, arguments: Arguments) -> None:
    gate = Gate(lambda: control.send(READY), control.recv)
    send_outcome(control, lambda given: job(gate, *given), arguments)


@contextmanager
def processes(settings: Settings, job: Job, arguments: Sequence[Arguments]) -> Iterator[_ProcessCrew]:
    """Start processes; all are joined at the end, and killed first if the block raises."""
    made = _ProcessCrew(len(arguments))
    try:
        for each in arguments:
            control, theirs = settings.context.Pipe()
            made.controls.append(control)
            with theirs:
                process = settings.context.Process(target=_work_in_process, args=(theirs, job, each))
                process.start()
            made.started.append(process)
        yield made
    except BaseException:
        for started in made.started:
            started.kill()
        raise
    finally:
        for started in made.started:
            started.join()
        for control in made.controls:
            control.close()


# Threads


class Alarm:
    """Rung from any thread, it raises in the main thread, whatever that is waiting for.

    It raises once: the first error counts, and later ones are mostly its consequences.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rung = False
        self._error: BaseException | None = None
        self._armed = False
        self._over = False

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Let the alarm interrupt this block, which runs in the main thread; raises the error it is rung with."""
        before = signal.signal(SIGNAL, self._interrupt)
        try:
            with self._lock:
                self._armed = True
            self._raise()
            yield
        finally:
            self._over = True  # first of all: nothing may interrupt what follows
            with self._lock:
                self._armed = False
            signal.signal(SIGNAL, before)
        self._raise()  # where it was rung at the very last moment

    def ring(self, error: BaseException) -> None:
        """Raise `error` in the main thread: now if the alarm is armed, otherwise once it is.

        When armed, this returns after the main thread has noticed. A signal that arrives just before a blocking call
        does not interrupt it (and such a call is what lets this thread run), so the signal is repeated.
        """
        with self._lock:
            if self._rung:
                return
            self._rung = True
            self._error = error
        while self._wake_main_thread():
            sleep(AGAIN)

    def _wake_main_thread(self) -> bool:
        """Send the signal if the block still waits for it; return whether it was sent."""
        with self._lock:
            if not self._armed or self._error is None:
                return False
            if hasattr(signal, "pthread_kill"):
                main = threading.main_thread().ident
                if main is None:
                    raise AssertionError("the main thread is running")
                signal.pthread_kill(main, SIGNAL)
            else:
                import _thread

                _thread.interrupt_main(SIGNAL)
            return True

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if not self._over:
            self._raise()

    def _raise(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                del error  # or its own traceback would keep it alive, and with it all that the main thread was doing


class _ThreadCrew:
    """Threads of the host's process. A failure raises in the main thread through the alarm."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._alarm = Alarm()
        self._go = threading.Event()
        self._ready = threading.Semaphore(0)
        self.gate = Gate(self._ready.release, self._go.wait)
        self._done = threading.Semaphore(0)
        self._results: list[Any] = [None] * size

    def noticing(self) -> AbstractContextManager[None]:
        return self._alarm.armed()

    def wait_until_ready(self) -> None:
        for _ in range(self.size):
            self._ready.acquire()

    def go(self) -> None:
        self._go.set()

    def results(self) -> list[Any]:
        for _ in range(self.size):
            self._done.acquire()
        return self._results

    def work(self, index: int, job: Callable[[Arguments], Any], arguments: Arguments) -> None:
        try:
            outcome = attempt(job, arguments)
        except BaseException as error:  # noqa: BLE001 - a thread would swallow SystemExit, for one
            import traceback  # here, because hardly any host needs it

            outcome = Outcome(error=error, trace=traceback.format_exc())
        if outcome.error is not None:
            self._alarm.ring(_failure(outcome))
        else:
            self._results[index] = outcome.result
            self._done.release()


@contextmanager
def _threads(_settings: Settings, job: Job, arguments: Sequence[Arguments]) -> Iterator[_ThreadCrew]:
    """Start threads; all are joined at the end of a good run."""
    made = _ThreadCrew(len(arguments))
    with _running(made, lambda given: job(made.gate, *given), arguments):
        yield made


@contextmanager
def _running(made: _ThreadCrew, job: Callable[[Arguments], Any], arguments: Sequence[Arguments]) -> Iterator[None]:
    """Run jobs in threads: daemons, so that one that waits forever does not keep the host from ending."""
    started = []
    for index, each in enumerate(arguments):
        thread = threading.Thread(target=made.work, args=(index, job, each), daemon=True)
        thread.start()
        started.append(thread)
    yield
    for thread in started:
        thread.join()


# Interpreters


class _InterpreterCrew(_ThreadCrew):
    """Interpreters of this process, each in a thread of its own."""

    def __init__(self, queues: Sequence[tuple[Any, Any]]) -> None:
        super().__init__(len(queues))
        self.queues = queues
        """A queue to the host and one to the worker, for each."""

    def wait_until_ready(self) -> None:
        for to_host, _ in self.queues:
            to_host.get()

    def go(self) -> None:
        for _, to_worker in self.queues:
            to_worker.put(GO)


def _work_in_interpreter(job: Job, to_host: Any, to_worker: Any, arguments: Arguments) -> Outcome:
    gate = Gate(lambda: to_host.put(READY), to_worker.get)
    return attempt(lambda given: job(gate, *given), arguments)


@contextmanager
def _interpreters(_settings: Settings, job: Job, arguments: Sequence[Arguments]) -> Iterator[_InterpreterCrew]:
    """Start interpreters; all are closed at the end of a good run."""
    from concurrent import interpreters as library  # type: ignore[attr-defined]  # known from Python 3.14 on

    made = _InterpreterCrew([(library.create_queue(), library.create_queue()) for _ in arguments])
    created = [library.create() for _ in arguments]

    def work(given: Arguments) -> Any:
        index, rest = given
        outcome: Outcome = created[index].call(_work_in_interpreter, job, *made.queues[index], rest)
        return outcome.get()

    with _running(made, work, list(enumerate(arguments))):
        yield made
    for each in created:
        each.close()
