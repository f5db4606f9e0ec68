"""Primitives of a manager: those of `threading`, in a process of their own, through proxies."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.primitives.primitive import primitive
from concbench.primitives.turns import acquire_and_release, meet, notify_and_wait, pair, pass_on, ring

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from multiprocessing.managers import SyncManager

    from concbench.model import Settings


@contextmanager
def running(settings: Settings, manager: SyncManager | None) -> Iterator[SyncManager]:
    """Yield the manager that is given, or start one and shut it down."""
    if manager is not None:
        yield manager
    else:
        with settings.context.Manager() as own:
            yield own


# Each worker's connection has a thread of its own in the manager's process, so an RLock there tells workers apart.


@primitive("manager-lock", workers="processes", take_turns=acquire_and_release, guards=True)
@contextmanager
def lock(
    settings: Settings, workers: int, manager: SyncManager | None = None
) -> Iterator[AbstractContextManager[object]]:
    """`Manager().Lock`: a `threading.Lock` in the manager's process, one call each to acquire and release it."""
    with running(settings, manager) as server:
        yield server.Lock()


@primitive("manager-rlock", workers="processes", take_turns=acquire_and_release, guards=True)
@contextmanager
def rlock(
    settings: Settings, workers: int, manager: SyncManager | None = None
) -> Iterator[AbstractContextManager[object]]:
    """`Manager().RLock`: a `threading.RLock` in the manager's process."""
    with running(settings, manager) as server:
        yield server.RLock()


@primitive("manager-semaphore", workers="processes", take_turns=acquire_and_release, guards=True)
@contextmanager
def semaphore(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[threading.Semaphore]:
    """`Manager().Semaphore` with one place, so that it excludes as a lock does."""
    with running(settings, manager) as server:
        yield server.Semaphore(1)


@primitive("manager-bounded-semaphore", workers="processes", take_turns=acquire_and_release, guards=True)
@contextmanager
def bounded_semaphore(
    settings: Settings, workers: int, manager: SyncManager | None = None
) -> Iterator[threading.BoundedSemaphore]:
    """`Manager().BoundedSemaphore` with one place: it refuses a release too many."""
    with running(settings, manager) as server:
        yield server.BoundedSemaphore(1)


@primitive("manager-event", workers="processes", take_turns=pass_on, pairs=True)
@contextmanager
def event(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[list[threading.Event]]:
    """A `Manager().Event` for each worker: it waits for its own, clears it, and sets the other's."""
    with running(settings, manager) as server:
        yield ring(server.Event, workers)


@primitive("manager-condition", workers="processes", take_turns=notify_and_wait, pairs=True)
@contextmanager
def condition(
    settings: Settings, workers: int, manager: SyncManager | None = None
) -> Iterator[tuple[threading.Condition, int]]:
    """`Manager().Condition`: each worker notifies the other, and waits until it is notified."""
    with running(settings, manager) as server:
        yield pair(server.Condition(), workers)


@primitive("manager-barrier", workers="processes", take_turns=meet)
@contextmanager
def barrier(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[threading.Barrier]:
    """`Manager().Barrier`: nobody passes before all workers are there."""
    with running(settings, manager) as server:
        yield server.Barrier(workers)
