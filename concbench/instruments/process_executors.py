"""Records `ProcessPoolExecutor`, of the standard library and of loky, which is also what joblib runs on."""

from __future__ import annotations

import os
from functools import partial, wraps
from time import perf_counter_ns

from concbench.instruments import changes, items, pickling, regions
from concbench.instruments.recorder import CALLED, METHODS, RECEIVED, recorder
from concbench.instruments.workers import Inward, Outward, Worker

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType
    from typing import Any


class _Recorded:
    """What is known of an executor in the process that opened it."""

    def __init__(self, number: int, changes_here: Mapping[str, Any]) -> None:
        self.number = number
        self.changes = changes_here
        self.submitted: dict[int, int] = {}
        """When each task was submitted that has not been sent, by its number."""


_by_results: dict[int, tuple[int, int]] = {}
"""By the identity of the queue that results come through: the process, and its region's number."""


def instrument(module: ModuleType) -> None:
    """Record what executors do."""
    executors: Any = module
    _instrument_workers(executors)
    _instrument_opening(executors.ProcessPoolExecutor)
    _instrument_results(executors._ExecutorManagerThread)
    _instrument_map(executors.ProcessPoolExecutor)
    instrument_shutdown(executors.ProcessPoolExecutor)


def _instrument_workers(executors: Any) -> None:
    work = executors._process_worker

    def taken(worker: Worker, call: Any) -> Any:
        worker.take(call.work_id)
        function = call.fn
        if isinstance(function, partial) and function.func is executors._process_chunk:
            call.args = (worker.chunk(call.args[0]), *call.args[1:])
        elif type(function).__name__ == "BatchedCalls":  # joblib's
            function.items = worker.chunk(function.items)
        return call

    @wraps(work)
    def worker(call_queue: Any, result_queue: Any, *args: Any, **kwargs: Any) -> Any:
        state = Worker(0)
        return work(Inward(call_queue, state, taken), Outward(result_queue, state), *args, **kwargs)

    executors._process_worker = worker


def _instrument_opening(kind: Any) -> None:
    init = kind.__init__

    @wraps(init)
    def recorded_init(self: Any, *args: Any, **kwargs: Any) -> None:
        began = perf_counter_ns()
        asked = changes.here()
        args, kwargs = changes.with_workers(asked, args, kwargs, "max_workers")
        kwargs = changes.with_context(asked, kwargs, "mp_context") if "mp_context" in kwargs or asked else kwargs
        init(self, *args, **kwargs)
        if recorder.folder is None:
            return
        number = regions.opened(type(self).__name__.lstrip("_"), "processes", began)
        recorded = self._recorded = _Recorded(number, asked)
        regions.by_queue[id(self._call_queue)] = (os.getpid(), number)
        _by_results[id(self._result_queue)] = (os.getpid(), number)
        _instrument_submission(self, recorded)
        context = getattr(self, "_mp_context", None) or self._context
        regions.ready(number, workers=self._max_workers, start_method=context.get_start_method())

    kind.__init__ = recorded_init


def _instrument_submission(executor: Any, recorded: _Recorded) -> None:
    """Write down when each task is submitted, by its number, and which thread will pickle it."""
    put, start = executor._work_ids.put, executor._call_queue._start_thread

    def recorded_put(key: int, *args: Any, **kwargs: Any) -> None:
        recorded.submitted[key] = perf_counter_ns()
        items.seen(recorded.number, *_submitted(executor._pending_work_items[key]))
        put(key, *args, **kwargs)

    def recorded_start() -> None:
        start()
        pickling.senders[executor_thread(executor)] = (recorded.number, recorded.submitted)

    executor._work_ids.put = recorded_put
    executor._call_queue._start_thread = recorded_start


def _submitted(item: Any) -> tuple[Any, Any]:
    """The function of a task or chunk, and a function that returns the arguments of its calls."""
    function, args, kwargs = item.fn, item.args, item.kwargs
    if isinstance(function, partial) and getattr(function.func, "__name__", "") == "_process_chunk":
        return function.args[0], lambda: [tuple(each) for each in args[0]]
    return function, lambda: [(*args, *kwargs.values())]


def executor_thread(executor: Any) -> int:
    """The thread that pickles what an executor sends."""
    found: int = executor._call_queue._thread.ident
    return found


def _instrument_results(manager: Any) -> None:
    process = manager.process_result_item

    @wraps(process)
    def recorded_process(self: Any, result_item: Any, *args: Any, **kwargs: Any) -> Any:
        key = getattr(result_item, "work_id", None)
        if key is not None:
            owner, number = _by_results.get(id(self.result_queue), (0, 0))
            if owner == os.getpid():
                recorder.record(RECEIVED, number, key, 0, perf_counter_ns(), pickling.last.loaded[1])
        return process(self, result_item, *args, **kwargs)

    manager.process_result_item = recorded_process


def _instrument_map(kind: Any) -> None:
    call = kind.map

    @wraps(call)
    def recorded_call(self: Any, fn: Any, *iterables: Any, **kwargs: Any) -> Any:
        recorded = getattr(self, "_recorded", None)
        if recorded is not None:
            if "chunksize" in recorded.changes:
                kwargs["chunksize"] = recorded.changes["chunksize"]
            items = min((len(each) if hasattr(each, "__len__") else -1 for each in iterables), default=0)
            method = METHODS.index("map")
            recorder.record(CALLED, recorded.number, 0, method, perf_counter_ns(), items, kwargs.get("chunksize") or -1)
        return call(self, fn, *iterables, **kwargs)

    kind.map = recorded_call


def instrument_shutdown(kind: Any) -> None:
    """Write down when an executor is shut down, and how long that takes."""
    shutdown = kind.shutdown

    @wraps(shutdown)
    def recorded_shutdown(self: Any, *args: Any, **kwargs: Any) -> Any:
        began = perf_counter_ns()
        result = shutdown(self, *args, **kwargs)
        recorded = getattr(self, "_recorded", None)
        if recorded is not None:
            regions.closed(recorded.number, began)
        return result

    kind.shutdown = recorded_shutdown
