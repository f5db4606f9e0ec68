"""A crew of processes, each with a pipe to the host on which it says how it is."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress

from concbench.experiments.crew import GO, READY, Crew
from concbench.strategies.outcome import Outcome, UnpicklableResult
from concbench.strategies.processes import ending, send_outcome
from concbench.strategies.strategy import WorkerDied

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from typing import Any

    from concbench.experiments.crew import Job
    from concbench.model import Settings


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
