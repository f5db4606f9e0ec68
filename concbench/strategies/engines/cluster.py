"""Clusters that exist: nothing of them is started or ended here, and what their workers use is asked of them.

Workers on other machines can't be watched from here. So they are asked what they have used and hold, by psutil, before
a sample and after it, when no clock runs. A worker that is missing then has died, or was taken away, in the middle.
"""

from __future__ import annotations

import os
import sys

from concbench.strategies.strategy import WorkerDied

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType
    from typing import Any, Protocol

    class Cluster(Protocol):
        """A connection to a cluster, beside the one that a sample opens."""

        @property
        def lanes(self) -> int:
            """How many tasks its workers can run at once."""

        def read(self) -> dict[str, Usage]:
            """What each worker has used so far, by a name that no other has."""

    Usage = dict[str, Any]
    """`node`: the machine; `workers` and `lanes`: those that it is the usage of; `cpu`: seconds so far; `memory`:
    bytes. The last two are None where that worker can't say."""

MPI_SCHEME = "mpi"
"""Of an address at which ranks of MPI serve."""
PATIENCE = 10.0
"""Seconds in which a cluster has to answer."""
NO_ADDRESS = "it needs the address of a cluster that exists: --engine-address"


def usage_of(pid: int | None = None) -> Usage:
    """The `cpu` and `memory` of a process with all below it; by default the one that calls this, which a worker does.

    Memory is PSS, which counts a page that processes share once, or RSS where the system has no PSS. Workers get this
    function as it is, so that it imports what it needs. Without psutil, which comes with dask and ray, both are None.
    """
    try:
        import psutil
    except ImportError:
        return {"cpu": None, "memory": None}
    process = psutil.Process(pid)
    cpu, memory = 0.0, 0
    for each in (process, *process.children(recursive=True)):
        try:
            times = each.cpu_times()
            cpu += times.user + times.system + times.children_user + times.children_system
            memory += each.memory_info().rss
            full = each.memory_full_info()
            memory += getattr(full, "pss", full.rss) - full.rss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            pass  # it has ended meanwhile, or hides what it shares
    return {"cpu": cpu, "memory": memory}


def used_between(before: dict[str, Usage], after: dict[str, Usage]) -> list[Usage]:
    """What the workers of each node used from one reading to the next; raises WorkerDied where one is missing then.

    Of each node, `cpu` are the seconds in between, and `memory` is the larger of the two readings' sums.

    >>> one = {"node": "n", "workers": 1, "lanes": 2, "cpu": 1.0, "memory": 300}
    >>> used_between({"a": one}, {"a": one | {"cpu": 1.5}, "b": one | {"cpu": 0.25, "memory": 50}})
    [{'node': 'n', 'workers': 2, 'lanes': 4, 'cpu': 0.75, 'memory': 350}]
    """
    lost = [name for name in before if name not in after]
    if lost:
        raise WorkerDied(f"a worker of the cluster left it in the middle of a sample: {', '.join(lost)}")
    nodes: dict[str, list[str]] = {}
    for name, each in after.items():
        nodes.setdefault(each["node"], []).append(name)
    new: Usage = {"cpu": 0.0, "memory": 0}
    found: list[Usage] = []
    for node, names in sorted(nodes.items()):
        now = [after[name] for name in names]
        then = [before.get(name, new) for name in names]
        cpu = memory = None
        if all(each["cpu"] is not None for each in (*now, *then)):
            # At least none: what a process that ended meanwhile had used may be counted in neither.
            cpu = sum(max(0.0, one["cpu"] - other["cpu"]) for one, other in zip(now, then, strict=True))
        if all(each["memory"] is not None for each in (*now, *then)):
            memory = max(sum(each["memory"] for each in side) for side in (now, then))
        counts = {what: sum(each[what] for each in now) for what in ("workers", "lanes")}
        found.append({"node": node, **counts, "cpu": cpu, "memory": memory})
    return found


def cpu_of(nodes: list[Usage]) -> float | None:
    """The CPU seconds of all nodes; None where one is unknown.

    >>> cpu_of([{"cpu": 1.0}, {"cpu": 0.5}]), cpu_of([{"cpu": 1.0}, {"cpu": None}])
    (1.5, None)
    """
    known = [each["cpu"] for each in nodes]
    return None if None in known else float(sum(known))


def answers(address: str) -> bool:
    """Whether a port is open at an address; True for what names none, such as `auto`.

    Dask would try for its whole patience, and ray for minutes.
    """
    import socket  # here, as only a cluster of ray is asked so

    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdigit():
        return True
    try:
        socket.create_connection((host, int(port)), timeout=PATIENCE).close()
    except OSError:
        return False
    return True


def modules_to_carry() -> Iterable[ModuleType]:
    """The modules whose functions workers get as they are, by value: concbench's, and those of the user's folders.

    A cluster's machines have neither. What is installed is imported there, and has to be.
    """
    folders = {each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        folder = os.path.dirname(file)  # noqa: PTH120 - no host carries pathlib
        if os.path.basename(file) == "__init__.py":  # noqa: PTH119 - as above
            folder = os.path.dirname(folder)  # noqa: PTH120 - as above
        # A package brings its modules.
        if name == "concbench" or ("." not in name and folder in folders):
            yield module
