"""No sharing at all: the floor under the other stores."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.stores.counter import LocalCounter
from concbench.stores.store import store

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator

    from concbench.model import Settings
    from concbench.stores.counter import Counter


@store("local", workers="processes")
@contextmanager
def local(settings: Settings, initial: int) -> Iterator[Counter]:
    """A local variable of each worker process, not shared: what the loop itself costs."""
    yield LocalCounter(initial)


@store("local-threads", workers="threads")
@contextmanager
def local_threads(settings: Settings, initial: int) -> Iterator[Counter]:
    """A local variable of each thread, not shared: what the loop itself costs."""
    yield LocalCounter(initial)
