"""Clusters of two workers with addresses of their own, started as users start them; none is a child of a host."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

import psutil

from tests.measure.process_tree import DEADLINE, wait_until

SAID = "said.txt"
BIN = Path(sys.executable).parent
HEAD, *ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
"""Not 127.0.0.1, which ray takes for the machine's address in the network."""

NODES_ARE_THERE = f"""
import sys, time, ray
ray.init(address=sys.argv[1], configure_logging=False, log_to_driver=False)
while ray.cluster_resources().get("CPU", 0) < {len(ADDRESSES)}:
    time.sleep(0.05)
"""


@dataclass(frozen=True)
class Running:
    """A cluster that runs."""

    address: str
    head: psutil.Process
    workers: tuple[psutil.Process, ...]
    nodes: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(ADDRESSES, 1))
    """How many workers there are on each; by default one for each address."""

    def is_unchanged(self, without: int = 0) -> bool:
        """Whether all of it lives, but for this many of its workers."""
        return lives(self.head) and sum(map(lives, self.workers)) == len(self.workers) - without


def lives(process: psutil.Process) -> bool:
    """Whether a process is there, and has not ended."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def said(folder: Path) -> str:
    """What all programs of a cluster have printed."""
    return (folder / SAID).read_text()


@contextmanager
def started(folder: Path, *words: str, **environment: str) -> Iterator[psutil.Process]:
    """A program of an engine; it ends with all below it."""
    with (folder / SAID).open("a") as output:
        process = Popen(
            [str(BIN / words[0]), *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "TMPDIR": str(folder), **environment},
            start_new_session=True,
        )
    found = psutil.Process(process.pid)
    try:
        yield found
    finally:
        below = found.children(recursive=True) if found.is_running() else []
        for each in (found, *below):
            if each.is_running():
                each.kill()
        process.wait()
        psutil.wait_procs(below, timeout=60)


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def dask_cluster(folder: Path, **environment: str) -> Iterator[Running]:
    """A scheduler, and two workers of one thread each, without nannies."""
    file = folder / "scheduler.json"
    quiet = ("--no-dashboard",)
    with ExitStack() as stack:
        words = ("--host", HEAD, "--port", "0", "--scheduler-file", str(file), *quiet)
        head = stack.enter_context(started(folder, "dask", "scheduler", *words, **environment))
        wait_until(lambda: file.exists() and file.read_text().endswith("}"), "the scheduler has started")
        address = json.loads(file.read_text())["address"]
        workers = tuple(
            stack.enter_context(
                started(
                    folder,
                    *("dask", "worker", address, "--host", host, "--nthreads", "1", "--no-nanny", *quiet),
                    *("--local-directory", str(folder)),
                    **environment,
                )
            )
            for host in ADDRESSES
        )
        ready = f"from distributed import Client; Client({address!r}).wait_for_workers({len(ADDRESSES)})"
        subprocess.run([sys.executable, "-c", ready], check=True, timeout=DEADLINE)
        yield Running(address, head, workers)


@contextmanager
def ray_cluster(folder: Path, **environment: str) -> Iterator[Running]:
    """A head, which runs no tasks, and two nodes of one core each."""
    quiet = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    variables = {**os.environ, **quiet}
    with ExitStack() as stack:
        port = free_port()
        usual = ("--block", "--object-store-memory", "100000000", "--disable-usage-stats")
        words = ("--head", "--node-ip-address", HEAD, "--port", str(port), "--num-cpus", "0", *usual)
        dashboard = ("--include-dashboard", "false", "--temp-dir", str(folder))
        head = stack.enter_context(started(folder, "ray", "start", *words, *dashboard, **quiet, **environment))
        address = f"{HEAD}:{port}"
        nodes: list[psutil.Process] = []
        for host in ADDRESSES:
            # One after the other: two that start at once on one machine take each other's sockets.
            wait_until(lambda: said(folder).count("Ray runtime started") > len(nodes), "the last one has started")
            join = ("--address", address, "--node-ip-address", host, "--num-cpus", "1", *usual)
            nodes.append(stack.enter_context(started(folder, "ray", "start", *join, **quiet, **environment)))
        subprocess.run([sys.executable, "-c", NODES_ARE_THERE, address], check=True, timeout=DEADLINE, env=variables)
        yield Running(address, head, tuple(nodes))


@contextmanager
def mpi_ranks(folder: Path, **environment: str) -> Iterator[Running]:
    """Two ranks of MPI, which both are on this machine, as MPI knows nodes by their names."""
    words = ("-n", "2", sys.executable, "-m", "concbench.strategies.engines.ranks")
    with started(folder, "mpiexec", *words, **environment) as head:
        wait_until(lambda: said(folder).endswith("\n"), "the first rank has said its address")
        ranks = [
            each for each in head.children(recursive=True) if "concbench.strategies.engines.ranks" in each.cmdline()
        ]
        yield Running(said(folder).strip(), head, tuple(ranks), {socket.gethostname(): 2})


CLUSTERS: Mapping[str, Callable[..., AbstractContextManager[Running]]] = {
    "dask-cluster": dask_cluster,
    "ray-cluster": ray_cluster,
    "mpi-cluster": mpi_ranks,
}
