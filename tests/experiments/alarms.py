"""Alarms that are rung in several ways, in a fresh interpreter's main thread: what they raise, and what they leave."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from concbench.experiments.alarm import SIGNAL, Alarm

PATIENCE = 60
"""Seconds after which what has not happened will not happen any more."""

MOMENT = 0.001
"""Seconds: so short that whoever sleeps for a part of it may be the first or the last."""


class Rung(Exception):
    """What an alarm is rung with."""


def in_a_thread(run: Callable[[], Any]) -> threading.Thread:
    thread = threading.Thread(target=run)
    thread.start()
    return thread


def waits_in(wait: Callable[[], Any]) -> str:
    """Return what comes of an alarm that another thread rings while the main thread waits."""
    alarm = Alarm()
    waiting = threading.Event()

    def ring() -> None:
        waiting.wait(PATIENCE)
        alarm.ring(Rung("now"))

    thread = in_a_thread(ring)
    try:
        with alarm.armed():
            waiting.set()
            wait()
    except Rung as error:
        return str(error)
    finally:
        thread.join()
    return "nothing"


def interrupts(times: int) -> dict[str, list[str]]:
    """Return what comes of alarms in several kinds of waiting.

    The other thread mostly rings as soon as the main thread lets it run, which is the moment before that waits.
    """
    reader, writer = os.pipe()
    full = bytes(2**20)
    waits: dict[str, Callable[[], Any]] = {
        "an event": threading.Event().wait,
        "a lock": threading.Semaphore(0).acquire,
        "a read": lambda: os.read(reader, 1),
        "a write": lambda: os.write(writer, full),
        "a sleep": lambda: time.sleep(PATIENCE),
        "a loop": loop_long,
    }
    return {what: [waits_in(wait) for _ in range(times)] for what, wait in waits.items()}


def loop_long() -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        pass


def rung_before() -> list[str]:
    """Return what happens when the alarm was rung before it is armed, by the main thread and twice."""
    alarm = Alarm()
    alarm.ring(Rung("first"))
    alarm.ring(Rung("second"))
    said = ["rung"]
    try:
        with alarm.armed():
            said.append("in the block")
    except Rung as error:
        said.append(f"raised {error}, context {error.__context__}")
    return said


def rung_twice() -> list[str]:
    """Return what happens when the alarm is rung again while what it raised first is on its way out."""
    alarm = Alarm()
    said = []
    try:
        with alarm.armed():
            try:
                in_a_thread(lambda: alarm.ring(Rung("first"))).join()
                threading.Event().wait(PATIENCE)
            finally:
                in_a_thread(lambda: alarm.ring(Rung("second"))).join()
                said.append("cleared away")
    except Rung as error:
        said.append(f"raised {error}, context {error.__context__}")
    return said


def rung_after() -> list[str]:
    """Return what happens when the alarm is rung after its block."""
    alarm = Alarm()
    with alarm.armed():
        pass
    alarm.ring(Rung("late"))
    in_a_thread(lambda: alarm.ring(Rung("later"))).join()
    return ["nothing"]


def handlers() -> list[bool]:
    """Say for several ends of a block whether the handler that was there before is there again."""
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
