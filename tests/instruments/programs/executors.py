"""Executors, and what else there is in the standard library, each in a function of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import multiprocessing
import os
import sys
import threading
import time
import traceback
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any


def double(x: int) -> int:
    return 2 * x


def fail_at_five(x: int) -> int:
    if x == 5:
        raise ValueError(f"no {x}")
    return x


def first(data: bytes) -> int:
    return data[0]


def method() -> Any:
    return multiprocessing.get_context(sys.argv[1])


def with_submit() -> None:
    with ProcessPoolExecutor(2, mp_context=method()) as executor:
        print([each.result() for each in [executor.submit(double, x) for x in range(7)]])


def with_map() -> None:
    with ProcessPoolExecutor(2, mp_context=method()) as executor:
        print(list(executor.map(double, range(10), chunksize=4)), list(executor.map(double, range(3))))


def with_large_items() -> None:
    with ProcessPoolExecutor(1, mp_context=method()) as executor:
        print(executor.submit(first, b"a" * 100_000).result())


def with_failures() -> None:
    with ProcessPoolExecutor(1, mp_context=method()) as executor:
        for function in (fail_at_five, lambda x: x, unpicklable):
            try:
                print(result_of(executor.submit(function, 5)))
            except Exception:  # noqa: BLE001 - each fails in its own way
                traceback.print_exc(file=sys.stdout)
    try:
        executor.map(double, range(3))
    except RuntimeError:
        traceback.print_exc(file=sys.stdout)
    try:
        ThreadPoolExecutor(0)
    except ValueError:
        traceback.print_exc(file=sys.stdout)


def result_of(future: Future[Any]) -> Any:
    """What is done already comes by another line of the standard library."""
    concurrent.futures.wait([future])
    return future.result()


def unpicklable(x: int) -> Any:
    return lambda: x


def with_threads() -> None:
    with ThreadPoolExecutor(2) as executor:
        print(list(executor.map(double, range(10))), executor.submit(double, 3).result())
        try:
            result_of(executor.submit(fail_at_five, 5))
        except ValueError:
            traceback.print_exc(file=sys.stdout)


def with_interpreters() -> None:
    kind = getattr(concurrent.futures, "InterpreterPoolExecutor", None)
    if kind is not None:
        with kind(2) as executor:
            print(list(executor.map(abs, range(10))))


class Counter(threading.Thread):
    def run(self) -> None:
        print("counted", flush=True)


def with_own_threads() -> None:
    for thread in (Counter(), threading.Thread(target=double, args=(1,)), threading.Timer(0, double, (1,))):
        thread.start()
        thread.join()


class Worker(multiprocessing.Process):
    def run(self) -> None:
        print("worked", flush=True)


def with_own_processes() -> None:
    for process in (Worker(), method().Process(target=double, args=(1,))):
        process.start()
        process.join()
        print(process.exitcode)


def with_ended_process() -> None:
    process = method().Process(target=time.sleep, args=(60,))
    process.start()
    process.terminate()
    process.join()
    print(process.exitcode)


async def one(limit: asyncio.Semaphore, x: int) -> int:
    async with limit:
        await asyncio.sleep(0)
        return x


async def many() -> None:
    limit = asyncio.Semaphore(2)
    print(await asyncio.gather(*(one(limit, x) for x in range(5))))
    async with asyncio.TaskGroup() as group:
        for x in range(3):
            group.create_task(one(limit, x))
    print(await asyncio.to_thread(double, 2))
    print(await asyncio.get_running_loop().run_in_executor(None, double, 3))
    try:
        await asyncio.create_task(failing())
    except ValueError:
        traceback.print_exc(file=sys.stdout)
    held = asyncio.Semaphore(1)
    await held.acquire()
    try:
        await asyncio.wait_for(held.acquire(), 0.001)
    except TimeoutError:
        traceback.print_exc(file=sys.stdout)
    held.release()


async def failing() -> None:
    raise ValueError("no")


def with_coroutines() -> None:
    asyncio.run(many())


async def eagerly() -> None:
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]  # from 3.12
    limit = asyncio.Semaphore(1)
    print(await asyncio.gather(*(one(limit, x) for x in range(4))))


def with_eager_tasks() -> None:
    if sys.version_info >= (3, 12):
        asyncio.run(eagerly())


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    for name in sys.argv[2:] or [name for name in list(globals()) if name.startswith("with_")]:
        globals()[name]()
