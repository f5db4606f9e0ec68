"""A fixed set of worker processes: `multiprocessing.Pool`, by each of its methods."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial

from concbench.strategies.chunks import chunks_as_asked, chunks_of_map
from concbench.strategies.strategy import strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    import queue
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.pool import Pool
    from typing import Any

    from concbench.model import Settings
    from concbench.strategies.strategy import RunTasks, SettingName

POOL: tuple[SettingName, ...] = ("workers", "start_method", "maxtasksperchild")
CHUNKED: tuple[SettingName, ...] = (*POOL, "chunksize")


@contextmanager
def worker_pool(settings: Settings) -> Iterator[Pool]:
    """Start a pool; take it down in order, also after a task that raised, and at once where this process is to end.

    After a task that raised the others are done first: `Pool.terminate` may wait for ever while results are under way
    (python/cpython#96995), as one in eight times here where each was of 200 kB.
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


@strategy("pool-map", workers="processes", settings=CHUNKED, chunks=chunks_of_map)
@contextmanager
def pool_map(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.map`: the items are handed out in chunks, the results come back in order, all at once."""
    with worker_pool(settings) as pool:
        yield lambda task, items: pool.map(task, items, settings.chunksize)


@strategy("pool-map-async", workers="processes", settings=CHUNKED, chunks=chunks_of_map)
@contextmanager
def pool_map_async(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.map_async` and then `get`: as `map`, but the caller could do something else meanwhile."""
    with worker_pool(settings) as pool:
        yield lambda task, items: pool.map_async(task, items, settings.chunksize).get()


@strategy("pool-imap", workers="processes", settings=CHUNKED, chunks=chunks_as_asked)
@contextmanager
def pool_imap(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.imap`: the results come back in order, each as soon as it and those before it are there."""
    with worker_pool(settings) as pool:
        yield lambda task, items: list(pool.imap(task, items, settings.chunksize or 1))


@strategy(
    "pool-imap-unordered",
    workers="processes",
    returns="results in any order",
    settings=CHUNKED,
    chunks=chunks_as_asked,
)
@contextmanager
def pool_imap_unordered(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.imap_unordered`: the results come back as they are done, in whatever order."""
    with worker_pool(settings) as pool:
        yield lambda task, items: list(pool.imap_unordered(task, items, settings.chunksize or 1))


@strategy("pool-starmap", workers="processes", settings=CHUNKED, chunks=chunks_of_map)
@contextmanager
def pool_starmap(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.starmap`: as `map`, with each item unpacked from a tuple of arguments."""
    with worker_pool(settings) as pool:
        yield lambda task, items: pool.starmap(task, zip(items, strict=True), settings.chunksize)


@strategy("pool-apply", workers="processes", settings=POOL)
@contextmanager
def pool_apply(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.apply`, a task at a time: it blocks until the result is there, so one worker works at most."""
    with worker_pool(settings) as pool:
        yield lambda task, items: [pool.apply(task, (item,)) for item in items]


@strategy("pool-apply-async", workers="processes", settings=POOL)
@contextmanager
def pool_apply_async(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.apply_async` for every task, and then `get` on every one."""
    with worker_pool(settings) as pool:

        def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
            promises = [pool.apply_async(task, (item,)) for item in items]
            return [promise.get() for promise in promises]

        yield run


@strategy("pool-callback", workers="processes", settings=POOL)
@contextmanager
def pool_callback(settings: Settings) -> Iterator[RunTasks]:
    """`Pool.apply_async` with a `callback` and an `error_callback`, both of which must run in the parent."""
    from queue import SimpleQueue  # here, so that no other strategy's host carries it

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
