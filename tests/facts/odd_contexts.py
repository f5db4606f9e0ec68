"""Contexts in which Python behaves otherwise than the tutorial says, with threads in the place of processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import TimeoutError as PoolTimeoutError
from multiprocessing import active_children
from multiprocessing.connection import Connection, Pipe
from multiprocessing.pool import ThreadPool
from types import SimpleNamespace
from typing import Any


class ThreadProcess(threading.Thread):
    """A thread that poses as a process: it can be joined like one, and shares its parent's memory."""

    exitcode = 0

    def kill(self) -> None:
        """Do nothing: it has to end by itself."""


class LockForAll:
    """A lock that keeps no one out."""

    def acquire(self, block: bool = True) -> bool:
        return True

    def release(self) -> None:
        pass

    def __enter__(self) -> bool:
        return True

    def __exit__(self, *_error: object) -> None:
        pass


class ImpatientPool(ThreadPool):
    """A pool that waits for nothing, and refuses nothing."""

    def map(self, *arguments: Any, **more: Any) -> Any:
        return self.map_async(*arguments, **more)

    def apply(self, *arguments: Any, **more: Any) -> Any:
        return self.apply_async(*arguments, **more)


class DisorderlyPool(ThreadPool):
    """A pool that gives results in an order of its own."""

    def map(self, *arguments: Any, **more: Any) -> list[Any]:
        return super().map(*arguments, **more)[::-1]


class SlowPool(ThreadPool):
    """A pool whose `apply_async` waits for the task, for a while."""

    def apply_async(self, *arguments: Any, **more: Any) -> Any:
        promise = super().apply_async(*arguments, **more)
        promise.wait(1)
        return promise


@contextmanager
def manager(**types: Any) -> Iterator[SimpleNamespace]:
    """A manager in this process, where everything is shared without one."""
    kinds = {name: getattr(threading, name) for name in ("Barrier", "BoundedSemaphore", "Condition", "Event", "Lock")}
    yield SimpleNamespace(dict=dict, list=list, **{**kinds, **types})


def odd(**ways: Any) -> Any:
    """A context whose processes are threads, and that is odd in these other ways."""
    usual = {
        "Pipe": Pipe,
        "Process": ThreadProcess,
        "Pool": ThreadPool,
        "Lock": threading.Lock,
        "Event": threading.Event,
        "Manager": manager,
        "TimeoutError": PoolTimeoutError,
        "active_children": active_children,
    }
    return SimpleNamespace(**{**usual, **ways})


def two_way_pipe(_duplex: bool = True) -> tuple[Any, Any]:
    """A pipe that goes both ways, whatever it is asked for."""
    return Pipe()


class HoardedPipe:
    """Pipes whose ends are held elsewhere, too."""

    def __init__(self) -> None:
        self.ends: list[Connection[Any, Any]] = []

    def __call__(self, duplex: bool = True) -> tuple[Any, Any]:
        ends = Pipe(duplex)
        self.ends.extend(ends)
        return ends

    def close(self) -> None:
        """Let go of them."""
        for end in self.ends:
            end.close()
