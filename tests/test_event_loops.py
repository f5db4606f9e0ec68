"""What loops of workers promise: one for each worker and sample, shared with the initializer, and closed afterwards."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import pytest

from concbench import event_loops
from concbench.event_loops import Driven, OnlyTask, closing_loops
from concbench.experiments.experiment import experiments
from concbench.experiments.tasks import StrategyCase
from concbench.model.case import Settings, Workload
from concbench.strategies.strategy import Unavailable, strategies
from concbench.workloads.workload import Tasks
from tests.experiments.test_tasks import Meter

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

WITH_LOOPS = [
    "serial",
    "threadpool-map",
    "executor-threads",
    "thread",
    "asyncio-gather",
    "asyncio-to-thread",
    "pool-map",
]
TASKS = 6
OPEN_FILES = Path("/proc/self/fd")
ready: dict[asyncio.AbstractEventLoop, asyncio.Event] = {}
connections: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
address: list[tuple[str, int]] = []


@pytest.fixture(autouse=True)
def _nothing_left_open() -> Iterator[None]:
    ready.clear()
    connections.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        yield
        gc.collect()
    assert not event_loops.opened


async def get_ready() -> None:
    await asyncio.sleep(0.001)
    ready[asyncio.get_running_loop()] = asyncio.Event()


async def needs_its_loop(number: int) -> int:
    event = ready[asyncio.get_running_loop()]
    await asyncio.sleep(0)
    event.set()
    await event.wait()
    return number


def case_of(strategy: str, *, init: bool = True) -> StrategyCase:
    tasks = Tasks(
        task=Driven(needs_its_loop),
        items=range(TASKS),
        expected=range(TASKS),
        busy=0.0,
        coroutine=needs_its_loop,
        init=Driven(get_ready) if init else None,
    )
    settings = Settings(workers=2 if "workers" in strategies.get(strategy).settings else None)
    return StrategyCase(strategies.get(strategy), settings, Workload(name="mine:task", tasks=TASKS), tasks)


@pytest.mark.parametrize("strategy", WITH_LOOPS)
def test_the_tasks_of_a_worker_share_the_loop_of_its_initializer_in_every_sample(strategy: str) -> None:
    case = case_of(strategy)
    for _sample in range(2):
        case.measure(Meter())


@pytest.mark.parametrize("strategy", sorted(name for name in WITH_LOOPS if strategies.get(name).workers == "threads"))
def test_threads_do_not_share_what_belongs_to_the_loop_of_one_of_them(strategy: str) -> None:
    name, init = f"{__name__}:needs_its_loop", f"{__name__}:get_ready"
    workload = Workload(name=name, tasks=TASKS, init=init, coroutine=True, async_init=True)
    asked = asdict(Settings(workers=2))
    take_on = experiments.get("tasks").take_on
    with pytest.raises(Unavailable, match="each thread has a loop of its own"):
        take_on(strategy, workload, asked)
    take_on("serial", workload, asked)


def test_a_traced_sample_has_loops_of_its_own() -> None:
    assert case_of("executor-threads").traced(0.001, None)["tasks"] == TASKS


def test_a_worker_keeps_its_loop_until_all_are_closed() -> None:
    async def own() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    task = Driven(own)
    with closing_loops():
        first = task()
        assert task() is first
        assert not first.is_closed()
    assert first.is_closed()
    with closing_loops():
        assert task() is not first


def test_a_thread_for_each_task_keeps_no_loop_open() -> None:
    async def own(_item: int) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    found: list[asyncio.AbstractEventLoop] = []
    task = OnlyTask(Driven(own))
    for number in range(3):
        thread = threading.Thread(target=lambda number=number: found.append(task(number)))
        thread.start()
        thread.join()
    assert len(found) == 3
    assert all(loop.is_closed() for loop in found)


async def connect() -> None:
    connections.append(await asyncio.open_connection(*address[0]))


async def ask(number: int) -> int:
    _, writer = connections[-1]
    writer.write(b"?")
    await writer.drain()
    return number


@pytest.mark.parametrize("strategy", ["serial", "executor-threads", "asyncio-gather"])
def test_a_connection_that_is_left_open_is_closed_with_the_sample(strategy: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address[:] = [server.getsockname()]
        tasks = Tasks(task=Driven(ask), items=[1], expected=[1], busy=0.0, coroutine=ask, init=Driven(connect))
        settings = Settings(workers=1) if strategy == "executor-threads" else Settings()
        case = StrategyCase(strategies.get(strategy), settings, Workload(name="mine:ask", tasks=1), tasks)
        case.measure(Meter())
        there, _ = server.accept()
        with there:
            there.settimeout(30)
            assert there.recv(10) == b"?"
            with suppress(ConnectionResetError):  # closed all the same
                assert there.recv(10) == b""


def test_an_initializer_that_raises_raises_in_every_strategy_and_leaves_no_loop() -> None:
    async def fails() -> None:
        raise LookupError("no server")

    for strategy in ("serial", "asyncio-gather", "executor-threads"):
        case = case_of(strategy)
        case.tasks.init = Driven(fails)
        with pytest.raises(LookupError, match="no server"):
            case.measure(Meter())


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="the system does not list open files")
def test_no_file_stays_open_after_a_sample() -> None:
    case = case_of("executor-threads")
    case.measure(Meter())
    gc.collect()
    before = len(list(OPEN_FILES.iterdir()))
    for _sample in range(3):
        case.measure(Meter())
    gc.collect()
    assert len(list(OPEN_FILES.iterdir())) == before
