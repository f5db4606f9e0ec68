"""What strategies on clusters that exist promise: they run there, are paid for there, and change nothing there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from concbench.model.case import Workload
from concbench.strategies.strategy import strategies
from tests.fresh_interpreter import ROOT, write_distribution
from tests.host.hosts import Host, started
from tests.measure.process_tree import needs_proc, wait_until
from tests.strategies.engines.clusters import CLUSTERS, Running, lives
from tests.strategies.engines.probe import DIES, MODULE, PROBE, RAISES, TROUBLE
from tests.strategies.engines.test_every_engine import ran

pytestmark = needs_proc

WORKLOAD = Workload(name="probe", tasks=12)
LOST = {"dask-cluster": 1, "ray-cluster": 0, "mpi-cluster": None}
"""Members that are gone once a worker was killed: of a node of ray, it is a process that it starts anew. None: MPI
itself ends all ranks once one has died."""


ADDRESSES_OF_NONE = [
    ("dask-cluster", "tcp://127.0.0.1:9"),
    ("ray-cluster", "127.0.0.1:9"),
    ("mpi-cluster", "mpi://127.0.0.1:9/0a"),
]


@dataclass
class Seen:
    """What was seen of a cluster, by two hosts, one after the other."""

    name: str
    nodes: Mapping[str, int] = field(default_factory=dict)
    opened: dict[str, Any] = field(default_factory=dict)
    cold: dict[str, Any] = field(default_factory=dict)
    warm: list[dict[str, Any]] = field(default_factory=list)
    below_host: bool = True
    raised: dict[str, Any] = field(default_factory=dict)
    unchanged: bool = False
    died: dict[str, Any] = field(default_factory=dict)
    lost: int | None = None
    """See `LOST`."""
    after: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module", params=list(CLUSTERS))
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Samples on a cluster, cold and warm; and one in the middle of which a worker is killed."""
    folder = tmp_path_factory.mktemp(request.param)
    plugin = write_distribution(folder / "plugin", "concbench.workloads", {"probe": "probe"}, probe=MODULE)
    environment = {PROBE: str(folder)}
    found = Seen(request.param)
    # Its folder has a short name, as ray's sockets lie far down in it. Its workers don't know the plugin.
    with TemporaryDirectory(dir="/tmp") as short, CLUSTERS[request.param](Path(short), **environment) as cluster:
        found.nodes = cluster.nodes
        with started(ROOT, plugin, environment=environment) as host:
            observe(found, host, cluster, folder)
            found.unchanged = cluster.is_unchanged()
            (folder / DIES).touch()
            found.died = sample(host, found, cluster)
        found.lost = LOST[request.param]
        if found.lost is None:
            wait_until(lambda: not any(map(lives, (cluster.head, *cluster.workers))), "MPI has ended all ranks")
        else:
            wait_until(
                lambda: cluster.is_unchanged(without=found.lost or 0), "what was killed is gone, and nothing else"
            )
        with started(ROOT, plugin, environment=environment) as host:
            found.after = sample(host, found, cluster)
    yield found


def sample(host: Host, found: Seen, cluster: Running, **settings: Any) -> dict[str, Any]:
    opened = host.open(found.name, WORKLOAD, engine_address=cluster.address, **settings)
    return host.ask("sample") if "ok" in opened else opened


def observe(found: Seen, host: Host, cluster: Running, folder: Path) -> None:
    found.opened = host.open(found.name, WORKLOAD, engine_address=cluster.address)
    found.cold = host.ask("sample")
    workers = {pid for each in cluster.workers for pid in (each.pid, *(below.pid for below in each.children(True)))}
    found.below_host = not set(ran(folder)) <= workers
    kept = "warm" in strategies.get(found.name).settings
    found.warm = [sample(host, found, cluster, warm=kept), host.ask("sample")]
    (folder / RAISES).touch()
    found.raised = sample(host, found, cluster)
    (folder / RAISES).unlink()


def test_tasks_of_a_module_that_is_only_here_run_there(seen: Seen) -> None:
    assert all("ok" in answer for answer in (seen.cold, *seen.warm)), (seen.cold, seen.warm)
    assert not seen.below_host


def test_its_workers_are_those_of_the_cluster(seen: Seen) -> None:
    assert seen.opened["ok"]["settings"]["workers"] == 2


def test_the_cpu_time_of_its_workers_is_counted(seen: Seen) -> None:
    """Twelve tasks of 20 ms each."""
    for answer in (seen.cold, *seen.warm):
        assert answer["ok"]["cpu"] >= 0.2


def test_each_node_says_what_its_workers_have_used_and_hold(seen: Seen) -> None:
    """Twelve tasks of 20 ms each, on two lanes; the head of ray is a node without any."""
    for answer in (seen.cold, *seen.warm):
        nodes = {node["node"]: node for node in answer["ok"]["nodes"]}
        assert {name: node["workers"] for name, node in nodes.items() if node["lanes"]} == seen.nodes
        assert sum(node["lanes"] for node in nodes.values()) == 2
        assert sum(node["cpu"] for node in nodes.values()) >= 0.2
        assert all(node["memory"] > 1_000_000 for node in nodes.values())


def test_a_tasks_exception_is_the_rows(seen: Seen) -> None:
    assert seen.raised["failure"]["kind"] == "raised"
    assert TROUBLE in seen.raised["failure"]["message"]


def test_it_is_alive_and_unchanged_afterwards(seen: Seen) -> None:
    assert seen.unchanged


def test_a_worker_that_is_killed_in_the_middle_is_a_row_with_its_reason_and_the_others_live_on(seen: Seen) -> None:
    assert seen.died["failure"]["kind"] == "worker died", seen.died
    if seen.lost is not None:
        assert "ok" in seen.after, seen.after
    else:
        assert seen.after["failure"]["kind"] == "unavailable"
        assert "start them with: mpiexec" in seen.after["failure"]["message"]


@pytest.mark.parametrize("name", list(CLUSTERS))
def test_without_an_address_it_says_what_it_needs(name: str) -> None:
    with started(ROOT) as host:
        failure = host.failure(name, Workload(name="sleep", tasks=2))
    assert failure["kind"] == "unavailable"
    assert "--engine-address" in failure["message"]


@pytest.mark.parametrize(("name", "address"), ADDRESSES_OF_NONE)
def test_where_nobody_answers_it_says_so(name: str, address: str) -> None:
    with started(ROOT) as host:
        failure = host.failure(name, Workload(name="sleep", tasks=2), engine_address=address)
    assert failure["kind"] == "unavailable"
    assert address in failure["message"]
