"""`asyncio`: the coroutine form of a workload, and its plain function in threads."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.strategies.strategy import strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from typing import Any

    from concbench.model import Settings
    from concbench.strategies.strategy import RunTasks


@strategy("asyncio-gather", workers="coroutines", settings=("limit",), coroutine=True)
@contextmanager
def asyncio_gather(settings: Settings) -> Iterator[RunTasks]:
    """`asyncio.gather` over the workload's coroutine form: one thread, all tasks under way at once."""
    import asyncio  # here, so that no other strategy's host carries it

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


@strategy("asyncio-to-thread", workers="threads", settings=("workers",))
@contextmanager
def asyncio_to_thread(settings: Settings) -> Iterator[RunTasks]:
    """`asyncio.to_thread` for every task: a coroutine each, and the workers are threads of the loop's executor."""
    import asyncio  # here, so that no other strategy's host carries it
    from concurrent.futures import ThreadPoolExecutor

    async def gather(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        return await asyncio.gather(*(asyncio.to_thread(task, item) for item in items))

    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(ThreadPoolExecutor(settings.workers))
        yield lambda task, items: runner.run(gather(task, items))
