"""The standard library's seven primitives in three families: for processes, of a manager, and for threads.

`multiprocessing`, a manager and `threading` give these classes the same names, so a kind and a family make a primitive.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager

from concbench.primitives.primitive import primitive
from concbench.primitives.turns import acquire_and_release, meet, notify_and_wait, pair, pass_on, ring

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.managers import SyncManager
    from typing import Any

    from concbench.model.case import Settings
    from concbench.primitives.primitive import Workers

    Make = Callable[[Any, int], Any]
    """Makes what a number of workers share, from a family's classes."""

KINDS: dict[str, tuple[Make, Callable[[Any, int, int], None], str]] = {
    "lock": (
        lambda library, _workers: library.Lock(),
        acquire_and_release,
        "`{}.Lock`: one holder at a time, which may not acquire it again.",
    ),
    "rlock": (
        lambda library, _workers: library.RLock(),
        acquire_and_release,
        "`{}.RLock`: one holder at a time, which may acquire it again.",
    ),
    "semaphore": (
        lambda library, _workers: library.Semaphore(1),
        acquire_and_release,
        "`{}.Semaphore` with one place, so that it excludes as a lock does.",
    ),
    "bounded-semaphore": (
        lambda library, _workers: library.BoundedSemaphore(1),
        acquire_and_release,
        "`{}.BoundedSemaphore` with one place: it raises if released too often.",
    ),
    "event": (
        lambda library, workers: ring(library.Event, workers),
        pass_on,
        "A `{}.Event` for each worker: it waits for its own, clears it, and sets the other's.",
    ),
    "condition": (
        lambda library, workers: pair(library.Condition(), workers),
        notify_and_wait,
        "`{}.Condition`: each worker notifies the other, and waits until it is notified.",
    ),
    "barrier": (
        lambda library, workers: library.Barrier(workers),
        meet,
        "`{}.Barrier`: no worker passes before all have arrived.",
    ),
}
"""How each is made, how a worker takes turns on it, and what it is, of a given library."""


def _of_processes(make: Make) -> Callable[..., Iterator[Any]]:
    """Open a primitive of `multiprocessing`. Nothing is closed: the system's semaphores go with the last reference."""

    def opened(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[Any]:
        yield make(settings.context, workers)

    return opened


def _of_a_manager(make: Make) -> Callable[..., Iterator[Any]]:
    """Open a primitive of the manager that is given, or of one of its own.

    It is one of `threading` in the manager's process, where each worker's connection has a thread of its own, so an
    RLock there can distinguish workers.
    """

    def opened(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[Any]:
        if manager is not None:
            yield make(manager, workers)
        else:
            with settings.context.Manager() as own:
                yield make(own, workers)

    return opened


def _of_threads(make: Make) -> Callable[..., Iterator[Any]]:
    def opened(settings: Settings, workers: int, manager: SyncManager | None = None) -> Iterator[Any]:
        yield make(threading, workers)

    return opened


FAMILIES: tuple[tuple[str, str, Workers, Callable[[Make], Callable[..., Iterator[Any]]]], ...] = (
    ("", "multiprocessing", "processes", _of_processes),
    ("manager-", "Manager()", "processes", _of_a_manager),
    ("thread-", "threading", "threads", _of_threads),
)
for prefix, library, workers, family in FAMILIES:
    for kind, (make, take_turns, about) in KINDS.items():
        opened = family(make)
        opened.__doc__ = about.format(library)
        primitive(
            prefix + kind,
            workers=workers,
            take_turns=take_turns,
            pairs=kind in ("event", "condition"),
        )(contextmanager(opened))
