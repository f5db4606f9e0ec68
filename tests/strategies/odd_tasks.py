"""Tasks that show what a strategy does: who runs them, how many at once, and what it does when they go wrong."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Task = Callable[[int], Any]

FAULTY = 2
"""The item whose task goes wrong; the others return their item."""
MIB = 2**20
GENEROUS = 60.0
"""Seconds to wait for a partner."""


class Crowded(Exception):
    """More tasks run than there are places."""


class Alone(Exception):
    """The task that should have run at the same time never did."""


def double(number: int) -> int:
    return 2 * number


def process_of(_number: int) -> int:
    return os.getpid()


def process_and_thread_of(_number: int) -> tuple[int, int]:
    return os.getpid(), threading.get_ident()


def raises(number: int) -> int:
    if number == FAULTY:
        raise LookupError("the task's own trouble")
    return number


def raises_while_the_others_sleep(number: int) -> int:
    if number == FAULTY:
        raise LookupError("the task's own trouble")
    time.sleep(0.2)
    return number


def raises_while_others_send_much(number: int) -> bytes:
    if number == FAULTY:
        raise LookupError("the task's own trouble")
    return bytes(200_000)


def is_killed(number: int) -> int:
    if number == FAULTY:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def ends_its_process(number: int) -> int:
    if number == FAULTY:
        os._exit(3)
    return number


def leaves(number: int) -> int:
    if number == FAULTY:
        sys.exit(5)
    return number


def cannot_be_sent(number: int) -> object:
    return threading.Lock() if number == FAULTY else number


def large(number: int) -> bytes:
    return bytes([number]) * MIB


def take_a_place(folder: Path, places: int, number: int) -> int:
    """Work for a moment in one of the places; raises Crowded when all are taken."""
    for place in range(places):
        try:
            os.close(os.open(folder / str(place), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        time.sleep(0.02)  # the work, during which others find the place taken
        (folder / str(place)).unlink()
        return number
    raise Crowded


def meet(folder: Path, number: int) -> int:
    """Meet the task beside, 0 with 1 and 2 with 3: returns only where both run at the same time."""
    pair = number // 2
    ends = [os.open(folder / f"{pair}-{side}", os.O_RDWR) for side in (0, 1)]
    try:
        mine, theirs = ends[number % 2], ends[1 - number % 2]
        os.write(theirs, b"!")
        if not select.select([mine], [], [], GENEROUS)[0]:
            raise Alone(number)
        os.read(mine, 1)
    finally:
        for end in ends:
            os.close(end)
    return number


def meeting_place(folder: Path, tasks: int) -> Path:
    """Prepare a folder for tasks to meet in."""
    for pair in range(tasks // 2):
        for side in (0, 1):
            os.mkfifo(folder / f"{pair}-{side}")
    return folder


def hand_back(anything: object, _number: int) -> object:
    return anything


def is_killed_while_others_hang(number: int) -> int:
    if number != FAULTY:
        signal.pause()
    return is_killed(number)
