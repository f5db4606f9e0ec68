"""What one sample of a strategy promises: phases that add up, nothing of ours inside, and verified results."""

from __future__ import annotations

import gc
import os
import random
import signal
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from concbench.experiments.tasks import WrongResult, check_each, sample, verify
from concbench.model import Settings, Workload
from concbench.strategies.strategy import Strategy, WorkerDied, strategies
from concbench.workloads.kinds import Tasks
from concbench.workloads.named import build

if TYPE_CHECKING:
    from concbench.strategies.strategy import Returns, RunTasks

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


class Meter:
    """A meter that writes down when it was asked."""

    def __init__(self, diary: list[str] | None = None, seconds: float | None = 1.5) -> None:
        self.diary = [] if diary is None else diary
        self.seconds = seconds

    def start(self) -> None:
        self.diary.append("meter starts")

    def stop(self) -> float | None:
        self.diary.append("meter stops")
        return self.seconds


def made(
    run: RunTasks,
    *,
    before: Callable[[], object] = bool,
    after: Callable[[], object] = bool,
    returns: Returns = "results",
    coroutine: bool = False,
) -> Strategy:
    """Return a strategy that runs tasks by `run`."""

    @contextmanager
    def opened(_settings: Settings) -> Iterator[RunTasks]:
        before()
        yield run
        after()

    return Strategy(
        name="made",
        open_=opened,
        workers="none",
        returns=returns,
        settings=(),
        coroutine=coroutine,
        chunks=None,
        missing=lambda: None,
    )


