"""`concurrent.futures`: executors of threads, processes and interpreters, each by its `map`."""

from __future__ import annotations

import sys
from contextlib import contextmanager

from concbench.strategies.strategy import Unavailable, chunks_of_one, python_at_least, strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from concbench.model.case import Settings
    from concbench.strategies.strategy import RunTasks


@strategy(
    "executor-threads",
    workers="threads",
    settings=("workers", "buffersize", "warm"),
    program="""
from concurrent.futures import ThreadPoolExecutor

if __name__ == "__main__":
    {items}
    {once}
    with ThreadPoolExecutor(max_workers={workers}, initializer={init}) as executor:
        results = list(executor.map({task}, items, buffersize={buffersize}))
    print(len(results), "results")
""",
)
@contextmanager
def executor_threads(settings: Settings) -> Iterator[RunTasks]:
    """`ThreadPoolExecutor.map`: threads, started as tasks come in."""
    from concurrent.futures import ThreadPoolExecutor  # here, as no other strategy's host needs it

    with ThreadPoolExecutor(settings.workers) as executor:
        yield _mapping(executor, settings.buffersize)


@strategy(
    "executor-processes",
    workers="processes",
    settings=("workers", "start_method", "maxtasksperchild", "chunksize", "buffersize", "warm"),
    chunks=chunks_of_one,
    program="""
import multiprocessing  #? start_method
from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    {items}
    context = multiprocessing.get_context({start_method})
    with ProcessPoolExecutor(max_workers={workers}, mp_context={context}, initializer={init}, \
max_tasks_per_child={maxtasksperchild}) as executor:
        results = list(executor.map({task}, items, chunksize={chunksize}, buffersize={buffersize}))
    print(len(results), "results")
""",
)
@contextmanager
def executor_processes(settings: Settings) -> Iterator[RunTasks]:
    """`ProcessPoolExecutor.map`: worker processes, started as tasks come in; by default a chunk is one task."""
    from concurrent.futures import ProcessPoolExecutor  # here, as no other strategy's host needs it

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
        yield _mapping(executor, settings.buffersize, settings.chunksize or 1)


@strategy(
    "executor-interpreters",
    workers="interpreters",
    settings=("workers", "buffersize", "warm"),
    missing=python_at_least(3, 14),
    program="""
from concurrent.futures import InterpreterPoolExecutor


def prepare():  #? sys_path
    # Each interpreter has a sys.path of its own.
    {sys_path}
    {init}()


if __name__ == "__main__":
    {items}
    with InterpreterPoolExecutor(max_workers={workers}, initializer=prepare) as executor:  #? sys_path
        results = list(executor.map({task}, items, buffersize={buffersize}))
    with InterpreterPoolExecutor(max_workers={workers}, initializer={init}) as executor:  #? not sys_path
        results = list(executor.map({task}, items, buffersize={buffersize}))
    print(len(results), "results")
""",
)
@contextmanager
def executor_interpreters(settings: Settings) -> Iterator[RunTasks]:
    """`InterpreterPoolExecutor.map`: threads, each with an interpreter, and so a GIL, of its own."""
    import concurrent.futures  # here, as no other strategy's host needs it

    with concurrent.futures.InterpreterPoolExecutor(settings.workers) as executor:  # type: ignore[attr-defined]  # 3.14
        yield _mapping(executor, settings.buffersize)


def replaces_workers() -> bool:
    """Whether this Python's executor starts a new process for one that has run its number of tasks.

    From 3.11 on it often did not, and hung; the fix of 2026 is recognised by the method that it added.
    """
    from concurrent.futures import process

    return sys.version_info >= (3, 15) or hasattr(process._ExecutorManagerThread, "_replace_dead_worker")


def _mapping(executor: Executor, buffersize: int | None, chunksize: int = 1) -> RunTasks:
    if buffersize is None:
        return lambda task, items: list(executor.map(task, items, chunksize=chunksize))
    if sys.version_info < (3, 14):
        raise Unavailable(f"Executor.map has no buffersize before Python 3.14, and this is {sys.version.split()[0]}")
    return lambda task, items: list(executor.map(task, items, chunksize=chunksize, buffersize=buffersize))
