"""What facts promise where Python behaves otherwise: they see it, and say what they saw."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from concbench.facts import observing
from concbench.facts.fact import facts
from tests.facts.odd_contexts import (
    DisorderlyPool,
    HoardedPipe,
    ImpatientPool,
    LockForAll,
    SlowPool,
    odd,
    two_way_pipe,
)
from tests.strategies.running import threads_left


@pytest.fixture(autouse=True)
def _impatient_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(observing, "PATIENCE", 0.3)
    threads = set(threading.enumerate())
    yield
    for thread in threads_left(threads):
        thread.join(5)
    assert threads_left(threads) == set()


def observed(name: str, context: Any) -> str:
    seen = facts.get(name).observe(context)
    assert seen != facts.get(name).expected
    return seen


def test_a_one_way_pipe_that_goes_both_ways_is_noticed() -> None:
    seen = observed("simplex-pipe-goes-one-way", odd(Pipe=two_way_pipe))
    assert seen.startswith("first.send: returned None, second.recv: returned 'wrong way'")


def test_a_connection_that_stays_open_although_nobody_needs_it_is_noticed() -> None:
    with closing(HoardedPipe()) as pipe:
        assert observed("forgotten-connection-is-closed", odd(Pipe=pipe)) == "still open"


def test_shared_memory_is_noticed() -> None:
    assert observed("processes-do-not-share-memory", odd()) == "child: 99, parent: 99, in one process"


def test_a_process_with_several_threads_is_noticed() -> None:
    assert observed("process-starts-with-one-thread", odd()).endswith("threads, another thread")


def test_a_lock_that_keeps_nobody_out_is_noticed() -> None:
    context = odd(Lock=LockForAll)
    assert observed("with-lock-acquires-and-releases", context) == "inside: free, after: free, after an exception: free"
    assert observed("update-with-lock-is-not-lost", context) == "the child is let in, 100 - 1 - 1 = 99"


def test_a_change_that_is_shared_although_it_is_nested_is_noticed() -> None:
    assert observed("nested-change-is-lost", odd()) == "changed: [1], assigned: [1, 1]"


def test_a_callback_or_a_task_in_the_wrong_process_is_noticed() -> None:
    assert observed("callback-runs-in-the-parent", odd()).startswith("task in the parent")


def test_a_pool_that_does_not_wait_is_noticed() -> None:
    context = odd(Pool=ImpatientPool)
    assert observed("map-waits-and-keeps-order", context).startswith("does not wait")
    assert observed("apply-waits", context).startswith("does not wait")


def test_a_pool_that_waits_where_it_should_not_is_noticed() -> None:
    assert observed("apply-async-returns-at-once", odd(Pool=SlowPool)).startswith(
        "still "
    )  # one of two who wait in vain


def test_results_out_of_order_are_noticed() -> None:
    assert observed("map-waits-and-keeps-order", odd(Pool=DisorderlyPool)) == "waits: [9, 4, 1]"


def test_a_pool_with_the_wrong_number_of_processes_is_noticed() -> None:
    assert observed("pool-has-a-worker-per-cpu", odd()) == "0"
