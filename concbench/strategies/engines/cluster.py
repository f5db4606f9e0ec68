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
    from typing import Protocol

    class Cluster(Protocol):
        """A connection to a cluster, beside the one that a sample opens."""

        @property
        def lanes(self) -> int:
            """How many tasks its workers can run at once."""

        def read(self) -> dict[str, Usage]:
            """What each worker has used so far, by a name that no other has."""

    Usage = dict[str, str | float]
    """`node`: the machine; `cpu`: seconds so far; `memory`: bytes of resident memory."""

PATIENCE = 10.0
"""Seconds in which a cluster has to answer."""
NO_ADDRESS = "it needs the address of a cluster that exists: --engine-address"


def usage_of(pid: int | None = None) -> Usage:
    """What a process has used, with all below it; by default the one that calls this, which a worker does.

    Workers get this function as it is, so that it imports what it needs, and they have: psutil comes with both engines.
    """
    import socket

    import psutil

    process = psutil.Process(pid)
    cpu, memory = 0.0, 0
    for each in (process, *process.children(recursive=True)):
        times = each.cpu_times()
        cpu += times.user + times.system + times.children_user + times.children_system
        memory += each.memory_info().rss
    return {"node": socket.gethostname(), "cpu": cpu, "memory": float(memory)}


def used_between(before: dict[str, Usage], after: dict[str, Usage]) -> float:
    """The CPU seconds that workers used from one reading to the next; raises WorkerDied where one is missing then.

    >>> used_between({"a": {"cpu": 1.0}}, {"a": {"cpu": 1.5}, "b": {"cpu": 0.25}})
    0.75
    """
    lost = [name for name in before if name not in after]
    if lost:
        raise WorkerDied(f"a worker of the cluster left it in the middle of a sample: {', '.join(lost)}")
    # At least none: what a process that ended meanwhile had used may be counted in neither.
    new: Usage = {"cpu": 0.0}
    return sum(max(0.0, float(each["cpu"]) - float(before.get(name, new)["cpu"])) for name, each in after.items())


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
