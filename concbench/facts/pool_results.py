"""What comes back from a pool: results by `get` and by callback, and errors."""

from __future__ import annotations

import os

from concbench.facts.fact import PATIENCE, StillWaiting, fact
from concbench.facts.observing import Waiting, pass_gate, pool_of
from concbench.facts.pools import square

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from concbench.facts.fact import Context


def fail(text: str) -> None:
    """Raise, in a worker."""
    raise LookupError(text)


def several_values() -> tuple[int, str, float]:
    """Return more than one value, in a worker."""
    return 1, "two", 3.0


@fact(
    "get-with-timeout-raises",
    statement="get raises multiprocessing.TimeoutError where the result does not come within its time-out.",
    expected="multiprocessing.TimeoutError",
    processes=True,
)
def get_with_timeout_raises(context: Context) -> str:
    """Hold up a task for longer than get is told to wait."""
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
    "get-raises-what-the-task-raised",
    statement="An exception that a task raises in its worker is raised again by get, in the parent.",
    expected="LookupError: of the task",
    processes=True,
)
def get_raises_what_the_task_raised(context: Context) -> str:
    """Run a task that raises, and get its result."""
    with pool_of(context, 1) as pool:
        promise = pool.apply_async(fail, ("of the task",))
        try:
            return f"returned {promise.get(PATIENCE)!r}"
        except LookupError as error:
            return f"{type(error).__name__}: {error}"


@fact(
    "callback-runs-in-the-parent",
    statement="The callback of apply_async gets the result of the task, and runs in the parent process.",
    expected="task in a worker, callback in the parent, result 100",
    processes=True,
)
def callback_runs_in_the_parent(context: Context) -> str:
    """Compare the process ids that task and callback see."""
    (pid, result), callback_pid = called_back(context, pid_and_square, 10)
    task = "in the parent" if pid == os.getpid() else "in a worker"
    callback = "in the parent" if callback_pid == os.getpid() else "elsewhere"
    return f"task {task}, callback {callback}, result {result}"


def pid_and_square(number: int) -> tuple[int, int]:
    """Compute something small, and say where, in a worker."""
    return os.getpid(), square(number)


@fact(
    "callback-gets-one-tuple",
    statement="Several values that a task returns reach the callback as one argument, a tuple.",
    expected="(1, 'two', 3.0)",
    processes=True,
)
def callback_gets_one_tuple(context: Context) -> str:
    """Run a task that returns three values."""
    arguments, _pid = called_back(context, several_values)
    return str(arguments)


def called_back(context: Context, task: Callable[..., Any], *arguments: Any) -> tuple[Any, int]:
    """Run a task with a callback, and return what the callback got, and the id of the process that it ran in."""
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
