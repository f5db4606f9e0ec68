"""Threads: one a task, in the tutorial's two ways, and a pool of them."""

from __future__ import annotations

import threading
from contextlib import contextmanager

from concbench.strategies.outcome import Outcome, attempt
from concbench.strategies.strategy import WorkerDied, strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from concbench.model import Settings
    from concbench.strategies.strategy import RunTasks

    MakeThread = Callable[[Callable[[Any], Any], Any, Callable[[Outcome], None]], threading.Thread]
    """Makes a thread that runs a task on an item, and hands over what became of it."""


@strategy("thread", workers="threads", settings=("limit",))
@contextmanager
def thread(settings: Settings) -> Iterator[RunTasks]:
    """A `Thread` a task, with the task as its `target`: all started and then joined."""

    def make(task: Callable[[Any], Any], item: Any, hand_over: Callable[[Outcome], None]) -> threading.Thread:
        return threading.Thread(target=perform, args=(task, item, hand_over))

    yield one_each(make, settings.limit)


@strategy("thread-subclass", workers="threads", settings=("limit",))
@contextmanager
def thread_subclass(settings: Settings) -> Iterator[RunTasks]:
    """A `Thread` a task, as a subclass with a `run` of its own: the tutorial's second way."""
    yield one_each(TaskThread, settings.limit)


@strategy("threadpool-map", workers="threads", settings=("workers", "chunksize"))
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


class TaskThread(threading.Thread):
    """A thread whose task is its `run`."""

    def __init__(self, task: Callable[[Any], Any], item: Any, hand_over: Callable[[Outcome], None]) -> None:
        super().__init__()
        self.task = task
        self.item = item
        self.hand_over = hand_over

    def run(self) -> None:
        """Run the task, and hand over what became of it."""
        perform(self.task, self.item, self.hand_over)


def perform(task: Callable[[Any], Any], item: Any, hand_over: Callable[[Outcome], None]) -> None:
    """Run the task, and hand over what became of it, also where it leaves its thread by SystemExit."""
    outcome = Outcome(error=WorkerDied("a thread ended without its task's result: the task left by SystemExit"))
    try:
        outcome = attempt(task, item)
    finally:
        hand_over(outcome)


def one_each(make: MakeThread, limit: int | None) -> RunTasks:
    """Run every item in a thread of its own, at most `limit` of them at once."""

    def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        outcomes: dict[int, Outcome] = {}
        places = threading.Semaphore(limit) if limit is not None else None

        def hand_over_of(index: int) -> Callable[[Outcome], None]:
            def hand_over(outcome: Outcome) -> None:
                outcomes[index] = outcome
                if places is not None:
                    places.release()

            return hand_over

        started: list[threading.Thread] = []
        try:
            for index, item in enumerate(items):
                if places is not None:
                    places.acquire()
                worker = make(task, item, hand_over_of(index))
                worker.start()
                started.append(worker)
        finally:  # also where the system refuses the next thread: those that run are waited for
            for worker in started:
                worker.join()
        return [outcomes[index].get() for index in range(len(items))]

    return run
