"""What a counter promises of itself: one entry of the guard a step, and no manager where it is sent."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from concbench.stores.counter import AttributeCounter, Counter, ItemCounter, LocalCounter


class Counting:
    """A guard that counts how often it is entered and left."""

    def __init__(self) -> None:
        self.entered = self.left = 0

    def __enter__(self) -> None:
        self.entered += 1

    def __exit__(self, *_: object) -> None:
        self.left += 1


COUNTERS: dict[str, Callable[[], Counter]] = {
    "attribute": lambda: AttributeCounter(SimpleNamespace(value=7)),
    "item": lambda: ItemCounter([7], 0),
    "local": lambda: LocalCounter(7),
}
every_counter = pytest.mark.parametrize("make", COUNTERS.values(), ids=COUNTERS)


@every_counter
def test_a_guard_is_entered_and_left_once_a_step(make: Callable[[], Counter]) -> None:
    guard, counter = Counting(), make()
    before = counter.final([])
    assert counter.final([counter.take_steps(5, 2, guard)]) == before + 10
    assert (guard.entered, guard.left) == (5, 5)


@every_counter
def test_a_counter_without_a_manager_has_none(make: Callable[[], Counter]) -> None:
    assert make().manager is None


def test_only_what_is_not_shared_is_returned() -> None:
    assert [make().take_steps(3, 2, None) for make in COUNTERS.values()] == [None, None, 6]
    assert LocalCounter(1).final([6, 6]) == 13


def test_a_counter_is_sent_without_its_manager() -> None:
    manager: Any = lambda: "can't be pickled"  # noqa: E731 - only a function without a name can't
    counter = ItemCounter({"count": 7}, "count", manager)
    sent = pickle.loads(pickle.dumps(counter))
    assert (sent.manager, sent.target, counter.manager) == (None, {"count": 7}, manager)
