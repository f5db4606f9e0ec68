"""What every channel promises, however its far end is started: figures for messages of any size, and nothing left."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from concbench.channels.channel import channels
from concbench.model import Workload
from tests.experiments.hosting import METHODS, children_of, files_of, opened, sampled, shared_memory_of
from tests.host.talking import Host, started
from tests.measure.process_tree import needs_proc

PROCESSES = (
    "os-pipe",
    "pipe",
    "pipe-simplex",
    "pipe-bytes",
    "pipe-bytes-into",
    "queue",
    "joinable-queue",
    "simple-queue",
    "manager-queue",
    "shared-memory",
    "socketpair",
    "unix-socket",
)
THREADS = ("thread-queue", "thread-simple-queue")
INTERPRETERS = ("interpreter-queue",)
OWN = (*PROCESSES, *THREADS, *INTERPRETERS)

WAYS = [*((name, method) for name in PROCESSES for method in METHODS), *((name, None) for name in THREADS)]
"""Each channel with each way to start its far end."""
every_way = pytest.mark.parametrize(("name", "method"), WAYS)
SIZES = (1, 16, 5000, 100 * 2**10)
LARGE = 2**20
FEW = 3


def messages(size: int, trips: int = FEW) -> Workload:
    return Workload(name="messages", tasks=trips, payload=size)


def figures(host: Host, name: str, workload: Workload, **settings: Any) -> dict[str, Any]:
    """Return a sample's figures, which are those of an exchange."""
    found = sampled(host, "messages", name, workload, **settings)
    assert found["each"] > 0
    assert found["stream"] > 0
    assert found["run"] >= found["stream"]
    assert found["lost"] is None
    return found


def test_concbenchs_own_channels_are_registered() -> None:
    assert set(channels.all()) >= set(OWN)


@pytest.mark.parametrize("name", OWN)
def test_a_channel_says_in_one_line_what_it_is(name: str) -> None:
    assert channels.get(name).name == name
    assert channels.get(name).about.endswith(".")


@pytest.mark.parametrize("name", OWN)
def test_a_start_method_matters_to_processes_only(name: str) -> None:
    assert channels.get(name).settings == (("start_method", "cores") if name in PROCESSES else ("cores",))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for temporary files with a short name: that of a socket may not be long."""
    with tempfile.TemporaryDirectory(prefix="c") as name:
        yield Path(name)


@needs_proc
@every_way
def test_messages_of_every_size_arrive_and_nothing_is_left(name: str, method: str | None, folder: Path) -> None:
    with started(environment={"TMPDIR": str(folder)}) as host:
        for size in SIZES:
            assert figures(host, name, messages(size), start_method=method)["each_p99"] is None
        # What the first samples made and is there once and for all, as a fork server, is made by now.
        files, temporary = files_of(host.pid), set(folder.rglob("*"))
        for size in SIZES[:2]:
            figures(host, name, messages(size), start_method=method)
        assert children_of(host.pid) == []
        assert files_of(host.pid) == files
        assert shared_memory_of(host.pid) == set()
        assert set(folder.rglob("*")) == temporary
        assert host.leave() == 0
        # The resource tracker, too, would complain here, of what nobody removed or what somebody removed twice.
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
        failure = opened(host, "messages", "pipe", messages(size))["failure"]
    assert failure == {"kind": "unavailable", "message": "a message has at least one byte (--payload)"}


def test_a_name_that_does_not_exist_suggests_the_nearest() -> None:
    with started() as host:
        failure = opened(host, "messages", "pip-bytes", messages(16))["failure"]
    assert failure["kind"] == "unavailable"
    assert failure["message"] == "there is no channel 'pip-bytes'; did you mean 'pipe-bytes'?"


def test_a_start_method_that_the_system_has_not_is_unavailable() -> None:
    with started() as host:
        failure = opened(host, "messages", "pipe", messages(16), start_method="no-such")["failure"]
    assert failure == {"kind": "unavailable", "message": "this system has no start method 'no-such'"}


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has interpreters")
def test_interpreters_are_unavailable_before_python_3_14() -> None:
    with started() as host:
        failure = opened(host, "messages", "interpreter-queue", messages(16))["failure"]
    assert failure["kind"] == "unavailable"
    assert failure["message"].startswith("needs Python 3.14 or later, and this is 3.")
