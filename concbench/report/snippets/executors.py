"""The executors of `concurrent.futures`, each by its `map`."""

from __future__ import annotations

from collections.abc import Sequence

from concbench.report.snippets.arguments import given
from concbench.report.snippets.contexts import GET_CONTEXT, context
from concbench.report.snippets.imports import Import
from concbench.report.snippets.layout import Block, Code, Wrapped
from concbench.report.snippets.literal import literal
from concbench.report.snippets.program import Job, Program, task_of

PREPARE = "prepare"


def executor(
    name: str,
    job: Job,
    arguments: Sequence[str],
    chunksize: int | None = None,
    imports: Sequence[Import] = (),
    definitions: Sequence[Code] = (),
) -> Program:
    """Open an executor, and keep what its `map` yields."""
    task = task_of(job)
    mapped = Wrapped("executor.map(", [task.name, "items", *given(chunksize=chunksize)])
    return Program(
        imports={Import("concurrent.futures", name), *task.imports, *imports},
        definitions=[*definitions, *task.definitions],
        body=[Block(Wrapped(f"with {name}(", arguments, ") as executor:"), [Wrapped("results = list(", [mapped])])],
    )


def executor_threads(job: Job) -> Program:
    """Threads."""
    return executor("ThreadPoolExecutor", job, given(max_workers=job.settings.workers, initializer=job.init))


def executor_processes(job: Job) -> Program:
    """Processes."""
    settings = job.settings
    starts = settings.start_method is not None
    arguments = given(
        max_workers=settings.workers,
        mp_context=context(settings) if starts else None,
        initializer=job.init,
        max_tasks_per_child=settings.maxtasksperchild,
    )
    imports = [GET_CONTEXT] if starts else []
    return executor("ProcessPoolExecutor", job, arguments, settings.chunksize, imports)


def executor_interpreters(job: Job) -> Program:
    """Interpreters, none of which knows of the others' `sys.path`: Python 3.14 or later."""
    prepares = PREPARE if job.folders else job.init
    paths = [f"sys.path.insert(0, {literal(folder)})" for folder in job.folders]
    definitions = [Block(f"def {PREPARE}():", ["# Each interpreter has a sys.path of its own.", *paths, *job.prepared])]
    return executor(
        "InterpreterPoolExecutor",
        job,
        given(max_workers=job.settings.workers, initializer=prepares),
        definitions=definitions if job.folders else (),
    )
