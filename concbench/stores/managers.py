"""Stores of a manager: an object in a process of its own, read and written by calls through proxies."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.stores.counter import AttributeCounter, ItemCounter
from concbench.stores.store import MANAGER_LOCKS, PROCESS_LOCKS, store

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator

    from concbench.model import Settings
    from concbench.stores.counter import Counter

LOCKS = (*PROCESS_LOCKS, *MANAGER_LOCKS)


@store("manager-dict", workers="processes", locks=LOCKS)
@contextmanager
def manager_dict(settings: Settings, initial: int) -> Iterator[Counter]:
    """`Manager().dict`: a `dict` in the manager's process."""
    with settings.context.Manager() as manager:
        yield ItemCounter(manager.dict({"count": initial}), "count", manager)


@store("manager-namespace", workers="processes", locks=LOCKS)
@contextmanager
def manager_namespace(settings: Settings, initial: int) -> Iterator[Counter]:
    """`Manager().Namespace`: an object in the manager's process that takes any attribute."""
    with settings.context.Manager() as manager:
        namespace = manager.Namespace()
        namespace.value = initial
        yield AttributeCounter(namespace, manager)


@store("manager-value", workers="processes", locks=LOCKS)
@contextmanager
def manager_value(settings: Settings, initial: int) -> Iterator[Counter]:
    """`Manager().Value`: an object in the manager's process with one attribute."""
    with settings.context.Manager() as manager:
        yield AttributeCounter(manager.Value("q", initial), manager)


@store("manager-list", workers="processes", locks=LOCKS)
@contextmanager
def manager_list(settings: Settings, initial: int) -> Iterator[Counter]:
    """`Manager().list`: a `list` in the manager's process."""
    with settings.context.Manager() as manager:
        yield ItemCounter(manager.list([initial]), 0, manager)


@store("manager-array", workers="processes", locks=LOCKS)
@contextmanager
def manager_array(settings: Settings, initial: int) -> Iterator[Counter]:
    """`Manager().Array`: an `array.array` in the manager's process."""
    with settings.context.Manager() as manager:
        yield ItemCounter(manager.Array("q", [initial]), 0, manager)
