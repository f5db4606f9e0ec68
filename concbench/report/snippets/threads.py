"""A thread a task, in both ways."""

from __future__ import annotations

from concbench.report.snippets.imports import Import
from concbench.report.snippets.layout import Block, Code
from concbench.report.snippets.program import Job, Program, assigned, task_of

THREAD = Import("threading", "Thread")
SEMAPHORE = Import("threading", "Semaphore")
JOINED = Block("for thread in threads:", ["thread.join()"])


def thread(job: Job) -> Program:
    """With the task as the `target`."""
    limit = job.settings.limit
    work: list[Code] = [*job.prepared, assigned("found[index] =", job.done)]
    arguments = "found, index, item" if limit is None else "found, places, index, item"
    return Program(
        imports={THREAD, *job.imports, *semaphore(limit)},
        definitions=[Block(f"def work({arguments}):", giving_back(work, "places", limit))],
        body=[
            "found = {}",
            "threads = []",
            *places(limit),
            Block(
                "for index, item in enumerate(items):",
                [
                    *acquired(limit),
                    f"thread = Thread(target=work, args=({arguments}))",
                    "thread.start()",
                    "threads.append(thread)",
                ],
            ),
            JOINED,
            "# What a thread raises is printed, and its result is missing: a KeyError here.",
            "results = [found[index] for index in range(len(items))]",
        ],
    )


def thread_subclass(job: Job) -> Program:
    """As a subclass with a `run` of its own."""
    limit = job.settings.limit
    task = task_of(job, prepares=True)
    limited = limit is not None
    arguments = "task, item, places" if limited else "task, item"
    made: list[Code] = [
        "super().__init__()",
        "self.task = task",
        "self.item = item",
        *(["self.places = places"] if limited else []),
        "",
    ]
    run: list[Code] = ["self.result = self.task(self.item)"]
    given = [task.name, "item", "places"] if limited else [task.name, "item"]
    return Program(
        imports={THREAD, *task.imports, *semaphore(limit)},
        definitions=[
            *task.definitions,
            Block(
                "class TaskThread(Thread):",
                [
                    Block(f"def __init__(self, {arguments}):", made),
                    Block("def run(self):", giving_back(run, "self.places", limit)),
                ],
            ),
        ],
        body=[
            "threads = []",
            *places(limit),
            Block(
                "for item in items:",
                [
                    *acquired(limit),
                    f"thread = TaskThread({', '.join(given)})",
                    "thread.start()",
                    "threads.append(thread)",
                ],
            ),
            JOINED,
            "# What a thread raises is printed, and it has no result: an AttributeError here.",
            "results = [thread.result for thread in threads]",
        ],
    )


def semaphore(limit: int | None) -> set[Import]:
    """Return the import that a limit needs."""
    return set() if limit is None else {SEMAPHORE}


def places(limit: int | None) -> list[Code]:
    """Return the line that makes as many places as threads may be at work."""
    return [] if limit is None else [f"places = Semaphore({limit})"]


def acquired(limit: int | None) -> list[Code]:
    """Return the line that takes a place for the next thread."""
    return [] if limit is None else ["places.acquire()"]


def giving_back(work: list[Code], where: str, limit: int | None) -> list[Code]:
    """Return what a thread does, where a place was taken for it: it gives that back, whatever happens."""
    return work if limit is None else [Block("try:", work), Block("finally:", [f"{where}.release()"])]
