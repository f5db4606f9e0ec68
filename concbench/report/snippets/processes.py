"""A process a task: with no result, with a pipe each, and with one queue for all."""

from __future__ import annotations

from collections.abc import Callable

from concbench.report.snippets.contexts import context_imports, context_lines, from_context
from concbench.report.snippets.imports import Import
from concbench.report.snippets.layout import Block, Code, Wrapped
from concbench.report.snippets.program import Job, Program, assigned, task_of

WAIT = Import("multiprocessing.connection", "wait")
JOINED = Block("for process in processes:", ["process.join()"])
TAKEN_APART: tuple[Code, ...] = (
    Block("for _, error in outcomes:", [Block("if error is not None:", ["raise error"])]),
    "results = [result for result, _ in outcomes]",
)
"""What ends as outcomes: a pair each, of a result and of what was raised."""


def process(job: Job) -> Program:
    """As in the tutorial: started, joined, and nothing comes back."""
    settings = job.settings
    task = task_of(job, prepares=True)
    started = started_with(job, task.name, "(item,)")
    loop: list[Code] = [*started, "processes.append(process)"]
    if settings.limit is not None:
        ended = [
            "ended = wait([process.sentinel for process in running])",
            "running = [each for each in running if each.sentinel not in ended]",
        ]
        loop = [Block(f"if len(running) >= {settings.limit}:", ended), *loop, "running.append(process)"]
    return Program(
        imports={*context_imports(settings, "Process"), *task.imports, *([WAIT] if settings.limit is not None else [])},
        definitions=task.definitions,
        body=[
            *context_lines(settings),
            "processes = []",
            *(["running = []"] if settings.limit is not None else []),
            Block("for item in items:", loop),
            JOINED,
            "# What the function returns is lost with its process: only this comes back.",
            "exit_codes = [process.exitcode for process in processes]",
        ],
        ending='print(exit_codes.count(0), "of", len(exit_codes), "processes ended well")',
    )


def process_pipe(job: Job) -> Program:
    """A pipe each."""
    settings = job.settings
    limited = settings.limit is not None
    ready = Block("for receiver in wait(list(waiting)):", ["outcomes[waiting.pop(receiver)] = receiver.recv()"])
    loop: list[Code] = [
        *([Block(f"if len(waiting) >= {settings.limit}:", [ready])] if limited else []),
        f"receiver, sender = {from_context(settings, 'Pipe')}(duplex=False)",
        *started_with(job, "send_result", "(sender, item)"),
        "sender.close()  # so that recv() raises EOFError if the process is killed",
        "processes.append(process)",
        "waiting[receiver] = index",
    ]
    return Program(
        imports={*context_imports(settings, "Pipe", "Process"), *job.imports, *([WAIT] if limited else [])},
        definitions=[Block("def send_result(sender, item):", [Block("with sender:", outcome_told(job, sent))])],
        body=[
            *context_lines(settings),
            "outcomes = [None] * len(items)",
            "processes = []",
            "waiting = {}",
            Block("for index, item in enumerate(items):", loop),
            Block("for receiver, index in waiting.items():", ["outcomes[index] = receiver.recv()"]),
            JOINED,
            *TAKEN_APART,
        ],
    )


def process_queue(job: Job) -> Program:
    """One queue."""
    settings = job.settings
    limited = settings.limit is not None
    receive = "done, outcomes[done] = queue.get()"
    loop: list[Code] = [
        *([Block(f"if index >= {settings.limit}:", [receive])] if limited else []),
        *started_with(job, "put_result", "(queue, index, item)"),
        "processes.append(process)",
    ]
    left = f"range(min({settings.limit}, len(items)))" if limited else "processes"
    return Program(
        imports={*context_imports(settings, "Process", "Queue"), *job.imports},
        definitions=[Block("def put_result(queue, index, item):", outcome_told(job, put))],
        body=[
            *context_lines(settings),
            f"queue = {from_context(settings, 'Queue')}()",
            "outcomes = [None] * len(items)",
            "processes = []",
            Block("for index, item in enumerate(items):", loop),
            "# A process that is killed puts nothing: get() would wait for it for ever.",
            Block(f"for _ in {left}:", [receive]),
            JOINED,
            *TAKEN_APART,
        ],
    )


def outcome_told(job: Job, tell: Callable[[str | Wrapped], Wrapped]) -> list[Code]:
    """Return the lines that do the task of `item`, and tell of its result or what it raised, traceback on stderr."""
    return [
        Block("try:", [*job.prepared, tell(Wrapped("(", [job.done, "None"]))]),
        Block("except Exception as error:", [tell("(None, error)"), "raise"]),
    ]


def sent(outcome: str | Wrapped) -> Wrapped:
    """Return the statement that sends an outcome through a pipe."""
    return Wrapped("sender.send(", [outcome])


def put(outcome: str | Wrapped) -> Wrapped:
    """Return the statement that puts an outcome on the queue."""
    return Wrapped("queue.put(", [Wrapped("(", ["index", outcome])])


def started_with(job: Job, target: str, arguments: str) -> list[Code]:
    """Return the lines that start a process."""
    called = Wrapped(f"{from_context(job.settings, 'Process')}(", [f"target={target}", f"args={arguments}"])
    return [assigned("process =", called), "process.start()"]
