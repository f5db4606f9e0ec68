"""What the waiting workloads promise."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from concbench.model import Workload
from concbench.workloads.named import build
from concbench.workloads.waiting import PAGE


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
