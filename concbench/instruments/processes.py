"""Records `multiprocessing.Process`: which process works for which pool, and how long a program's own ones live."""

from __future__ import annotations

from time import perf_counter_ns, process_time_ns

from concbench.instruments import regions, workers
from concbench.instruments.patches import Noted, Observed, like, replace
from concbench.instruments.recorder import LIVED, SENT, recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

SERVANTS = ("multiprocessing.managers", "multiprocess.managers")
"""Modules whose functions serve multiprocessing itself, as the process of a manager does."""


def instrument(module: ModuleType) -> None:
    """Record what processes do, or when they end."""
    if hasattr(module, "BaseProcess"):
        _instrument_processes(module.BaseProcess)
    else:
        replace(module.Popen, "returncode", Observed("returncode", _ended))


def _instrument_processes(kind: Any) -> None:
    bootstrap = kind._bootstrap

    @like(bootstrap)
    def recorded_bootstrap(self: Any, *args: Any, **kwargs: Any) -> Any:
        if recorder.folder is None:
            return bootstrap(self, *args, **kwargs)
        self._args = workers.arguments(self._target, self._args)
        cpu, pid = process_time_ns(), recorder.pid
        place = recorder.record(LIVED, 0, pid, 0, perf_counter_ns())
        try:
            return bootstrap(self, *args, **kwargs)
        finally:
            if recorder.pid == pid:  # and no child that was forked below
                recorder.end(place, perf_counter_ns(), process_time_ns() - cpu)

    replace(kind, "start", Noted(kind.start, _asked))
    replace(kind, "_popen", Observed("_popen", _started))
    replace(kind, "_bootstrap", recorded_bootstrap)


def _asked(process: Any) -> None:
    """A process is about to be started."""
    target = vars(process).get("_target")
    if recorder.folder is None or getattr(target, "__module__", None) in SERVANTS:
        return
    args = vars(process).get("_args") or (None,)
    number = regions.of_queue(args[0]) if workers.is_of_pool(target) else None
    process._concbench = (perf_counter_ns(), number, number or regions.group("Process", "processes"))


def _started(process: Any, before: Any, popen: Any) -> None:
    """A process was started, or it is closed."""
    asked = vars(process).pop("_concbench", None)
    if asked is None or popen is None or before is not None:
        return
    began, of_pool, number = asked
    regions.works_for(number, process.pid, began)
    if of_pool is None:
        recorder.record(SENT, number, process.pid, 0, began, perf_counter_ns(), 0, -1)


def _ended(popen: Any, before: Any, status: Any) -> None:
    """The end of a process is known to the one that started it."""
    if before is None and status is not None:
        recorder.write(event="ended", pid=popen.pid, at=perf_counter_ns())
