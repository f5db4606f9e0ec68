"""ray: workers that read tasks' arguments from an object store, behind servers for objects, nodes and the cluster.

`ray.init` joins an instance that runs already unless its address is `local`, takes over SIGTERM, would write an
authentication token into the home folder where that is required, and reserves 30 % of the memory for its store. Workers
set the number of threads of OpenBLAS and its like to one.
"""

from __future__ import annotations

import os
import re
from contextlib import ExitStack, contextmanager
from functools import partial

from concbench.strategies.engines.cluster import NO_ADDRESS, answers, modules_to_carry, usage_of
from concbench.strategies.engines.engine import losing_workers, needs
from concbench.strategies.strategy import TaskTraceback, Unavailable, one_thread, spawned, strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from concbench.model.case import Settings
    from concbench.strategies.engines.cluster import Cluster, Usage
    from concbench.strategies.strategy import RunTasks

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
QUIET = {
    "RAY_AUTH_MODE": "disabled",  # or it may write a token into the home folder
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is sent anywhere
    "RAY_IGNORE_UNHANDLED_ERRORS": "1",  # once a task has raised, nothing asks for the others
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # and it says nothing of that
}
"""What ray reads from the environment when it is imported, and what its processes inherit."""


@strategy(
    "ray",
    engine="ray",
    workers="processes",
    start_method=spawned,
    inner_threads=one_thread,
    settings=("workers", "warm"),
    opening=6.0,
    missing=needs("ray"),
    program="""
import ray

if __name__ == "__main__":
    {items}
    ray.init(address="local", num_cpus={workers}, include_dashboard=False)
    remote = ray.remote({task})
    results = ray.get([remote.remote(item) for item in items])
    ray.shutdown()
    print(len(results), "results")
""",
)
@contextmanager
def ray(settings: Settings) -> Iterator[RunTasks]:
    """`ray.remote` for every task, then `ray.get`: a local cluster with servers of its own, tasks go out one by one."""
    import tempfile

    # Ray's default, `None`, joins what is named by RAY_ADDRESS or was started on this machine before.
    with _initialised(
        address="local", num_cpus=settings.workers, include_dashboard=False, _temp_dir=tempfile.gettempdir()
    ):
        yield _run


def _run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    from inspect import isfunction  # here, as only hosts of ray need it

    import ray

    with losing_workers("WorkerCrashedError", "LocalRayletDiedError", "NodeDiedError", "OutOfMemoryError"):
        # A task whose worker has died has failed, and is not repeated.
        options = {"max_retries": 0}
        if isfunction(task):
            remote = ray.remote(**options)(task).remote
        else:  # ray takes functions only; anything else is an object in its store, once for all calls
            remote = partial(ray.remote(**options)(lambda function, item: function(item)).remote, ray.put(task))
        try:
            results: list[Any] = ray.get([remote(item) for item in items])
        except ray.exceptions.RayTaskError as error:  # which is of the task's own type as well, and has its own text
            raise error.cause from TaskTraceback(COLOUR.sub("", str(error)))
        return results


@contextmanager
def _initialised(**how: Any) -> Iterator[Any]:
    """What `ray.init` returns, with everything quiet; this process's handler of SIGTERM stays its own."""
    import signal

    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    import ray

    before = signal.getsignal(signal.SIGTERM)
    try:
        yield ray.init(configure_logging=False, log_to_driver=False, **how)
    finally:
        ray.shutdown()
        signal.signal(signal.SIGTERM, before)


# A cluster that exists


class _Nodes:
    """The nodes of a cluster, as this process's driver sees them; see `Cluster`."""

    @property
    def lanes(self) -> int:
        """See `Cluster`."""
        import ray

        return int(ray.cluster_resources().get("CPU", 1))

    def read(self) -> dict[str, Usage]:
        """See `Cluster`: a task on each node asks about its raylet, whose children the workers are, one for a CPU."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        def ask() -> Usage:
            return usage_of(os.getppid())

        nodes = [node for node in ray.nodes() if node["Alive"]]
        asked = []
        for node in nodes:
            there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            asked.append(ray.remote(num_cpus=0, scheduling_strategy=there)(ask).remote())
        found: dict[str, Usage] = {}
        for node, usage in zip(nodes, ray.get(asked), strict=True):
            lanes = int(node["Resources"].get("CPU", 0))
            found[node["NodeID"]] = {**usage, "node": node["NodeManagerAddress"], "workers": lanes, "lanes": lanes}
        return found


@contextmanager
def ray_nodes(settings: Settings) -> Iterator[Cluster]:
    """The nodes of a cluster that exists, connected to as long as a host has the case.

    A process has one connection at a time, and with it end the workers that have run its tasks, so that what they
    used would be lost. So a sample has none of its own.
    """
    with _connected(settings):
        yield _Nodes()


@contextmanager
def _connected(settings: Settings) -> Iterator[None]:
    """A driver on the cluster at the address, which it leaves as it was; raises Unavailable."""
    from ray import cloudpickle

    if settings.engine_address is None:
        raise Unavailable(NO_ADDRESS)
    if not answers(settings.engine_address):
        raise Unavailable(f"no cluster answers at {settings.engine_address}")
    for module in modules_to_carry():
        cloudpickle.register_pickle_by_value(module)
    with ExitStack() as stack:
        try:
            stack.enter_context(_initialised(address=settings.engine_address))
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise Unavailable(f"no cluster of ray answers at {settings.engine_address}: {error}") from error
        yield


@strategy(
    "ray-cluster",
    engine="ray",
    workers="processes",
    settings=("engine_address",),
    start_method=spawned,
    inner_threads=one_thread,
    opening=1.0,
    missing=needs("ray"),
    connect=ray_nodes,
    program="""
import ray

if __name__ == "__main__":
    {items}
    ray.init(address={engine_address})
    remote = ray.remote({task})
    results = ray.get([remote.remote(item) for item in items])
    print(len(results), "results")
""",
)
@contextmanager
def ray_cluster(_settings: Settings) -> Iterator[RunTasks]:
    """`ray.remote` for every task, then `ray.get`, on the cluster at `--engine-address`: one connection a host."""
    yield _run
