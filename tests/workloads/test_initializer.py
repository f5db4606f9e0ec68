"""What an initializer promises: each worker calls it before its first task of a sample, and not again."""

from __future__ import annotations

import asyncio
import pickle
import threading

import pytest

from concbench.workloads.initializer import Initialized, InitializedCoroutine, InitializedInterpreter, Once

calls: list[str] = []


def init() -> None:
    calls.append(threading.current_thread().name)


def double(number: int) -> int:
    return 2 * number


async def double_later(number: int) -> int:
    return 2 * number


def test_a_worker_calls_it_once_a_sample() -> None:
    calls.clear()
    for _sample in range(2):
        task = Initialized(double, init)
        assert [task(number) for number in range(3)] == [0, 2, 4]
    assert len(calls) == 2


def test_every_thread_is_a_worker() -> None:
    calls.clear()
    task = Initialized(double, init)
    workers = [threading.Thread(target=lambda: [task(number) for number in range(3)]) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(calls) == 3


def test_a_task_that_was_moved_to_another_process_belongs_to_the_same_sample() -> None:
    calls.clear()
    task = Initialized(double, init)
    for chunk in range(2):
        assert pickle.loads(pickle.dumps(task))(chunk) == 2 * chunk
    assert len(calls) == 1


def test_an_interpreter_is_a_worker_whatever_thread_state_calls_it() -> None:
    calls.clear()
    for _sample in range(2):
        task = InitializedInterpreter(double, init)
        threads = [threading.Thread(target=task, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
            thread.join()
    assert len(calls) == 2


def test_coroutines_share_a_worker() -> None:
    calls.clear()
    task = InitializedCoroutine(double_later, init)

    async def both() -> list[int]:
        return list(await asyncio.gather(task(1), task(2)))

    assert asyncio.run(both()) == [2, 4]
    assert len(calls) == 1


def test_one_thread_calls_it_for_all_where_that_is_asked_for() -> None:
    calls.clear()
    task = Initialized(double, Once(init))
    workers = [threading.Thread(target=lambda: [task(number) for number in range(3)]) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(calls) == 1


def test_no_thread_begins_before_the_one_that_calls_it_is_done() -> None:
    begun, may_end = threading.Event(), threading.Event()
    ready: list[bool] = []

    def slow() -> None:
        begun.set()
        may_end.wait()
        ready.append(True)

    task = Initialized(lambda _: bool(ready), Once(slow))
    found: list[bool] = []
    first = threading.Thread(target=lambda: found.append(task(0)))
    first.start()
    begun.wait()
    second = threading.Thread(target=lambda: found.append(task(1)))
    second.start()
    may_end.set()
    first.join()
    second.join()
    assert found == [True, True]


def test_where_it_raises_the_next_thread_tries_again() -> None:
    tries: list[int] = []

    def fails_at_first() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise LookupError

    once = Once(fails_at_first)
    with pytest.raises(LookupError):
        once()
    once()
    once()
    assert len(tries) == 2
