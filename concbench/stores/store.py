"""What a store is, the table of all of them, and the locks that go with each kind."""

from __future__ import annotations

from concbench.registry import Registry, first_line

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Literal

    from concbench.model.case import Settings
    from concbench.stores.counter import Counter

    Workers = Literal["processes", "threads"]
    SettingName = Literal["workers", "start_method"]

    Open = Callable[[Settings, int], AbstractContextManager[Counter]]
    """Makes a place for a counter with an initial value, and yields the counter."""

# The primitives that can guard a counter, by what kind of worker shares it.
PROCESS_LOCKS = ("lock", "rlock", "semaphore", "bounded-semaphore")
MANAGER_LOCKS = tuple(f"manager-{name}" for name in PROCESS_LOCKS)
THREAD_LOCKS = tuple(f"thread-{name}" for name in PROCESS_LOCKS)


class Store:
    """A registered place where workers share a counter."""

    def __init__(self, *, name: str, open_: Open, workers: Workers, locks: tuple[str, ...]) -> None:
        self.name = name
        self.open = open_
        self.workers = workers
        self.locks = locks
        """Names of the primitives that can guard its counter."""
        self.about = first_line(open_)

    @property
    def settings(self) -> tuple[SettingName, ...]:
        """Those that this store takes; its cases have no others."""
        return ("workers", "start_method") if self.workers == "processes" else ("workers",)


stores: Registry[Store] = Registry(
    "store",
    "concbench.stores",
    {
        "standard": (
            *("local", "local-threads", "dict"),
            *("manager-dict", "manager-namespace", "manager-value", "manager-list", "manager-array"),
            *("value", "raw-value", "array", "shared-memory"),
        ),
    },
)


def store(name: str, *, workers: Workers, locks: tuple[str, ...] | None = None) -> Callable[[Open], Open]:
    """Register the decorated context manager as a store.

    Entering it makes the place, what it yields is the counter that the workers share, leaving it closes the place, also
    on an exception; the workers have ended by then. The first line of its docstring is shown. `locks` are by default
    those that any processes or threads can share.
    """
    usual = PROCESS_LOCKS if workers == "processes" else THREAD_LOCKS

    def register(open_: Open) -> Open:
        stores.add(name, Store(name=name, open_=open_, workers=workers, locks=usual if locks is None else locks))
        return open_

    return register
