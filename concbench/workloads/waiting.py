"""Workloads that wait: sleeping, computing and then sleeping, holding memory."""

from __future__ import annotations

import time
from functools import partial

from concbench.workloads.computing import count_turns, count_up
from concbench.workloads.workload import Tasks, workload

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from concbench.model.case import Workload

PAGE = 4096
"""Bytes: no larger than a page anywhere, so that writing at this step touches every page."""


def sleep_for(seconds: float, number: int) -> int:
    """Sleep, as a task that waits for a disk or a network."""
    time.sleep(seconds)
    return number


async def sleep_for_async(seconds: float, number: int) -> int:
    """Sleep without holding the thread."""
    import asyncio  # here, so that only a host that runs coroutines carries it

    await asyncio.sleep(seconds)
    return number


def count_then_sleep(loops: int, seconds: float, number: int) -> int:
    """Compute for a while, then wait for a while."""
    count_turns(loops)
    return sleep_for(seconds, number)


async def count_then_sleep_async(loops: int, seconds: float, number: int) -> int:
    """Compute for a while, then wait without holding the thread."""
    count_up(loops, 0)
    return await sleep_for_async(seconds, number)


def hold_memory(size: int, seconds: float, number: int) -> tuple[int, int]:
    """Hold `size` bytes, every page of them touched, for a while."""
    held = bytearray(size)
    held[::PAGE] = b"\x01" * len(range(0, size, PAGE))
    time.sleep(seconds)
    return number, sum(held[::PAGE])


@workload("sleep", tasks=100, task_time=0.02, tutorial={"task_time": 0.5}, busy=0.0)
def sleep(sizes: Workload) -> Tasks:
    """Sleeping for a given duration, which needs no core."""
    return Tasks(
        task=partial(sleep_for, sizes.task_time),
        items=range(sizes.tasks),
        expected=range(sizes.tasks),
        busy=0.0,
        coroutine=partial(sleep_for_async, sizes.task_time),
    )


@workload("mixed", tasks=100, task_time=0.004, spin=count_turns, busy=0.5)
def mixed(sizes: Workload) -> Tasks:
    """Tasks that compute for half of their time and sleep for the other half."""
    waiting = sizes.task_time / 2
    return Tasks(
        task=partial(count_then_sleep, sizes.loops, waiting),
        items=range(sizes.tasks),
        expected=range(sizes.tasks),
        busy=0.5,
        coroutine=partial(count_then_sleep_async, sizes.loops, waiting),
    )


@workload("memory", tasks=16, task_time=0.01, memory=8 * 2**20, busy=0.0)
def memory(sizes: Workload) -> Tasks:
    """Every task holds some MiB, all pages touched, for the task time."""
    pages = len(range(0, sizes.memory, PAGE))
    return Tasks(
        task=partial(hold_memory, sizes.memory, sizes.task_time),
        items=range(sizes.tasks),
        expected=[(number, pages) for number in range(sizes.tasks)],
        busy=0.0,
    )
