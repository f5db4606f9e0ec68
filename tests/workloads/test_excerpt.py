"""What is shown of an item, a result and an error: little, whatever their own text does."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from concbench.workloads.excerpt import MOST_TEXT, cut, shown, text_of


class Raises:
    def __repr__(self) -> str:
        raise OSError("no text")


class Huge:
    def __repr__(self) -> str:
        return "x" * 10_000_000


class Endless:
    def __repr__(self) -> str:
        threading.Event().wait()
        return ""


class NoText(Exception):
    def __str__(self) -> str:
        raise OSError("no text")


@pytest.mark.parametrize(
    "thing", [b"x" * 50_000_000, "x" * 50_000_000, [["x" * 9] * 9] * 9, Huge(), 10**6000], ids=lambda _: ""
)
def test_whatever_is_long_is_shown_in_part(thing: Any) -> None:
    assert 0 < len(shown(thing)) < 400


@pytest.mark.parametrize("thing", [Raises(), Endless()], ids=["raises", "endless"])
def test_what_has_no_text_of_its_own_is_shown_by_its_type(thing: Any) -> None:
    assert type(thing).__name__ in shown(thing)


def test_what_is_short_is_shown_as_it_is() -> None:
    assert [shown(each) for each in (1.5, "a", None, [1, {"b": 2}])] == ["1.5", "'a'", "None", "[1, {'b': 2}]"]
    assert cut("all of it") == "all of it"


def test_what_was_cut_says_how_much() -> None:
    assert cut("a" * 5_000_000) == f"{'a' * (MOST_TEXT // 2)} [4,999,000 more characters] {'a' * (MOST_TEXT // 2)}"


def test_an_exception_that_can_not_say_what_it_is_has_a_name() -> None:
    assert text_of(NoText()) == "NoText"
    assert text_of(ValueError()) == "ValueError"


def test_where_no_thread_can_be_started_the_type_has_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert shown([1]) == "<list object>"
