"""Records `multiprocessing.Process`: which process works for which pool, and how long a program's own ones live."""

from __future__ import annotations

from functools import wraps
from time import perf_counter_ns, process_time_ns

from concbench.instruments import regions
from concbench.instruments.recorder import LIVED, SENT, recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

WORKERS = ("worker", "_process_worker")
"""Functions that work for a pool or an executor; their first argument is the queue of their tasks."""


def instrument(module: ModuleType) -> None:
    """Record what processes do."""
    process: Any = module
    kind = process.BaseProcess
    start, bootstrap = kind.start, kind._bootstrap

    @wraps(start)
    def recorded_start(self: Any) -> Any:
        target, args = getattr(self, "_target", None), tuple(getattr(self, "_args", ()))
        began = perf_counter_ns()
        if recorder.folder is None or is_servant(target):
            return start(self)
        of_pool = getattr(target, "__name__", "") in WORKERS and args and regions.of_queue(args[0])
        if of_pool:
            queue = args[0]
            start(self)
            regions.works_for(queue, self.pid, began)
            return None
        number = regions.group("Process", "processes")
        start(self)
        recorder.write(event="worker", number=number, pid=self.pid, at=began, until=perf_counter_ns())
        recorder.record(SENT, number, self.pid, 0, began, perf_counter_ns(), 0, -1)
        return None

    @wraps(bootstrap)
    def recorded_bootstrap(self: Any, *args: Any, **kwargs: Any) -> Any:
        if recorder.folder is None:
            return bootstrap(self, *args, **kwargs)
        cpu, pid = process_time_ns(), recorder.pid
        place = recorder.record(LIVED, 0, pid, 0, perf_counter_ns())
        try:
            return bootstrap(self, *args, **kwargs)
        finally:
            if recorder.pid == pid:  # and no child that was forked below
                recorder.end(place, perf_counter_ns(), process_time_ns() - cpu)

    kind.start, kind._bootstrap = recorded_start, recorded_bootstrap


def is_servant(target: Any) -> bool:
    """Whether a process serves multiprocessing itself, as a manager's does."""
    name = getattr(target, "__module__", None) or ""
    return name == "multiprocessing.managers"
