"""Records `multiprocessing.Pool` and `ThreadPool`: what each call submits, sends and gets back, and what workers do."""

from __future__ import annotations

import os
from functools import wraps
from time import perf_counter_ns

from concbench.instruments import changes, items, pickling, regions
from concbench.instruments.recorder import CALLED, METHODS, RECEIVED, SENT, recorder
from concbench.instruments.workers import Inward, Outward, Worker

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType
    from typing import Any

JOB = 32
"""Bits for the number of a chunk within its call: a task's key is the call's number, and the chunk's."""
CALLS = ("map", "starmap", "map_async", "starmap_async", "imap", "imap_unordered")
"""Methods that take a function, items and a chunksize."""


def key_of(job: int, place: int | None) -> int:
    """The key of a chunk of a call.

    >>> key_of(2, 1) == (2 << JOB) + 1
    True
    """
    return (job << JOB) + (place or 0)


class _Recorded:
    """What is known of a pool in the process that opened it."""

    def __init__(self, number: int, changes_here: Mapping[str, Any]) -> None:
        self.number = number
        self.changes = changes_here
        self.submitted: dict[int, int] = {}
        """When each call was made whose items are all submitted at once, by its number."""
        self.closing = 0


_of_threads: dict[int, _Recorded] = {}
"""Pools of threads, by their region."""


def instrument(module: ModuleType) -> None:
    """Record what pools do."""
    pool: Any = module
    _instrument_workers(pool)
    _instrument_opening(pool, pool.Pool)
    _instrument_opening(pool, pool.ThreadPool)
    _instrument_submission(pool.ApplyResult)
    for name in CALLS:
        _instrument_call(pool.Pool, name)
    _instrument_apply(pool.Pool)
    for name in ("close", "terminate", "join"):
        _instrument_end(pool.Pool, name)


def _instrument_workers(pool: Any) -> None:
    work, mapstar, starmapstar = pool.worker, pool.mapstar, pool.starmapstar

    def taken(worker: Worker, task: Any) -> Any:
        job, place, function, args, kwargs = task
        of_threads = _of_threads.get(worker.region)
        worker.take(key_of(job, place), None if of_threads is None else of_threads.submitted.get(job, -1))
        if function is mapstar or function is starmapstar:
            ((called, items),) = args
            return job, place, function, ((called, worker.chunk(items)),), kwargs
        return task

    @wraps(work)
    def worker(inqueue: Any, outqueue: Any, *args: Any, **kwargs: Any) -> Any:
        state = Worker(regions.of_queue(inqueue))
        return work(Inward(inqueue, state, taken), Outward(outqueue, state), *args, **kwargs)

    pool.worker = worker


def _instrument_opening(pool: Any, kind: Any) -> None:
    threads = kind is pool.ThreadPool
    set_up, init = kind._setup_queues, kind.__init__

    def recorded_set_up(self: Any) -> None:
        set_up(self)
        if recorder.folder is None:
            return
        number = regions.opened(type(self).__name__, "threads" if threads else "processes")
        recorded = self._recorded = _Recorded(number, changes.here())
        regions.by_queue[id(self._inqueue)] = (os.getpid(), number)
        if threads:
            _of_threads[number] = recorded
        self._quick_put = _sending(pool, self._quick_put, recorded)
        self._quick_get = _receiving(self._quick_get, recorded)

    @wraps(init)
    def recorded_init(self: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(self, pool.ThreadPool) is not threads:
            init(self, *args, **kwargs)  # a pool of threads, which is recorded by its own method
            return
        asked = changes.here()
        args, kwargs = changes.with_workers(asked, args, kwargs, "processes")
        if not threads:
            kwargs = changes.with_context(asked, kwargs, "context")
        init(self, *args, **kwargs)
        recorded = getattr(self, "_recorded", None)
        if recorded is not None:
            method = None if threads else self._ctx.get_start_method()
            regions.ready(recorded.number, workers=self._processes, start_method=method)

    kind._setup_queues, kind.__init__ = recorded_set_up, recorded_init


def _instrument_submission(result: Any) -> None:
    init = result.__init__

    @wraps(init)
    def recorded_init(self: Any, pool: Any, *args: Any, **kwargs: Any) -> None:
        init(self, pool, *args, **kwargs)
        recorded = getattr(pool, "_recorded", None)
        if recorded is not None:
            recorded.submitted[self._job] = perf_counter_ns()

    result.__init__ = recorded_init


def _submitted(pool: Any, task: Any) -> tuple[Any, Any]:
    """The function of a task or chunk, and a function that returns the arguments of its calls."""
    _, _, function, args, kwargs = task
    if function is pool.mapstar:
        called, items_of_it = args[0]
        return called, lambda: [(item,) for item in items_of_it]
    if function is pool.starmapstar:
        called, items_of_it = args[0]
        return called, lambda: [tuple(item) for item in items_of_it]
    return function, lambda: [(*args, *kwargs.values())]


def _sending(pool: Any, put: Any, recorded: _Recorded) -> Any:
    def recorded_put(task: Any) -> Any:
        if task is not None:
            items.seen(recorded.number, *_submitted(pool, task))
        pickling.last.dumped = (-1, 0)
        result = put(task)
        if task is not None:
            size, took = pickling.last.dumped
            now = perf_counter_ns()
            key = key_of(task[0], task[1])
            recorder.record(SENT, recorded.number, key, 0, recorded.submitted.get(task[0], now), now, took, size)
        return result

    return recorded_put


def _receiving(get: Any, recorded: _Recorded) -> Any:
    def recorded_get(*args: Any) -> Any:
        pickling.last.loaded = (-1, 0)
        result = get(*args)
        if result is not None:
            key = key_of(result[0], result[1])
            recorder.record(RECEIVED, recorded.number, key, 0, perf_counter_ns(), pickling.last.loaded[1])
        return result

    return recorded_get


def _instrument_call(kind: Any, name: str) -> None:
    call = getattr(kind, name)
    method = METHODS.index(name.removesuffix("_async"))

    @wraps(call)
    def recorded_call(self: Any, func: Any, iterable: Any, chunksize: Any = None, *args: Any, **kwargs: Any) -> Any:
        recorded = getattr(self, "_recorded", None)
        if recorded is not None:
            chunksize = recorded.changes.get("chunksize", chunksize)
            items = len(iterable) if hasattr(iterable, "__len__") else -1
            recorder.record(CALLED, recorded.number, 0, method, perf_counter_ns(), items, chunksize or -1)
        if chunksize is None and name.startswith("imap"):
            return call(self, func, iterable, *args, **kwargs)
        return call(self, func, iterable, chunksize, *args, **kwargs)

    setattr(kind, name, recorded_call)


def _instrument_apply(kind: Any) -> None:
    call = kind.apply_async

    @wraps(call)
    def recorded_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        recorded = getattr(self, "_recorded", None)
        if recorded is not None:
            recorder.record(CALLED, recorded.number, 0, METHODS.index("apply"), perf_counter_ns(), 1, -1)
        return call(self, *args, **kwargs)

    kind.apply_async = recorded_call


def _instrument_end(kind: Any, name: str) -> None:
    end = getattr(kind, name)

    @wraps(end)
    def recorded_end(self: Any) -> Any:
        began = perf_counter_ns()
        result = end(self)
        recorded = getattr(self, "_recorded", None)
        if recorded is not None:
            recorded.closing = recorded.closing or began
            if name != "close":  # after which its workers go on
                regions.closed(recorded.number, recorded.closing)
        return result

    setattr(kind, name, recorded_end)
