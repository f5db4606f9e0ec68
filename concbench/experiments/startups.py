"""One sample of a kind of worker: how long one more of them takes until it is ready to work."""

from __future__ import annotations

import gc
import threading
from contextlib import ExitStack, contextmanager
from time import perf_counter

from concbench.experiments.quantiles import quantile
from concbench.experiments.settling import settle
from concbench.experiments.timed import Timed
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

    from concbench.experiments.tasks import CpuMeter
    from concbench.model import Settings, Workload

    Start = Callable[[Settings, int], AbstractContextManager[list[float]]]
    """Starts so many workers, yields how long each took until it was ready, and ends them."""

WARM_UP_WORKERS = 2


@contextmanager
def threads(_settings: Settings, count: int) -> Iterator[list[float]]:
    """Start threads, each once the one before it is running."""
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
def processes(settings: Settings, count: int) -> Iterator[list[float]]:
    """Start processes, each once the one before it is running."""
    started: list[BaseProcess] = []
    took = []
    with none_left(started), ExitStack() as pipes:
        controls: list[Connection] = []
        for _ in range(count):
            ours, theirs = settings.context.Pipe()
            pipes.enter_context(ours)
            with theirs:
                began = perf_counter()
                worker = settings.context.Process(target=hold_process, args=(theirs,))
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


def hold_process(control: Connection) -> None:
    """Say that this process is ready, and wait until it may end."""
    control.send(None)
    control.recv()


@contextmanager
def pool_workers(settings: Settings, count: int) -> Iterator[list[float]]:
    """Start a pool of so many workers, until every one of them is ready: they start at once, and share the time."""
    ready = settings.context.Semaphore(0)
    began = perf_counter()
    pool = settings.context.Pool(count, hold_worker, (ready,))
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


def hold_worker(ready: Any) -> None:
    """Say, in a pool's new worker, that it is ready."""
    ready.release()


@contextmanager
def interpreters(_settings: Settings, count: int) -> Iterator[list[float]]:
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


class Starter:
    """A kind of worker."""

    def __init__(self, start: Start, heeded: tuple[str, ...], missing: Callable[[], str | None]) -> None:
        self.start = start
        self.settings = heeded
        self.missing = missing
        """Returns one sentence on why this interpreter has no such workers, or None: it has."""


STARTERS = {
    "thread": Starter(threads, ("workers",), nothing),
    "process": Starter(processes, ("workers", "start_method"), nothing),
    "pool-worker": Starter(pool_workers, ("workers", "start_method"), nothing),
    "interpreter": Starter(interpreters, ("workers",), python_at_least(3, 14)),
}


class OpenCase:
    """A kind of worker, and how many of them are started in a sample."""

    def __init__(self, starter: Starter, settings: Settings) -> None:
        self.starter = starter
        self.settings = settings

    def warm_up(self, meter: CpuMeter, _count: int | None = None) -> tuple[int, Timed]:
        """Start a few; return that this is one task, whatever `_count` says, and what it took."""
        return 1, sample(self.starter, self.settings, WARM_UP_WORKERS, meter)

    def sample(self, meter: CpuMeter) -> Timed:
        """Start all of them once, timed."""
        return sample(self.starter, self.settings, self.settings.workers or 1, meter)

    def hold(self, seconds: float) -> None:
        """Start all of them, and let the watch see them for so long."""
        with self.starter.start(self.settings, self.settings.workers or 1):
            threading.Event().wait(seconds)


def take_on(subject: str, _workload: Workload, asked: dict[str, Any]) -> tuple[OpenCase, dict[str, Any]]:
    """Take on a case: return it, and the settings as they really are; raises Unavailable and UnknownName."""
    starter = starter_called(subject)
    reason = starter.missing()
    if reason is not None:
        raise Unavailable(reason)
    settings, settled = settle(asked, starter.settings)
    return OpenCase(starter, settings), settled


def starter_called(name: str) -> Starter:
    """Return a kind of worker; raises UnknownName."""
    if name not in STARTERS:
        raise UnknownName("kind of worker", name, list(STARTERS))
    return STARTERS[name]


def sample(starter: Starter, settings: Settings, count: int, meter: CpuMeter) -> Timed:
    """Start so many workers and end them again, timed; `each` is what one more took, the median over all of them."""
    gc.collect()
    meter.start()
    began = perf_counter()
    with starter.start(settings, count) as took:
        started = perf_counter()
    stopped = perf_counter()
    return Timed(
        start=started - began,
        run=0.0,
        stop=stopped - started,
        wall=stopped - began,
        cpu=meter.stop(),
        each=quantile(sorted(took), 0.5),
    )
