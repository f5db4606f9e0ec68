"""What facts promise where Python behaves otherwise: they see it, and say what they saw."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from concbench.facts import observation
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
    monkeypatch.setattr(observation, "PATIENCE", 0.3)
    threads = set(threading.enumerate())
    yield
    for thread in threads_left(threads):
        thread.join(5)
    assert threads_left(threads) == set()


OPPOSITES = {
    "simplex-pipe-goes-one-way": (
        odd(Pipe=two_way_pipe),
        "first.send: returned None, second.recv: returned 'wrong way'",
    ),
    "processes-do-not-share-memory": (odd(), "child: 99, parent: 99, in one process"),
    "with-lock-acquires-and-releases": (odd(Lock=LockForAll), "inside: free, after: free, after an exception: free"),
    "update-with-lock-is-not-lost": (odd(Lock=LockForAll), "the child is let in, 100 - 1 - 1 = 99"),
    "nested-change-is-lost": (odd(), "changed: [1], assigned: [1, 1]"),
    "callback-runs-in-the-parent": (odd(), "task in the parent"),
    "map-waits-and-keeps-order": (odd(Pool=ImpatientPool), "does not wait"),
    "apply-waits": (odd(Pool=ImpatientPool), "does not wait"),
    "apply-async-returns-at-once": (odd(Pool=SlowPool), "still "),  # one of two that wait in vain
    "pool-has-a-worker-per-cpu": (odd(), "0"),
}


@pytest.mark.parametrize("name", OPPOSITES)
def test_what_is_otherwise_is_noticed(name: str) -> None:
    context, beginning = OPPOSITES[name]
    seen = facts.get(name).observe(context)
    assert seen != facts.get(name).expected
    assert seen.startswith(beginning)


def test_a_connection_that_stays_open_although_it_is_not_needed_is_noticed() -> None:
    with closing(HoardedPipe()) as pipe:
        assert facts.get("forgotten-connection-is-closed").observe(odd(Pipe=pipe)) == "still open"


def test_a_process_with_several_threads_is_noticed() -> None:
    assert facts.get("process-starts-with-one-thread").observe(odd()).endswith("threads, another thread")


def test_results_out_of_order_are_noticed() -> None:
    assert facts.get("map-waits-and-keeps-order").observe(odd(Pool=DisorderlyPool)) == "waits: [9, 4, 1]"
