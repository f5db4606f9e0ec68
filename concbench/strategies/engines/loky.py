"""loky: an executor of processes that is kept from one use to the next, and notices workers that die.

Where psutil is installed, a worker that holds 300 MB more than at first is replaced after its task.
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

IDLE = 10
"""Seconds after which an idle worker ends, by default."""


@strategy(
    "loky",
    engine="loky",
    workers="processes",
    start_method=spawned,
    settings=("workers", "chunksize", "warm"),
    chunks=chunks_of_one,
    opening=0.3,
    missing=needs("loky"),
    program="""
from loky import get_reusable_executor

if __name__ == "__main__":
    {items}
    executor = get_reusable_executor(max_workers={workers}, initializer={init})
    results = list(executor.map({task}, items, chunksize={chunksize}))
    print(len(results), "results")
""",
)
@contextmanager
def loky(settings: Settings) -> Iterator[RunTasks]:
    """`loky.get_reusable_executor`, by its `map`: processes that outlive a call, and by default a chunk is one task."""
    from loky import get_reusable_executor

    # Workers that are kept end after ten idle seconds by default, and a round may take longer.
    executor = get_reusable_executor(max_workers=settings.workers, timeout=None if settings.warm else IDLE)
    try:
        with losing_workers("TerminatedWorkerError", "BrokenProcessPool"):
            yield lambda task, items: list(executor.map(task, items, chunksize=settings.chunksize or 1))
    except BaseException:
        executor.shutdown(wait=True, kill_workers=True)
        raise
    executor.shutdown(wait=True)
