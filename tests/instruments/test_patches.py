from __future__ import annotations

import gc
import traceback
import weakref
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from concbench.instruments.patches import Noted, Observed, Watched, replace, restore, then


class Kind:
    state = "none"

    def call(self, number: int = 1) -> int:
        """Divide."""
        return 6 // number


@pytest.fixture
def seen() -> Iterator[list[Any]]:
    yield []
    restore()
    assert vars(Kind)["call"] is Kind.call
    assert Kind.state == "none"


def frames(error: BaseException) -> list[str]:
    return [each.name for each in traceback.extract_tb(error.__traceback__)]


@pytest.mark.parametrize("patch", [Noted, Watched])
def test_a_method_is_seen_and_leaves_no_frame(patch: Any, seen: list[Any]) -> None:
    replace(Kind, "call", patch(Kind.call, lambda instance, *_: seen.append(instance)))
    one = Kind()
    assert one.call(3) == one.call(number=3) == 2
    assert seen == [one, one]
    with pytest.raises(ZeroDivisionError) as raised:
        one.call(0)
    assert frames(raised.value)[1:] == ["call"]
    assert len(seen) == 3


@pytest.mark.parametrize("patch", [Noted, Watched])
def test_a_method_that_is_looked_up_in_its_class_is_seen_too(patch: Any, seen: list[Any]) -> None:
    replace(Kind, "call", patch(Kind.call, lambda instance, *_: seen.append(instance)))

    class Own(Kind):
        def call(self, number: int = 1) -> int:
            return super().call(number) + Kind.call(self, number)

    one = Own()
    assert one.call(3) == 4
    assert seen == [one, one]
    assert Kind.call.__doc__ == "Divide."


def test_a_call_is_watched_until_it_is_over(seen: list[Any]) -> None:
    def call(_instance: Kind) -> None:
        seen.append("called")

    replace(Kind, "call", Watched(call, lambda _instance, _began: seen.append("over")))
    Kind().call()
    assert seen == ["called", "over"]


def test_nothing_is_kept_alive(seen: list[Any]) -> None:
    replace(Kind, "call", Watched(Kind.call, lambda *_: None))
    one = Kind()
    one.call()
    gone = weakref.ref(one)
    gc.disable()
    try:
        del one
        assert gone() is None
    finally:
        gc.enable()


def test_an_attribute_is_seen_when_it_is_set(seen: list[Any]) -> None:
    replace(Kind, "state", Observed("state", lambda _instance, *values: seen.append(values)))
    one = Kind()
    assert not hasattr(one, "state")
    one.state = "open"
    one.state = "closed"
    assert seen == [(None, "open"), ("open", "closed")]
    restore()
    assert one.state == "closed"


def test_what_was_replaced_by_others_meanwhile_stays(seen: list[Any]) -> None:
    class Other:
        value = 1

    replace(Other, "value", 2)
    replace(Other, "added", 3)
    Other.value = 4
    restore()
    assert Other.value == 4
    assert not hasattr(Other, "added")


def test_what_a_composed_function_raises_has_no_frame_of_ours() -> None:
    def get(number: int) -> int:
        return 6 // number

    numbers = iter([3, 0, 2])
    composed = then(lambda: get(next(numbers)), partial(int.__add__, 1))
    assert composed() == 3
    with pytest.raises(ZeroDivisionError) as raised:
        composed()
    assert frames(raised.value)[1:] == ["<lambda>", "get"]
    assert composed() == 4
