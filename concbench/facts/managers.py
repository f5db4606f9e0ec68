"""What a manager's server process shares, and what it does not."""

from __future__ import annotations

from contextlib import suppress

from concbench.facts.fact import PATIENCE, fact
from concbench.facts.observing import child

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.managers import SyncManager
    from typing import Any

    from concbench.facts.fact import Context


def refuses_one_more(semaphore: Any) -> bool:
    """Return whether a semaphore refuses to be released more often than it was acquired."""
    semaphore.release()
    try:
        semaphore.release()
    except ValueError:
        return True
    return False


def notify(condition: Any) -> None:
    """Wake who waits for a condition."""
    with condition:
        condition.notify()


TYPES: dict[str, tuple[Callable[[SyncManager], Any], Callable[[Any], Any], Callable[[Any], bool]]] = {
    "Array": (lambda m: m.Array("i", [0, 0]), lambda a: a.__setitem__(1, 5), lambda a: list(a) == [0, 5]),
    "Barrier": (lambda m: m.Barrier(2), lambda b: b.wait(PATIENCE), lambda b: b.wait(PATIENCE) in (0, 1)),
    "BoundedSemaphore": (lambda m: m.BoundedSemaphore(1), lambda s: s.acquire(), refuses_one_more),
    "Condition": (lambda m: m.Condition(), notify, lambda c: bool(c.wait(PATIENCE))),
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
"""Every type of a manager: how to make one, what a child does with it, and how the parent sees that it was done."""
MEETING = ("Condition", "Barrier")
"""The types by which the child meets the parent, in this order and after all the others."""


@fact(
    "manager-shares-thirteen-types",
    statement="A manager supports list, dict, Namespace, Lock, RLock, Semaphore, BoundedSemaphore, Condition, Event, "
    "Barrier, Queue, Value and Array.",
    expected=", ".join(TYPES),
    processes=True,
)
def manager_shares_thirteen_types(context: Context) -> str:
    """Let a child use one of each, and look from the parent whether it did.

    The child can notify only once the parent waits, and does so when it is through with all the others but the
    barrier, where the two meet: so the parent looks at nothing too early.
    """
    with context.Manager() as manager:
        shared = {name: make(manager) for name, (make, _use, _see) in TYPES.items()}
        with shared["Condition"], child(context, use_all, shared):
            seen = {name: sees(name, shared[name]) for name in MEETING}
        seen |= {name: sees(name, shared[name]) for name in TYPES if name not in seen}
    return ", ".join(name for name in TYPES if seen[name])


def use_all(shared: dict[str, Any]) -> None:
    """Use one shared object of each type, in a child; the parent sees where that fails."""
    for name in (*(name for name in TYPES if name not in MEETING), *MEETING):
        with suppress(Exception):
            TYPES[name][1](shared[name])


def sees(name: str, thing: Any) -> bool:
    """Return whether the parent sees what the child did."""
    try:
        return TYPES[name][2](thing)
    except Exception:  # noqa: BLE001 - a type that does not work may fail in any way
        return False


@fact(
    "manager-dict-is-shared",
    statement="A change that a child makes to a manager's dict is seen by the parent.",
    expected="the parent sees 99",
    processes=True,
)
def manager_dict_is_shared(context: Context) -> str:
    """Let a child take one from 100."""
    with context.Manager() as manager:
        counts = manager.dict({"count": 100})
        with child(context, take_one, counts):
            pass
        return f"the parent sees {counts['count']}"


def take_one(counts: Any) -> None:
    """Take one from a count, in a child."""
    counts["count"] -= 1


@fact(
    "nested-change-is-lost",
    statement="A change inside a plain list that a manager's dict holds is lost; it takes effect when assigned anew.",
    expected="changed: [], assigned: [1]",
    processes=True,
)
def nested_change_is_lost(context: Context) -> str:
    """Append to the list in place, and then to a copy that is put back."""
    with context.Manager() as manager:
        lists: Any = manager.dict({"key": []})
        lists["key"].append(1)
        changed = lists["key"]
        lists["key"] = [*lists["key"], 1]
        return f"changed: {changed}, assigned: {lists['key']}"
