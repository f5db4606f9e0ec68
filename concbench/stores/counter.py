"""Counters that workers share: steps of read, add and write, with nothing else in the loop."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, without importing typing: every worker holds this module
if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from multiprocessing.managers import SyncManager
    from typing import Any

    Guard = AbstractContextManager[object]


class Counter:
    """A number that workers add to; it can be given to a process under any start method."""

    def __init__(self, manager: SyncManager | None = None) -> None:
        self.manager = manager
        """The running manager that keeps the number, if one does: a lock can come from it, too."""

    def take_steps(self, count: int, by: int, guard: Guard | None) -> int | None:
        """Add `by`, `count` times, each time within `guard` if there is one; `final` gets what every worker returns."""
        raise NotImplementedError

    def final(self, returned: Sequence[int | None]) -> int:
        """The number, after all workers have ended and while the store is open."""
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "manager": None}  # a manager belongs to the process that started it


class AttributeCounter(Counter):
    """A number that is the attribute `value` of what the workers share."""

    def __init__(self, target: Any, manager: SyncManager | None = None) -> None:
        super().__init__(manager)
        self.target = target

    def take_steps(self, count: int, by: int, guard: Guard | None) -> None:
        """See `Counter`."""
        target = self.target
        if guard is None:
            for _ in range(count):
                target.value += by
        else:
            for _ in range(count):
                with guard:
                    target.value += by

    def final(self, returned: Sequence[int | None]) -> int:
        """See `Counter`."""
        return int(self.target.value)


class ItemCounter(Counter):
    """A number that is an item of what the workers share."""

    def __init__(self, target: Any, key: str | int, manager: SyncManager | None = None) -> None:
        super().__init__(manager)
        self.target = target
        self.key = key

    def take_steps(self, count: int, by: int, guard: Guard | None) -> None:
        """See `Counter`."""
        add_to_item(self.target, self.key, count, by, guard)

    def final(self, returned: Sequence[int | None]) -> int:
        """See `Counter`."""
        return int(self.target[self.key])


def add_to_item(target: Any, key: str | int, count: int, by: int, guard: Guard | None) -> None:
    """Add `by` to an item, `count` times."""
    if guard is None:
        for _ in range(count):
            target[key] += by
    else:
        for _ in range(count):
            with guard:
                target[key] += by


class LocalCounter(Counter):
    """A number of each worker's own, never shared: what the steps cost where sharing costs nothing."""

    def __init__(self, initial: int) -> None:
        super().__init__()
        self.initial = initial

    def take_steps(self, count: int, by: int, guard: Guard | None) -> int:
        """Add to a local variable, and return it."""
        value = 0
        if guard is None:
            for _ in range(count):
                value += by
        else:
            for _ in range(count):
                with guard:
                    value += by
        return value

    def final(self, returned: Sequence[int | None]) -> int:
        """The sum of what the workers counted, each by itself."""
        return self.initial + sum(value or 0 for value in returned)
