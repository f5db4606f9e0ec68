"""Records asyncio: when each task was created, began and ended, how long it kept its event loop busy, and semaphores.

A task that waits for a semaphore waits for a place that the program limits: the tasks of a semaphore's region are those
that hold it.
"""

from __future__ import annotations

from functools import wraps
from time import perf_counter_ns

from concbench.instruments import regions
from concbench.instruments.recorder import RAN, recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


class _Task:
    """What a task has done so far."""

    __slots__ = ("began", "busy", "created", "key", "number")

    def __init__(self, number: int, key: int) -> None:
        self.number, self.key = number, key
        self.created = perf_counter_ns()
        self.began = self.busy = 0


_tasks: dict[int, _Task] = {}
"""By the identity of the task, which lives until it is done."""
_keys: dict[int, int] = {}
"""The last key of each region."""


def instrument(module: ModuleType) -> None:
    """Record what a module of asyncio does."""
    asyncio: Any = module
    match module.__name__:
        case "asyncio.base_events":
            _instrument_creation(asyncio.BaseEventLoop)
        case "asyncio.events":
            _instrument_steps(asyncio.Handle)
        case _:
            _instrument_semaphores(asyncio.Semaphore)


def _key(number: int) -> int:
    key = _keys[number] = _keys.get(number, -1) + 1
    return key


def _instrument_creation(loop: Any) -> None:
    create = loop.create_task

    @wraps(create)
    def recorded_create(self: Any, *args: Any, **kwargs: Any) -> Any:
        if recorder.folder is None:
            return create(self, *args, **kwargs)
        began = perf_counter_ns()
        task = create(self, *args, **kwargs)
        number = regions.group("asyncio tasks", "coroutines")
        state = _Task(number, _key(number))
        if task.done():  # an eager task has run already
            recorder.record(RAN, number, state.key, 0, began, state.created, state.created - began, began, -1, -1, 0)
        else:
            _tasks[id(task)] = state
        return task

    loop.create_task = recorded_create


def _instrument_steps(handle: Any) -> None:
    run = handle._run

    def recorded_run(self: Any) -> None:
        task: Any = getattr(self._callback, "__self__", None)
        state = _tasks.get(id(task))
        if state is None:
            run(self)
            return
        began = perf_counter_ns()
        state.began = state.began or began
        run(self)
        ended = perf_counter_ns()
        state.busy += ended - began
        if task.done():
            del _tasks[id(task)]
            recorder.record(RAN, state.number, state.key, 0, state.began, ended, state.busy, state.created, -1, -1, 0)

    handle._run = recorded_run


def _instrument_semaphores(semaphore: Any) -> None:
    init, acquire, release = semaphore.__init__, semaphore.acquire, semaphore.release

    @wraps(init)
    def recorded_init(self: Any, value: int = 1, *args: Any, **kwargs: Any) -> None:
        init(self, value, *args, **kwargs)
        if recorder.folder is not None and value > 0:
            number = regions.opened(type(self).__name__, "coroutines", limit=True)
            regions.ready(number, workers=value, start_method=None)
            self._recorded = (number, [])

    @wraps(acquire)
    async def recorded_acquire(self: Any) -> Any:
        recorded = getattr(self, "_recorded", None)
        asked = perf_counter_ns()
        found = await acquire(self)
        if recorded is not None:
            recorded[1].append((asked, perf_counter_ns()))
        return found

    @wraps(release)
    def recorded_release(self: Any) -> None:
        recorded = getattr(self, "_recorded", None)
        if recorded is not None and recorded[1]:
            # Who held it longest is taken for the one who gives it back: which of them it is does not matter here.
            asked, began = recorded[1].pop(0)
            recorder.record(RAN, recorded[0], _key(recorded[0]), 0, began, perf_counter_ns(), -1, asked, -1, -1, 0)
        release(self)

    semaphore.__init__, semaphore.acquire, semaphore.release = recorded_init, recorded_acquire, recorded_release
