"""Runs coroutines on uvloop, which runs their steps in C: some end well, one raises, one is cancelled."""

from __future__ import annotations

import asyncio

import uvloop


async def double(x: int) -> int:
    await asyncio.sleep(0.02)
    return 2 * x


async def failing() -> None:
    await asyncio.sleep(0)
    raise ValueError("it did not work")


async def many() -> None:
    print(await asyncio.gather(*(double(x) for x in range(5))))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(failing())
            group.create_task(asyncio.sleep(60))
    except* ValueError as errors:
        print(errors.exceptions)
    print(await asyncio.to_thread(max, 2, 3))


if __name__ == "__main__":
    uvloop.run(many())
