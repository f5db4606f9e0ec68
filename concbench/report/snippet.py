"""A program to paste that does a case's tasks by its strategy, and needs nothing of concbench."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from concbench.model import Case, Workload
from concbench.report.safe import printable
from concbench.report.snippets import coroutines, executors, pools, processes, serial, threads
from concbench.report.snippets.imports import Import
from concbench.report.snippets.layout import Block, Code
from concbench.report.snippets.literal import literal
from concbench.report.snippets.names import Names, NoSnippet, own
from concbench.report.snippets.program import Job, Program, text_of
from concbench.runs.wording import shortened
from concbench.workloads.functions import LINES
from concbench.workloads.named import is_function

PROGRAMS: dict[str, Callable[[Job], Program]] = {
    "serial": serial.serial,
    "process": processes.process,
    "process-pipe": processes.process_pipe,
    "process-queue": processes.process_queue,
    "pool-map": pools.pool_map,
    "pool-map-async": pools.pool_map_async,
    "pool-imap": pools.pool_imap,
    "pool-imap-unordered": pools.pool_imap_unordered,
    "pool-starmap": pools.pool_starmap,
    "pool-apply": pools.pool_apply,
    "pool-apply-async": pools.pool_apply_async,
    "pool-callback": pools.pool_callback,
    "executor-threads": executors.executor_threads,
    "executor-processes": executors.executor_processes,
    "executor-interpreters": executors.executor_interpreters,
    "threadpool-map": pools.threadpool_map,
    "thread": threads.thread,
    "thread-subclass": threads.thread_subclass,
    "asyncio-gather": coroutines.asyncio_gather,
    "asyncio-to-thread": coroutines.asyncio_to_thread,
}
"""What is made of each of concbench's own strategies."""
JSON = Import("json")


def snippet(case: Case, coroutine: bool = False, folders: Iterable[str] = ()) -> str | None:
    """Return a Python program that does a case's tasks by its strategy; None for a third party's strategy.

    It runs as it stands where the case was measured: saved in that folder, under the same interpreter. `coroutine`
    says whether the case's function is an `async def` (`asyncio-gather` takes no other); `folders` are those beside
    the current one that its module is imported from, such as `src` (that of a function in a file goes without saying).

    Raises NoSnippet where the workload is no function of a person's own, or has a name that is not Python's.

    >>> from concbench.model import Settings
    >>> workload, settings = Workload(name="mine:square", tasks=100), Settings(workers=4)
    >>> print(snippet(Case(id="a/b", part="a", subject="pool-map", workload=workload, settings=settings)))
    from multiprocessing import Pool
    <BLANKLINE>
    from mine import square
    <BLANKLINE>
    if __name__ == "__main__":
        items = range(100)
        with Pool(processes=4) as pool:
            results = pool.map(square, items)
            pool.close()  # so that the workers end in order, and are not killed
            pool.join()
        print(len(results), "results")
    <BLANKLINE>
    """
    if case.experiment != "tasks" or case.subject not in PROGRAMS:
        return None
    workload = case.workload
    if not is_function(workload.name):
        raise NoSnippet(
            f"there is no snippet for '{printable(shortened(workload.name))}': it is no function of your own"
        )
    names = Names()
    beside: list[str] = []

    def expression(name: str) -> str:
        function = own(name)
        if function.folder:
            beside.insert(0, function.folder)  # each comes before those that were put there earlier
        return names.expression(function)

    function = expression(workload.name)
    imports, items = items_of(workload, expression)
    job = Job(
        function=function,
        coroutine=coroutine,
        init=expression(workload.init) if workload.init is not None else None,
        settings=case.settings,
        folders=tuple(dict.fromkeys([*folders, *beside])),
    )
    program = PROGRAMS[case.subject](job)
    return text_of(replace(program, imports=program.imports | imports), names.imports(), items, job.folders)


def items_of(workload: Workload, expression: Callable[[str], str]) -> tuple[set[Import], list[Code]]:
    """Return the imports and the lines that make the items, as concbench makes them."""
    if workload.items is None:
        return set(), [f"items = range({workload.tasks})"]
    if workload.items.endswith(LINES):
        opened = f'with open({literal(workload.items)}, encoding="utf-8") as file:'
        return {JSON}, [Block(opened, ["items = [json.loads(line) for line in file if line.strip()]"])]
    return set(), [f"items = list({expression(workload.items)}())"]
