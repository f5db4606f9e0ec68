"""What a manager's server process shares, and how changes to it are kept apart."""

from __future__ import annotations

from contextlib import suppress

from concbench.facts.fact import PATIENCE, fact
from concbench.facts.observation import child, received
from concbench.facts.pipes import pipe

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.managers import SyncManager
    from typing import Any

    from concbench.facts.fact import Context


def _refuses_one_more(semaphore: Any) -> bool:
    semaphore.release()
    try:
        semaphore.release()
    except ValueError:
        return True
    return False


def _notify(condition: Any) -> None:
    with condition:
        condition.notify()


TYPES: dict[str, tuple[Callable[[SyncManager], Any], Callable[[Any], Any], Callable[[Any], bool]]] = {
    "Array": (lambda m: m.Array("i", [0, 0]), lambda a: a.__setitem__(1, 5), lambda a: list(a) == [0, 5]),
    "Barrier": (lambda m: m.Barrier(2), lambda b: b.wait(PATIENCE), lambda b: b.wait(PATIENCE) in (0, 1)),
    "BoundedSemaphore": (lambda m: m.BoundedSemaphore(1), lambda s: s.acquire(), _refuses_one_more),
    "Condition": (lambda m: m.Condition(), _notify, lambda c: bool(c.wait(PATIENCE))),
    "Event": (lambda m: m.Event(), lambda e: e.set(), lambda e: e.is_set()),
    "Lock": (lambda m: m.Lock(), lambda k: k.acquire(), lambda k: not k.acquire(False)),
    "Namespace": (lambda m: m.Namespace(), lambda n: setattr(n, "key", 5), lambda n: n.key == 5),
    "Queue": (lambda m: m.Queue(), lambda q: q.put(5), lambda q: q.get(timeout=PATIENCE) == 5),
    "RLock": (lambda m: m.RLock(), lambda k: k.acquire(), lambda k: not k.acquire(False)),
    "Semaphore": (lambda m: m.Semaphore(1), lambda s: s.acquire(), lambda s: not s.acquire(False)),
    "Value": (lambda m: m.Value("i", 0), lambda v: setattr(v, "value", 5), lambda v: v.value == 5),
    "dict": (lambda m: m.dict(), lambda d: d.update(key=5), lambda d: d["key"] == 5),
    "list": (lambda m: m.list(), lambda x: x.append(5), lambda x: list(x) == [5]),
}
"""Every type of a manager: how to make one, what a child does with it, and how the parent checks it."""
MEETING = ("Condition", "Barrier")
"""The types that need both parent and child at once: in this order, and after all others."""


@fact(
    "A manager supports list, dict, Namespace, Lock, RLock, Semaphore, BoundedSemaphore, Condition, Event, "
    "Barrier, Queue, Value and Array.",
    expected=", ".join(TYPES),
)
def manager_shares_thirteen_types(context: Context) -> str:
    """Let a child use one of each, and check from the parent whether it did.

    The child can notify only once the parent waits, and does so after all others but the barrier, where the two meet:
    so the parent checks nothing too early.
    """
    with context.Manager() as manager:
        shared = {name: make(manager) for name, (make, _use, _see) in TYPES.items()}
        with shared["Condition"], child(context, _use_all, shared):
            seen = {name: _sees(name, shared[name]) for name in MEETING}
        seen |= {name: _sees(name, shared[name]) for name in TYPES if name not in seen}
    return ", ".join(name for name in TYPES if seen[name])


def _use_all(shared: dict[str, Any]) -> None:
    """Use one shared object of each type, in a child; the parent sees where that fails."""
    for name in (*(name for name in TYPES if name not in MEETING), *MEETING):
        with suppress(Exception):
            TYPES[name][1](shared[name])


def _sees(name: str, thing: Any) -> bool:
    try:
        return TYPES[name][2](thing)
    except Exception:  # noqa: BLE001 - a type that does not work may fail in any way
        return False


@fact("A change that a child makes to a manager's dict is seen by the parent.", expected="the parent sees 99")
def manager_dict_is_shared(context: Context) -> str:
    """Let a child take one from 100."""
    with context.Manager() as manager:
        counts = manager.dict({"count": 100})
        with child(context, _take_one, counts):
            pass
        return f"the parent sees {counts['count']}"


def _take_one(counts: Any) -> None:
    counts["count"] -= 1


@fact(
    "A change inside a plain list in a manager's dict is lost; assigning the list again makes it take effect.",
    expected="changed: [], assigned: [1]",
)
def nested_change_is_lost(context: Context) -> str:
    """Append to the list in place, and then to a copy that is assigned."""
    with context.Manager() as manager:
        lists: Any = manager.dict({"key": []})
        lists["key"].append(1)
        changed = lists["key"]
        lists["key"] = [*lists["key"], 1]
        return f"changed: {changed}, assigned: {lists['key']}"


# Changes at the same time


@fact(
    "Workers that change a shared count at the same time may all read 100 and write back 99.",
    expected="100 - 1 - 1 = 99",
)
def update_without_lock_is_lost(context: Context) -> str:
    """Let parent and child both read the count, meet at a barrier, and only then write back."""
    with context.Manager() as manager:
        counts = manager.dict({"count": 100})
        barrier = manager.Barrier(2)
        with child(context, _take_one_in_two_steps, counts, barrier):
            _take_one_in_two_steps(counts, barrier)
        return f"100 - 1 - 1 = {counts['count']}"


def _take_one_in_two_steps(counts: Any, barrier: Any) -> None:
    """Do what `counts["count"] -= 1` does, with another worker's turn between its two halves."""
    seen = counts["count"]
    barrier.wait(PATIENCE)
    counts["count"] = seen - 1


@fact(
    "If every worker holds the same lock while it changes a shared count, no change is lost.",
    expected="the child is kept out, 100 - 1 - 1 = 98",
)
def update_with_lock_is_not_lost(context: Context) -> str:
    """Let a child try to get the lock between the two halves of the parent's change."""
    lock = context.Lock()
    with context.Manager() as manager, pipe(context) as (ours, theirs):
        counts = manager.dict({"count": 100})
        with child(context, _take_one_with_lock, counts, lock, theirs):
            with lock:
                seen = counts["count"]
                ours.send("the count has been read")
                tried = received(ours)
                counts["count"] = seen - 1
            ours.send("the count has been written")
        return f"the child is {tried}, 100 - 1 - 1 = {counts['count']}"


def _take_one_with_lock(counts: Any, lock: Any, connection: Connection) -> None:
    """Try the lock while the parent holds it, and take one from the count once it is free."""
    received(connection)
    free = lock.acquire(block=False)
    if free:  # then it excludes no one, and this change falls into the parent's
        _take_one(counts)
        lock.release()
    connection.send("let in" if free else "kept out")
    received(connection)
    if not free:
        with lock:
            _take_one(counts)


@fact(
    "A with statement on a lock acquires it at its start and releases it at its end.",
    expected="inside: taken, after: free, after an exception: free",
    processes=False,
)
def with_lock_acquires_and_releases(context: Context) -> str:
    """Try the lock inside the block, after it, and after one that raised."""
    lock = context.Lock()

    def state() -> str:
        if lock.acquire(block=False):
            lock.release()
            return "free"
        return "taken"

    with lock:
        inside = state()
    after = state()
    with suppress(LookupError), lock:
        raise LookupError
    return f"inside: {inside}, after: {after}, after an exception: {state()}"
