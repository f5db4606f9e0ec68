"""Queues, one for each way: of `multiprocessing`, of a manager, between threads, and between interpreters."""

from __future__ import annotations

import queue as library
from contextlib import contextmanager

from concbench.channels.channel import End, channel
from concbench.strategies.strategy import python_at_least

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.queues import JoinableQueue
    from typing import Any

    from concbench.channels.channel import Message
    from concbench.model.case import Settings


@channel("queue")
@contextmanager
def queue(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`multiprocessing.Queue`: a thread of its own pickles and sends what was put, so `put` never waits."""
    to_far, to_near = settings.context.Queue(), settings.context.Queue()
    with closing_queues(to_far, to_near):
        yield End(to_far.put, to_near.get), End(to_near.put, to_far.get)


@channel("joinable-queue")
@contextmanager
def joinable_queue(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`multiprocessing.JoinableQueue`: as a queue, and every message is acknowledged by `task_done`."""
    to_far, to_near = settings.context.JoinableQueue(), settings.context.JoinableQueue()
    with closing_queues(to_far, to_near):
        yield _AcknowledgingEnd(to_far, to_near), _AcknowledgingEnd(to_near, to_far)


@channel("simple-queue")
@contextmanager
def simple_queue(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`multiprocessing.SimpleQueue`: a pipe with a lock at each end, and no thread."""
    to_far, to_near = settings.context.SimpleQueue(), settings.context.SimpleQueue()
    try:
        yield End(to_far.put, to_near.get), End(to_near.put, to_far.get)
    finally:
        to_far.close()
        to_near.close()


@channel("manager-queue")
@contextmanager
def manager_queue(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """A manager's `Queue`: both ends talk to the manager's process, which keeps what was put."""
    with settings.context.Manager() as manager:
        to_far, to_near = manager.Queue(), manager.Queue()
        yield End(to_far.put, to_near.get), End(to_near.put, to_far.get)


@channel("thread-queue", workers="threads")
@contextmanager
def thread_queue(_settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`queue.Queue` between two threads: a lock and conditions, written in Python; nothing is copied."""
    to_far: library.Queue[bytes] = library.Queue()
    to_near: library.Queue[bytes] = library.Queue()
    yield End(to_far.put, to_near.get), End(to_near.put, to_far.get)


@channel("thread-simple-queue", workers="threads")
@contextmanager
def thread_simple_queue(_settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`queue.SimpleQueue` between two threads: written in C; nothing is copied."""
    to_far: library.SimpleQueue[bytes] = library.SimpleQueue()
    to_near: library.SimpleQueue[bytes] = library.SimpleQueue()
    yield End(to_far.put, to_near.get), End(to_near.put, to_far.get)


@channel("interpreter-queue", workers="interpreters", missing=python_at_least(3, 14))
@contextmanager
def interpreter_queue(_settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`concurrent.interpreters.create_queue`: between two interpreters of one process."""
    from concurrent import interpreters  # type: ignore[attr-defined]  # known from Python 3.14 on

    to_far, to_near = interpreters.create_queue(), interpreters.create_queue()
    yield _QueuesEnd(to_far, to_near), _QueuesEnd(to_near, to_far)


class _QueuesEnd(End):
    """An end of two queues, which binds their methods in the interpreter that has the end."""

    def __init__(self, outgoing: Any, incoming: Any) -> None:
        self._outgoing = outgoing
        self._incoming = incoming

    def connect(self) -> None:
        self.send = self._outgoing.put
        self.receive = self._incoming.get


class _AcknowledgingEnd(End):
    """An end of two joinable queues."""

    def __init__(self, outgoing: JoinableQueue[Message], incoming: JoinableQueue[Message]) -> None:
        self.send = outgoing.put
        self._incoming = incoming

    def receive(self) -> Message:
        message = self._incoming.get()
        self._incoming.task_done()
        return message


@contextmanager
def closing_queues(*queues: Any) -> Iterator[None]:
    """Close queues at the end, and wait for their threads, except after an error, when no one reads the queues."""
    try:
        yield
    except BaseException:
        for each in queues:
            each.cancel_join_thread()
            each.close()
        raise
    for each in queues:
        each.close()
        each.join_thread()
