"""`concurrent.futures`: executors of threads, of processes and of interpreters, each by its `map`."""

from __future__ import annotations

import sys
from contextlib import contextmanager

from concbench.strategies.chunks import chunks_as_asked
from concbench.strategies.strategy import Unavailable, python_at_least, strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from concbench.model import Settings
    from concbench.strategies.strategy import RunTasks


@strategy("executor-threads", workers="threads", settings=("workers",))
@contextmanager
def executor_threads(settings: Settings) -> Iterator[RunTasks]:
    """`ThreadPoolExecutor.map`: threads, started as tasks come in."""
    from concurrent.futures import ThreadPoolExecutor  # here, so that no other strategy's host carries it

    with ThreadPoolExecutor(settings.workers) as executor:
        yield mapping(executor, chunksize=1)


@strategy(
    "executor-processes",
    workers="processes",
    settings=("workers", "start_method", "maxtasksperchild", "chunksize"),
    chunks=chunks_as_asked,
)
@contextmanager
def executor_processes(settings: Settings) -> Iterator[RunTasks]:
    """`ProcessPoolExecutor.map`: worker processes, started as tasks come in; a chunk is one task by default."""
    from concurrent.futures import ProcessPoolExecutor  # here, so that no other strategy's host carries it

    context = settings.context
    if settings.maxtasksperchild is not None and context.get_start_method() == "fork":
        raise Unavailable(
            "ProcessPoolExecutor can't replace workers under fork: use --start-method spawn or forkserver"
        )
    if settings.maxtasksperchild is not None and settings.maxtasksperchild > 1 and not replaces_workers():
        raise Unavailable(
            f"the ProcessPoolExecutor of Python {sys.version.split()[0]} hangs once workers are to be replaced "
            "(python/cpython#115634): use --maxtasksperchild 1, or a later Python"
        )
    with ProcessPoolExecutor(
        settings.workers, mp_context=context, max_tasks_per_child=settings.maxtasksperchild
    ) as executor:
        yield mapping(executor, chunksize=settings.chunksize or 1)


@strategy("executor-interpreters", workers="interpreters", settings=("workers",), missing=python_at_least(3, 14))
@contextmanager
def executor_interpreters(settings: Settings) -> Iterator[RunTasks]:
    """`InterpreterPoolExecutor.map`: threads that each have an interpreter, and so a GIL, of their own."""
    import concurrent.futures  # here, so that no other strategy's host carries it

    with concurrent.futures.InterpreterPoolExecutor(settings.workers) as executor:  # type: ignore[attr-defined]  # 3.14
        yield mapping(executor, chunksize=1)


def replaces_workers() -> bool:
    """Say whether this Python's executor starts another process for one that has done its number of tasks.

    From 3.11 on it often did not, and waited for ever; the correction, in 2026, is known by the method it added.
    """
    from concurrent.futures import process

    return sys.version_info >= (3, 15) or hasattr(process._ExecutorManagerThread, "_replace_dead_worker")


def mapping(executor: Executor, chunksize: int) -> RunTasks:
    """Run tasks by the executor's `map`, and collect every result."""
    return lambda task, items: list(executor.map(task, items, chunksize=chunksize))
