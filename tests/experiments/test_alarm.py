"""What the alarm promises: it wakes the main thread from any wait, once, within its block, and leaves no handler."""

from __future__ import annotations

import sys

import pytest

from tests.experiments.alarms import handlers, interrupts, rung_after, rung_at_any_moment, rung_before, rung_twice
from tests.primitives.fresh import asked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals interrupt no call there")
TIMES = 300
TIMES_EACH = 40


def test_it_wakes_the_main_thread_from_whatever_that_waits_in_or_is_about_to() -> None:
    woken = asked(interrupts, TIMES_EACH)
    assert len(woken) == 6
    assert woken == dict.fromkeys(woken, ["now"] * TIMES_EACH)


def test_rung_before_it_is_armed_it_raises_when_it_is_and_the_first_error_counts() -> None:
    assert asked(rung_before) == ["rung", "raised first, context None"]


def test_rung_twice_it_raises_once_and_leaves_the_block_to_clear_away() -> None:
    assert asked(rung_twice) == ["cleared away", "raised first, context None"]


def test_after_its_block_it_does_nothing() -> None:
    assert asked(rung_after) == ["nothing"]


def test_after_its_block_the_handler_that_was_there_before_is_there_again() -> None:
    assert asked(handlers) == [True] * 12


def test_at_whatever_moment_it_is_rung_it_raises_once_at_most_and_leaves_no_handler() -> None:
    found = asked(rung_at_any_moment, TIMES)
    assert found["raised"] > 0
    assert found["not raised"] > 0
    assert found["raised"] + found["not raised"] == TIMES
    assert (found["twice"], found["handlers lost"]) == (0, 0)
