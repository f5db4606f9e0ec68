"""What starting workers promises: the time that one more of them takes, or why the system has no more of them."""

from __future__ import annotations

import sys

import psutil
import pytest

from concbench.model.case import Workload
from tests.host.hosts import by_method, started
from tests.strategies.running import processes_left, wait_until

NONE = Workload(name="startups", tasks=1)
STEPS = Workload(name="steps", tasks=1)
PROCESSES = ("process", "pool-worker")
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits another process's resources")
MANY = 40
FEW_FILES = 24
LITTLE_MEMORY = 20 * 2**20
"""Bytes: room for a few stacks."""


@pytest.mark.parametrize(("kind", "method"), by_method(PROCESSES, ["thread"]))
def test_one_more_worker_has_its_time_and_none_is_left(kind: str, method: str | None) -> None:
    with started() as host:
        for workers in (1, 3):
            figures = host.figures(kind, NONE, "startups", workers=workers, start_method=method)
            assert 0 < figures["each"] <= figures["start"]
            assert figures["run"] == 0
            assert (figures["each_p99"], figures["stream"], figures["lost"]) == (None, None, None)
            assert processes_left(host.pid) == []
        assert host.leave() == 0
        assert host.said() == ""


def test_a_watched_case_holds_its_workers_for_the_watch_to_see() -> None:
    with started() as host:
        assert "ok" in host.open("process", NONE, "startups", workers=2, start_method="fork")
        watched = host.ask("watched", seconds=0.2)["ok"]
        assert watched["samples"] == 1
        assert watched["seconds"] >= 0.2
        assert processes_left(host.pid) == []


def test_a_warm_up_starts_a_few() -> None:
    with started() as host:
        assert "ok" in host.open("process", NONE, "startups", workers=1000, start_method="fork")
        assert host.ask("warm-up")["ok"]["count"] == 1


@linux_only
@pytest.mark.parametrize(("kind", "method"), by_method([*PROCESSES, "value"]))
def test_a_system_that_has_no_more_files_is_a_refusal_and_no_worker_is_left(kind: str, method: str) -> None:
    """Neither of workers that are started for themselves, nor of the crew that shares a store."""
    workload, experiment = (STEPS, "counters") if kind == "value" else (NONE, "startups")
    with started() as host:
        assert "ok" in host.open(kind, workload, experiment, workers=MANY, start_method=method)
        psutil.Process(host.pid).rlimit(psutil.RLIMIT_NOFILE, (FEW_FILES, FEW_FILES))
        failure = host.ask("sample")["failure"]
        assert failure["kind"] == "refused"
        assert failure["message"] == "the system refuses to start more: [Errno 24] Too many open files"
        # A fork server that could not work any more is replaced when it is needed again.
        host.figures(kind, workload, experiment, workers=2, start_method=method)
        wait_until(lambda: processes_left(host.pid) == [])


@linux_only
def test_a_system_that_has_no_more_threads_is_a_refusal_and_none_is_left() -> None:
    with started() as host:
        assert "ok" in host.open("thread", NONE, "startups", workers=MANY)
        seen = psutil.Process(host.pid)
        before = seen.num_threads()
        limit = seen.memory_info().vms + LITTLE_MEMORY
        seen.rlimit(psutil.RLIMIT_AS, (limit, limit))
        failure = host.ask("sample")["failure"]
        assert failure == {
            "kind": "refused",
            "message": "the system refuses to start more: can't start new thread",
        }
        wait_until(lambda: seen.num_threads() == before)
