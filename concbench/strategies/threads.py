"""Threads: one a task, in the tutorial's two ways, and a pool of them."""

from __future__ import annotations

import threading
from contextlib import contextmanager

from concbench.strategies.chunks import chunks_of_map
from concbench.strategies.strategy import strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from concbench.model import Settings
    from concbench.strategies.strategy import RunTasks

    MakeThread = Callable[["Tray", Callable[[Any], Any], int, Any], threading.Thread]
    """Makes a thread that runs a task on an item, and puts what came out into its place of the tray."""


@strategy("thread", workers="threads", settings=("limit",))
@contextmanager
def thread(settings: Settings) -> Iterator[RunTasks]:
    """A `Thread` a task, with the task as its `target`: all started and then joined."""

    def make(tray: Tray, task: Callable[[Any], Any], index: int, item: Any) -> threading.Thread:
        return threading.Thread(target=tray.fill, args=(task, index, item))

    yield one_each(make, settings.limit)


@strategy("thread-subclass", workers="threads", settings=("limit",))
@contextmanager
def thread_subclass(settings: Settings) -> Iterator[RunTasks]:
    """A `Thread` a task, as a subclass with a `run` of its own: the tutorial's second way."""
    yield one_each(TaskThread, settings.limit)


@strategy("threadpool-map", workers="threads", settings=("workers", "chunksize"), chunks=chunks_of_map)
@contextmanager
def threadpool_map(settings: Settings) -> Iterator[RunTasks]:
    """`multiprocessing.pool.ThreadPool.map`: a fixed set of threads behind the interface of `Pool`."""
    from multiprocessing.pool import ThreadPool  # here, so that no other strategy's host carries it

    pool = ThreadPool(settings.workers)
    try:
        yield lambda task, items: pool.map(task, items, settings.chunksize)
    except BaseException:
        pool.terminate()
        raise
    else:
        pool.close()
    finally:
        pool.join()


class Tray:
    """A place for the result of every task, filled by the threads: as little of ours as can be in each of them."""

    def __init__(self, size: int) -> None:
        self.results: list[Any] = [None] * size
        self.errors: dict[int, BaseException] = {}

    def fill(self, task: Callable[[Any], Any], index: int, item: Any) -> None:
        """Run a task, and keep its result, or what it raised."""
        try:
            self.results[index] = task(item)
        except BaseException as error:  # noqa: BLE001 - SystemExit, too, leaves the task without a result
            self.errors[index] = error

    def all(self) -> list[Any]:
        """Return all results; raises what the first of the tasks that raised did."""
        if self.errors:
            raise self.errors[min(self.errors)]
        return self.results


class LimitedTray(Tray):
    """A tray that only so many threads may be filling at once."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(size)
        self.places = threading.Semaphore(limit)

    def fill(self, task: Callable[[Any], Any], index: int, item: Any) -> None:
        """Run a task as any tray does, and give its place back."""
        super().fill(task, index, item)
        self.places.release()


class TaskThread(threading.Thread):
    """A thread whose task is its `run`."""

    def __init__(self, tray: Tray, task: Callable[[Any], Any], index: int, item: Any) -> None:
        super().__init__()
        self.tray = tray
        self.task = task
        self.index = index
        self.item = item

    def run(self) -> None:
        """Run the task, and keep what came out."""
        self.tray.fill(self.task, self.index, self.item)


def one_each(make: MakeThread, limit: int | None) -> RunTasks:
    """Run every item in a thread of its own, at most `limit` of them at once."""

    def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        tray = Tray(len(items)) if limit is None else LimitedTray(len(items), limit)
        started: list[threading.Thread] = []
        try:
            for index, item in enumerate(items):
                if isinstance(tray, LimitedTray):
                    tray.places.acquire()
                worker = make(tray, task, index, item)
                worker.start()
                started.append(worker)
        finally:  # also where the system refuses the next thread: those that run are waited for
            for worker in started:
                worker.join()
        return tray.all()

    return run
