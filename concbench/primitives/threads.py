"""Primitives of `threading`, for the threads of one process."""

from __future__ import annotations

import threading
from contextlib import contextmanager

from concbench.primitives.primitive import primitive
from concbench.primitives.turns import acquire_and_release, meet, notify_and_wait, pair, pass_on, ring

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from multiprocessing.managers import SyncManager

    from concbench.model import Settings


@primitive("thread-lock", workers="threads", take_turns=acquire_and_release, guards=True)
@contextmanager
def lock(
    settings: Settings, workers: int, manager: SyncManager | None = None
) -> Iterator[AbstractContextManager[object]]:
    """`threading.Lock`: one holder at a time, which may not acquire it again."""
    yield threading.Lock()


@primitive("thread-rlock", workers="threads", take_turns=acquire_and_release, guards=True)
@contextmanager
def rlock(
    settings: Settings, workers: int, manager: SyncManager | None = None
) -> Iterator[AbstractContextManager[object]]:
    """`threading.RLock`: one holder at a time, which may acquire it again."""
    yield threading.RLock()


@primitive("thread-semaphore", workers="threads", take_turns=acquire_and_release, guards=True)
@contextmanager
def semaphore(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[threading.Semaphore]:
    """`threading.Semaphore` with one place, so that it excludes as a lock does."""
    yield threading.Semaphore(1)


@primitive("thread-bounded-semaphore", workers="threads", take_turns=acquire_and_release, guards=True)
@contextmanager
def bounded_semaphore(
    settings: Settings, workers: int, manager: SyncManager | None = None
) -> Iterator[threading.BoundedSemaphore]:
    """`threading.BoundedSemaphore` with one place: it refuses a release too many."""
    yield threading.BoundedSemaphore(1)


@primitive("thread-event", workers="threads", take_turns=pass_on, pairs=True)
@contextmanager
def event(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[list[threading.Event]]:
    """A `threading.Event` for each worker: it waits for its own, clears it, and sets the other's."""
    yield ring(threading.Event, workers)


@primitive("thread-condition", workers="threads", take_turns=notify_and_wait, pairs=True)
@contextmanager
def condition(
    settings: Settings, workers: int, manager: SyncManager | None = None
) -> Iterator[tuple[threading.Condition, int]]:
    """`threading.Condition`: each worker notifies the other, and waits until it is notified."""
    yield pair(threading.Condition(), workers)


@primitive("thread-barrier", workers="threads", take_turns=meet)
@contextmanager
def barrier(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[threading.Barrier]:
    """`threading.Barrier`: nobody passes before all workers are there."""
    yield threading.Barrier(workers)
