"""What the turns on a primitive promise of themselves: their number and their order."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import Any

import pytest

from concbench.model.case import Settings
from concbench.primitives.primitive import primitives
from concbench.primitives.turns import acquire_and_release, meet, notify_and_wait, pair, pass_on, ring
from tests.primitives.working import in_threads


class Noted:
    """Stands in for a primitive, waits for nothing, and notes what is called."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> object:
        return lambda: self.calls.append(name)

    def __enter__(self) -> None:
        self.calls.append("enter")

    def __exit__(self, *_: object) -> None:
        self.calls.append("exit")


@pytest.mark.parametrize(
    ("take_turns", "share", "calls"),
    [
        (acquire_and_release, lambda it: it, ["acquire", "release"] * 2),
        (meet, lambda it: it, ["wait"] * 2),
        (pass_on, lambda it: [it], ["wait", "clear", "set"] * 2),
        (notify_and_wait, lambda it: (it, 1), ["enter", "notify", "exit"] * 2),  # alone: no one to wait for
        (notify_and_wait, lambda it: (it, 2), ["enter", *("notify", "wait") * 2, "notify", "exit"]),
    ],
)
def test_a_turn_calls_this_and_nothing_else(take_turns: Any, share: Any, calls: list[str]) -> None:
    noted = Noted()
    take_turns(share(noted), 0, 2)
    assert noted.calls == calls


def test_the_first_worker_has_the_first_turn_and_each_sets_the_next_ones_event() -> None:
    events = ring(Noted, 3)
    pass_on(events, 2, 1)
    assert [event.calls for event in events] == [["set", "set"], [], ["wait", "clear"]]


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
