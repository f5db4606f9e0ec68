"""`multiprocessing.Pool`, a fixed set of worker processes, by each of its methods."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial

from concbench.strategies.strategy import chunks_of_map, chunks_of_one, strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    import queue
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.pool import Pool
    from typing import Any

    from concbench.model.case import Settings
    from concbench.strategies.strategy import RunTasks, SettingName

STARTED: tuple[SettingName, ...] = ("workers", "start_method", "maxtasksperchild")
POOL: tuple[SettingName, ...] = (*STARTED, "warm")
CHUNKED: tuple[SettingName, ...] = (*STARTED, "chunksize", "warm")

PROGRAM = """
import multiprocessing

if __name__ == "__main__":
    {items}
    context = multiprocessing.get_context({start_method})
    with {multiprocessing}.Pool(processes={workers}, initializer={init}, maxtasksperchild={maxtasksperchild}) as pool:
        %s
        pool.close()  # lets the workers finish: the end of this block would kill them
        pool.join()
    print(len(results), "results")
"""
"""Each strategy fills in how it uses the pool."""
AS_THEY_COME = (
    PROGRAM
    % """try:
            %s
        except Exception:
            pool.close()  # killing a pool that is still busy may hang
            pool.join()
            raise"""
)
"""Where a task's exception may come while other tasks run: see `worker_pool`."""


@contextmanager
def worker_pool(settings: Settings) -> Iterator[Pool]:
    """Start a pool; close it when its tasks are done, and terminate it only when this process is about to end.

    When a task has raised, the others finish first: `Pool.terminate` can hang while results are in transit
    (python/cpython#96995). With results of 200 kB it did one time in eight.
    """
    pool = settings.context.Pool(settings.workers, maxtasksperchild=settings.maxtasksperchild)
    try:
        yield pool
    except Exception:
        pool.close()
        raise
    except BaseException:
        pool.terminate()
        raise
    else:
        pool.close()
    finally:
        pool.join()


@strategy(
    "pool-map",
    workers="processes",
    settings=CHUNKED,
    chunks=chunks_of_map,
    program=PROGRAM % "results = pool.map({task}, items, chunksize={chunksize})",
)
@contextmanager
def pool_map(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.map`: items are handed out in chunks; results come back in order, all at once."""
    with worker_pool(settings) as pool:
        yield lambda task, items: pool.map(task, items, settings.chunksize)


@strategy(
    "pool-map-async",
    workers="processes",
    settings=CHUNKED,
    chunks=chunks_of_map,
    program=PROGRAM
    % """promise = pool.map_async({task}, items, chunksize={chunksize})
        results = promise.get()""",
)
@contextmanager
def pool_map_async(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.map_async`, then `get`: as `map`, but the caller could do something else meanwhile."""
    with worker_pool(settings) as pool:
        yield lambda task, items: pool.map_async(task, items, settings.chunksize).get()


@strategy(
    "pool-imap",
    workers="processes",
    settings=CHUNKED,
    chunks=chunks_of_one,
    program=AS_THEY_COME % "results = list(pool.imap({task}, items, chunksize={chunksize}))",
)
@contextmanager
def pool_imap(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.imap`: results come back in order, each as soon as it and all before it are there."""
    with worker_pool(settings) as pool:
        yield lambda task, items: list(pool.imap(task, items, settings.chunksize or 1))


@strategy(
    "pool-imap-unordered",
    workers="processes",
    returns="results in any order",
    settings=CHUNKED,
    chunks=chunks_of_one,
    program=AS_THEY_COME
    % """# In the order in which they are done.
            results = list(pool.imap_unordered({task}, items, chunksize={chunksize}))""",
)
@contextmanager
def pool_imap_unordered(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.imap_unordered`: results come back as soon as they are there, in any order."""
    with worker_pool(settings) as pool:
        yield lambda task, items: list(pool.imap_unordered(task, items, settings.chunksize or 1))


@strategy(
    "pool-starmap",
    workers="processes",
    settings=CHUNKED,
    chunks=chunks_of_map,
    program=PROGRAM % "results = pool.starmap({task}, zip(items), chunksize={chunksize})",
)
@contextmanager
def pool_starmap(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.starmap`: as `map`, with each item unpacked from a tuple of arguments."""
    with worker_pool(settings) as pool:
        yield lambda task, items: pool.starmap(task, zip(items, strict=True), settings.chunksize)


@strategy(
    "pool-apply",
    workers="processes",
    settings=POOL,
    program=PROGRAM % "results = [pool.apply({task}, (item,)) for item in items]",
)
@contextmanager
def pool_apply(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.apply`, one task at a time: it blocks until the result is there, so only one worker is ever busy."""
    with worker_pool(settings) as pool:
        yield lambda task, items: [pool.apply(task, (item,)) for item in items]


@strategy(
    "pool-apply-async",
    workers="processes",
    settings=POOL,
    program=AS_THEY_COME.replace(
        "try:",
        """promises = [pool.apply_async({task}, (item,)) for item in items]
        try:""",
    )
    % "results = [promise.get() for promise in promises]",
)
@contextmanager
def pool_apply_async(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.apply_async` for every task, then `get` for every result."""
    with worker_pool(settings) as pool:

        def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
            promises = [pool.apply_async(task, (item,)) for item in items]
            return [promise.get() for promise in promises]

        yield run


CALLBACK_PROGRAM = """
import multiprocessing
from functools import partial

if __name__ == "__main__":
    {items}
    context = multiprocessing.get_context({start_method})
    with {multiprocessing}.Pool(processes={workers}, initializer={init}, maxtasksperchild={maxtasksperchild}) as pool:
        results = [None] * len(items)
        errors = []
        for index, item in enumerate(items):
            keep = partial(results.__setitem__, index)
            pool.apply_async({task}, (item,), callback=keep, error_callback=errors.append)
        pool.close()  # lets the workers finish: the end of this block would kill them
        pool.join()
    if errors:
        raise errors[0]
    print(len(results), "results")
"""


@strategy("pool-callback", workers="processes", settings=POOL, program=CALLBACK_PROGRAM)
@contextmanager
def pool_callback(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.apply_async` with a `callback` and an `error_callback`, both of which must run in the parent."""
    from queue import SimpleQueue  # here, as no other strategy's host needs it

    with worker_pool(settings) as pool:

        def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
            called: queue.SimpleQueue[tuple[int, int, Any, BaseException | None]] = SimpleQueue()

            def on_result(index: int, result: Any) -> None:
                called.put((index, os.getpid(), result, None))

            def on_error(index: int, error: BaseException) -> None:
                called.put((index, os.getpid(), None, error))

            for index, item in enumerate(items):
                pool.apply_async(
                    task, (item,), callback=partial(on_result, index), error_callback=partial(on_error, index)
                )
            results: list[Any] = [None] * len(items)
            for _ in items:
                index, pid, results[index], error = called.get()
                if error is not None:
                    raise error
                if pid != os.getpid():
                    raise CallbackElsewhere(f"the callback of task {index} ran in process {pid}, not in the parent")
            return results

        yield run


class CallbackElsewhere(Exception):
    """A pool's callback did not run in the process that asked for it."""
