"""`asyncio`: coroutines, and threads that coroutines wait for."""

from __future__ import annotations

from concbench.report.snippets.arguments import given
from concbench.report.snippets.imports import Import
from concbench.report.snippets.layout import Block, Code, Wrapped
from concbench.report.snippets.program import ASYNCIO, Job, Program, each_item, task_of

RUN = "results = asyncio.run(main(items))"


def asyncio_gather(job: Job) -> Program:
    """Coroutines that are all under way at once, or so many of them."""
    if job.settings.limit is None:
        lines: list[Code] = [gathered(f"{job.function}(item)")]
    else:
        in_turn = Block("async with places:", [f"return await {job.function}(item)"])
        lines = [
            f"places = asyncio.Semaphore({job.settings.limit})",
            "",
            Block("async def in_turn(item):", [in_turn, ""]),
            gathered("in_turn(item)"),
        ]
    return Program(
        imports={ASYNCIO}, definitions=[Block("async def main(items):", [*job.prepared, *lines])], body=[RUN]
    )


def asyncio_to_thread(job: Job) -> Program:
    """Threads of the loop's own executor."""
    task = task_of(job)
    arguments = given(max_workers=job.settings.workers, initializer=job.init)
    executor: list[Code] = [
        Wrapped("executor = ThreadPoolExecutor(", arguments),
        "asyncio.get_running_loop().set_default_executor(executor)",
    ]
    called = Wrapped("asyncio.to_thread(", [task.name, "item"])
    lines = [*(executor if arguments else []), gathered(called)]
    return Program(
        imports={ASYNCIO, *([Import("concurrent.futures", "ThreadPoolExecutor")] if arguments else [])},
        definitions=[*task.definitions, Block("async def main(items):", lines)],
        body=[RUN],
    )


def gathered(coroutine: str | Wrapped) -> Wrapped:
    """Return the statement that awaits a coroutine for each item."""
    return Wrapped("return await asyncio.gather(", [each_item(coroutine, "*(", ")")])
