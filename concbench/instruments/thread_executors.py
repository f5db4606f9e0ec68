"""Records `ThreadPoolExecutor`, asyncio's own one, too, and `InterpreterPoolExecutor`, which has a thread for each."""

from __future__ import annotations

from time import perf_counter_ns, thread_time_ns

from concbench.instruments import changes, items, regions, texts
from concbench.instruments.patches import Noted, Watched, like, replace
from concbench.instruments.process_executors import mapped, shut_down
from concbench.instruments.recorder import RAN, next_place, recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any


def instrument(module: ModuleType) -> None:
    """Record what executors do."""
    executors: Any = module
    kind, item = executors.ThreadPoolExecutor, executors._WorkItem
    run = item.run

    @like(run)
    def recorded_run(self: Any, *args: Any) -> Any:
        submitted = getattr(self, "_concbench", None)
        if submitted is None or recorder.folder is None:
            return run(self, *args)
        number, key, at = submitted
        if texts.asked:
            _, called, named = submitted_call(self)
            texts.write(number, key, 0, texts.of_call(called, named))
        pid = recorder.pid
        cpu, began = thread_time_ns(), perf_counter_ns()
        try:
            return run(self, *args)
        finally:
            ended = perf_counter_ns()
            if recorder.pid == pid:  # and no child that was forked below
                recorder.record(RAN, number, key, 0, began, ended, thread_time_ns() - cpu, at, -1, -1, 0)

    if changes.asked:
        _change(kind)
    replace(kind, "__init__", Watched(kind.__init__, _opened))
    replace(kind, "map", Noted(kind.map, mapped))
    replace(kind, "shutdown", Watched(kind.shutdown, shut_down))
    replace(item, "run", recorded_run)


def submitted_call(work: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """What a task of an executor calls: since Python 3.14, in one of its attributes."""
    if hasattr(work, "fn"):
        return work.fn, work.args, work.kwargs
    task = work.task
    return task if isinstance(task, tuple) and len(task) == 3 else (task, (), {})


def _opened(executor: Any, began: int) -> None:
    """An executor was opened, or could not be."""
    about = vars(executor)
    if recorder.folder is None or "_work_queue" not in about or "_concbench" in about:
        return
    name = type(executor).__name__
    number = regions.opened(name, "interpreters" if name.startswith("Interpreter") else "threads", began)
    executor._concbench = number
    executor._work_queue = _Submissions(executor._work_queue, number)
    regions.ready(number, workers=executor._max_workers, start_method=None)


class _Submissions:
    """The queue of an executor's tasks, which writes into each when it was submitted."""

    def __init__(self, queue: Any, number: int) -> None:
        self._queue, self._number = queue, number
        self._next: Callable[[], int] = next_place()
        self.get, self.get_nowait = queue.get, queue.get_nowait

    def put(self, item: Any) -> None:
        """Put a task into the queue; None is what ends the workers."""
        if item is not None:
            key = self._next()
            item._concbench = (self._number, key, perf_counter_ns())
            if items.asked or not key:
                function, args, kwargs = submitted_call(item)
                items.seen(self._number, function, lambda: [(*args, *kwargs.values())])
        self._queue.put(item)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)


def _change(kind: Any) -> None:
    """Let executors have other numbers of workers than the program says."""
    init = kind.__init__

    @like(init)
    def changed_init(self: Any, *args: Any, **kwargs: Any) -> None:
        args, kwargs = changes.with_workers(changes.here(), args, kwargs, "max_workers")
        init(self, *args, **kwargs)

    kind.__init__ = changed_init
