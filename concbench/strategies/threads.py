"""One thread for each task, in the original tutorial's two ways, and a pool of threads."""

from __future__ import annotations

import threading
from contextlib import contextmanager

from concbench.strategies.strategy import chunks_of_map, strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from concbench.model.case import Settings
    from concbench.strategies.strategy import RunTasks

    MakeThread = Callable[["_Tray", Callable[[Any], Any], int, Any], threading.Thread]
    """Makes a thread that runs a task on an item, and puts the result into its place in the tray."""


THREAD_PROGRAM = """
from threading import Semaphore  #? limit
from threading import Thread

PLACES = Semaphore({limit})


def work(found, index, item):
    found[index] = {task}(item)  #? not limit
    try:  #? limit
        found[index] = {task}(item)
    finally:  #? limit
        PLACES.release()


if __name__ == "__main__":
    {items}
    {once}
    found = {}
    threads = []
    for index, item in enumerate(items):
        PLACES.acquire()  #? limit
        thread = Thread(target=work, args=(found, index, item))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    # An exception in a thread is printed, and its result is missing: a KeyError here.
    results = [found[index] for index in range(len(items))]
    print(len(results), "results")
"""


@strategy("thread", workers="threads", settings=("limit",), program=THREAD_PROGRAM)
@contextmanager
def thread(settings: Settings) -> Iterator[RunTasks]:
    """A `Thread` for each task, with the task as its `target`: all are started, then joined."""

    def make(tray: _Tray, task: Callable[[Any], Any], index: int, item: Any) -> threading.Thread:
        return threading.Thread(target=tray.fill, args=(task, index, item))

    yield _one_each(make, settings.limit)


SUBCLASS_PROGRAM = """
from threading import Semaphore  #? limit
from threading import Thread

PLACES = Semaphore({limit})


class TaskThread(Thread):
    def __init__(self, item):
        super().__init__()
        self.item = item

    def run(self):
        self.result = {task}(self.item)  #? not limit
        try:  #? limit
            self.result = {task}(self.item)
        finally:  #? limit
            PLACES.release()


if __name__ == "__main__":
    {items}
    {once}
    threads = []
    for item in items:
        PLACES.acquire()  #? limit
        thread = TaskThread(item)
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    # An exception in a thread is printed, and its result is missing: an AttributeError here.
    results = [thread.result for thread in threads]
    print(len(results), "results")
"""


@strategy("thread-subclass", workers="threads", settings=("limit",), program=SUBCLASS_PROGRAM)
@contextmanager
def thread_subclass(settings: Settings) -> Iterator[RunTasks]:
    """A `Thread` for each task, as a subclass with its own `run`: the original tutorial's second way."""
    yield _one_each(_TaskThread, settings.limit)


@strategy(
    "threadpool-map",
    workers="threads",
    settings=("workers", "chunksize", "warm"),
    chunks=chunks_of_map,
    program="""
from multiprocessing.pool import ThreadPool

if __name__ == "__main__":
    {items}
    {once}
    with ThreadPool(processes={workers}, initializer={init}) as pool:
        results = pool.map({task}, items, chunksize={chunksize})
    print(len(results), "results")
""",
)
@contextmanager
def threadpool_map(settings: Settings) -> Iterator[RunTasks]:
    """`multiprocessing.pool.ThreadPool.map`: a fixed set of threads behind the interface of `Pool`."""
    from multiprocessing.pool import ThreadPool  # here, as no other strategy's host needs it

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


class _Tray:
    """A place for the result of every task, which the threads fill with as little code of ours as possible."""

    def __init__(self, size: int) -> None:
        self.results: list[Any] = [None] * size
        self.errors: dict[int, BaseException] = {}

    def fill(self, task: Callable[[Any], Any], index: int, item: Any) -> None:
        try:
            self.results[index] = task(item)
        except BaseException as error:  # noqa: BLE001 - SystemExit, too, leaves the task without a result
            self.errors[index] = error

    def all(self) -> list[Any]:
        """All results; raises the exception of the first task that raised one."""
        if self.errors:
            raise self.errors[min(self.errors)]
        return self.results


class _LimitedTray(_Tray):
    """A tray that at most `limit` threads fill at once."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(size)
        self.places = threading.Semaphore(limit)

    def fill(self, task: Callable[[Any], Any], index: int, item: Any) -> None:
        super().fill(task, index, item)
        self.places.release()


class _TaskThread(threading.Thread):
    """A thread whose task is its `run`."""

    def __init__(self, tray: _Tray, task: Callable[[Any], Any], index: int, item: Any) -> None:
        super().__init__()
        self.tray = tray
        self.task = task
        self.index = index
        self.item = item

    def run(self) -> None:
        self.tray.fill(self.task, self.index, self.item)


def _one_each(make: MakeThread, limit: int | None) -> RunTasks:
    """Run every task in a thread of its own, at most `limit` of them at once."""

    def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        tray = _Tray(len(items)) if limit is None else _LimitedTray(len(items), limit)
        started: list[threading.Thread] = []
        try:
            for index, item in enumerate(items):
                if isinstance(tray, _LimitedTray):
                    tray.places.acquire()
                worker = make(tray, task, index, item)
                worker.start()
                started.append(worker)
        finally:  # also where the system refuses the next thread
            for worker in started:
                worker.join()
        return tray.all()

    return run
