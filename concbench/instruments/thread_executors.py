"""Records `ThreadPoolExecutor`, asyncio's own one, too, and `InterpreterPoolExecutor`, which has a thread for each."""

from __future__ import annotations

from functools import wraps
from time import perf_counter_ns, thread_time_ns

from concbench.instruments import changes, items, regions
from concbench.instruments.process_executors import instrument_shutdown
from concbench.instruments.recorder import RAN, recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any


class _Recorded:
    """What is known of an executor."""

    def __init__(self, number: int) -> None:
        self.number = number


def instrument(module: ModuleType) -> None:
    """Record what executors do."""
    executors: Any = module
    kind, item = executors.ThreadPoolExecutor, executors._WorkItem
    init, run = kind.__init__, item.run

    @wraps(init)
    def recorded_init(self: Any, *args: Any, **kwargs: Any) -> None:
        began = perf_counter_ns()
        asked = changes.here()
        args, kwargs = changes.with_workers(asked, args, kwargs, "max_workers")
        init(self, *args, **kwargs)
        if recorder.folder is None:
            return
        name = type(self).__name__
        number = regions.opened(name, "interpreters" if name.startswith("Interpreter") else "threads", began)
        self._recorded = _Recorded(number)
        self._work_queue = _Submissions(self._work_queue, number)
        regions.ready(number, workers=self._max_workers, start_method=None)

    @wraps(run)
    def recorded_run(self: Any, *args: Any) -> Any:
        submitted = getattr(self, "_recorded", None)
        if submitted is None:
            return run(self, *args)
        cpu, began = thread_time_ns(), perf_counter_ns()
        try:
            return run(self, *args)
        finally:
            ended = perf_counter_ns()
            number, key, at = submitted
            recorder.record(RAN, number, key, 0, began, ended, thread_time_ns() - cpu, at, -1, -1, 0)

    kind.__init__, item.run = recorded_init, recorded_run
    instrument_shutdown(kind)


def submitted(item: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """What a task of an executor calls: since Python 3.14, in one of its attributes."""
    if hasattr(item, "fn"):
        return item.fn, item.args, item.kwargs
    task = item.task
    return task if len(task) == 3 and isinstance(task, tuple) else (task, (), {})


class _Submissions:
    """The queue of an executor's tasks, which writes into each when it was submitted."""

    def __init__(self, queue: Any, number: int) -> None:
        from concbench.instruments.recorder import next_place

        self._queue, self._number = queue, number
        self._next: Callable[[], int] = next_place()
        self.get, self.get_nowait = queue.get, queue.get_nowait

    def put(self, item: Any) -> None:
        """Put a task into the queue; None is what ends the workers."""
        if item is not None:
            item._recorded = (self._number, self._next(), perf_counter_ns())
            function, args, kwargs = submitted(item)
            items.seen(self._number, function, lambda: [(*args, *kwargs.values())])
        self._queue.put(item)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)
