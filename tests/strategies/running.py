"""Running a strategy, and finding what it left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import psutil

from concbench.model.case import Settings
from concbench.strategies.strategy import standard, strategies

RUNNABLE = [name for name, strategy in standard().items() if strategy.missing() is None]
"""Strategies that this interpreter can run without an engine."""

SERVANTS = ("multiprocessing.forkserver import", "multiprocessing.resource_tracker import")
"""Processes that `multiprocessing` keeps for as long as the interpreter lives."""


DEADLINE = 60.0
"""Seconds after which what has not come never will."""


def run(name: str, task: Callable[[Any], Any], items: Iterable[Any], **settings: Any) -> list[Any]:
    """Open a strategy, run tasks on it, close it."""
    with strategies.get(name).open(Settings(**settings)) as run_tasks:
        return list(run_tasks(task, list(items)))


def runnable(setting: str | None = None, *, workers: str | None = None) -> list[str]:
    """Strategies that this interpreter can run, that use a setting, that have such workers."""
    return [
        name
        for name in RUNNABLE
        if (setting is None or setting in strategies.get(name).settings)
        and (workers is None or strategies.get(name).workers == workers)
    ]


def processes_below(process: psutil.Process) -> list[psutil.Process]:
    """The processes below one, zombies included, except those that `multiprocessing` keeps."""
    servants = {child.pid for child in process.children() if any(word in line_of(child) for word in SERVANTS)}
    return [child for child in process.children(recursive=True) if child.pid not in servants]


def processes_left(pid: int | None = None) -> list[str]:
    """The same in words; by default of those below this process."""
    return [f"{child.pid} {line_of(child)}" for child in processes_below(psutil.Process(pid))]


def line_of(process: psutil.Process) -> str:
    """The command line of a process."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return "has ended"


def threads_left(before: set[threading.Thread]) -> set[threading.Thread]:
    """The threads that were not there before."""
    return set(threading.enumerate()) - before


def wait_until(done: Callable[[], bool]) -> None:
    """Wait for what comes in a moment: a thread that was joined is still on its way out of the system's list."""
    until = time.monotonic() + DEADLINE
    while not done():
        assert time.monotonic() < until, "it does not come"
        time.sleep(0.01)
