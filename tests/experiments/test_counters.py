"""What sharing a counter promises: with a lock no update is lost, without one those lost are counted."""

from __future__ import annotations

from typing import Any

import pytest

from concbench.model import Workload
from concbench.stores.store import stores
from tests.experiments.hosting import METHODS, children_of, failed, opened, sampled
from tests.host.talking import PLUGIN, Host, started

PROCESSES = (
    "local",
    "manager-dict",
    "manager-namespace",
    "manager-value",
    "manager-list",
    "manager-array",
    "value",
    "raw-value",
    "array",
    "shared-memory",
)
THREADS = ("dict", "local-threads")
WORKERS = 3
STEPS = Workload(name="steps", tasks=20)
COUNTDOWN = Workload(name="countdown", tasks=1)

every_method = pytest.mark.parametrize("method", METHODS)


def lost_of(host: Host, name: str, workload: Workload = STEPS, workers: int = WORKERS, **settings: Any) -> int:
    """Return how many updates a sample lost; its other figures are those of steps."""
    figures = sampled(host, "counters", name, workload, workers=workers, **settings)
    assert figures["each"] > 0
    assert (figures["each_p99"], figures["stream"]) == (None, None)
    assert children_of(host.pid) == []
    lost = figures["lost"]
    assert isinstance(lost, int)
    return lost


@pytest.mark.parametrize("name", (*PROCESSES, *THREADS))
def test_no_update_is_lost_under_any_lock_that_goes_with_a_store_and_without_one_those_lost_are_counted(
    name: str,
) -> None:
    method = "fork" if name in PROCESSES else None
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


def test_what_is_not_shared_loses_nothing() -> None:
    with started() as host:
        assert lost_of(host, "local", start_method="fork") == lost_of(host, "local-threads") == 0


@pytest.mark.parametrize(("name", "each"), [("loses-one-each", 1), ("loses-three-each", 3)])
def test_without_a_lock_what_is_lost_is_counted(name: str, each: int) -> None:
    with started(PLUGIN) as host:
        assert lost_of(host, name, workers=1, start_method="fork") == each
        # Going down, too.
        assert lost_of(host, name, Workload(name="countdown", tasks=20), workers=1, start_method="fork") == each


@pytest.mark.parametrize(("name", "lost"), [("loses-one-each", 2), ("loses-three-each", 6)])
@pytest.mark.parametrize("lock", ["lock", "semaphore"])
def test_an_update_lost_under_a_lock_is_a_wrong_result_that_says_how_many(name: str, lost: int, lock: str) -> None:
    with started(PLUGIN) as host:
        failure = failed(host, "counters", name, STEPS, workers=2, start_method="fork", lock=lock)
        assert failure["kind"] == "wrong result"
        assert failure["message"] == f"{lost} of 40 updates were lost, under {lock!r}, which must not happen"


@pytest.mark.parametrize("lock", ["lock", None])
@pytest.mark.parametrize("workload", ["steps", "countdown"])
def test_a_counter_that_shows_more_steps_than_were_taken_is_a_wrong_result(lock: str | None, workload: str) -> None:
    with started(PLUGIN) as host:
        sizes = Workload(name=workload, tasks=20)
        failure = failed(host, "counters", "counts-one-more", sizes, workers=1, start_method="fork", lock=lock)
        assert failure == {"kind": "wrong result", "message": "the counter shows 21 steps, and 20 were taken"}


def test_a_warm_up_takes_a_few_steps_and_counts_them_too() -> None:
    with started(PLUGIN) as host:
        many = Workload(name="steps", tasks=1000)
        assert "ok" in opened(host, "counters", "counts-one-more", many, workers=1, start_method="fork")
        message = host.ask("warm-up")["failure"]["message"]
    assert message == "the counter shows 11 steps, and 10 were taken"


@pytest.mark.parametrize("name", ["manager-dict", "value"])
def test_the_tutorials_countdown_ends_where_it_should(name: str) -> None:
    """From 100, fifty workers take one step each: none is lost, so the counter shows 50."""
    with started() as host:
        assert lost_of(host, name, COUNTDOWN, workers=50, lock="lock", start_method="fork") == 0


def test_a_lock_that_does_not_go_with_a_store_is_unavailable_and_others_are_named() -> None:
    with started() as host:
        failure = failed(host, "counters", "dict", STEPS, workers=2, lock="lock")
    assert failure["kind"] == "unavailable"
    assert failure["message"] == (
        "the lock 'lock' does not go with dict; those that do: "
        "thread-lock, thread-rlock, thread-semaphore, thread-bounded-semaphore"
    )


@pytest.mark.parametrize(
    ("store", "lock", "message"),
    [
        ("manager-dikt", None, "there is no store 'manager-dikt'; did you mean 'manager-dict'?"),
        ("value", "lok", "there is no primitive 'lok'; did you mean 'lock'?"),
    ],
)
def test_names_that_do_not_exist_suggest_the_nearest(store: str, lock: str | None, message: str) -> None:
    with started() as host:
        failure = failed(host, "counters", store, STEPS, workers=2, lock=lock)
    assert failure == {"kind": "unavailable", "message": message}