def one_by_one(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    return [task(item) for item in items]


def plus_one(number: int) -> int:
    return number + 1


def ends_by_signal(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


TASKS = Tasks(task=plus_one, items=range(5), expected=range(1, 6), busy=1.0)


@pytest.mark.parametrize("name", ["serial", "thread", "pool-map", "process"])
def test_the_phases_add_up_to_the_wall_time(name: str) -> None:
    timed = sample(strategies.get(name), Settings(workers=2), TASKS, Meter())
    assert timed.start + timed.run + timed.stop == pytest.approx(timed.wall, rel=0, abs=1e-9)
    assert min(timed.start, timed.run, timed.stop) >= 0


def test_sleeping_lies_in_the_phase_in_which_it_happened() -> None:
    timed = sample(
        strategies.get("serial"), Settings(), build(Workload(name="sleep", tasks=2, task_time=0.02)), Meter()
    )
    assert timed.run >= 0.04


def test_the_meter_runs_from_before_the_opening_until_after_the_closing() -> None:
    diary: list[str] = []

    def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        diary.append("runs")
        return one_by_one(task, items)

    strategy = made(run, before=lambda: diary.append("opens"), after=lambda: diary.append("closes"))
    sample(strategy, Settings(), TASKS, Meter(diary))
    assert diary == ["meter starts", "opens", "runs", "closes", "meter stops"]


@pytest.mark.parametrize("seconds", [0.25, None])
def test_the_cpu_time_is_what_the_meter_says(seconds: float | None) -> None:
    assert sample(strategies.get("serial"), Settings(), TASKS, Meter(seconds=seconds)).cpu == seconds


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
        strategy = made(one_by_one, before=lambda: alive.append(knot() is not None))
        sample(strategy, Settings(), TASKS, Meter())
    finally:
        gc.enable()
    assert alive == [False]


@pytest.mark.parametrize(("first", "ran"), [(None, 5), (0, 0), (1, 1), (3, 3), (5, 5), (9, 5)])
def test_a_warm_up_runs_the_first_items_only(first: int | None, ran: int) -> None:
    seen: list[int] = []

    def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        seen.extend(items)
        return one_by_one(task, items)

    sample(made(run), Settings(), TASKS, Meter(), first)
    assert seen == list(range(ran))


def test_a_warm_up_is_verified_too() -> None:
    with pytest.raises(WrongResult):
        sample(made(lambda _task, items: list(items)), Settings(), TASKS, Meter(), first=2)


def test_a_sample_with_a_wrong_result_is_an_error() -> None:
    with pytest.raises(WrongResult, match=r"^task 0 returned 0, and 1 is right$"):
        sample(made(lambda _task, items: list(items)), Settings(), TASKS, Meter())


def test_a_sample_whose_task_was_killed_is_an_error() -> None:
    killed = Tasks(task=ends_by_signal, items=range(4), expected=range(4), busy=1.0)
    with pytest.raises(WorkerDied, match=r"^the process of task 2 was killed by signal 9$"):
        sample(strategies.get("process"), Settings(), killed, Meter())


def test_what_a_task_raises_reaches_the_caller() -> None:
    wanting = Tasks(task=plus_one, items=["a"], expected=[1], busy=1.0)
    with pytest.raises(TypeError, match="can only concatenate str"):
        sample(strategies.get("serial"), Settings(), wanting, Meter())


def test_a_coroutine_strategy_refuses_a_workload_without_a_coroutine() -> None:
    with pytest.raises(ValueError, match="made needs a coroutine form, and the workload has none"):
        sample(made(one_by_one, coroutine=True), Settings(), TASKS, Meter())


def test_a_coroutine_strategy_runs_the_coroutine_form() -> None:
    async def plus_one_async(number: int) -> int:
        return number + 1

    tasks = Tasks(task=str, items=range(5), expected=range(1, 6), busy=1.0, coroutine=plus_one_async)
    sample(strategies.get("asyncio-gather"), Settings(), tasks, Meter())


@pytest.mark.parametrize("returns", ["results", "results in any order"])
def test_right_results_are_right(returns: Returns) -> None:
    verify(returns, [1, 2, 3], range(1, 4))
    verify(returns, [], [])


@pytest.mark.parametrize("returns", ["results", "results in any order", "exit codes"])
@pytest.mark.parametrize(("returned", "count"), [([0, 0], 2), ([0, 0, 0, 0], 4), ([], 0)])
def test_a_missing_or_an_additional_result_is_wrong(returns: Returns, returned: list[int], count: int) -> None:
    with pytest.raises(WrongResult, match=f"^{count} results came back for 3 tasks$"):
        verify(returns, returned, [0, 0, 0])


def test_a_reordered_result_is_wrong() -> None:
    with pytest.raises(WrongResult, match=r"^task 1 returned 3, and 2 is right$"):
        verify("results", [1, 3, 2], [1, 2, 3])


def test_a_long_wrong_result_is_shown_in_short() -> None:
    with pytest.raises(WrongResult) as caught:
        verify("results", ["x" * 10_000], ["y" * 10_000])
    assert len(str(caught.value)) < 200


def test_results_in_any_order_may_come_in_any_order() -> None:
    expected = [number % 7 for number in range(50)]
    verify("results in any order", random.Random(1).sample(expected, len(expected)), expected)


@pytest.mark.parametrize("returned", [[1, 1, 2], [1, 2, 9]])
def test_in_any_order_each_result_must_come_as_often_as_it_is_expected(returned: list[int]) -> None:
    with pytest.raises(WrongResult, match=f"^{1 if returned[1] == 1 else 9} came back, which no task should return"):
        verify("results in any order", returned, [1, 2, 3])


def test_in_any_order_a_result_that_can_not_be_hashed_is_compared_too() -> None:
    verify("results in any order", [[2], {"a": 1}], [{"a": 1}, [2]])
    with pytest.raises(WrongResult, match=r"^\[1\] came back, which no task should return$"):
        verify("results in any order", [[1], [1]], [[1], [2]])


def test_exit_codes_of_nothing_but_zero_are_right() -> None:
    verify("exit codes", [0, 0, 0], ["whatever", "the tasks", "return"])


@pytest.mark.parametrize(("code", "how"), [(3, "ended with exit code 3"), (-9, "was killed by signal 9")])
def test_an_exit_code_says_which_task_ended_how(code: int, how: str) -> None:
    with pytest.raises(WorkerDied, match=f"^the process of task 1 {how}$"):
        verify("exit codes", [0, code, 0], [None] * 3)


# Results that somebody else's function checks


def is_double(item: int, result: int) -> bool:
    return result == 2 * item


def asserts_double(item: int, result: int) -> None:
    assert result == 2 * item


@pytest.mark.parametrize("check", [is_double, asserts_double])
def test_a_check_is_asked_for_every_result(check: Callable[[int, int], object]) -> None:
    check_each("results", [0, 2, 4], [0, 1, 2], check)
    check_each("results in any order", [4, 0, 2], [0, 1, 2], check)
    with pytest.raises(WrongResult, match="task 1 returned 3, which is not right by --expect"):
        check_each("results", [0, 3, 4], [0, 1, 2], check)
    with pytest.raises(WrongResult, match="2 came back, which is right for no item by --expect"):
        check_each("results in any order", [2, 2], [0, 1], check)
    with pytest.raises(WrongResult, match="1 results came back for 2 tasks"):
        check_each("results", [0], [0, 1], check)
