"""dask.distributed: a scheduler in the calling process, and workers that it knows by their connections.

The scheduler computes a task once for all calls that are alike, which `pure=False` turns off here. Its workers are
children of nannies, threads of the calling process, that set the number of threads of OpenBLAS and its like to one.
"""

from __future__ import annotations

from contextlib import contextmanager

from concbench.strategies.engines.cluster import NO_ADDRESS, PATIENCE, answers, modules_to_carry, usage_of
from concbench.strategies.engines.engine import losing_workers, needs
from concbench.strategies.strategy import Unavailable, one_thread, spawned, strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from concbench.model.case import Settings
    from concbench.strategies.engines.cluster import Cluster, Usage
    from concbench.strategies.strategy import RunTasks

PROGRAM = """
from distributed import Client, LocalCluster

if __name__ == "__main__":
    {items}
    cluster = LocalCluster(%s, dashboard_address=None)
    with cluster, Client(cluster) as client:
        # Not pure: of calls that are alike, each is run.
        results = client.gather(client.map({task}, items, pure=False))
    print(len(results), "results")
"""


@strategy(
    "dask-processes",
    engine="distributed",
    workers="processes",
    settings=("workers", "start_method", "warm"),
    start_method=spawned,
    inner_threads=one_thread,
    opening=3.0,
    missing=needs("distributed"),
    program=PROGRAM % "n_workers={workers}, threads_per_worker=1",
)
@contextmanager
def dask_processes(settings: Settings) -> Iterator[RunTasks]:
    """`Client.map` of dask.distributed on a local cluster of processes, one thread each; tasks go out one by one."""
    import dask
    import distributed  # noqa: F401 - before it is configured: leaving `set` forgets what an import in between brings

    method = settings.start_method or spawned()
    with (
        dask.config.set({"distributed.worker.multiprocessing-method": method}),
        _cluster(n_workers=settings.workers, threads_per_worker=1, processes=True) as run_tasks,
    ):
        yield run_tasks


@strategy(
    "dask-threads",
    engine="distributed",
    workers="threads",
    settings=("workers", "warm"),
    opening=0.6,
    missing=needs("distributed"),
    program=PROGRAM % "n_workers=1, threads_per_worker={workers}, processes=False",
)
@contextmanager
def dask_threads(settings: Settings) -> Iterator[RunTasks]:
    """`Client.map` of dask.distributed on a local cluster of one worker, whose threads are of the calling process."""
    with _cluster(n_workers=1, threads_per_worker=settings.workers, processes=False) as run_tasks:
        yield run_tasks


@contextmanager
def _cluster(**shape: Any) -> Iterator[RunTasks]:
    """A cluster of this process and its children, whose workers have all reported; without a dashboard."""
    import warnings

    import dask
    from distributed import Client, LocalCluster

    warnings.filterwarnings("ignore", "Sending large graph")  # what that costs is in the figures
    # A task whose worker has died has failed: by default, it would be tried on three others.
    once = {"distributed.scheduler.allowed-failures": 0}
    # Its scheduler serves pages even without a dashboard, and warns where another one has the usual port.
    anywhere = {"dashboard_address": "127.0.0.1:0"}
    quiet: dict[str, Any] = {"dashboard_address": None, "silence_logs": "CRITICAL", "scheduler_kwargs": anywhere}
    with (
        dask.config.set(once),
        losing_workers("KilledWorker"),
        LocalCluster(**shape, **quiet) as cluster,
        Client(cluster) as client,
    ):
        client.wait_for_workers(shape["n_workers"])

        def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
            results: list[Any] = client.gather(client.map(task, items, pure=False))
            return results

        yield run


# A cluster that exists


class _Workers:
    """The workers of a scheduler, as a client sees them; see `Cluster`."""

    def __init__(self, client: Any) -> None:
        self.client = client

    @property
    def lanes(self) -> int:
        """See `Cluster`."""
        return sum(self.client.nthreads().values())

    def read(self) -> dict[str, Usage]:
        """See `Cluster`."""
        lanes: dict[str, int] = self.client.nthreads()
        found: dict[str, Usage] = self.client.run(usage_of)
        return {
            worker: {**usage, "node": node_of(worker), "workers": 1, "lanes": lanes.get(worker, 0)}
            for worker, usage in found.items()
        }


def node_of(worker: str) -> str:
    """The machine of a worker, from its address.

    >>> node_of("tcp://10.0.0.7:41567"), node_of("tls://[fe80::1]:8786")
    ('10.0.0.7', '[fe80::1]')
    """
    return worker.rpartition("://")[2].rpartition(":")[0] or worker


@contextmanager
def _connected(settings: Settings) -> Iterator[Any]:
    """A client of the scheduler at the address, which it leaves as it was; raises Unavailable."""
    from cloudpickle import register_pickle_by_value
    from distributed import Client

    if settings.engine_address is None:
        raise Unavailable(NO_ADDRESS)
    if not answers(settings.engine_address):
        raise Unavailable(f"no scheduler of dask answers at {settings.engine_address}")
    for module in modules_to_carry():
        register_pickle_by_value(module)
    try:
        client = Client(settings.engine_address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Unavailable(f"no scheduler of dask answers at {settings.engine_address}: {error}") from error
    with client:
        if not client.nthreads():
            raise Unavailable(f"the scheduler at {settings.engine_address} has no workers")
        yield client


@contextmanager
def dask_workers(settings: Settings) -> Iterator[Cluster]:
    """The workers of a cluster that exists."""
    with _connected(settings) as client:
        yield _Workers(client)


@strategy(
    "dask-cluster",
    engine="distributed",
    workers="processes",
    settings=("engine_address", "warm"),
    start_method=spawned,
    opening=0.5,
    missing=needs("distributed"),
    connect=dask_workers,
    program="""
from distributed import Client

if __name__ == "__main__":
    {items}
    with Client(address={engine_address}) as client:
        # Not pure: of calls that are alike, each is run.
        results = client.gather(client.map({task}, items, pure=False))
    print(len(results), "results")
""",
)
@contextmanager
def dask_cluster(settings: Settings) -> Iterator[RunTasks]:
    """`Client.map` of dask.distributed on the cluster at `--engine-address`; tasks go out one by one."""
    with losing_workers("KilledWorker"), _connected(settings) as client:

        def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
            # A function that has no name to be imported by, so that it is sent with all that it calls.
            results: list[Any] = client.gather(client.map(lambda item: task(item), items, pure=False))
            return results

        yield run
