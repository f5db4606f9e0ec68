"""A crew of processes, each with a pipe to the host on which it says how it is."""

from __future__ import annotations

import signal
from contextlib import contextmanager, suppress

from concbench.experiments.crew import GO, READY, failure
from concbench.strategies.outcome import Outcome, UnpicklableResult
from concbench.strategies.processes import ending, send_outcome
from concbench.strategies.strategy import WorkerDied

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from types import FrameType
    from typing import Any

    from concbench.experiments.crew import Job
    from concbench.model import Settings

HAS_TIMER = hasattr(signal, "setitimer")
LOOK_EVERY = 0.1
"""Seconds between two looks at the workers while the main thread is busy or blocked; a look takes some 30
microseconds."""


class ProcessCrew:
    """Workers that are processes, each with a pipe to the host on which it says how it is.

    No thread listens to them: a second thread makes every system call of the first dearer, which was 2 % of a round
    trip through a pipe. The main thread listens where it waits for its workers anyway, and elsewhere the kernel's
    timer makes it look. The timer goes off again and again, because a signal that arrives just before a blocking call
    does not interrupt it. Windows (untested) has no such timer: there a host that is blocked is ended by the run's
    timeout.
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
        """Raise what a worker fails with, in a block of the main thread, whatever that is waiting for."""
        if not HAS_TIMER:
            yield
            return
        over = False

        def look(_number: int, _frame: FrameType | None) -> None:
            nonlocal over
            if over or self._listening:
                return
            try:
                self._listen(0)
            except BaseException:
                over = True  # once: what follows is the block's own clearing away
                raise

        before = signal.signal(signal.SIGALRM, look)
        try:
            signal.setitimer(signal.ITIMER_REAL, LOOK_EVERY, LOOK_EVERY)
            yield
        finally:
            over = True  # first of all: nothing may interrupt what follows
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def wait_until_ready(self) -> None:
        """Return when every worker has said that it is ready."""
        while self._ready < self.size:
            self._listen(None)

    def go(self) -> None:
        """Let all workers pass their gates."""
        for control in self.controls:
            with suppress(OSError):  # of a worker that has ended; it is the next to be heard of
                control.send(GO)

    def results(self) -> list[Any]:
        """Return what the workers returned, in their order, when the last has ended its job."""
        while len(self._finished) < self.size:
            self._listen(None)
        # All has been heard, and nothing is to interrupt what follows: a connect to a busy manager's socket that a
        # signal interrupts is taken for done by Python, and what is read of it fails with EINVAL.
        if HAS_TIMER:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return [self._finished[index] for index in range(self.size)]

    def _listen(self, seconds: float | None) -> None:
        """Take what the workers say within so many seconds, or wait for it; raises what one of them failed with."""
        from multiprocessing.connection import wait

        self._listening = True
        try:
            talking = {control: index for index, control in enumerate(self.controls) if index not in self._gone}
            for control in wait(list(talking), seconds):
                self._hear(talking[control])  # type: ignore[index]  # what `wait` returns is what it was given
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
                raise failure(said)
            else:
                self._finished[index] = said.result


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
    try:
        for each in arguments:
            control, theirs = settings.context.Pipe()
            made.controls.append(control)
            with theirs:
                process = settings.context.Process(target=work_in_process, args=(theirs, job, each))
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
