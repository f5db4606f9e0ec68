"""`asyncio`: a workload's coroutine form, and its plain function in threads."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.strategies.strategy import strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from typing import Any

    from concbench.model.case import Settings
    from concbench.strategies.strategy import RunTasks


GATHER_PROGRAM = """
import asyncio


async def main(items):
    {init}()  #? not async_init
    await {init}()  #? async_init
    return await asyncio.gather(*({function}(item) for item in items))  #? not limit
    places = asyncio.Semaphore({limit})

    async def in_turn(item):  #? limit
        async with places:
            return await {function}(item)

    return await asyncio.gather(*(in_turn(item) for item in items))  #? limit


if __name__ == "__main__":
    {items}
    results = asyncio.run(main(items))
    print(len(results), "results")
"""


@strategy("asyncio-gather", workers="coroutines", settings=("limit", "warm"), coroutine=True, program=GATHER_PROGRAM)
@contextmanager
def asyncio_gather(settings: Settings) -> Iterator[RunTasks]:
    """`asyncio.gather` over the workload's coroutine form: one thread, all tasks concurrent."""
    import asyncio  # here, as no other strategy's host needs it

    from concbench.event_loops import close_connections

    async def gather(task: Callable[[Any], Awaitable[Any]], items: Sequence[Any]) -> list[Any]:
        if settings.limit is None:
            return await asyncio.gather(*(task(item) for item in items))
        places = asyncio.Semaphore(settings.limit)

        async def in_turn(item: Any) -> Any:
            async with places:
                return await task(item)

        return await asyncio.gather(*(in_turn(item) for item in items))

    with asyncio.Runner() as runner:
        yield lambda task, items: runner.run(gather(task, items))
        close_connections(runner)


TO_THREAD_PROGRAM = """
import asyncio
from concurrent.futures import ThreadPoolExecutor  #? workers init


async def main(items):
    executor = ThreadPoolExecutor(max_workers={workers}, initializer={init})  #? workers init
    asyncio.get_running_loop().set_default_executor(executor)  #? workers init
    return await asyncio.gather(*(asyncio.to_thread({task}, item) for item in items))


if __name__ == "__main__":
    {items}
    {once}
    results = asyncio.run(main(items))
    print(len(results), "results")
"""


@strategy("asyncio-to-thread", workers="threads", settings=("workers", "warm"), program=TO_THREAD_PROGRAM)
@contextmanager
def asyncio_to_thread(settings: Settings) -> Iterator[RunTasks]:
    """`asyncio.to_thread` for every task: a coroutine each, run by threads of the loop's executor."""
    import asyncio  # here, as no other strategy's host needs it
    from concurrent.futures import ThreadPoolExecutor

    async def gather(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        return await asyncio.gather(*(asyncio.to_thread(task, item) for item in items))

    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(ThreadPoolExecutor(settings.workers))
        yield lambda task, items: runner.run(gather(task, items))
