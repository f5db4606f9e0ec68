"""What every engine promises, each started once, in a real host: its own process may be changed, or ended, by it."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from concbench.measure.containment.shared_files import made_by
from concbench.model.case import Workload
from concbench.strategies.strategy import of_engines, strategies
from tests.fresh_interpreter import ROOT, write_distribution
from tests.host.hosts import Host, started
from tests.measure.process_tree import DEADLINE, TOKEN, carrying, command_line, needs_proc, new_token
from tests.strategies.engines.probe import DIES, MODULE, PROBE, RAISES, TROUBLE

pytestmark = needs_proc

WORKLOAD = Workload(name="probe", tasks=12)
SHARED = Path("/dev/shm")
HANGS = ("mpire",)
"""Engines that may wait forever for a worker that was killed: its process holds a lock of theirs."""


@dataclass
class Seen:
    """What was seen of an engine with two workers, in one host."""

    name: str
    pid: int = 0
    samples: list[dict[str, Any]] = field(default_factory=list)
    workers: list[list[int]] = field(default_factory=list)
    """Of each sample, the process that ran each task."""
    raised: dict[str, Any] = field(default_factory=dict)
    died: dict[str, Any] = field(default_factory=dict)
    cold: dict[str, Any] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    """In shared memory, once the host has ended."""
    said: str = ""


@pytest.fixture(scope="module", params=list(of_engines()))
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Two samples on an engine that is kept, one on one that is not, and what goes wrong in the end."""
    folder = tmp_path_factory.mktemp(request.param)
    plugin = write_distribution(folder / "plugin", "concbench.workloads", {"probe": "probe"}, probe=MODULE)
    token = new_token()
    environment = {PROBE: str(folder), TOKEN: token, "TMPDIR": str(folder)}
    since = time.time()
    found = Seen(request.param)
    with started(ROOT, plugin, environment=environment) as host:
        found.pid = host.pid
        observe(found, host, folder)
    found.left = left_of(token)
    found.files = [*made_by(found.pid, since), *SHARED.glob(f"*-{found.pid}-*")]
    if strategies.get(found.name).workers == "processes" and found.name not in HANGS:
        with started(ROOT, plugin, environment=environment) as host:
            (folder / DIES).touch()
            since = time.time()
            host.open(found.name, WORKLOAD, workers=2)
            found.died = outlived(host)
        found.left += left_of(token)
        for path in made_by(host.pid, since):  # as a keeper would
            path.unlink()
    yield found


def outlived(host: Host) -> dict[str, Any]:
    """The answer to a sample, or the exit status of a host that does not outlive it."""
    host.send(b'{"do": "sample"}')
    line = host.line()
    answer: dict[str, Any] = json.loads(line) if line else {"status": host.process.wait(DEADLINE)}
    return answer


def observe(found: Seen, host: Host, folder: Path) -> None:
    answer = host.open(found.name, WORKLOAD, workers=2, warm=True)
    assert "ok" in answer, answer
    for _ in range(2):
        found.samples.append(host.ask("sample"))
        found.workers.append(ran(folder))
    (folder / RAISES).touch()
    found.raised = host.ask("sample")
    (folder / RAISES).unlink()
    host.open("serial", WORKLOAD)  # which closes it
    ran(folder)
    host.open(found.name, WORKLOAD, workers=2)
    found.cold = host.ask("sample")
    found.said = host.said()


def ran(folder: Path) -> list[int]:
    """The processes that ran the tasks since this was last asked."""
    file = folder / "ran"
    found = [int(line) for line in file.read_text().split()]
    file.unlink()
    return found


def left_of(token: str) -> list[str]:
    """The processes that carry a token still, after a while in which they may end."""
    until = time.monotonic() + DEADLINE / 6
    while (left := carrying(token)) and time.monotonic() < until:
        time.sleep(0.05)
    return [command_line(pid) for pid in left]


def test_items_come_back_whole_and_in_order(seen: Seen) -> None:
    assert all("ok" in sample for sample in seen.samples), seen.samples


def test_tasks_that_are_alike_are_all_run(seen: Seen) -> None:
    assert [len(workers) for workers in seen.workers] == [12, 12]


def test_no_more_workers_run_tasks_than_there_are_and_they_are_what_it_says(seen: Seen) -> None:
    for workers in seen.workers:
        assert 1 <= len(set(workers)) <= 2
        assert (seen.pid in workers) == (strategies.get(seen.name).workers == "threads")


def test_the_workers_cpu_time_is_counted(seen: Seen) -> None:
    """Twelve tasks of 20 ms each."""
    for answer in (*seen.samples, seen.cold):
        assert answer["ok"]["cpu"] >= 0.2


def test_workers_that_are_kept_take_no_time_to_start_and_others_do(seen: Seen) -> None:
    assert all(sample["ok"]["start"] == sample["ok"]["stop"] == 0 for sample in seen.samples)
    assert seen.cold["ok"]["stop"] > 0


def test_a_tasks_exception_is_the_rows(seen: Seen) -> None:
    failure = seen.raised["failure"]
    assert failure["kind"] == "raised"
    assert TROUBLE in failure["message"]


def test_a_killed_worker_is_a_failure_or_kills_the_host_where_it_says_so(seen: Seen) -> None:
    if seen.name in HANGS:
        pytest.skip("the engine itself waits forever in one of three runs: a row that says so after --timeout")
    if strategies.get(seen.name).dies_together:
        assert seen.died == {"status": -signal.SIGKILL}
    elif strategies.get(seen.name).workers == "processes":
        assert seen.died["failure"]["kind"] == "worker died", seen.died


def test_nothing_is_left(seen: Seen) -> None:
    assert seen.left == []
    assert seen.files == []


def test_nothing_is_said(seen: Seen) -> None:
    """Before a worker is killed, of which some engines complain."""
    assert seen.said == ""
