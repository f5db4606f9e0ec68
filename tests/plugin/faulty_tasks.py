"""A third party's workloads, found by entry point: each goes wrong, or misbehaves, in one way."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

from concbench.model import Workload
from concbench.workloads.kinds import Task, Tasks, workload

TASKS = 8
FAULTY = 3
"""The task that goes wrong; the others return their item."""


def raises(number: int) -> int:
    if number == FAULTY:
        raise LookupError("the task's own \x1b[31mtrouble")
    return number


def hangs(number: int) -> int:
    if number == FAULTY:
        threading.Event().wait()
    return number


def is_killed(number: int) -> int:
    if number == FAULTY:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def is_wrong(number: int) -> int:
    return -1 if number == FAULTY else number


def cannot_be_pickled(number: int) -> object:
    return threading.Lock() if number == FAULTY else number


def prints(number: int) -> int:
    print(f"printed by task {number}")
    print(f"grumbled by task {number}", file=sys.stderr)
    return number


def reads(number: int) -> int:
    return number if sys.stdin.read() == "" else -1


def exits(number: int) -> int:
    if number == FAULTY:
        sys.exit("the task wants to leave")
    return number


def crashes(number: int) -> int:
    if number == FAULTY:
        ctypes.string_at(0)
    return number


def leaves_a_daemon(number: int) -> int:
    """Start a process that moves to a session of its own, as daemons do, and would stay for an hour."""
    if number == FAULTY:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True)
    return number


def sleeps_long(number: int) -> int:
    time.sleep(0.2)
    return number


def register(name: str, task: Task) -> None:
    """Register a task as a workload; every item but the faulty one comes back as it is."""

    @workload(Workload(name=name, tasks=TASKS))
    def build(sizes: Workload) -> Tasks:
        """A workload that misbehaves."""
        return Tasks(task=task, items=range(sizes.tasks), expected=range(sizes.tasks), busy=0.0)


for name, task in {
    "raises": raises,
    "hangs": hangs,
    "is-killed": is_killed,
    "is-wrong": is_wrong,
    "cannot-be-pickled": cannot_be_pickled,
    "prints": prints,
    "reads": reads,
    "exits": exits,
    "crashes": crashes,
    "leaves-a-daemon": leaves_a_daemon,
    "sleeps-long": sleeps_long,
}.items():
    register(name, task)
