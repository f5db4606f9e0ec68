"""What the alarm promises: it wakes the main thread from any wait, once, within its block, and leaves no handler."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from concbench.experiments.crew import SIGNAL, Alarm
from tests.fresh_interpreter import asked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals interrupt no call there")
TIMES = 300
TIMES_EACH = 40
PATIENCE = 60
"""Seconds after which what has not happened never will."""
MOMENT = 0.001
"""Seconds: so short that whoever sleeps for a part of it may be the first or the last."""


class Rung(Exception):
    """What an alarm is rung with."""


def in_a_thread(run: Callable[[], Any]) -> threading.Thread:
    thread = threading.Thread(target=run)
    thread.start()
    return thread


def raised(block: Callable[[], Any]) -> str:
    """What a block raises."""
    try:
        block()
    except Rung as error:
        return f"{error}, context {error.__context__}"
    return "nothing"


def interrupted(wait: Callable[[], Any]) -> str:
    """What comes of an alarm that another thread rings while the main thread waits, or the moment before."""
    alarm = Alarm()
    waiting = threading.Event()

    def ring() -> None:
        waiting.wait(PATIENCE)
        alarm.ring(Rung("now"))

    def block() -> None:
        with alarm.armed():
            waiting.set()
            wait()

    thread = in_a_thread(ring)
    try:
        return raised(block)
    finally:
        thread.join()


def interrupts(times: int) -> dict[str, list[str]]:
    """What comes of alarms in several kinds of waiting."""
    reader, writer = os.pipe()
    full = bytes(2**20)
    until = time.monotonic() + PATIENCE
    waits: dict[str, Callable[[], Any]] = {
        "an event": threading.Event().wait,
        "a lock": threading.Semaphore(0).acquire,
        "a read": lambda: os.read(reader, 1),
        "a write": lambda: os.write(writer, full),
        "a sleep": lambda: time.sleep(PATIENCE),
        "a loop": lambda: all(iter(lambda: time.monotonic() < until, False)),
    }
    return {what: [interrupted(wait) for _ in range(times)] for what, wait in waits.items()}


def rung_otherwise() -> dict[str, str]:
    """What comes of an alarm that is rung before it is armed, twice, and after its block."""
    before, twice, after = Alarm(), Alarm(), Alarm()
    entered = []
    before.ring(Rung("first"))
    before.ring(Rung("second"))

    def armed_late() -> None:
        with before.armed():
            entered.append("the block")

    def rung_again_on_its_way_out() -> None:
        with twice.armed():
            try:
                in_a_thread(lambda: twice.ring(Rung("first"))).join()
                threading.Event().wait(PATIENCE)
            finally:
                in_a_thread(lambda: twice.ring(Rung("second"))).join()

    def rung_late() -> None:
        with after.armed():
            pass
        after.ring(Rung("late"))
        in_a_thread(lambda: after.ring(Rung("later"))).join()

    found = {"before": raised(armed_late), "twice": raised(rung_again_on_its_way_out), "after": raised(rung_late)}
    assert not entered
    return found


def handlers() -> list[bool]:
    """For several ends of a block, whether the handler that was there before is there again."""
    same = []
    for before in (signal.SIG_IGN, signal.SIG_DFL, lambda *_: None):
        for end in ("well", "raises", "rung", "rung before"):
            signal.signal(SIGNAL, before)
            alarm = Alarm()
            if end == "rung before":
                alarm.ring(Rung())
            try:
                with alarm.armed():
                    inside = signal.getsignal(SIGNAL)
                    if end == "raises":
                        raise Rung
                    if end == "rung":
                        in_a_thread(lambda alarm=alarm: alarm.ring(Rung())).join()  # type: ignore[misc]
                        threading.Event().wait(PATIENCE)
            except Rung:
                pass
            else:
                assert end == "well"
                assert inside != before
            same.append(signal.getsignal(SIGNAL) == before)
    return same


def rung_at_any_moment(times: int) -> dict[str, int]:
    """Ring an alarm twice from two threads while its block ends, again and again; count what came of it."""
    chance = random.Random(1)
    found = {"raised": 0, "not raised": 0, "twice": 0, "handlers lost": 0}
    for _ in range(times):
        alarm = Alarm()
        begin = threading.Barrier(3)
        pauses = [chance.random() * MOMENT for _ in range(3)]

        def ring(pause: float, alarm: Alarm = alarm, begin: threading.Barrier = begin) -> None:
            begin.wait(PATIENCE)
            time.sleep(pause)
            alarm.ring(Rung())

        threads = [threading.Thread(target=ring, args=(pause,)) for pause in pauses[1:]]
        for each in threads:
            each.start()
        try:
            try:
                begin.wait(PATIENCE)
                with alarm.armed():
                    time.sleep(pauses[0])
            except Rung as error:
                found["raised"] += 1
                found["twice"] += isinstance(error.__context__, Rung)
            else:
                found["not raised"] += 1
            for each in threads:
                each.join()
        except Rung:
            found["twice"] += 1
        found["handlers lost"] += signal.getsignal(SIGNAL) is not signal.SIG_DFL
        signal.signal(SIGNAL, signal.SIG_DFL)
    return found


# All of these run in the main thread of a fresh interpreter.


def test_it_wakes_the_main_thread_from_whatever_that_waits_in_or_is_about_to() -> None:
    woken = asked(interrupts, TIMES_EACH)
    assert len(woken) == 6
    assert woken == dict.fromkeys(woken, ["now, context None"] * TIMES_EACH)


def test_it_raises_the_first_error_once_even_if_rung_before_it_is_armed_and_nothing_after_its_block() -> None:
    first = "first, context None"
    assert asked(rung_otherwise) == {"before": first, "twice": first, "after": "nothing"}


def test_after_its_block_the_handler_that_was_there_before_is_there_again() -> None:
    assert asked(handlers) == [True] * 12


def test_at_whatever_moment_it_is_rung_it_raises_once_at_most_and_leaves_no_handler() -> None:
    found = asked(rung_at_any_moment, TIMES)
    assert found["raised"] > 0
    assert found["not raised"] > 0
    assert found["raised"] + found["not raised"] == TIMES
    assert (found["twice"], found["handlers lost"]) == (0, 0)
