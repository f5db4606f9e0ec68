"""Records `threading.Thread`: those that a program starts itself, grouped by the line that starts them."""

from __future__ import annotations

from functools import wraps
from time import perf_counter_ns, thread_time_ns

from concbench.instruments import regions
from concbench.instruments.call_site import LIBRARIES
from concbench.instruments.recorder import RAN, recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def instrument(module: ModuleType) -> None:
    """Record what threads do."""
    threading: Any = module
    kind = threading.Thread
    start, bootstrap = kind.start, kind._bootstrap_inner
    numbers: dict[int, int] = {}

    @wraps(start)
    def recorded_start(self: Any) -> None:
        if recorder.folder is not None and not is_internal(self):
            number = regions.group("Thread", "threads")
            key = numbers[number] = numbers.get(number, -1) + 1
            self._recorded = (number, key, perf_counter_ns(), recorder.pid)
        start(self)

    @wraps(bootstrap)
    def recorded_bootstrap(self: Any) -> None:
        recorded = getattr(self, "_recorded", None)
        if recorded is None or recorder.folder is None or type(recorded) is not tuple:
            bootstrap(self)
            return
        number, key, submitted, pid = recorded
        cpu = thread_time_ns()
        place = recorder.record(RAN, number, key, 0, perf_counter_ns(), 0, -1, submitted, -1, -1, 0)
        try:
            bootstrap(self)
        finally:
            if recorder.pid == pid:  # and no child that was forked below
                recorder.end(place, perf_counter_ns(), thread_time_ns() - cpu)

    kind.start, kind._bootstrap_inner = recorded_start, recorded_bootstrap


def is_internal(thread: Any) -> bool:
    """Whether a thread serves a library that is recorded in its own way, such as the workers of an executor."""
    target = getattr(thread, "_target", None)
    of_target = getattr(target, "__module__", None) or ""
    of_class = type(thread).__module__
    return any(
        name.partition(".")[0] in LIBRARIES and name != "threading" and name != "functools"
        for name in (of_target, of_class)
    )
