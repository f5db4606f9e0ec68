"""Each cause is found where it is the cause, and nothing is found where nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from concbench.analysis.losses import (
    BusyLoop,
    FewThreads,
    IdleCores,
    Loss,
    Moved,
    NeverParallel,
    OneByOne,
    OneGil,
    OpenedAgain,
    SmallLimit,
    Straggler,
    UnevenChunks,
    WaitingProcesses,
    gain,
    losses,
    makespan,
)
from concbench.model.program import Program, Region
from tests import builders, laws


def found(*regions: Region, costs: bool = False, **more: Any) -> list[Loss]:
    run = builders.traced_run(*regions, costs=[laws.costs()] if costs else (), **more)
    assert isinstance(run.program, Program)
    return losses(run, run.program)


def only(*regions: Region, **more: Any) -> Loss:
    (loss,) = found(*regions, **more)
    return loss


def test_workers_that_are_always_busy_lose_nothing() -> None:
    assert found(builders.region(builders.in_turn([0.5] * 8, 2))) == []


def test_tiny_tasks_handed_out_one_by_one_are_dispatch() -> None:
    loss = only(builders.region(builders.in_turn([20e-6] * 500, 2, gap=200e-6), name="Pool"))
    assert isinstance(loss.cause, OneByOne)
    assert loss.cause.dispatch == pytest.approx(200e-6, rel=0.01)
    assert loss.seconds == pytest.approx(250 * 200e-6, rel=0.01)


def test_larger_chunks_are_predicted_where_the_costs_were_measured() -> None:
    region = builders.region(builders.in_turn([200e-6] * 500, 2, gap=2e-3), name="Pool")
    loss = only(region, costs=True)
    assert loss.change.setting == "chunksize"
    assert loss.change.value is not None and loss.change.value > 1
    assert loss.change.predicted is not None
    assert loss.change.predicted.high < loss.active
    assert loss.change.predicted.low <= 500 * 200e-6  # two workers need half of that


def test_a_plain_loop_comes_first_where_no_pool_is_worth_it() -> None:
    region = builders.region(
        builders.in_turn([2e-6] * 500, 2, gap=200e-6, submitted=0.03), name="Pool", opened=0.0, ready=0.03
    )
    loss = only(region, costs=True)
    assert loss.change.setting == "loop"
    assert loss.other is not None and loss.other.setting == "chunksize"


def test_a_pool_that_is_opened_in_a_loop_is_named_once() -> None:
    regions = [
        builders.region(
            [(at + 0.5, at + 0.5, at + 0.6, 0)], opened=at, ready=at + 0.5, closing=at + 0.6, closed=at + 0.9
        )
        for at in map(float, range(10))
    ]
    loss = only(*regions)
    assert isinstance(loss.cause, OpenedAgain)
    assert loss.cause.times == 10
    assert loss.cause.each == pytest.approx(0.8, rel=0.01)
    assert loss.change.predicted is not None
    assert loss.change.predicted.estimate == pytest.approx(10 * 0.1 + 0.8, rel=0.01)


def test_large_arguments_are_named_and_not_dispatch() -> None:
    rows = builders.in_turn([1e-3] * 20, 2, gap=0.1)
    loss = only(builders.region(rows, argument=2**24, moving=0.09))
    assert isinstance(loss.cause, Moved)
    assert loss.cause.argument == 2**24
    assert loss.change.setting == "shared"


def test_a_long_task_that_begins_last_is_a_straggler() -> None:
    loss = only(builders.region(builders.in_turn([0.1] * 10 + [1.0], 2)))
    assert isinstance(loss.cause, Straggler)
    assert loss.cause.place == 11
    assert loss.cause.longest == pytest.approx(1.0)
    assert loss.change.predicted is not None
    assert loss.change.predicted.estimate == pytest.approx(1.0, rel=0.01)  # beside it, all others


def test_a_long_task_that_begins_first_is_none() -> None:
    assert found(builders.region(builders.in_turn([0.9] + [0.1] * 10, 2))) == []


def test_chunks_that_leave_a_worker_without_one_are_named() -> None:
    rows = [(0.0, at * 0.1, at * 0.1 + 0.1, 0) for at in range(10)] + [(0.0, 0.0, 0.1, 1)]
    loss = only(builders.region(rows, chunksize=10))
    assert isinstance(loss.cause, UnevenChunks)
    assert loss.change.setting == "chunksize"
    assert loss.change.value == 1


def threads(held: float, **more: Any) -> Region:
    rows = builders.in_turn([1.0] * 8, 4)
    usual: dict[str, Any] = {"name": "ThreadPoolExecutor", "kind": "threads", "lanes": 4, "start_method": None}
    return builders.region(rows, computing=held / 4, received=False, **{**usual, **more})


def test_threads_that_take_turns_with_one_gil_are_named() -> None:
    loss = only(threads(0.95))
    assert isinstance(loss.cause, OneGil)
    assert loss.change.setting == "processes"


def test_threads_that_wait_for_a_server_are_not_and_more_of_them_help() -> None:
    rows = builders.in_turn([1.0] * 40, 4)
    usual: dict[str, Any] = {"name": "ThreadPoolExecutor", "kind": "threads", "lanes": 4, "start_method": None}
    loss = only(builders.region(rows, computing=0.01, received=False, **usual))
    assert isinstance(loss.cause, FewThreads)
    assert (loss.change.setting, loss.change.value) == ("workers", 20)
    assert loss.change.predicted is not None
    assert loss.change.predicted.estimate == pytest.approx(2.0, rel=0.01)


def test_processes_that_wait_could_be_more_threads() -> None:
    loss = only(builders.region(builders.in_turn([0.5] * 40, 4), lanes=4, computing=0.02))
    assert isinstance(loss.cause, WaitingProcesses)
    assert loss.cause.waiting == pytest.approx(0.98)
    assert (loss.change.setting, loss.change.value) == ("threads", 20)
    assert loss.change.predicted is not None
    assert loss.change.predicted.estimate == pytest.approx(1.0)


@pytest.mark.parametrize(("length", "computing", "tasks"), [(0.5, 0.3, 40), (0.004, 0.02, 40), (0.5, 0.02, 8)])
def test_processes_that_compute_or_wait_briefly_or_for_little_stay_processes(
    length: float, computing: float, tasks: int
) -> None:
    losses_found = found(builders.region(builders.in_turn([length] * tasks, 4), lanes=4, computing=computing))
    assert not any(isinstance(loss.cause, WaitingProcesses) for loss in losses_found)


def test_pools_that_are_opened_again_need_no_more_threads_than_each_has_tasks() -> None:
    again = [
        builders.region(
            builders.in_turn([1.0] * 4, 2, submitted=at), opened=at, computing=0.01, kind="threads", name="ThreadPool"
        )
        for at in (0.0, 2.0, 4.0)
    ]
    assert found(*again) == []


def test_as_many_threads_as_tasks_are_enough() -> None:
    rows = builders.in_turn([1.0] * 4, 4)
    assert found(builders.region(rows, computing=0.01, lanes=4, kind="threads", name="ThreadPool")) == []


def test_threads_without_a_gil_are_not() -> None:
    assert found(threads(0.95), gil=False) == []


def test_a_busy_machine_is_no_excuse_for_one_gil() -> None:
    assert isinstance(only(threads(0.4), others=1.6).cause, OneGil)


def limited(limit: int, *, busy: float) -> tuple[Region, Region]:
    rows = builders.in_turn([0.1] * 40, limit)
    last = max(row[2] for row in rows)
    held = builders.region(
        rows, lanes=limit, workers=limit, name="Semaphore", kind="coroutines", limit=True, received=False
    )
    tasks = [(0.0, 0.0, row[2], place) for place, row in enumerate(rows)]
    share = busy * last / sum(row[2] for row in tasks)
    loop = builders.region(
        tasks,
        lanes=40,
        workers=None,
        name="asyncio tasks",
        kind="coroutines",
        group=True,
        computing=share,
        received=False,
    )
    return held, loop


def test_a_semaphore_that_is_too_small_is_named() -> None:
    loss = only(*limited(2, busy=0.05))
    assert isinstance(loss.cause, SmallLimit)
    assert loss.cause.limit == 2
    assert loss.cause.hold == pytest.approx(0.1, rel=0.01)
    assert loss.change.setting == "limit"
    assert loss.change.value is not None and loss.change.value > 2


def test_a_semaphore_before_a_busy_event_loop_is_not() -> None:
    assert [type(loss.cause) for loss in found(*limited(2, busy=0.95))] == [BusyLoop]


def test_tasks_that_are_awaited_one_after_the_other_are_named() -> None:
    rows = [(float(at), float(at), at + 0.9, at % 2) for at in range(6)]
    loss = only(builders.region(rows))
    assert isinstance(loss.cause, NeverParallel)
    assert loss.change.setting == "together"


def test_cores_that_nothing_keeps_busy_are_named() -> None:
    loss = only(builders.region(builders.in_turn([0.5] * 8, 2)), cores=8)
    assert isinstance(loss.cause, IdleCores)
    assert (loss.change.setting, loss.change.value) == ("workers", 8)


def test_the_largest_loss_comes_first_and_a_small_one_is_left_out() -> None:
    large = builders.region(builders.in_turn([0.1] * 10 + [5.0], 2))
    small = builders.region(builders.in_turn([0.001] * 10 + [0.01], 2), line=50)
    assert [loss.place.first.line for loss in found(large, small)] == [41]


def test_what_can_be_gained_is_bounded_by_what_lies_outside() -> None:
    possible = gain(builders.program(builders.region(builders.in_turn([0.1] * 10 + [1.0], 2), opened=0.0), wall=3.0))
    assert possible.elsewhere == pytest.approx(1.5)
    assert possible.least == pytest.approx(2.5)
    assert possible.factor == pytest.approx(1.2)


def test_a_thread_that_waits_for_a_pool_bounds_nothing() -> None:
    pool = builders.region(builders.in_turn([0.1] * 10 + [1.0], 2), opened=0.0)
    waits: dict[str, Any] = {"name": "Thread", "kind": "threads", "group": True, "lanes": 1, "line": 50}
    beside = builders.region([(0.0, 0.0, 2.9, 0)], computing=0.01, **waits)
    apart = builders.region([(2.0, 2.0, 2.9, 0)], opened=2.0, computing=0.01, **waits)
    computes = builders.region([(0.0, 0.0, 2.9, 0)], computing=0.9, **waits)
    alone = gain(builders.program(pool, wall=3.0))
    assert gain(builders.program(pool, beside, wall=3.0)) == alone
    assert gain(builders.program(pool, apart, wall=3.0)).least == pytest.approx(alone.least)
    assert gain(builders.program(pool, computes, wall=3.0)).factor < alone.factor


def test_makespan_gives_each_task_to_the_worker_that_is_free_first() -> None:
    assert makespan([1, 1, 1, 3], 2) == 4
    assert makespan([3, 1, 1, 1], 2) == 3
