"""How a test runs a strategy, and how it sees what the strategy left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import psutil

from concbench.model import Settings
from concbench.strategies.strategy import strategies

RUNNABLE = [name for name, strategy in strategies.all().items() if strategy.missing() is None]
"""Strategies that this interpreter can run."""

SERVANTS = ("multiprocessing.forkserver import", "multiprocessing.resource_tracker import")
"""Processes that `multiprocessing` keeps for as long as the interpreter lives."""


def run(name: str, task: Callable[[Any], Any], items: Iterable[Any], **settings: Any) -> list[Any]:
    """Open a strategy, run tasks on it, close it."""
    with strategies.get(name).open(Settings(**settings)) as run_tasks:
        return list(run_tasks(task, list(items)))


def runnable(setting: str | None = None, *, workers: str | None = None) -> list[str]:
    """Return the strategies that this interpreter can run, that heed a setting, that have such workers."""
    return [
        name
        for name in RUNNABLE
        if (setting is None or setting in strategies.get(name).settings)
        and (workers is None or strategies.get(name).workers == workers)
    ]


def processes_left() -> list[str]:
    """Return the processes below this one, zombies too, but for those that `multiprocessing` keeps."""
    own = psutil.Process()
    servants = {child.pid for child in own.children() if any(word in line_of(child) for word in SERVANTS)}
    return [f"{child.pid} {line_of(child)}" for child in own.children(recursive=True) if child.pid not in servants]


def line_of(process: psutil.Process) -> str:
    """Return the command line of a process; of a zombie, that it is one."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return "has ended"


def threads_left(before: set[threading.Thread]) -> set[threading.Thread]:
    """Return the threads that were not there before."""
    return set(threading.enumerate()) - before
