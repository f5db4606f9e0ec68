"""A third party's stores, found by entry point: each of their counters keeps more or fewer updates than it should."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from concbench.stores.counter import AttributeCounter
from concbench.stores.store import store

if TYPE_CHECKING:
    from concbench.model.case import Settings
    from concbench.stores.counter import Counter, Guard


class Miscounting(AttributeCounter):
    """A counter that takes more steps for each worker than it should, or fewer."""

    more = 0

    def take_steps(self, count: int, by: int, guard: Guard | None) -> None:
        super().take_steps(count + self.more, by, guard)


def register(name: str, more: int) -> None:
    """Register a store whose counter takes some more steps for each worker."""

    @store(name, workers="processes")
    @contextmanager
    def open_miscounting(settings: Settings, initial: int) -> Iterator[Counter]:
        """A store that miscounts."""
        counter = Miscounting(settings.context.RawValue("q", initial))
        counter.more = more
        yield counter


for name, more in {"loses-one-each": -1, "loses-three-each": -3, "counts-one-more": 1}.items():
    register(name, more)
