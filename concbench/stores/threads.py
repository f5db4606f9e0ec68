"""Stores between the threads of one process."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.stores.counter import ItemCounter
from concbench.stores.store import store

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator

    from concbench.model import Settings
    from concbench.stores.counter import Counter


@store("dict", workers="threads")
@contextmanager
def plain_dict(settings: Settings, initial: int) -> Iterator[Counter]:
    """A plain `dict` that threads share."""
    yield ItemCounter({"count": initial}, "count")
