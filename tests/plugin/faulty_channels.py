"""A third party's channels, found by entry point: each does one thing wrong to the messages, or to those who wait.

What they do to a message they do to one that is named by its number among those that an end sends. With five round
trips of a small message, the near end sends these five, ten of the stream, and eight that are all checked; the far
end sends five echoes and the same eight.
"""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from concbench.channels.channel import End, channel
from concbench.channels.queues import closing_queues
from concbench.channels.sockets import unix_socket

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from concbench.model.case import Settings

TRIPS = 5
STREAMS_LAST = 15
FIRST_CHECKED = 16
LAST_ECHO = 5
FIRST_CHECKED_ECHO = 6
NEVER = -1

FAULTS: dict[str, Callable[[bytes, bytes], tuple[bytes, ...]]] = {
    "flips": lambda message, following: (bytes([*message[:-1], message[-1] ^ 1]), following),
    "truncates": lambda message, following: (message[:-1], following),
    "lengthens": lambda message, following: (message + b"!", following),
    "repeats": lambda message, following: (message, message, following),
    "drops": lambda _message, following: (following,),
    "swaps": lambda message, following: (following, message),
}
"""From a message and the next one to those that are sent in their place."""
AT_ONCE = ("flips", "truncates", "lengthens", "repeats")
"""Faults that do not wait for the next message."""


class FaultyEnd(End):
    """An end of a pipe that does something to the message of a number when it is sent."""

    def __init__(self, connection: Connection, fault: str, number: int) -> None:
        self._connection = connection
        self._fault = fault
        self._number = number
        self._sent = 0
        self._held = b""

    def send(self, message: bytes) -> None:
        self._sent += 1
        out: tuple[bytes, ...] = (message,)
        if self._fault in AT_ONCE:
            if self._sent == self._number:
                out = FAULTS[self._fault](message, b"")[:-1]
        elif self._sent == self._number:
            out, self._held = (), message
        elif self._sent == self._number + 1:
            out = FAULTS[self._fault](self._held, message)
        for each in out:
            self._connection.send_bytes(each)

    def receive(self) -> bytes:
        return self._connection.recv_bytes()


def register_fault(fault: str, direction: str, place: str, number: int) -> None:
    """Register a channel that does something to one message that is sent in a direction."""

    @channel(f"{fault}-{direction}-{place}")
    @contextmanager
    def open_faulty(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
        """A channel that does one thing wrong."""
        near, far = settings.context.Pipe()
        with near, far:
            near_number, far_number = (number, NEVER) if direction == "out" else (NEVER, number)
            yield FaultyEnd(near, fault, near_number), FaultyEnd(far, fault, far_number)


for each in FAULTS:
    register_fault(each, "out", "checked", FIRST_CHECKED)
    register_fault(each, "out", "stream", STREAMS_LAST)
    register_fault(each, "back", "checked", FIRST_CHECKED_ECHO)
for each in ("flips", "truncates", "lengthens"):
    register_fault(each, "back", "echo", LAST_ECHO)
register_fault("drops", "out", "trip", TRIPS - 1)


class OtherEnd(End):
    """An end of a pipe that receives as a function says."""

    def __init__(self, connection: Connection, receive: Callable[..., Any], *more: Any) -> None:
        self._connection = connection
        self._receive = receive
        self._more = more

    def send(self, message: bytes) -> None:
        self._connection.send_bytes(message)

    def receive(self) -> Any:
        return self._receive(self._connection, *self._more)


def exits(_connection: Connection) -> None:
    os._exit(3)


def is_killed(_connection: Connection) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def raises(_connection: Connection) -> None:
    raise LookupError("the channel's own trouble")


class Particular(Exception):
    """It is made with two arguments and pickled with one, as is easily done."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")


def raises_particularly(_connection: Connection) -> None:
    raise Particular("the channel", "broken")


def leaves_the_interpreter(_connection: Connection) -> None:
    raise SystemExit("the channel wants to leave")


def is_silent(_connection: Connection) -> None:
    threading.Event().wait()


def register_far_end(receive: Callable[[Connection], Any]) -> None:
    """Register a channel whose far end receives as a function does."""

    @channel(f"far-end-{receive.__name__.replace('_', '-')}")
    @contextmanager
    def open_other(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
        """A channel with a far end that goes wrong."""
        near, far = settings.context.Pipe()
        with near, far:
            yield End(near.send_bytes, near.recv_bytes), OtherEnd(far, receive)


for receive in (exits, is_killed, raises, raises_particularly, is_silent):
    register_far_end(receive)


def exits_when_full(_connection: Connection, near_out: Connection) -> None:
    """Read nothing, and end when the pipe takes no more: then whoever sends is blocked."""
    while select.select([], [near_out], [], 0)[1]:
        pass
    os._exit(5)


@channel("far-end-never-reads")
@contextmanager
def never_reads(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """A system's pipe each way, whose far end never reads."""
    near_in, far_out = settings.context.Pipe(duplex=False)
    far_in, near_out = settings.context.Pipe(duplex=False)
    with near_in, far_out, far_in, near_out:
        yield End(near_out.send_bytes, near_in.recv_bytes), OtherEnd(far_out, exits_when_full, near_out)


class HangingUp(End):
    """A far end that connects and ends, so that the near end finds the other side gone."""

    def __init__(self, connecting: End) -> None:
        self._connecting = connecting

    def connect(self) -> None:
        self._connecting.connect()
        self.send = self._connecting.send

    def receive(self) -> None:
        os._exit(3)


@channel("far-end-hangs-up")
@contextmanager
def hangs_up(settings: Settings, size: int) -> Iterator[tuple[End, End]]:
    """A socket on a path, whose far end is in the far process only."""
    with unix_socket(settings, size) as (near, far):
        yield near, HangingUp(far)


@channel("unpicklable-pipe")
@contextmanager
def unpicklable_pipe(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """A pipe that is given what can't be pickled."""
    near, far = settings.context.Pipe()
    with near, far:
        yield End(lambda message: near.send(lambda: message), near.recv), End(far.send, far.recv)


@channel("unpicklable-queue")
@contextmanager
def unpicklable_queue(settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """A queue that is given what can't be pickled: its thread prints why, and goes on."""
    to_far, to_near = settings.context.Queue(), settings.context.Queue()
    with closing_queues(to_far, to_near):
        yield End(lambda message: to_far.put(lambda: message), to_near.get), End(to_near.put, to_far.get)


def register_thread(receive: Callable[[Any], Any]) -> None:
    """Register a channel between threads whose far end receives as a function does."""

    @channel(f"thread-{receive.__name__.replace('_', '-')}", workers="threads")
    @contextmanager
    def open_thread(_settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
        """A channel between threads with a far end that goes wrong."""
        yield End(lambda _message: None, threading.Event().wait), OtherEnd(threading, receive)  # type: ignore[arg-type]


for receive in (raises, leaves_the_interpreter):
    register_thread(receive)
