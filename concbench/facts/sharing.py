"""Changing what a manager shares: reading and writing it back are two steps, and a lock makes them one."""

from __future__ import annotations

from contextlib import suppress

from concbench.facts.connections import pipe
from concbench.facts.fact import PATIENCE, fact
from concbench.facts.managers import take_one
from concbench.facts.observing import child, received

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from typing import Any

    from concbench.facts.fact import Context


@fact(
    "update-without-lock-is-lost",
    statement="Workers that change a shared count at the same time may all read 100 and all write back 99.",
    expected="100 - 1 - 1 = 99",
    processes=True,
)
def update_without_lock_is_lost(context: Context) -> str:
    """Let parent and child both read the count, meet at a barrier, and only then write back."""
    with context.Manager() as manager:
        counts = manager.dict({"count": 100})
        barrier = manager.Barrier(2)
        with child(context, take_one_in_two_steps, counts, barrier):
            take_one_in_two_steps(counts, barrier)
        return f"100 - 1 - 1 = {counts['count']}"


def take_one_in_two_steps(counts: Any, barrier: Any) -> None:
    """Do what `counts["count"] -= 1` does, with somebody else's turn between its two halves."""
    seen = counts["count"]
    barrier.wait(PATIENCE)
    counts["count"] = seen - 1


@fact(
    "update-with-lock-is-not-lost",
    statement="Where every worker holds the same lock while it changes a shared count, no change is lost.",
    expected="the child is kept out, 100 - 1 - 1 = 98",
    processes=True,
)
def update_with_lock_is_not_lost(context: Context) -> str:
    """Let a child try to get the lock between the two halves of the parent's change."""
    lock = context.Lock()
    with context.Manager() as manager, pipe(context) as (ours, theirs):
        counts = manager.dict({"count": 100})
        with child(context, take_one_with_lock, counts, lock, theirs):
            with lock:
                seen = counts["count"]
                ours.send("the count has been read")
                tried = received(ours)
                counts["count"] = seen - 1
            ours.send("the count has been written")
        return f"the child is {tried}, 100 - 1 - 1 = {counts['count']}"


def take_one_with_lock(counts: Any, lock: Any, connection: Connection) -> None:
    """Try to get the lock while the parent holds it, and take one from the count once it can be had."""
    received(connection)
    free = lock.acquire(block=False)
    if free:  # then it keeps nobody out, and the count is changed in the midst of the parent's change
        take_one(counts)
        lock.release()
    connection.send("let in" if free else "kept out")
    received(connection)
    if not free:
        with lock:
            take_one(counts)


@fact(
    "with-lock-acquires-and-releases",
    statement="A with statement on a lock acquires it at its start and releases it at its end.",
    expected="inside: taken, after: free, after an exception: free",
    processes=False,
)
def with_lock_acquires_and_releases(context: Context) -> str:
    """Try to get the lock inside of the block, after it, and after one that raised."""
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
