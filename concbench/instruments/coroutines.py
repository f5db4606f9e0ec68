"""Records asyncio: when each task was created, began and ended, how long it kept its event loop busy, and semaphores.

Of uvloop, which runs tasks in C: when each was created and ended.

A task that waits for a semaphore waits for a place that the program limits: the tasks of a semaphore's region are those
that hold it.

`create_task` is wrapped, as only what it returns says which task there is: where it raises, because its loop is closed
or what it got is no coroutine, the traceback has one line more.
"""

from __future__ import annotations

import os
from time import perf_counter_ns

from concbench.instruments import regions, texts
from concbench.instruments.patches import Noted, Observed, like, replace
from concbench.instruments.recorder import RAN, next_place, recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


INTERNAL = frozenset(
    f"{loop}.{what}"
    for loop in ("BaseEventLoop", "Loop")
    for what in ("shutdown_asyncgens", "shutdown_default_executor")
)
"""What `asyncio.run` and `uvloop.run` run as tasks of their own."""


class _Task:
    """What a task has done so far."""

    __slots__ = ("busy", "created", "key", "number", "place")

    def __init__(self, number: int, key: int, created: int) -> None:
        self.number, self.key, self.created = number, key, created
        self.busy = 0
        self.place = -1
        """Of its record, which is written when it begins."""

    def begin(self, began: int) -> None:
        """It runs for the first time."""
        self.place = recorder.record(RAN, self.number, self.key, 0, began, 0, -1, self.created, -1, -1, 0)


_tasks: dict[int, _Task] = {}
"""By the identity of the task, which lives until it is done."""
_following = next_place()
"""The next key; one sequence for all regions."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_tasks.clear)


def instrument(module: ModuleType) -> None:
    """Record what a module of asyncio, or uvloop, does."""
    asyncio: Any = module
    match module.__name__:
        case "asyncio.base_events":
            _instrument_creation(asyncio.BaseEventLoop)
        case "asyncio.events":
            _instrument_steps(asyncio.Handle)
        case "uvloop":
            _instrument_creation(asyncio.Loop, in_c=True)
        case _:
            _instrument_semaphores(asyncio.Semaphore)


def _instrument_creation(loop: Any, *, in_c: bool = False) -> None:
    """Record what tasks a loop runs.

    Where it does so `in_c`, their steps can't be seen: a task begins when it is created, and how long it keeps the loop
    busy is unknown.
    """
    create = loop.create_task

    @like(create)
    def recorded_create(self: Any, *args: Any, **kwargs: Any) -> Any:
        if recorder.folder is None or getattr(args[0] if args else None, "__qualname__", None) in INTERNAL:
            return create(self, *args, **kwargs)
        created = perf_counter_ns()
        task = create(self, *args, **kwargs)
        number = regions.group("asyncio tasks", "coroutines")
        state = _Task(number, _following(), created)
        if texts.asked:
            texts.write(number, state.key, 0, task.get_coro())
        if task.done():  # an eager task has run already
            state.begin(created)
            now = perf_counter_ns()
            recorder.end(state.place, now, now - created)
            return task
        if in_c:
            state.begin(created)
            task.add_done_callback(lambda _: recorder.end(state.place, perf_counter_ns(), -1))
            return task
        if getattr(task, "_fut_waiter", None) is not None:  # an eager task has begun, and waits for something
            state.begin(created)
            state.busy = perf_counter_ns() - created
        _tasks[id(task)] = state
        return task

    replace(loop, "create_task", recorded_create)


def _instrument_steps(handle: Any) -> None:
    run = handle._run

    @like(run)
    def recorded_run(self: Any) -> None:
        task: Any = getattr(self._callback, "__self__", None)
        state = _tasks.get(id(task))
        if state is None:
            run(self)
            return
        began = perf_counter_ns()
        if state.place < 0:
            state.begin(began)
        run(self)
        ended = perf_counter_ns()
        state.busy += ended - began
        if task.done() and _tasks.pop(id(task), None) is not None:
            recorder.end(state.place, ended, state.busy)

    replace(handle, "_run", recorded_run)


class _Limit:
    """What is known of a semaphore."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.asked: list[int] = []
        """When each of those asked that wait."""
        self.held: list[int] = []
        """The records of those who hold it. Who has held it longest is taken for the one who gives it back: which of
        them it is does not matter here."""


def _instrument_semaphores(semaphore: Any) -> None:
    def asked(self: Any) -> None:
        limit = vars(self).get("_concbench")
        if limit is not None:
            if not self._waiters:  # then whoever asked is served, or was cancelled
                limit.asked.clear()
            limit.asked.append(perf_counter_ns())

    def changed(self: Any, before: Any, value: Any) -> None:
        if recorder.folder is None:
            return
        if before is None:
            if value > 0:
                number = regions.opened(type(self).__name__, "coroutines", limit=True)
                regions.ready(number, workers=value, start_method=None)
                self._concbench = _Limit(number)
            return
        limit = vars(self).get("_concbench")
        if limit is None:
            return
        now = perf_counter_ns()
        if value < before:
            since = limit.asked.pop(0) if limit.asked else now
            limit.held.append(recorder.record(RAN, limit.number, _following(), 0, now, 0, -1, since, -1, -1, 0))
        elif value > before and limit.held:
            recorder.end(limit.held.pop(0), now, -1)

    replace(semaphore, "acquire", Noted(semaphore.acquire, asked))
    replace(semaphore, "_value", Observed("_value", changed))
