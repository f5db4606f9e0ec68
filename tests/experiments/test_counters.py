"""What sharing a counter promises: with a lock no update is lost, without one those lost are counted."""

from __future__ import annotations

from typing import Any

import pytest

from concbench.model.case import Workload
from concbench.stores.store import stores
from tests.host.hosts import PLUGIN, Host, every_method, started
from tests.strategies.running import processes_left

WORKERS = 3
STEPS = Workload(name="steps", tasks=20)
COUNTDOWN = Workload(name="countdown", tasks=1)


def lost_of(host: Host, name: str, workload: Workload = STEPS, workers: int = WORKERS, **settings: Any) -> int:
    """The updates that a sample lost; its other figures are those of steps."""
    figures = host.figures(name, workload, "counters", workers=workers, **settings)
    assert figures["each"] > 0
    assert (figures["each_p99"], figures["stream"]) == (None, None)
    assert processes_left(host.pid) == []
    lost = figures["lost"]
    assert isinstance(lost, int)
    return lost


@pytest.mark.parametrize("name", stores.all())
def test_no_update_is_lost_under_any_lock_that_goes_with_a_store_and_without_one_those_lost_are_counted(
    name: str,
) -> None:
    method = "fork" if stores.get(name).workers == "processes" else None
    with started() as host:
        for lock in stores.get(name).locks:
            assert lost_of(host, name, lock=lock, start_method=method) == 0, lock
        assert 0 <= lost_of(host, name, start_method=method) < STEPS.tasks * WORKERS
        assert host.leave() == 0
        assert host.said() == ""


@every_method
def test_no_update_is_lost_under_a_lock_however_workers_start(method: str) -> None:
    with started() as host:
        for name in ("value", "manager-dict", "shared-memory"):
            assert lost_of(host, name, workers=2, lock="lock", start_method=method) == 0
        assert host.leave() == 0
        assert host.said() == ""


@pytest.mark.parametrize(("name", "each"), [("loses-one-each", 1), ("loses-three-each", 3)])
def test_what_is_lost_is_counted_without_a_lock_and_a_wrong_result_under_one(name: str, each: int) -> None:
    with started(PLUGIN) as host:
        for walk in ("steps", "countdown"):
            workload = Workload(name=walk, tasks=20)
            assert lost_of(host, name, workload, workers=1, start_method="fork") == each
            failure = host.failure(name, workload, "counters", workers=2, start_method="fork", lock="lock")
            message = f"{2 * each} of 40 updates were lost under 'lock', which must not happen"
            assert failure == {"kind": "wrong result", "message": message}


def test_a_counter_that_shows_more_steps_than_were_taken_is_a_wrong_result() -> None:
    with started(PLUGIN) as host:
        for walk, lock in (("steps", "lock"), ("steps", None), ("countdown", "lock"), ("countdown", None)):
            sizes = Workload(name=walk, tasks=20)
            failure = host.failure("counts-one-more", sizes, "counters", workers=1, start_method="fork", lock=lock)
            assert failure == {"kind": "wrong result", "message": "the counter shows 21 steps, and 20 were taken"}


def test_a_warm_up_takes_a_few_steps_and_counts_them_too() -> None:
    with started(PLUGIN) as host:
        many = Workload(name="steps", tasks=1000)
        assert "ok" in host.open("counts-one-more", many, "counters", workers=1, start_method="fork")
        message = host.ask("warm-up")["failure"]["message"]
    assert message == "the counter shows 11 steps, and 10 were taken"


@pytest.mark.parametrize("name", ["manager-dict", "value"])
def test_the_tutorials_countdown_ends_where_it_should(name: str) -> None:
    """From 100, fifty workers take one step each: none is lost, so the counter shows 50."""
    with started() as host:
        assert lost_of(host, name, COUNTDOWN, workers=50, lock="lock", start_method="fork") == 0


def test_a_lock_that_does_not_go_with_a_store_is_unavailable_and_others_are_named() -> None:
    with started() as host:
        failure = host.failure("dict", STEPS, "counters", workers=2, lock="lock")
    assert failure["kind"] == "unavailable"
    assert failure["message"] == (
        "the lock 'lock' does not go with dict; those that do: "
        "thread-lock, thread-rlock, thread-semaphore, thread-bounded-semaphore"
    )
