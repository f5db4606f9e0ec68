"""`multiprocessing`'s queues, and a manager's: one for each way."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.channels.channel import End, channel

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.queues import JoinableQueue
    from typing import Any

    from concbench.channels.channel import Message
    from concbench.model import Settings


@channel("queue")
@contextmanager
def queue(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`multiprocessing.Queue`: a thread of its own pickles and sends what was put, so that `put` never waits."""
    to_far, to_near = settings.context.Queue(), settings.context.Queue()
    with closing_queues(to_far, to_near):
        yield End(to_far.put, to_near.get), End(to_near.put, to_far.get)


@channel("joinable-queue")
@contextmanager
def joinable_queue(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`multiprocessing.JoinableQueue`: as a queue, and every message is acknowledged by `task_done`."""
    to_far, to_near = settings.context.JoinableQueue(), settings.context.JoinableQueue()
    with closing_queues(to_far, to_near):
        yield AcknowledgingEnd(to_far, to_near), AcknowledgingEnd(to_near, to_far)


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


class AcknowledgingEnd(End):
    """An end of two joinable queues."""

    def __init__(self, outgoing: JoinableQueue[Message], incoming: JoinableQueue[Message]) -> None:
        self.send = outgoing.put
        self._incoming = incoming

    def receive(self) -> Message:
        """Take a message and acknowledge it."""
        message = self._incoming.get()
        self._incoming.task_done()
        return message


@contextmanager
def closing_queues(*queues: Any) -> Iterator[None]:
    """Close queues at the end, and wait for their threads, unless something went wrong: then nobody reads them."""
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
