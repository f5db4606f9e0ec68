"""What a channel is, the two ends of one, and the register of all of them."""

from __future__ import annotations

from concbench.registry import Registry
from concbench.strategies.strategy import nothing

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Any, Literal

    from concbench.model import Settings

    Message = Any
    """`bytes` where it is sent; what compares equal to them where it is received, as a memoryview does."""

    Workers = Literal["processes", "threads", "interpreters"]


class End:
    """One end of a channel: `send(message)`, and `receive()`, which blocks until there is one.

    Both are plain attributes, so that a call of `end.send` is a call of the connection's or the queue's own method,
    with nothing of ours in between. The far end travels to its worker, so whatever is in it can be pickled on the
    way to a new process.
    """

    def __init__(self, send: Callable[[Message], Any], receive: Callable[[], Message]) -> None:
        self.send = send
        self.receive = receive

    def connect(self) -> None:
        """Make the end ready to use, in the worker that has it; most are ready as they are."""


class Channel:
    """A registered way to move messages between two workers."""

    def __init__(
        self, *, name: str, open_: Open, workers: Workers, about: str, missing: Callable[[], str | None]
    ) -> None:
        self.name = name
        self.open = open_
        """Takes the settings and the bytes of a message; yields the near end and the far end, and closes both."""
        self.workers = workers
        """What the far end's worker is."""
        self.about = about
        self.missing = missing
        """Returns one sentence on why this interpreter can't open it, or None: it can."""

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that it heeds."""
        return ("start_method", "cores") if self.workers == "processes" else ("cores",)


if TYPE_CHECKING:
    Open = Callable[[Settings, int], AbstractContextManager[tuple[End, End]]]

channels: Registry[Channel] = Registry("channel", "concbench.channels")


def channel(
    name: str, *, workers: Workers = "processes", missing: Callable[[], str | None] = nothing
) -> Callable[[Open], Open]:
    """Register the decorated context manager as a channel.

    It yields the end of the host and the end of another worker, as `workers` says which kind. Leaving it closes both,
    and removes what the system holds for them. The first line of its docstring is shown.
    """

    def register(open_: Open) -> Open:
        about = (open_.__doc__ or "").partition("\n")[0]
        channels.add(name, Channel(name=name, open_=open_, workers=workers, about=about, missing=missing))
        return open_

    return register
