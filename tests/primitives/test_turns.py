"""What the turns on a primitive promise of themselves: how many there are, and in which order."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from concbench.model import Settings
from concbench.primitives.primitive import primitives
from concbench.primitives.turns import acquire_and_release, meet, notify_and_wait, pair, pass_on, ring
from tests.primitives.working import in_threads


class Noted:
    """Stands in for a primitive that nobody waits for, and notes what is called."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> object:
        return lambda: self.calls.append(name)

    def __enter__(self) -> None:
        self.calls.append("enter")

    def __exit__(self, *_: object) -> None:
        self.calls.append("exit")


def test_a_lock_is_acquired_and_released_once_a_turn() -> None:
    lock = Noted()
    acquire_and_release(lock, 0, 3)
    assert lock.calls == ["acquire", "release"] * 3


def test_a_barrier_is_waited_for_once_a_turn() -> None:
    barrier = Noted()
    meet(barrier, 0, 3)
    assert barrier.calls == ["wait"] * 3


def test_an_event_is_waited_for_cleared_and_set_once_a_turn() -> None:
    events = ring(Noted, 1)
    pass_on(events, 0, 2)
    assert events[0].calls == ["set", *("wait", "clear", "set") * 2]


def test_a_worker_sets_the_next_ones_event() -> None:
    events = ring(Noted, 3)
    pass_on(events, 2, 1)
    assert [event.calls for event in events] == [["set", "set"], [], ["wait", "clear"]]


def test_alone_on_a_condition_there_is_nobody_to_wait_for() -> None:
    condition = Noted()
    notify_and_wait((condition, 1), 0, 2)
    assert condition.calls == ["enter", "notify", "exit"] * 2


def test_of_two_on_a_condition_each_notifies_before_it_waits_and_once_more_at_the_end() -> None:
    condition = Noted()
    notify_and_wait((condition, 2), 0, 2)
    assert condition.calls == ["enter", *("notify", "wait") * 2, "notify", "exit"]


@pytest.mark.parametrize("workers", [0, 3])
def test_a_condition_is_for_one_worker_or_two(workers: int) -> None:
    with pytest.raises(ValueError, match=f"^one worker or two hand over to each other, not {workers}$"):
        pair(threading.Condition(), workers)


@pytest.mark.parametrize("first", [0, 1])
def test_two_on_a_condition_alternate_strictly(first: int) -> None:
    woken: list[int] = []

    class Watched(threading.Condition):
        def wait(self, timeout: float | None = None) -> bool:
            ended = super().wait(timeout)
            woken.append(threading.get_ident())
            return ended

    shared = pair(Watched(), 2)
    calls = [(shared, first, 50), (shared, 1 - first, 50)]
    in_threads(Settings(), notify_and_wait, calls)
    assert len(woken) == 100
    assert len(set(woken)) == 2
    assert all(one != other for one, other in pairwise(woken))


@pytest.mark.parametrize("kind", ["lock", "semaphore", "bounded-semaphore"])
@pytest.mark.parametrize("family", ["", "thread-"])
def test_what_one_holds_no_other_gets(family: str, kind: str) -> None:
    with primitives.get(family + kind).open(Settings(start_method="spawn"), 2) as guard, guard:
        assert not guard.acquire(False)
