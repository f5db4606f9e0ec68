"""What concbench's own workloads promise beyond what all do: what they compute, carry, wait for and hold."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import pytest

from concbench.model.case import Workload
from concbench.workloads.waiting import PAGE
from concbench.workloads.workload import build

# Computing


def skewed(**sizes: int) -> list[tuple[int, int]]:
    known: dict[str, Any] = {"tasks": 100, "loops": 1000, **sizes}
    return list(build(Workload(name="skewed", **known)).items)


def test_the_loops_asked_for_are_the_loops_done() -> None:
    ready = build(Workload(name="cpu", tasks=3, loops=1234))
    assert [ready.task(item) - item for item in ready.items] == [1234, 1234, 1234]


def test_hashing_depends_on_the_loops_asked_for() -> None:
    few, many = (build(Workload(name="cpu-nogil", tasks=1, loops=loops)).expected[0] for loops in (10, 11))
    assert few != many


def test_skewed_durations_follow_from_their_seed() -> None:
    assert skewed(seed=1) == skewed(seed=1)
    assert skewed(seed=1) != skewed(seed=2)


@pytest.mark.parametrize("seed", range(10))
def test_the_mean_of_skewed_durations_is_the_task_time_and_a_few_are_much_longer_than_most(seed: int) -> None:
    loops = sorted(turns for _, turns in skewed(seed=seed))
    assert sum(loops) == pytest.approx(100 * 1000, abs=100)  # each is rounded to a whole turn
    assert loops[-1] > 3 * loops[50]
    assert min(loops + [turns for _, turns in skewed(loops=1)]) > 0


def test_the_weights_of_skewed_tasks_are_their_loops() -> None:
    ready = build(Workload(name="skewed", tasks=20, loops=500, seed=3))
    assert ready.weights == [turns for _, turns in ready.items]


# Carrying data


@pytest.mark.parametrize("size", [8, 9, 1000, 2**20])
def test_arguments_and_results_have_the_size_asked_for(size: int) -> None:
    ready = build(Workload(name="payload", tasks=3, payload=size))
    assert [len(item) for item in ready.items] == [size] * 3
    assert [len(ready.task(item)) for item in ready.items] == [size] * 3


@pytest.mark.parametrize("size", [0, 1, 7])
def test_an_item_is_never_too_short_to_say_which_it_is(size: int) -> None:
    ready = build(Workload(name="payload", tasks=300, payload=size))
    assert {len(item) for item in ready.items} == {8}
    assert len(set(ready.items)) == 300


def test_what_is_hashed_has_the_size_asked_for_and_what_comes_back_is_its_digest() -> None:
    ready = build(Workload(name="hashing", tasks=3, payload=5000))
    assert [len(item) for item in ready.items] == [5000] * 3
    assert [ready.task(item) for item in ready.items] == list(ready.expected)
    assert ready.expected[1] == sha256(ready.items[1]).hexdigest()
    assert len(set(ready.expected)) == 3


# Waiting


async def awaited(coroutine: Callable[[Any], Awaitable[Any]], *items: Any) -> list[Any]:
    return await asyncio.gather(*map(coroutine, items))


@pytest.mark.parametrize(("name", "share"), [("sleep", 1.0), ("mixed", 0.5), ("memory", 1.0)])
def test_a_waiting_task_waits_its_share_of_the_task_time(name: str, share: float) -> None:
    ready = build(Workload(name=name, tasks=1, task_time=0.05, loops=1))
    began = time.monotonic()
    ready.task(ready.items[0])
    assert time.monotonic() - began >= 0.05 * share


@pytest.mark.parametrize("name", ["sleep", "mixed"])
def test_a_coroutine_waits_without_holding_its_thread(name: str) -> None:
    ready = build(Workload(name=name, tasks=2, task_time=0.1, loops=1))
    order: list[str] = []
    assert ready.coroutine is not None
    form = ready.coroutine

    async def waits(number: int) -> None:
        order.append(f"{number} begins")
        await form(number)
        order.append(f"{number} ends")

    asyncio.run(awaited(waits, 0, 1))
    assert order[:2] == ["0 begins", "1 begins"]


@pytest.mark.parametrize("loops", [0, 500])
def test_mixed_tasks_compute_before_they_wait(loops: int, monkeypatch: pytest.MonkeyPatch) -> None:
    turned: list[int] = []
    monkeypatch.setattr("concbench.workloads.waiting.count_turns", turned.append)
    ready = build(Workload(name="mixed", tasks=1, task_time=0.0, loops=loops))
    assert ready.task(9) == 9
    assert turned == [loops]


@pytest.mark.parametrize("size", [0, 1, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE])
def test_every_page_of_the_memory_asked_for_is_touched(size: int) -> None:
    ready = build(Workload(name="memory", tasks=2, memory=size))
    pages = -(-size // PAGE)
    assert [ready.task(item) for item in ready.items] == [(0, pages), (1, pages)]


def test_a_task_holds_the_memory_asked_for() -> None:
    ready = build(Workload(name="memory", tasks=1, memory=2**20))
    tracemalloc.start()
    try:
        ready.task(0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 2**20 <= peak < 2 * 2**20
