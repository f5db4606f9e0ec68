"""What starting workers promises: the time that one more of them takes, or why the system has no more of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import psutil
import pytest

from concbench.model import Workload
from tests.experiments.hosting import METHODS, children_of, failed, opened, sampled
from tests.host.talking import started

NONE = Workload(name="startups", tasks=1)
WAYS = [("thread", None), *((kind, method) for kind in ("process", "pool-worker") for method in METHODS)]
every_way = pytest.mark.parametrize(("kind", "method"), WAYS)
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits another process's resources")
MANY = 40
FEW_FILES = 24
LITTLE_MEMORY = 20 * 2**20
"""Bytes: room for a few stacks."""
DEADLINE = 60.0


@every_way
def test_one_more_worker_has_its_time_and_none_is_left(kind: str, method: str | None) -> None:
    with started() as host:
        for workers in (1, 3):
            figures = sampled(host, "startups", kind, NONE, workers=workers, start_method=method)
            assert 0 < figures["each"] <= figures["start"]
            assert figures["run"] == 0
            assert (figures["each_p99"], figures["stream"], figures["lost"]) == (None, None, None)
            assert children_of(host.pid) == []
        assert host.leave() == 0
        assert host.said() == ""


def test_a_watched_case_holds_its_workers_for_the_watch_to_see() -> None:
    with started() as host:
        assert "ok" in opened(host, "startups", "process", NONE, workers=2, start_method="fork")
        watched = host.ask("watched", seconds=0.2)["ok"]
        assert watched["samples"] == 1
        assert watched["seconds"] >= 0.2
        assert children_of(host.pid) == []


def test_a_warm_up_starts_a_few() -> None:
    with started() as host:
        assert "ok" in opened(host, "startups", "process", NONE, workers=1000, start_method="fork")
        assert host.ask("warm-up")["ok"]["count"] == 1


def wait_until(done: Callable[[], bool]) -> None:
    """Wait for what comes in a moment: a thread that was joined is still on its way out of the system's list."""
    until = time.monotonic() + DEADLINE
    while not done():
        assert time.monotonic() < until, "it does not come"
        time.sleep(0.01)


@linux_only
@pytest.mark.parametrize(("kind", "method"), WAYS[1:])
def test_a_system_that_has_no_more_files_is_a_refusal_and_no_worker_is_left(kind: str, method: str) -> None:
    with started() as host:
        assert "ok" in opened(host, "startups", kind, NONE, workers=MANY, start_method=method)
        psutil.Process(host.pid).rlimit(psutil.RLIMIT_NOFILE, (FEW_FILES, FEW_FILES))
        failure = host.ask("sample")["failure"]
        assert failure["kind"] == "refused"
        assert failure["message"] == "the system refuses to start more: [Errno 24] Too many open files"
        # A fork server that could not work any more is replaced when it is needed again.
        sampled(host, "startups", kind, NONE, workers=2, start_method=method)
        wait_until(lambda: children_of(host.pid) == [])


@linux_only
def test_a_system_that_has_no_more_threads_is_a_refusal_and_none_is_left() -> None:
    with started() as host:
        assert "ok" in opened(host, "startups", "thread", NONE, workers=MANY)
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


@linux_only
@pytest.mark.parametrize("method", METHODS)
def test_a_crew_that_can_not_be_started_as_a_whole_is_a_refusal_and_none_of_it_is_left(method: str) -> None:
    steps = Workload(name="steps", tasks=1)
    with started() as host:
        assert "ok" in opened(host, "counters", "value", steps, workers=MANY, start_method=method)
        psutil.Process(host.pid).rlimit(psutil.RLIMIT_NOFILE, (FEW_FILES, FEW_FILES))
        failure = host.ask("sample")["failure"]
        assert failure["kind"] == "refused"
        assert failure["message"] == "the system refuses to start more: [Errno 24] Too many open files"
        sampled(host, "counters", "value", steps, workers=2, start_method=method)
        wait_until(lambda: children_of(host.pid) == [])


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has interpreters")
def test_interpreters_are_unavailable_before_python_3_14() -> None:
    with started() as host:
        failure = failed(host, "startups", "interpreter", NONE, workers=1)
    assert failure["kind"] == "unavailable"
    assert failure["message"].startswith("needs Python 3.14 or later, and this is 3.")


@pytest.mark.parametrize("kind", ["process", "pool-worker"])
def test_a_start_method_that_the_system_has_not_is_unavailable(kind: str) -> None:
    with started() as host:
        failure = failed(host, "startups", kind, NONE, workers=1, start_method="no-such")
    assert failure == {"kind": "unavailable", "message": "this system has no start method 'no-such'"}


def test_a_kind_of_worker_that_does_not_exist_suggests_the_nearest() -> None:
    with started() as host:
        failure = failed(host, "startups", "proces", NONE, workers=1)
    assert failure["kind"] == "unavailable"
    assert failure["message"] == "there is no kind of worker 'proces'; did you mean 'process'?"


def test_an_experiment_that_does_not_exist_is_an_error() -> None:
    with started() as host:
        failure = failed(host, "message", "pipe", NONE)
        assert (failure["kind"], failure["message"]) == ("raised", "ValueError: there is no experiment 'message'")
        sampled(host, "startups", "thread", NONE, workers=1)
