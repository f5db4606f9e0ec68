"""Primitives of `multiprocessing` itself: semaphores of the system that processes share."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.primitives.primitive import primitive
from concbench.primitives.turns import acquire_and_release, meet, notify_and_wait, pair, pass_on, ring

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing import synchronize
    from multiprocessing.managers import SyncManager

    from concbench.model import Settings

# None of these has to be closed: the system's semaphores go with the last reference to the objects.


@primitive("lock", workers="processes", take_turns=acquire_and_release, guards=True)
@contextmanager
def lock(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[synchronize.Lock]:
    """`multiprocessing.Lock`: one holder at a time, which may not acquire it again."""
    yield settings.context.Lock()


@primitive("rlock", workers="processes", take_turns=acquire_and_release, guards=True)
@contextmanager
def rlock(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[synchronize.RLock]:
    """`multiprocessing.RLock`: one holder at a time, which may acquire it again."""
    yield settings.context.RLock()


@primitive("semaphore", workers="processes", take_turns=acquire_and_release, guards=True)
@contextmanager
def semaphore(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[synchronize.Semaphore]:
    """`multiprocessing.Semaphore` with one place, so that it excludes as a lock does."""
    yield settings.context.Semaphore(1)


@primitive("bounded-semaphore", workers="processes", take_turns=acquire_and_release, guards=True)
@contextmanager
def bounded_semaphore(
    settings: Settings, workers: int, manager: SyncManager | None = None
) -> Iterator[synchronize.BoundedSemaphore]:
    """`multiprocessing.BoundedSemaphore` with one place: it refuses a release too many."""
    yield settings.context.BoundedSemaphore(1)


@primitive("event", workers="processes", take_turns=pass_on, pairs=True)
@contextmanager
def event(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[list[synchronize.Event]]:
    """A `multiprocessing.Event` for each worker: it waits for its own, clears it, and sets the other's."""
    yield ring(settings.context.Event, workers)


@primitive("condition", workers="processes", take_turns=notify_and_wait, pairs=True)
@contextmanager
def condition(
    settings: Settings, workers: int, manager: SyncManager | None = None
) -> Iterator[tuple[synchronize.Condition, int]]:
    """`multiprocessing.Condition`: each worker notifies the other, and waits until it is notified."""
    yield pair(settings.context.Condition(), workers)


@primitive("barrier", workers="processes", take_turns=meet)
@contextmanager
def barrier(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[synchronize.Barrier]:
    """`multiprocessing.Barrier`: nobody passes before all workers are there."""
    yield settings.context.Barrier(workers)
