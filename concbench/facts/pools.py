"""Pools: what their methods wait for, and what `close` and `join` do."""

from __future__ import annotations

import os

from concbench.facts.fact import fact
from concbench.facts.observing import Waiting, outcome, pass_gate, pool_of, waits

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from concbench.facts.fact import Context


def square(number: int) -> int:
    """Compute something small, in a worker."""
    return number * number


def square_behind_gate(number: int) -> int:
    """Compute the same, once the gate is open."""
    pass_gate()
    return square(number)


def first_behind_gate(number: int) -> int:
    """Hold up the first item only."""
    return square(number) if number > 1 else square_behind_gate(number)


@fact(
    "map-waits-and-keeps-order",
    statement="Pool.map takes any iterable and blocks until all results are there, in the order of the items.",
    expected="waits: [1, 4, 9]",
    processes=True,
)
def map_waits_and_keeps_order(context: Context) -> str:
    """Hold up the first of three items, so that the others are done before it."""
    gate = context.Event()
    with pool_of(context, 2, gate) as pool:
        return waits(lambda: pool.map(first_behind_gate, iter((1, 2, 3)), chunksize=1), until=gate.set)


@fact(
    "apply-waits",
    statement="Pool.apply is synchronous: it blocks until its task is done, so a loop of it has results in order.",
    expected="waits: [1, 4, 9]",
    processes=True,
)
def apply_waits(context: Context) -> str:
    """Hold up the first of three tasks, and look whether apply returns meanwhile."""
    gate = context.Event()
    with pool_of(context, 1, gate) as pool:
        return waits(lambda: [pool.apply(first_behind_gate, (item,)) for item in (1, 2, 3)], until=gate.set)


@fact(
    "apply-async-returns-at-once",
    statement="Pool.apply_async does not wait for its task: it returns an object (ApplyResult) that get waits on.",
    expected="ApplyResult, not ready; get waits: 9",
    processes=True,
)
def apply_async_returns_at_once(context: Context) -> str:
    """Hold up a task, and look at what apply_async returned."""
    gate = context.Event()
    with pool_of(context, 1, gate) as pool:
        promise = Waiting(lambda: pool.apply_async(square_behind_gate, (3,))).result()
        ready = "ready" if promise.ready() else "not ready"
        return f"{type(promise).__name__}, {ready}; get {waits(promise.get, until=gate.set)}"


@fact(
    "closed-pool-refuses-work",
    statement="close does not end a pool: it lets nobody submit another task.",
    expected="apply_async: ValueError, map: ValueError",
    processes=True,
)
def closed_pool_refuses_work(context: Context) -> str:
    """Submit tasks to a pool after closing it."""
    with pool_of(context, 1) as pool:
        pool.close()
        calls = {"apply_async": lambda: pool.apply_async(square, (3,)), "map": lambda: pool.map(square, [3])}
        return ", ".join(f"{name}: {outcome(call)}" for name, call in calls.items())


@fact(
    "join-waits-for-submitted-tasks",
    statement="After close, join waits until every task submitted before is done, and their results can still be had.",
    expected="waits: [0, 1, 4]",
    processes=True,
)
def join_waits_for_submitted_tasks(context: Context) -> str:
    """Hold up tasks until the pool is closed and joined."""
    gate = context.Event()
    with pool_of(context, 1, gate) as pool:
        promises = [pool.apply_async(square_behind_gate, (item,)) for item in range(3)]
        pool.close()

        def join_and_get() -> list[int]:
            pool.join()
            return [promise.get(0) for promise in promises]

        return waits(join_and_get, until=gate.set)


@fact(
    "join-needs-close",
    statement="A pool can be joined only after it was closed (or terminated).",
    expected="ValueError",
    processes=True,
)
def join_needs_close(context: Context) -> str:
    """Join a pool that still takes tasks."""
    with pool_of(context, 1) as pool:
        return outcome(Waiting(pool.join).result)


@fact(
    "pool-has-a-worker-per-cpu",
    statement="A pool whose number of processes is not given has as many as there are CPUs.",
    expected="as many as os.cpu_count()",
    processes=True,
    note="from Python 3.13 on, it is as many as os.process_cpu_count(): the CPUs that this process may use",
)
def pool_has_a_worker_per_cpu(context: Context) -> str:
    """Start a pool without a number, and count the processes that are there because of it."""
    before = len(context.active_children())
    with pool_of(context, None):
        workers = len(context.active_children()) - before
    if workers == os.cpu_count():
        return "as many as os.cpu_count()"
    usable = getattr(os, "process_cpu_count", lambda: None)()  # which is newer than Python 3.12
    return f"{workers}{', as many as os.process_cpu_count()' if workers == usable else ''}"
