"""mpire: a pool that forks its workers wherever the system can, also where Python no longer does by default.

It calls a function with the parts of a tuple, a list or a dictionary as arguments, so each item is given as a tuple of
one; and it would join results that are NumPy arrays into a single one.
"""

from __future__ import annotations

from contextlib import contextmanager

from concbench.strategies.engines.engine import losing_workers, needs
from concbench.strategies.strategy import strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from concbench.model.case import Settings
    from concbench.strategies.strategy import RunTasks

CHUNKS_EACH = 64
"""Chunks for each worker, unless a chunksize is given."""


def chunks_of_mpire(settings: Settings, items: int) -> int:
    """The chunksize of `WorkerPool.map`, as its `apply_numpy_chunking` and `chunk_tasks` compute it."""
    return settings.chunksize or max(1, -(-items // (CHUNKS_EACH * (settings.workers or 1))))


def usual_start_method() -> str:
    """The start method of a `WorkerPool`, whatever the interpreter's own is."""
    import multiprocessing

    return "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"


@strategy(
    "mpire",
    engine="mpire",
    workers="processes",
    settings=("workers", "start_method", "maxtasksperchild", "chunksize", "warm"),
    chunks=chunks_of_mpire,
    start_method=usual_start_method,
    opening=0.2,
    missing=needs("mpire"),
    program="""
from mpire import WorkerPool

if __name__ == "__main__":
    {items}
    with WorkerPool(n_jobs={workers}, start_method={start_method}) as pool:
        # A tuple for each item, as mpire unpacks what it gets into arguments.
        results = pool.map({task}, [(item,) for item in items], chunk_size={chunksize}, \
worker_lifespan={maxtasksperchild}, concatenate_numpy_output=False)
    print(len(results), "results")
""",
)
@contextmanager
def mpire(settings: Settings) -> Iterator[RunTasks]:
    """`mpire.WorkerPool.map`: by default 64 chunks for each worker, and workers that are forks."""
    from mpire import WorkerPool

    method = settings.start_method or usual_start_method()
    with (
        losing_workers("RuntimeError", saying="died unexpectedly"),
        WorkerPool(settings.workers, start_method=method, keep_alive=settings.warm) as pool,
    ):

        def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
            # A list: of what has no length, it would need that beside it.
            results: list[Any] = pool.map(
                task,
                [(item,) for item in items],
                chunk_size=settings.chunksize,
                worker_lifespan=settings.maxtasksperchild,
                concatenate_numpy_output=False,
            )
            return results

        yield run
        if settings.warm:
            pool.stop_and_join()  # the end of the block would kill them
