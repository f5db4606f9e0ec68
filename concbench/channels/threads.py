"""Queues between two threads of one process: nothing is copied."""

from __future__ import annotations

import queue
from contextlib import contextmanager

from concbench.channels.channel import End, channel

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator

    from concbench.model import Settings


@channel("thread-queue", workers="threads")
@contextmanager
def thread_queue(_settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`queue.Queue` between two threads: a lock and conditions, written in Python."""
    to_far: queue.Queue[bytes] = queue.Queue()
    to_near: queue.Queue[bytes] = queue.Queue()
    yield End(to_far.put, to_near.get), End(to_near.put, to_far.get)


@channel("thread-simple-queue", workers="threads")
@contextmanager
def thread_simple_queue(_settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`queue.SimpleQueue` between two threads: written in C."""
    to_far: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    to_near: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    yield End(to_far.put, to_near.get), End(to_near.put, to_far.get)
