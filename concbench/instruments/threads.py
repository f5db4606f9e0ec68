"""Records `threading.Thread`: those that a program starts itself, grouped by the line that starts them.

A daemon thread that a library starts, and that goes on until the program ends, serves the library, as the monitor of a
progress bar does: it is no task, and no one waits for it.
"""

from __future__ import annotations

from time import perf_counter_ns, thread_time_ns

from concbench.instruments import regions, workers
from concbench.instruments.call_site import LIBRARIES, is_by_library
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
            thread._concbench = (number, following(), perf_counter_ns(), thread.daemon and is_by_library())

    @like(bootstrap)
    def recorded_bootstrap(self: Any) -> None:
        recorded = vars(self).pop("_concbench", None)
        if recorded is None or recorder.folder is None:
            _feed(self)
            bootstrap(self)
            return
        number, key, submitted, serves = recorded
        cpu, pid, began = thread_time_ns(), recorder.pid, perf_counter_ns()
        place = -1 if serves else recorder.record(RAN, number, key, 0, began, 0, -1, submitted, -1, -1, 0)
        try:
            bootstrap(self)
        finally:
            if recorder.pid == pid:  # and no child that was forked below
                ended, used = perf_counter_ns(), thread_time_ns() - cpu
                if not serves:
                    recorder.end(place, ended, used)
                elif threading.main_thread().is_alive():  # it has ended before the program
                    recorder.record(RAN, number, key, 0, began, ended, used, submitted, -1, -1, 0)

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
