"""Records `threading.Thread`: those that a program starts itself, grouped by the line that starts them."""

from __future__ import annotations

from time import perf_counter_ns, thread_time_ns

from concbench.instruments import regions, workers
from concbench.instruments.call_site import LIBRARIES
from concbench.instruments.patches import Noted, like, replace
from concbench.instruments.pickling import moves
from concbench.instruments.recorder import RAN, next_place, recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def instrument(module: ModuleType) -> None:
    """Record what threads do."""
    threading: Any = module
    kind = threading.Thread
    bootstrap = kind._bootstrap_inner
    following = next_place()

    def asked(thread: Any) -> None:
        if recorder.folder is None:
            return
        if is_internal(thread):
            thread._args = workers.arguments(getattr(thread, "_target", None), getattr(thread, "_args", ()))
        else:
            number = regions.group("Thread", "threads")
            thread._concbench = (number, following(), perf_counter_ns())

    @like(bootstrap)
    def recorded_bootstrap(self: Any) -> None:
        recorded = vars(self).pop("_concbench", None)
        if recorded is None or recorder.folder is None:
            _feed(self)
            bootstrap(self)
            return
        number, key, submitted = recorded
        cpu, pid = thread_time_ns(), recorder.pid
        place = recorder.record(RAN, number, key, 0, perf_counter_ns(), 0, -1, submitted, -1, -1, 0)
        try:
            bootstrap(self)
        finally:
            if recorder.pid == pid:  # and no child that was forked below
                recorder.end(place, perf_counter_ns(), thread_time_ns() - cpu)

    replace(kind, "start", Noted(kind.start, asked))
    replace(kind, "_bootstrap_inner", recorded_bootstrap)


def _feed(thread: Any) -> None:
    """Let the thread that pickles for an executor know whose tasks those are."""
    if getattr(getattr(thread, "_target", None), "__name__", "") == "_feed":
        moves().sender = regions.of_queue(thread._args[0])


def is_internal(thread: Any) -> bool:
    """Whether a thread serves a library that is recorded in its own way, such as the workers of an executor."""
    of_target = getattr(getattr(thread, "_target", None), "__module__", None)
    return any(
        name not in ("threading", "functools") and str(name).partition(".")[0] in LIBRARIES
        for name in (of_target, type(thread).__module__)
    )
