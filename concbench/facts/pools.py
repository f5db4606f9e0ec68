"""Pools: what their methods wait for, what comes back, and what `close` and `join` do."""

from __future__ import annotations

import os

from concbench.facts.fact import PATIENCE, StillWaiting, fact
from concbench.facts.observation import Waiting, outcome, pass_gate, pool_of, waits

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from concbench.facts.fact import Context


def _square(number: int) -> int:
    return number * number


def _square_behind_gate(number: int) -> int:
    pass_gate()
    return _square(number)


def _first_behind_gate(number: int) -> int:
    return _square(number) if number > 1 else _square_behind_gate(number)


@fact(
    "Pool.map takes any iterable, blocks until all results are there, and returns them in the order of the items.",
    expected="waits: [1, 4, 9]",
)
def map_waits_and_keeps_order(context: Context) -> str:
    """Hold up the first of three items, so that the others are done before it."""
    gate = context.Event()
    with pool_of(context, 2, gate) as pool:
        return waits(lambda: pool.map(_first_behind_gate, iter((1, 2, 3)), chunksize=1), until=gate.set)


@fact(
    "Pool.apply is synchronous: it blocks until its task is done, so a loop of calls gets results in order.",
    expected="waits: [1, 4, 9]",
)
def apply_waits(context: Context) -> str:
    """Hold up the first of three tasks, and check whether apply returns meanwhile."""
    gate = context.Event()
    with pool_of(context, 1, gate) as pool:
        return waits(lambda: [pool.apply(_first_behind_gate, (item,)) for item in (1, 2, 3)], until=gate.set)


@fact(
    "Pool.apply_async does not wait for its task: it returns an object (ApplyResult) that get waits on.",
    expected="ApplyResult, not ready; get waits: 9",
)
def apply_async_returns_at_once(context: Context) -> str:
    """Hold up a task, and check what apply_async returned."""
    gate = context.Event()
    with pool_of(context, 1, gate) as pool:
        promise = Waiting(lambda: pool.apply_async(_square_behind_gate, (3,))).result()
        ready = "ready" if promise.ready() else "not ready"
        return f"{type(promise).__name__}, {ready}; get {waits(promise.get, until=gate.set)}"


@fact(
    "close does not end a pool: it refuses further tasks.",
    expected="apply_async: ValueError, map: ValueError",
)
def closed_pool_refuses_work(context: Context) -> str:
    """Submit tasks to a pool after closing it."""
    with pool_of(context, 1) as pool:
        pool.close()
        calls = {"apply_async": lambda: pool.apply_async(_square, (3,)), "map": lambda: pool.map(_square, [3])}
        return ", ".join(f"{name}: {outcome(call)}" for name, call in calls.items())


@fact(
    "After close, join waits until every task submitted before is done, and their results are still available.",
    expected="waits: [0, 1, 4]",
)
def join_waits_for_submitted_tasks(context: Context) -> str:
    """Hold up tasks until the pool is closed and joined."""
    gate = context.Event()
    with pool_of(context, 1, gate) as pool:
        promises = [pool.apply_async(_square_behind_gate, (item,)) for item in range(3)]
        pool.close()

        def join_and_get() -> list[int]:
            pool.join()
            return [promise.get(0) for promise in promises]

        return waits(join_and_get, until=gate.set)


@fact("A pool can be joined only after it was closed (or terminated).", expected="ValueError")
def join_needs_close(context: Context) -> str:
    """Join a pool that still takes tasks."""
    with pool_of(context, 1) as pool:
        return outcome(Waiting(pool.join).result)


@fact(
    "By default, a pool has as many processes as there are CPUs.",
    expected="as many as os.cpu_count()",
    note="from Python 3.13 on, the number is os.process_cpu_count(): the CPUs that this process may use",
)
def pool_has_a_worker_per_cpu(context: Context) -> str:
    """Start a pool without a number, and count its processes."""
    before = len(context.active_children())
    with pool_of(context, None):
        workers = len(context.active_children()) - before
    if workers == os.cpu_count():
        return "as many as os.cpu_count()"
    usable = getattr(os, "process_cpu_count", lambda: None)()  # which is newer than Python 3.12
    return f"{workers}{', as many as os.process_cpu_count()' if workers == usable else ''}"


# Results and errors


def _fail(text: str) -> None:
    raise LookupError(text)


def _several_values() -> tuple[int, str, float]:
    return 1, "two", 3.0


@fact(
    "get raises multiprocessing.TimeoutError if the result does not come within its timeout.",
    expected="multiprocessing.TimeoutError",
)
def get_with_timeout_raises(context: Context) -> str:
    """Hold up a task for longer than the timeout of get."""
    gate = context.Event()
    with pool_of(context, 1, gate) as pool:
        promise = pool.apply_async(pass_gate)
        try:
            return f"returned {Waiting(lambda: promise.get(0.01)).result()}"
        except context.TimeoutError:
            return "multiprocessing.TimeoutError"
        finally:
            gate.set()


@fact(
    "An exception that a task raises in its worker is raised again by get, in the parent.",
    expected="LookupError: of the task",
)
def get_raises_what_the_task_raised(context: Context) -> str:
    """Run a task that raises, and get its result."""
    with pool_of(context, 1) as pool:
        promise = pool.apply_async(_fail, ("of the task",))
        try:
            return f"returned {promise.get(PATIENCE)!r}"
        except LookupError as error:
            return f"{type(error).__name__}: {error}"


@fact(
    "The callback of apply_async gets the result of the task, and runs in the parent process.",
    expected="task in a worker, callback in the parent, result 100",
)
def callback_runs_in_the_parent(context: Context) -> str:
    """Compare the process ids that task and callback see."""
    (pid, result), callback_pid = _called_back(context, _pid_and_square, 10)
    task = "in the parent" if pid == os.getpid() else "in a worker"
    callback = "in the parent" if callback_pid == os.getpid() else "elsewhere"
    return f"task {task}, callback {callback}, result {result}"


def _pid_and_square(number: int) -> tuple[int, int]:
    return os.getpid(), _square(number)


@fact("If a task returns several values, the callback gets them as one argument, a tuple.", expected="(1, 'two', 3.0)")
def callback_gets_one_tuple(context: Context) -> str:
    """Run a task that returns three values."""
    arguments, _pid = _called_back(context, _several_values)
    return str(arguments)


def _called_back(context: Context, task: Callable[..., Any], *arguments: Any) -> tuple[Any, int]:
    """Run a task with a callback; return the callback's argument and the id of the process that it ran in."""
    from queue import Empty, SimpleQueue  # here, because nothing else needs it

    calls: SimpleQueue[tuple[tuple[Any, ...], int]] = SimpleQueue()
    with pool_of(context, 1) as pool:
        pool.apply_async(task, arguments, callback=lambda *got: calls.put((got, os.getpid())))
        try:
            got, pid = calls.get(timeout=PATIENCE)
        except Empty:
            raise StillWaiting("without a callback") from None
    assert len(got) == 1, got
    return got[0], pid
