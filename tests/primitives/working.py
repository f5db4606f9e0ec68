"""How a test starts workers, processes or threads, and waits for all of them, but not for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from concbench.model.case import Settings
from concbench.primitives.primitive import primitives
from tests.fresh_interpreter import Left, left_behind

PATIENCE = 60
"""Seconds to wait for workers that end in a moment unless something is wrong."""
HEAD_START = 0.05
"""Seconds between the starts of two workers where the order matters."""


def in_processes(
    settings: Settings, work: Callable[..., None], calls: Iterable[Sequence[Any]], pause: float = 0
) -> None:
    """Call a function in a process each; raises where one does not end, or not well."""
    children = [settings.context.Process(target=work, args=tuple(call)) for call in calls]
    try:
        for child in children:
            child.start()
            time.sleep(pause)
        for child in children:
            child.join(PATIENCE)
        codes = [child.exitcode for child in children]
        if any(code != 0 for code in codes):
            raise RuntimeError(f"exit codes, None where it did not end: {codes}")
    finally:
        for child in children:
            if child.pid is not None:
                child.kill()
                child.join()


def in_threads(
    _settings: Settings, work: Callable[..., None], calls: Iterable[Sequence[Any]], pause: float = 0
) -> None:
    """Call a function in a thread each; raises where one does not end."""
    threads = [threading.Thread(target=work, args=tuple(call), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
        time.sleep(pause)
    for thread in threads:
        thread.join(PATIENCE)
        if thread.is_alive():
            raise RuntimeError("a thread did not end")


RUN = {"processes": in_processes, "threads": in_threads}
"""How to run workers, by what they are."""


def turns(name: str, start_method: str | None, numbers: Sequence[int], count: int, last_first: bool = False) -> Left:
    """What is left behind when workers, of each of some numbers, have taken turns on a primitive."""
    found = primitives.get(name)
    settings = Settings(start_method=start_method)

    def take(workers: int) -> None:
        with found.open(settings, workers) as shared:
            order = range(workers)[::-1] if last_first else range(workers)
            calls = [(shared, worker, count) for worker in order]
            RUN[found.workers](settings, found.take_turns, calls, HEAD_START if last_first else 0)

    with left_behind() as left:
        for workers in numbers:
            take(workers)
    return left
