"""What every channel promises, however its far end is started: figures for messages of any size, and nothing left."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from concbench.channels.channel import channels
from concbench.model.case import Workload
from tests.host.hosts import Host, by_method, files_of, shared_memory_of, started
from tests.measure.process_tree import needs_proc
from tests.strategies.running import processes_left

PROCESSES = (
    *("os-pipe", "pipe", "pipe-simplex", "pipe-bytes", "pipe-bytes-into"),
    *("queue", "joinable-queue", "simple-queue", "manager-queue"),
    *("shared-memory", "socketpair", "unix-socket"),
)
THREADS = ("thread-queue", "thread-simple-queue")
INTERPRETERS = ("interpreter-queue",)
OWN = (*PROCESSES, *THREADS, *INTERPRETERS)

SIZES = (1, 16, 5000, 100 * 2**10)
LARGE = 2**20
FEW = 3


def messages(size: int, trips: int = FEW) -> Workload:
    return Workload(name="messages", tasks=trips, payload=size)


def figures(host: Host, name: str, workload: Workload, **settings: Any) -> dict[str, Any]:
    """A sample's figures, which are those of an exchange."""
    found = host.figures(name, workload, "messages", **settings)
    assert found["each"] > 0
    assert found["stream"] > 0
    assert found["run"] >= found["stream"]
    assert found["lost"] is None
    return found


@pytest.mark.parametrize("name", OWN)
def test_a_channel_says_what_it_is_and_has_a_start_method_for_processes_only(name: str) -> None:
    found = channels.get(name)
    assert found.name == name
    assert found.about.endswith(".")
    assert found.settings == (("start_method", "cores") if name in PROCESSES else ("cores",))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for temporary files with a short name: that of a socket may not be long."""
    with tempfile.TemporaryDirectory(prefix="c") as name:
        yield Path(name)


@needs_proc
@pytest.mark.parametrize(("name", "method"), by_method(PROCESSES, THREADS))
def test_messages_of_every_size_arrive_and_nothing_is_left(name: str, method: str | None, folder: Path) -> None:
    with started(environment={"TMPDIR": str(folder)}) as host:
        for size in SIZES:
            assert figures(host, name, messages(size), start_method=method)["each_p99"] is None
        # What the first samples made and is there once and for all, as a fork server, is made by now.
        files, temporary = files_of(host.pid), set(folder.rglob("*"))
        for size in SIZES[:2]:
            figures(host, name, messages(size), start_method=method)
        assert processes_left(host.pid) == []
        assert files_of(host.pid) == files
        assert shared_memory_of(host.pid) == set()
        assert set(folder.rglob("*")) == temporary
        assert host.leave() == 0
        # The resource tracker, too, would complain here, of what was never removed or removed twice.
        assert host.said() == ""
    assert list(folder.iterdir()) == []


def test_large_messages_arrive() -> None:
    with started() as host:
        for name in (*PROCESSES, *THREADS):
            figures(host, name, messages(LARGE), start_method="fork" if name in PROCESSES else None)


def test_a_99th_percentile_needs_a_hundred_trips() -> None:
    with started() as host:
        assert figures(host, "os-pipe", messages(16, 99), start_method="fork")["each_p99"] is None
        found = figures(host, "os-pipe", messages(16, 100), start_method="fork")
        assert found["each_p99"] >= found["each"]


@pytest.mark.parametrize("size", [0, -1])
def test_a_message_has_at_least_one_byte(size: int) -> None:
    with started() as host:
        failure = host.open("pipe", messages(size), "messages")["failure"]
    assert failure == {"kind": "unavailable", "message": "a message has at least one byte (--payload)"}
