"""Pools of processes, by each of their methods, and the pool of threads with the same interface."""

from __future__ import annotations

from collections.abc import Callable

from concbench.model import Settings
from concbench.report.snippets.arguments import given
from concbench.report.snippets.contexts import context_imports, context_lines, from_context
from concbench.report.snippets.imports import Import
from concbench.report.snippets.layout import Block, Code, Wrapped
from concbench.report.snippets.program import Job, Program, Task, assigned, each_item, task_of

Use = Callable[[str, Settings], list[Code]]
"""The lines that do the task of that name on a pool."""
IN_ORDER: tuple[Code, ...] = ("pool.close()  # so that the workers end in order, and are not killed", "pool.join()")

AFTER_OTHERS: tuple[Code, ...] = (
    "pool.close()  # the other tasks are done first: a pool that is killed meanwhile may hang",
    "pool.join()",
    "raise",
)
"""Where a task has raised: see python/cpython#96995."""


def pool(job: Job, use: Use, after: tuple[Code, ...] = (), imports: tuple[Import, ...] = ()) -> Program:
    """Start a pool, use it, and let it end in order; what is `after` that comes last."""
    settings = job.settings
    task = task_of(job)
    arguments = given(processes=settings.workers, initializer=job.init, maxtasksperchild=settings.maxtasksperchild)
    opened = Wrapped(f"with {from_context(settings, 'Pool')}(", arguments, ") as pool:")
    return Program(
        imports={*context_imports(settings, "Pool"), *task.imports, *imports},
        definitions=task.definitions,
        body=[*context_lines(settings), Block(opened, [*use(task.name, settings), *IN_ORDER]), *after],
    )


def pool_map(job: Job) -> Program:
    """All items at once, in chunks."""
    return pool(job, lambda task, settings: [assigned("results =", mapped("map", task, settings))])


def pool_map_async(job: Job) -> Program:
    """The same, with time for something else before the results are asked for."""

    def use(task: str, settings: Settings) -> list[Code]:
        return [assigned("promise =", mapped("map_async", task, settings)), "results = promise.get()"]

    return pool(job, use)


def pool_imap(job: Job) -> Program:
    """Results in order, as they come."""
    return pool(job, lambda task, settings: as_they_come(listed(mapped("imap", task, settings))))


def pool_imap_unordered(job: Job) -> Program:
    """Results as they come, in whatever order."""

    def use(task: str, settings: Settings) -> list[Code]:
        in_what_order = "# The results are in the order in which they were done."
        return as_they_come(in_what_order, listed(mapped("imap_unordered", task, settings)))

    return pool(job, use)


def as_they_come(*lines: Code) -> list[Code]:
    """Return lines that ask for results while others are still under way, one of which may be what a task raised."""
    return [Block("try:", list(lines)), Block("except Exception:", list(AFTER_OTHERS))]


def pool_starmap(job: Job) -> Program:
    """Items as tuples of arguments, here of one."""
    return pool(job, lambda task, settings: [assigned("results =", mapped("starmap", task, settings, "zip(items)"))])


def pool_apply(job: Job) -> Program:
    """One task at a time."""
    return pool(job, lambda task, _: [assigned("results =", each_item(Wrapped("pool.apply(", [task, "(item,)"])))])


def pool_apply_async(job: Job) -> Program:
    """A promise for each task."""

    def use(task: str, _: Settings) -> list[Code]:
        promises = each_item(Wrapped("pool.apply_async(", [task, "(item,)"]))
        return [assigned("promises =", promises), *as_they_come("results = [promise.get() for promise in promises]")]

    return pool(job, use)


def pool_callback(job: Job) -> Program:
    """A callback for each result; they have all been called once the pool has been joined."""

    def use(task: str, _: Settings) -> list[Code]:
        callbacks = ["callback=partial(results.__setitem__, index)", "error_callback=errors.append"]
        submitted = Wrapped("pool.apply_async(", [task, "(item,)", *callbacks])
        return [
            "results = [None] * len(items)",
            "errors = []",
            Block("for index, item in enumerate(items):", [submitted]),
        ]

    raised = Block("if errors:", ["raise errors[0]"])
    return pool(job, use, after=(raised,), imports=(Import("functools", "partial"),))


def threadpool_map(job: Job) -> Program:
    """A pool whose workers are threads."""
    task: Task = task_of(job)
    arguments = given(processes=job.settings.workers, initializer=job.init)
    return Program(
        imports={Import("multiprocessing.pool", "ThreadPool"), *task.imports},
        definitions=task.definitions,
        body=[
            Block(
                Wrapped("with ThreadPool(", arguments, ") as pool:"),
                [assigned("results =", mapped("map", task.name, job.settings))],
            )
        ],
    )


def mapped(method: str, task: str, settings: Settings, items: str = "items") -> Wrapped:
    """Return the call of one of a pool's methods that take all items."""
    return Wrapped(f"pool.{method}(", [task, items, *given(chunksize=settings.chunksize)])


def listed(call: Wrapped) -> Wrapped:
    """Return the statement that keeps what an iterator yields."""
    return Wrapped("results = list(", [call])
