"""MPI, by mpi4py: processes that a parallel machine starts, here those of `mpiexec` on this one.

Workers start when they are first needed, by `mpiexec`, which has to be on the PATH: without it, MPI ends the whole
process, and it kills that process, too, when a worker dies. Waiting for a message, mpi4py sleeps for a millisecond at
most.
"""

from __future__ import annotations

import os
from contextlib import contextmanager

from concbench.strategies.engines.engine import losing_workers, needs, own_programs
from concbench.strategies.strategy import chunks_of_one, spawned, strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator

    from concbench.model.case import Settings
    from concbench.strategies.strategy import RunTasks


@strategy(
    "mpi",
    engine="mpi4py",
    workers="processes",
    start_method=spawned,
    settings=("workers", "chunksize", "warm"),
    chunks=chunks_of_one,
    dies_together=True,
    opening=1.0,
    missing=needs("mpi4py", "mpiexec"),
    program="""
from mpi4py.futures import MPIPoolExecutor

if __name__ == "__main__":
    {items}
    with MPIPoolExecutor(max_workers={workers}, initializer={init}) as executor:
        results = list(executor.map({task}, items, chunksize={chunksize}))
    print(len(results), "results")
""",
)
@contextmanager
def mpi(settings: Settings) -> Iterator[RunTasks]:
    """`mpi4py.futures.MPIPoolExecutor.map`: processes that MPI starts; by default a chunk is one task."""
    path = os.environ.get("PATH", os.defpath)
    if own_programs() not in path.split(os.pathsep):
        os.environ["PATH"] = f"{path}{os.pathsep}{own_programs()}"
    from mpi4py.futures import MPIPoolExecutor

    # Workers that import the host's module would be hosts without a case.
    with losing_workers("BrokenExecutor"), MPIPoolExecutor(settings.workers, main=False) as executor:
        executor.bootup(wait=True)
        yield lambda task, items: list(executor.map(task, items, chunksize=settings.chunksize or 1))
