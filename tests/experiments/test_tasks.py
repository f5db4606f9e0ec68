"""What one sample of a strategy promises: phases that add up, nothing of ours inside, and verified results."""

from __future__ import annotations

import gc
import os
import signal
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from concbench.experiments.experiment import experiments
from concbench.experiments.tasks import StrategyCase
from concbench.experiments.verification import WrongResult
from concbench.model.case import Settings, Workload
from concbench.strategies.strategy import Strategy, WorkerDied, standard, strategies
from concbench.workloads.workload import Tasks, build

if TYPE_CHECKING:
    from concbench.experiments.experiment import Measurement
    from concbench.strategies.strategy import RunTasks

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


class Meter:
    """A meter that notes when it is used."""

    def __init__(self, diary: list[str] | None = None, seconds: float | None = 1.5) -> None:
        self.diary = [] if diary is None else diary
        self.seconds = seconds

    def start(self) -> None:
        self.diary.append("meter starts")

    def stop(self) -> float | None:
        self.diary.append("meter stops")
        return self.seconds

    stop_others = stop

    def descendants(self) -> list[int]:
        return []


def one_by_one(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    return [task(item) for item in items]


def made(run: RunTasks = one_by_one, *, around: Callable[[str], object] = bool, coroutine: bool = False) -> Strategy:
    """A strategy that runs tasks by `run`."""

    @contextmanager
    def opened(_settings: Settings) -> Iterator[RunTasks]:
        around("opens")
        yield run
        around("closes")

    strategy = copy(strategies.get("serial"))
    strategy.name, strategy.open, strategy.coroutine = "made", opened, coroutine
    return strategy


def plus_one(number: int) -> int:
    return number + 1


def ends_by_signal(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


TASKS = Tasks(task=plus_one, items=range(5), expected=range(1, 6), busy=1.0)


def sample(
    strategy: Strategy | str,
    tasks: Tasks = TASKS,
    meter: Meter | None = None,
    first: int | None = None,
    **settings: Any,
) -> Measurement:
    opened = strategies.get(strategy) if isinstance(strategy, str) else strategy
    workload = Workload(name="made", tasks=len(tasks.items))
    return StrategyCase(opened, Settings(**settings), workload, tasks).measure(meter or Meter(), first)


@pytest.mark.parametrize("name", ["serial", "thread", "pool-map", "process"])
def test_the_phases_add_up_to_the_wall_time(name: str) -> None:
    taken = sample(name, workers=2)
    assert taken.start + taken.run + taken.stop == pytest.approx(taken.wall, rel=0, abs=1e-9)
    assert min(taken.start, taken.run, taken.stop) >= 0


def test_sleeping_lies_in_the_phase_in_which_it_happened() -> None:
    assert sample("serial", build(Workload(name="sleep", tasks=2, task_time=0.02))).run >= 0.04


def test_the_meter_runs_from_before_the_opening_until_after_the_closing() -> None:
    diary: list[str] = []

    def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        diary.append("runs")
        return one_by_one(task, items)

    sample(made(run, around=diary.append), meter=Meter(diary))
    assert diary == ["meter starts", "opens", "runs", "closes", "meter stops"]


@pytest.mark.parametrize("seconds", [0.25, None])
def test_the_cpu_time_is_what_the_meter_says(seconds: float | None) -> None:
    assert sample("serial", meter=Meter(seconds=seconds)).cpu == seconds


class Knot:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_is_collected_before() -> None:
    alive: list[bool] = []
    gc.disable()
    try:
        knot = weakref.ref(Knot())
        assert knot() is not None
        sample(made(around=lambda _what: alive.append(knot() is not None)))
    finally:
        gc.enable()
    assert alive == [False, False]


@pytest.mark.parametrize(("first", "ran"), [(None, 5), (0, 0), (1, 1), (5, 5), (9, 5)])
def test_a_warm_up_runs_the_first_items_only(first: int | None, ran: int) -> None:
    seen: list[int] = []

    def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        seen.extend(items)
        return one_by_one(task, items)

    sample(made(run), first=first)
    assert seen == list(range(ran))


@pytest.mark.parametrize("first", [None, 2])
def test_a_sample_or_a_warm_up_with_a_wrong_result_is_an_error(first: int | None) -> None:
    with pytest.raises(WrongResult, match=r"^task 0 returned 0; expected 1$"):
        sample(made(lambda _task, items: list(items)), first=first)


def test_a_sample_whose_task_was_killed_is_an_error() -> None:
    with pytest.raises(WorkerDied, match=r"^the process of task 2 was killed by signal 9$"):
        sample("process", Tasks(task=ends_by_signal, items=range(4), expected=range(4), busy=1.0))


def test_what_a_task_raises_reaches_the_caller() -> None:
    with pytest.raises(TypeError, match="can only concatenate str"):
        sample("serial", Tasks(task=plus_one, items=["a"], expected=[1], busy=1.0))


def test_a_coroutine_strategy_runs_the_coroutine_form_and_refuses_a_workload_without_one() -> None:
    async def plus_one_async(number: int) -> int:
        return number + 1

    sample("asyncio-gather", Tasks(task=str, items=[1], expected=[2], busy=1.0, coroutine=plus_one_async))
    with pytest.raises(ValueError, match="made needs a coroutine form, and the workload has none"):
        sample(made(coroutine=True))


# Warm: open from one sample to the next

KEPT = [name for name, each in sorted(standard().items()) if "warm" in each.settings and each.missing() is None]


def warm(strategy: Strategy | str, tasks: Tasks = TASKS, **settings: Any) -> StrategyCase:
    """A case that is kept open; close it."""
    opened = strategies.get(strategy) if isinstance(strategy, str) else strategy
    return StrategyCase(opened, Settings(warm=True, **settings), Workload(name="made", tasks=len(tasks.items)), tasks)


def process_of(_number: int) -> int:
    return os.getpid()


def test_a_warm_case_opens_once_before_its_first_sample_and_closes_with_its_host() -> None:
    diary: list[str] = []

    def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        diary.append("runs")
        return one_by_one(task, items)

    case = warm(made(run, around=diary.append))
    case.warm_up(Meter())
    for _ in range(2):
        case.measure(Meter(diary))
    assert diary == ["opens", "runs", "runs", *["meter starts", "runs", "meter stops"] * 2]
    case.close()
    assert diary[-1] == "closes"
    case.close()
    assert diary.count("closes") == 1


@pytest.mark.parametrize("name", KEPT)
def test_a_sample_of_a_warm_case_is_its_run_alone_on_the_same_workers(name: str) -> None:
    async def plus_one_async(number: int) -> int:
        return number + 1

    tasks = Tasks(task=plus_one, items=range(5), expected=range(1, 6), busy=1.0, coroutine=plus_one_async)
    case = warm(name, tasks, workers=2)
    try:
        case.warm_up(Meter())
        for _ in range(3):
            taken = case.measure(Meter())
            assert taken.start == taken.stop == 0.0
            assert taken.wall == taken.run > 0
    finally:
        case.close()


def test_the_processes_of_a_warm_pool_stay_from_one_sample_to_the_next() -> None:
    case = warm("pool-map", Tasks(task=process_of, items=range(2), expected=[], busy=1.0), workers=1)
    try:
        workers = {pid for _ in range(2) for pid in case.run(range(2), Meter()).returned}
    finally:
        case.close()
    assert len(workers) == 1
    assert workers != {os.getpid()}


@pytest.mark.parametrize("name", ["executor-processes", "pool-map", "executor-threads"])
def test_a_warm_up_has_a_chunk_for_each_worker(name: str) -> None:
    tasks = Tasks(task=plus_one, items=range(500), expected=range(1, 501), busy=1.0)
    chunksize = 40 if name != "executor-threads" else None
    assert warm(name, tasks, workers=3, chunksize=chunksize).warm_up_size() == (120 if chunksize else 16)


got_ready: list[int] = []


def get_ready() -> None:
    got_ready.append(os.getpid())


def times_ready(_number: int) -> int:
    return got_ready.count(os.getpid())


@pytest.mark.parametrize("name", ["serial", "executor-threads", "pool-map"])
def test_the_workers_of_a_warm_case_are_initialized_once(name: str) -> None:
    got_ready.clear()
    tasks = Tasks(task=times_ready, items=range(4), expected=[], busy=1.0, init=get_ready)
    case = warm(name, tasks, workers=1)
    try:
        assert [count for _ in range(2) for count in case.run(range(4), Meter()).returned] == [1] * 8
    finally:
        case.close()


# Initializers of threads


@pytest.mark.parametrize("name", ["executor-threads", "threadpool-map", "thread", "asyncio-to-thread"])
@pytest.mark.parametrize(("per", "fewest", "most"), [("process", 1, 1), ("worker", 1, 8), (None, 1, 8)])
def test_threads_have_one_initializer_in_common_where_that_is_asked_for(
    name: str, per: Any, fewest: int, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "calls"
    monkeypatch.setenv("NOTE_CALLS_IN", str(note))
    here = "tests.experiments.readers"
    workload = Workload(name=f"{here}:double", init=f"{here}:note_that_it_was_called", init_per=per, tasks=8)
    opened, _ = experiments.get("tasks").take_on(name, workload, asdict(Settings(workers=4)))
    note.write_text("")  # it was called once before the function was
    opened.measure(Meter())
    calls = len(note.read_text().splitlines())
    assert fewest <= calls <= most
    if name == "thread" and per != "process":
        assert calls == 8
