"""Starting the workers of an experiment, of whichever kind: each has one job, and is noticed when it fails."""

from __future__ import annotations

from contextlib import contextmanager
from time import sleep

from concbench.experiments.process_crew import processes
from concbench.experiments.thread_crew import interpreters, threads

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from concbench.experiments.crew import Crew, Job, Workers
    from concbench.model import Settings

    Starter = Callable[[Settings, Job, Sequence[tuple[Any, ...]]], AbstractContextManager[Crew]]

PATIENCE = 1.0
"""Seconds to wait for the word that a worker has died, when one has hung up."""


@contextmanager
def crew(workers: Workers, settings: Settings, job: Job, arguments: Sequence[tuple[Any, ...]]) -> Iterator[Crew]:
    """Start a worker for each tuple of arguments, all with the same job; at the end none is left running.

    Inside the block, a worker that fails or dies raises in the main thread, even where that waits for it: WorkerDied,
    or what the job raised. Threads that are still busy when the block raises can't be ended; they end with the host.
    """
    kinds: dict[Workers, Starter] = {"processes": processes, "threads": threads, "interpreters": interpreters}
    start = kinds[workers]
    with start(settings, job, arguments) as started, started.noticing():
        try:
            yield started
        except (EOFError, ConnectionError):
            sleep(PATIENCE)  # whoever hung up has most likely died: then this is ended by whoever notices, and says how
            raise
