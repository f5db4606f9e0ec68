"""joblib: `Parallel` on worker processes of its own, which are loky's, or on threads.

Its batches grow until they take 0.2 s, unless a chunksize is given. Processes get NumPy arrays of 1 MB and more as maps
of a file, and share the cores between the threads of OpenBLAS and its like. With one worker, joblib runs the tasks in
the calling thread.
"""

from __future__ import annotations

from contextlib import contextmanager

from concbench.strategies.engines.engine import losing_workers, needs
from concbench.strategies.strategy import chunks_of_one, spawned, strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator

    from concbench.model.case import Settings
    from concbench.strategies.strategy import RunTasks

PROGRAM = """
from joblib import Parallel, delayed

if __name__ == "__main__":
    {items}
    parallel = Parallel(n_jobs={workers}, backend="%s", batch_size={chunksize})
    results = parallel(delayed({task})(item) for item in items)
    print(len(results), "results")
"""

KEPT = 24 * 3600
"""Seconds: longer than any run."""


def shared_cores(settings: Settings, cores: int) -> int:
    """How many threads joblib lets libraries have in each worker, so that together they have one for each core."""
    return max(1, cores // (settings.workers or 1))


@strategy(
    "joblib-loky",
    engine="joblib",
    workers="processes",
    start_method=spawned,
    inner_threads=shared_cores,
    settings=("workers", "chunksize", "warm"),
    chunks=chunks_of_one,
    grows=True,
    opening=0.6,
    missing=needs("joblib"),
    program=PROGRAM % "loky",
)
@contextmanager
def joblib_loky(settings: Settings) -> Iterator[RunTasks]:
    """`joblib.Parallel` on processes, its default: batches of tasks grow until they take 0.2 s."""
    from joblib.externals.loky import get_reusable_executor

    try:
        with losing_workers("TerminatedWorkerError", "BrokenProcessPool"), _parallel(settings, "loky") as run_tasks:
            yield run_tasks
    except BaseException:
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
        raise
    # Leaving it keeps the workers for the next call, for five minutes: a sample that starts them has to end them.
    get_reusable_executor().shutdown(wait=True)


@strategy(
    "joblib-threads",
    engine="joblib",
    workers="threads",
    settings=("workers", "chunksize", "warm"),
    chunks=chunks_of_one,
    grows=True,
    missing=needs("joblib"),
    program=PROGRAM % "threading",
)
@contextmanager
def joblib_threads(settings: Settings) -> Iterator[RunTasks]:
    """`joblib.Parallel` on threads."""
    with _parallel(settings, "threading") as run_tasks:
        yield run_tasks


@contextmanager
def _parallel(settings: Settings, backend: str) -> Iterator[RunTasks]:
    from joblib import Parallel, delayed

    # Idle workers end after five minutes by default; those that are kept wait for as long as a run takes.
    more = {"idle_worker_timeout": KEPT} if settings.warm and backend == "loky" else {}
    with Parallel(settings.workers, backend=backend, batch_size=settings.chunksize or "auto", **more) as parallel:
        yield lambda task, items: parallel(delayed(task)(item) for item in items)
