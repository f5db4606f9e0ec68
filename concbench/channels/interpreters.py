"""A queue between two interpreters of one process, from Python 3.14 on."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.channels.channel import End, channel
from concbench.strategies.strategy import python_at_least

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from concbench.model import Settings


@channel("interpreter-queue", workers="interpreters", missing=python_at_least(3, 14))
@contextmanager
def interpreter_queue(_settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
    """`concurrent.interpreters.create_queue`: between two interpreters of one process."""
    from concurrent import interpreters  # type: ignore[attr-defined]  # known from Python 3.14 on

    to_far, to_near = interpreters.create_queue(), interpreters.create_queue()
    yield QueuesEnd(to_far, to_near), QueuesEnd(to_near, to_far)


class QueuesEnd(End):
    """An end of two queues, which bind their methods in the interpreter that has the end."""

    def __init__(self, outgoing: Any, incoming: Any) -> None:
        self._outgoing = outgoing
        self._incoming = incoming

    def connect(self) -> None:
        """Bind the queues' own methods."""
        self.send = self._outgoing.put
        self.receive = self._incoming.get
