"""Start workers: how long one more of a kind takes until it is ready to work."""

from __future__ import annotations

import gc
import threading
from contextlib import ExitStack, contextmanager
from time import perf_counter

from concbench.experiments.experiment import Experiment, Measurement, OpenCase, effective, experiments, quantile
from concbench.registry import UnknownName
from concbench.strategies.processes import none_left
from concbench.strategies.strategy import Unavailable, nothing, python_at_least

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from typing import Any

    from concbench.experiments.experiment import CpuMeter
    from concbench.model.case import Settings, Workload

    Start = Callable[[Settings, int], AbstractContextManager[list[float]]]
    """Starts a number of workers, yields the seconds that each took until it was ready, and ends them."""

WARM_UP_WORKERS = 2


@contextmanager
def _threads(_settings: Settings, count: int) -> Iterator[list[float]]:
    ready, over = threading.Semaphore(0), threading.Event()

    def hold() -> None:
        ready.release()
        over.wait()

    started: list[threading.Thread] = []
    took = []
    try:
        for _ in range(count):
            began = perf_counter()
            worker = threading.Thread(target=hold)
            worker.start()
            ready.acquire()
            took.append(perf_counter() - began)
            started.append(worker)
        yield took
    finally:
        over.set()
        for each in started:
            each.join()


@contextmanager
def _processes(settings: Settings, count: int) -> Iterator[list[float]]:
    started: list[BaseProcess] = []
    took = []
    with none_left(started), ExitStack() as pipes:
        controls: list[Connection] = []
        for _ in range(count):
            ours, theirs = settings.context.Pipe()
            pipes.enter_context(ours)
            with theirs:
                began = perf_counter()
                worker = settings.context.Process(target=_hold_process, args=(theirs,))
                worker.start()
                started.append(worker)
            ours.recv()  # EOFError where it has died before
            took.append(perf_counter() - began)
            controls.append(ours)
        yield took
        for control in controls:
            control.send(None)
        for each in started:
            each.join()


def _hold_process(control: Connection) -> None:
    control.send(None)
    control.recv()


@contextmanager
def _pool_workers(settings: Settings, count: int) -> Iterator[list[float]]:
    """Start a pool until all its workers are ready: they start together, and share the time."""
    ready = settings.context.Semaphore(0)
    began = perf_counter()
    pool = settings.context.Pool(count, _hold_worker, (ready,))
    try:
        for _ in range(count):
            ready.acquire()
        yield [(perf_counter() - began) / count] * count
    except BaseException:
        pool.terminate()
        raise
    else:
        pool.close()
    finally:
        pool.join()


def _hold_worker(ready: Any) -> None:
    ready.release()


@contextmanager
def _interpreters(_settings: Settings, count: int) -> Iterator[list[float]]:
    """Start interpreters in this process, each once the one before it has run something."""
    from concurrent import interpreters as library  # type: ignore[attr-defined]  # known from Python 3.14 on

    took = []
    with ExitStack() as stack:
        for _ in range(count):
            began = perf_counter()
            interpreter = library.create()
            stack.callback(interpreter.close)
            interpreter.exec("")
            took.append(perf_counter() - began)
        yield took


class _Starter:
    """A kind of worker."""

    def __init__(self, start: Start, settings: tuple[str, ...], missing: Callable[[], str | None] = nothing) -> None:
        self.start = start
        self.settings = settings
        self.missing = missing
        """Why this interpreter has no such workers, in a sentence; None: it has them."""


STARTERS = {
    "thread": _Starter(_threads, ("workers",)),
    "process": _Starter(_processes, ("workers", "start_method")),
    "pool-worker": _Starter(_pool_workers, ("workers", "start_method")),
    "interpreter": _Starter(_interpreters, ("workers",), python_at_least(3, 14)),
}


class _StarterCase(OpenCase):
    """A kind of worker, and the number of them that a sample starts."""

    subject: _Starter

    def measure(self, meter: CpuMeter, size: int | None = None) -> Measurement:
        """Start workers and end them again, timed; `each` is the median of what one more took."""
        gc.collect()
        meter.start()
        began = perf_counter()
        with self.subject.start(self.settings, size or self.settings.workers or 1) as took:
            started = perf_counter()
        stopped = perf_counter()
        return Measurement(
            start=started - began,
            run=0.0,
            stop=stopped - started,
            wall=stopped - began,
            cpu=meter.stop(),
            each=quantile(sorted(took), 0.5),
        )

    def warm_up(self, meter: CpuMeter, _size: int | None = None) -> tuple[int, Measurement]:
        """Start a few, which counts as one task, whatever `_size` says."""
        return 1, self.measure(meter, WARM_UP_WORKERS)

    def hold(self, _meter: CpuMeter, seconds: float) -> None:
        """Start all of them, and keep them for this long."""
        with self.subject.start(self.settings, self.settings.workers or 1):
            threading.Event().wait(seconds)


def _take_on(subject: str, workload: Workload, asked: dict[str, Any]) -> tuple[_StarterCase, dict[str, Any]]:
    starter = _starter_called(subject)
    reason = starter.missing()
    if reason is not None:
        raise Unavailable(reason)
    settings, settled = effective(asked, starter.settings)
    return _StarterCase(starter, settings, workload), settled


def _starter_called(name: str) -> _Starter:
    if name not in STARTERS:
        raise UnknownName("kind of worker", name, list(STARTERS))
    return STARTERS[name]


experiments.add("startups", Experiment(take_on=_take_on, settings_of=lambda subject: _starter_called(subject).settings))
