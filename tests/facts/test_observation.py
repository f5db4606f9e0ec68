"""What the facts' waits promise: they have an end, and after it nothing runs any more."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
import time
from collections.abc import Iterator
from multiprocessing.context import DefaultContext
from typing import Any, cast

import pytest

from concbench.facts import observation
from concbench.facts.fact import StillWaiting
from tests.strategies.running import processes_left

SPAWN = cast(DefaultContext, multiprocessing.get_context("spawn"))  # the one that every system has


@pytest.fixture(autouse=True)
def _impatient_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(observation, "PATIENCE", 0.3)
    yield
    assert processes_left() == []


def test_a_call_that_blocks_is_given_up() -> None:
    release = threading.Event()
    waiting = observation.Waiting(release.wait)
    try:
        with pytest.raises(StillWaiting, match="still blocked after"):
            waiting.result()
    finally:
        release.set()
    assert waiting.result() is True


def test_a_call_that_raises_does_so_for_who_asks() -> None:
    with pytest.raises(ZeroDivisionError):
        observation.Waiting(lambda: 1 // 0).result()


def test_whether_a_call_waits_is_told_together_with_its_result() -> None:
    gate = threading.Event()
    assert observation.waits(gate.wait, until=gate.set) == "waits: True"
    assert observation.waits(lambda: 5, until=gate.set) == "does not wait: 5"


def test_what_a_call_comes_to_is_said_in_a_word() -> None:
    assert observation.outcome(lambda: "five") == "returned 'five'"
    assert observation.outcome({}.popitem) == "KeyError"


def test_a_message_that_does_not_come_is_not_waited_for_forever() -> None:
    ours, theirs = SPAWN.Pipe()
    with ours, theirs, pytest.raises(StillWaiting):
        observation.received(ours)


def test_a_child_that_does_not_end_is_ended() -> None:
    with pytest.raises(StillWaiting, match="still running"), observation.child(SPAWN, time.sleep, 60) as child:
        pass
    assert not child.is_alive()


def test_a_child_is_ended_when_its_block_raises() -> None:
    with pytest.raises(LookupError), observation.child(SPAWN, time.sleep, 60) as child:
        raise LookupError
    assert not child.is_alive()


def test_a_pool_is_ended_when_its_block_raises() -> None:
    with pytest.raises(LookupError), observation.pool_of(SPAWN, 1, SPAWN.Event()) as pool:
        pool.apply_async(time.sleep, (60,))
        raise LookupError


def test_a_pool_whose_task_does_not_end_is_ended() -> None:
    with pytest.raises(StillWaiting), observation.pool_of(SPAWN, 1) as pool:
        pool.apply_async(time.sleep, (60,))


def test_an_unfinished_wait_survives_its_way_to_the_parent() -> None:
    error: Any = pickle.loads(pickle.dumps(StillWaiting("at the gate")))
    assert str(error) == str(StillWaiting("at the gate"))
