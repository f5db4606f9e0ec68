"""What a channel is, its two ends, and the table of all channels."""

from __future__ import annotations

from concbench.registry import Registry, first_line
from concbench.strategies.strategy import nothing

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Any, Literal

    from concbench.model.case import Settings

    Message = Any
    """`bytes` when sent; when received, anything equal to them, such as a memoryview."""

    Workers = Literal["processes", "threads", "interpreters"]
    Open = Callable[[Settings, int], AbstractContextManager[tuple["End", "End"]]]


class End:
    """One end of a channel: `send(message)`, and `receive()`, which blocks until there is one.

    Both are plain attributes, so that calling `end.send` calls the connection's or the queue's own method, with nothing
    of ours in between. The far end travels to its worker, so all that it holds can be pickled for a new process.
    """

    def __init__(self, send: Callable[[Message], Any], receive: Callable[[], Message]) -> None:
        self.send = send
        self.receive = receive

    def connect(self) -> None:
        """Make the end ready to use, in the worker that has it; most are ready already."""


class Channel:
    """A registered way to move messages between two workers."""

    def __init__(self, *, name: str, open_: Open, workers: Workers, missing: Callable[[], str | None]) -> None:
        self.name = name
        self.open = open_
        """Takes the settings and the bytes of a message; yields the near end and the far end, and closes both."""
        self.workers = workers
        """The kind of the far end's worker."""
        self.about = first_line(open_)
        self.missing = missing
        """Why this interpreter can't open it, in a sentence; None: it can."""

    @property
    def settings(self) -> tuple[str, ...]:
        """Those that it takes; its cases have no others."""
        return ("start_method", "cores") if self.workers == "processes" else ("cores",)


channels: Registry[Channel] = Registry(
    "channel",
    "concbench.channels",
    {
        "pipes": ("os-pipe", "pipe", "pipe-simplex", "pipe-bytes", "pipe-bytes-into"),
        "queues": (
            *("queue", "joinable-queue", "simple-queue", "manager-queue"),
            *("thread-queue", "thread-simple-queue", "interpreter-queue"),
        ),
        "memory": ("shared-memory",),
        "sockets": ("socketpair", "unix-socket"),
    },
)


def channel(
    name: str, *, workers: Workers = "processes", missing: Callable[[], str | None] = nothing
) -> Callable[[Open], Open]:
    """Register the decorated context manager as a channel.

    It yields the end of the host and that of another worker, of the kind that `workers` names. Leaving it closes both,
    and removes what the system holds for them. The first line of its docstring is shown.
    """

    def register(open_: Open) -> Open:
        channels.add(name, Channel(name=name, open_=open_, workers=workers, missing=missing))
        return open_

    return register
