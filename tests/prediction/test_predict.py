"""A prediction is what was measured where it was measured, and near it where something close to it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model.case import Settings, Workload
from concbench.model.costs import Costs, StrategyCosts, TaskCosts
from concbench.model.result import Result
from concbench.model.run import Run
from concbench.prediction.errors import ERRORS
from concbench.prediction.predict import OF_A_PLACE, Job, NotPredictable, Predictor, predictor
from tests import builders

WORK = Workload(name="cpu", tasks=100, task_time=0.01)


def strategy_costs(subject: str, method: str | None = None, **more: float) -> StrategyCosts:
    base = dict.fromkeys(
        (
            *("open", "open_each", "ready", "close", "close_each", "cpu", "cpu_each"),
            *("send", "lag", "wake", "send_item", "handle", "gap", "handle_item"),
        ),
        0.0,
    )
    figures = {"open_each": 0.001, "send": 30e-6, "handle": 20e-6, "memory": 4e6, "worker_memory": 2e6, **more}
    return StrategyCosts(subject=subject, start_method=method, **{**base, **figures})


TASKS = TaskCosts(workload=WORK, times=[0.01], computing=1.0, gil=1.0, argument_bytes=5, result_bytes=5)
COSTS = Costs(
    side=None,
    cores=2,
    gil=True,
    stretch=1.0,
    memory=6e6,
    strategies=[
        strategy_costs("pool-map", "fork"),
        strategy_costs("pool-map", "spawn", open_each=0.01, ready=0.05),
        strategy_costs("executor-threads"),
        strategy_costs("process", "fork", send=0.001, handle=0.002),
        strategy_costs("asyncio-gather"),
    ],
    tasks=[TASKS],
)
FORK = Settings(workers=2, chunksize=5, start_method="fork")


def measured(row: str, seconds: float, settings: Settings = FORK, tasks: int = 100) -> Result:
    case = builders.case(f"cpu/{row}", workload=replace(WORK, tasks=tasks), settings=settings)
    return builders.result(case, [[seconds, seconds], [seconds, seconds], [seconds, seconds]])


def predicting(*results: Result, costs: Costs = COSTS) -> Predictor:
    return Predictor(costs, costs.tasks[0], results)


def memory_of(subject: str, settings: Settings, **tasks: float) -> float:
    """What is predicted of ten items, with tasks that need this."""
    found = predicting(costs=replace(COSTS, tasks=[replace(TASKS, **tasks)]))  # type: ignore[arg-type]  # by name
    (memory,) = [found.predict(subject, settings, Job(items=10)).memory]
    assert memory is not None
    return memory.estimate


def test_every_worker_that_is_not_forked_loads_the_module_and_every_worker_is_initialized() -> None:
    pair, mebi = Settings(workers=2), 2.0**20

    def added(subject: str, settings: Settings, **tasks: float) -> float:
        return memory_of(subject, settings, **tasks) - memory_of(subject, settings)

    spawned, forked = (replace(pair, start_method=method) for method in ("spawn", "fork"))
    assert added("pool-map", spawned, module_memory=mebi) == pytest.approx(3 * mebi)
    assert added("pool-map", forked, module_memory=mebi) == pytest.approx(mebi)
    assert added("executor-threads", pair, module_memory=mebi) == pytest.approx(mebi)
    assert added("pool-map", forked, init_memory=mebi) == pytest.approx(2 * mebi)
    assert added("executor-threads", pair, init_memory=mebi) == pytest.approx(2 * mebi)
    assert added("serial", Settings(), init_memory=mebi) == pytest.approx(mebi)


@pytest.mark.parametrize(("per", "times"), [(None, 2), ("worker", 2), ("process", 1)])
def test_what_one_thread_initializes_for_all_is_there_once(per: Any, times: int) -> None:
    mebi = 2.0**20
    workload = replace(TASKS.workload, init_per=per)
    found = [
        predicting(costs=replace(COSTS, tasks=[replace(tasks, workload=workload)])).predict(
            "executor-threads", Settings(workers=2), Job(items=10)
        )
        for tasks in (TASKS, replace(TASKS, init_memory=mebi, init=1.0))
    ]
    before, after = (each.memory for each in found)
    assert before is not None
    assert after is not None
    assert after.estimate - before.estimate == pytest.approx(times * mebi)
    assert found[1].wall.estimate - found[0].wall.estimate >= 0.99


def test_a_forked_worker_takes_what_it_no_longer_shares() -> None:
    mebi = 2.0**20
    grown = memory_of("pool-map", FORK, memory=mebi, unshared=5 * mebi) - memory_of("pool-map", FORK)
    assert grown == pytest.approx(2 * 5 * mebi)
    spawned = replace(FORK, start_method="spawn")
    grown = memory_of("pool-map", spawned, memory=mebi, unshared=5 * mebi) - memory_of("pool-map", spawned)
    assert grown == pytest.approx(2 * mebi)


def test_forking_takes_longer_the_more_the_parent_holds() -> None:
    dear = replace(COSTS, fork_byte=1e-10, tasks=[replace(TASKS, argument_bytes=1e6)])

    def start(costs: Costs, settings: Settings, items: int) -> float:
        return predicting(costs=costs).predict("pool-map", settings, Job(items=items)).start

    cheap = replace(dear, fork_byte=0.0)
    few, many = (start(dear, FORK, items) - start(cheap, FORK, items) for items in (100, 1100))
    assert few == pytest.approx(0.0)
    assert many == pytest.approx(2 * 1e-10 * 1000 * 1e6, rel=0.01)
    spawned = replace(FORK, start_method="spawn")
    assert start(dear, spawned, 1100) == start(cheap, spawned, 1100)


def test_a_range_is_wider_where_moving_data_takes_most_of_the_time() -> None:
    dear = replace(COSTS, strategies=[replace(COSTS.strategies[0], send_byte=3e-9, handle_byte=1e-9)])

    def width(argument: float) -> float:
        tasks = replace(TASKS, argument_bytes=argument, result_bytes=0)
        wall = predicting(costs=replace(dear, tasks=[tasks])).predict("pool-map", FORK, Job(items=100)).wall
        return wall.high / wall.estimate

    assert width(1e9) > width(3e6) > width(5) == pytest.approx(ERRORS["pool"].wall, rel=1e-4)


def test_results_take_memory_where_they_are_moved_or_new() -> None:
    """Of two workers with a chunk of five, each has pickled its results, and the parent has all ten."""
    pair, mebi = Settings(workers=2), 2.0**20
    for subject, copies in (("executor-threads", 0), ("pool-map", 20)):
        settings = FORK if subject == "pool-map" else pair
        grown = memory_of(subject, settings, result_bytes=mebi) - memory_of(subject, settings, result_bytes=0)
        assert grown == pytest.approx(copies * mebi)
    grown = memory_of("executor-threads", pair, kept_bytes=mebi) - memory_of("executor-threads", pair)
    assert grown == pytest.approx(10 * mebi)


def seconds(found: Predictor, subject: str, settings: Settings, items: int = 100, **job: object) -> float:
    return found.predict(subject, settings, Job(items=items, **job)).wall.estimate  # type: ignore[arg-type]  # by name


def test_without_anything_measured_it_is_the_model_alone() -> None:
    assert seconds(predicting(), "pool-map", FORK) == pytest.approx(0.5, rel=0.05)
    assert seconds(predicting(), "serial", Settings()) == pytest.approx(1.0)


def test_a_measured_case_is_predicted_as_it_was_measured() -> None:
    found = predicting(measured("pool-map", 0.7)).predict("pool-map", FORK, Job(items=100))
    assert found.wall.estimate == pytest.approx(0.7)
    assert found.case == "cpu/pool-map"
    assert found.start + found.run + found.stop == pytest.approx(0.7)


@given(st.floats(0.5, 2.0))
def test_what_is_close_to_a_measured_case_is_corrected_by_its_error(factor: float) -> None:
    alone = seconds(predicting(), "pool-map", FORK)
    near = replace(FORK, chunksize=6)
    unseen = seconds(predicting(), "pool-map", near)
    found = seconds(predicting(measured("pool-map", alone * factor)), "pool-map", near)
    low, high = sorted((unseen, unseen * factor))
    assert low * 0.999 <= found <= high * 1.001
    assert abs(found - unseen * factor) <= abs(unseen - unseen * factor) / 2 + 1e-9


def test_a_measured_neighbour_makes_a_range_narrower() -> None:
    near = replace(FORK, chunksize=6)
    without = predicting().predict("pool-map", near, Job(items=100)).wall
    beside = predicting(measured("pool-map", 0.51)).predict("pool-map", near, Job(items=100)).wall
    assert beside.high / beside.low < without.high / without.low


def test_other_kinds_of_workers_are_no_evidence() -> None:
    threads = Settings(workers=2)
    alone = seconds(predicting(), "executor-threads", threads)
    assert seconds(predicting(measured("pool-map", 5.0)), "executor-threads", threads) == alone


def test_tasks_take_what_they_took_in_the_row_of_serial() -> None:
    found = predicting(measured("serial", 2.0, Settings()))
    assert seconds(found, "pool-map", FORK) == pytest.approx(1.0, rel=0.05)


def test_an_initializer_that_takes_most_of_the_row_of_serial_is_no_task() -> None:
    costs = replace(COSTS, tasks=[replace(TASKS, init=1.5)])
    found = predicting(measured("serial", 2.5, Settings()), costs=costs)
    assert seconds(found, "pool-map", FORK) < 2.5


def test_a_job_of_ten_times_the_items_takes_about_ten_times_as_long() -> None:
    found = predicting(measured("pool-map", 0.55))
    assert seconds(found, "pool-map", FORK, items=1000) == pytest.approx(5.5, rel=0.1)


def test_workers_that_exist_already_start_at_once() -> None:
    spawn = replace(FORK, start_method="spawn")
    assert seconds(predicting(), "pool-map", spawn, warm=True) < seconds(predicting(), "pool-map", spawn) - 0.02


def test_a_case_whose_workers_are_warm_is_predicted_and_measured_without_their_start() -> None:
    warm = replace(FORK, start_method="spawn", warm=True)
    cold = replace(warm, warm=False)
    assert seconds(predicting(), "pool-map", warm) == seconds(predicting(), "pool-map", cold, warm=True)
    known = predicting(measured("pool-map", 0.6, warm))
    assert seconds(known, "pool-map", warm) == 0.6
    assert known.predict("pool-map", cold, Job(items=100)).case is None
    assert known.predict("pool-map", cold, Job(items=100, warm=True)).case is None


def test_nothing_is_predicted_with_a_buffersize() -> None:
    with pytest.raises(NotPredictable, match="buffersize"):
        predicting().predict("executor-threads", Settings(workers=2, buffersize=2), Job(items=100))


def test_more_cores_help_processes_and_not_threads_that_share_a_gil() -> None:
    eight = replace(FORK, workers=8, chunksize=1)
    assert seconds(predicting(), "pool-map", eight, cores=8) < 0.4 * seconds(predicting(), "pool-map", eight)
    threads = Settings(workers=8)
    assert seconds(predicting(), "executor-threads", threads, cores=8) >= 1.0


def test_other_cores_than_those_measured_are_an_extrapolation_with_a_wider_range() -> None:
    here, there = (predicting().predict("pool-map", FORK, Job(items=100, cores=cores)) for cores in (2, 8))
    assert here.beyond == ()
    assert there.beyond == ("cores",)
    assert there.wall.high / there.wall.low > here.wall.high / here.wall.low


def test_memory_grows_with_the_workers_that_there_are_at_the_same_time() -> None:
    two, four = (
        predicting().predict("pool-map", replace(FORK, workers=workers), Job(items=100)).memory for workers in (2, 4)
    )
    assert two is not None
    assert four is not None
    assert four.estimate - two.estimate == pytest.approx(4e6, rel=0.001)
    few = predicting().predict("process", Settings(start_method="fork", limit=3), Job(items=100)).memory
    assert few is not None
    assert few.estimate == pytest.approx(6e6 + 4e6 + 2 * 2e6 + 100 * OF_A_PLACE["process"], rel=0.01)


def test_a_strategy_whose_costs_are_unknown_is_not_predictable() -> None:
    with pytest.raises(NotPredictable, match="no costs of pool-imap"):
        predicting().predict("pool-imap", FORK, Job(items=100))
    with pytest.raises(NotPredictable, match="forkserver"):
        predicting().predict("pool-map", replace(FORK, start_method="forkserver"), Job(items=100))


def test_an_unknown_strategy_is_not_predictable() -> None:
    with pytest.raises(NotPredictable, match="pool-mop"):
        predicting().predict("pool-mop", FORK, Job(items=100))


def test_what_cant_be_pickled_is_not_predictable_with_processes_and_is_with_threads() -> None:
    costs = replace(COSTS, tasks=[replace(TASKS, result_bytes=None)])
    with pytest.raises(NotPredictable, match="pickled"):
        predicting(costs=costs).predict("pool-map", FORK, Job(items=100))
    assert seconds(predicting(costs=costs), "executor-threads", Settings(workers=2)) > 0


@pytest.mark.parametrize(
    ("subject", "settings", "bottleneck"),
    [
        ("pool-map", FORK, "cores"),
        ("executor-threads", Settings(workers=4), "gil"),
    ],
)
def test_it_says_what_a_job_waits_for(subject: str, settings: Settings, bottleneck: str) -> None:
    assert predicting().predict(subject, settings, Job(items=100)).bottleneck == bottleneck


def test_waiting_tasks_wait_for_a_free_worker_and_tiny_ones_for_the_parent() -> None:
    waiting = replace(COSTS, tasks=[replace(TASKS, computing=0.0)])
    found = predicting(costs=waiting).predict("pool-map", replace(FORK, chunksize=1), Job(items=1000))
    assert found.bottleneck == "workers"
    tiny = replace(COSTS, cores=8, tasks=[replace(TASKS, times=[1e-6])])
    found = predicting(costs=tiny).predict("pool-map", replace(FORK, workers=4, chunksize=1), Job(items=10_000))
    assert found.bottleneck == "parent"
    assert found.chunks_a_second == pytest.approx(1 / 30e-6)


def test_coroutines_take_the_cpu_time_that_was_seen_in_one_event_loop() -> None:
    def rate(**tasks: float) -> float:
        waiting = replace(TASKS, times=[0.03], computing=0.02, **tasks)  # type: ignore[arg-type]  # by name
        found = predicting(costs=replace(COSTS, tasks=[waiting]))
        return found.predict("asyncio-gather", Settings(limit=100), Job(items=1000)).cpu.estimate / 1000

    in_threads = rate(waiting=300e-6)  # each with a loop of its own
    assert in_threads - rate(waiting=300e-6, loop=20e-6) == pytest.approx(280e-6, rel=0.05)


def run_with(costs: list[Costs]) -> Run:
    return replace(builders.run([measured("pool-map", 0.7)]), costs=costs)


def test_a_run_has_a_predictor_for_workloads_whose_costs_it_holds() -> None:
    assert predictor(run_with([]), WORK) is None
    assert predictor(run_with([COSTS]), replace(WORK, name="sleep")) is None
    assert predictor(run_with([COSTS]), WORK, side="head") is None
    found = predictor(run_with([COSTS]), replace(WORK, tasks=100_000))
    assert found is not None
    assert [each.case.id for each in found.results] == ["cpu/pool-map"]


@given(
    st.sampled_from(["pool-map", "executor-threads", "process", "asyncio-gather", "serial"]),
    st.integers(1, 64),
    st.integers(1, 2000),
    st.integers(1, 64),
    st.booleans(),
)
def test_an_estimate_lies_in_its_range(subject: str, workers: int, items: int, cores: int, warm: bool) -> None:
    settings = {
        "pool-map": Settings(workers=workers, chunksize=3, start_method="fork"),
        "executor-threads": Settings(workers=workers),
        "process": Settings(start_method="fork", limit=workers),
        "asyncio-gather": Settings(limit=workers),
        "serial": Settings(),
    }[subject]
    found = predicting().predict(subject, settings, Job(items=items, cores=cores, warm=warm))
    for range_ in (found.wall, found.cpu, found.memory):
        assert range_ is not None
        assert 0 < range_.low <= range_.estimate <= range_.high


# Threads of libraries

PRODUCT = Workload(name="mine:product", tasks=100, task_time=0.01, busy=1.0, cores_busy=2.0)
BOTH = replace(
    COSTS,
    tasks=[
        replace(TASKS, workload=PRODUCT, gil=0.0, times=[0.01]),
        replace(TASKS, workload=PRODUCT, gil=0.0, times=[0.019], inner_threads=1),
    ],
)
"""Of a task that takes 10 ms on both cores, or 19 ms on one of them."""


def of_product(*results: Result) -> Predictor:
    found = predictor(builders.run(results, costs=[BOTH]), PRODUCT)
    assert found is not None
    return found


def test_tasks_that_keep_all_cores_busy_gain_nothing_from_workers_and_others_do() -> None:
    model, job = of_product(), Job(items=100)

    def seconds(subject: str, **settings: int | None) -> float:
        return model.predict(subject, Settings(**settings), job).wall.estimate  # type: ignore[arg-type]  # by name

    assert seconds("serial") == pytest.approx(1.0)
    assert seconds("serial", inner_threads=1) == pytest.approx(1.9)
    assert seconds("executor-threads", workers=2) >= 1.0
    assert seconds("executor-threads", workers=2, inner_threads=1) == pytest.approx(0.95, rel=0.1)
    assert model.predict("serial", Settings(), job).cpu.estimate == pytest.approx(2.0)
    with pytest.raises(NotPredictable, match="3 inner threads"):
        seconds("serial", inner_threads=3)


def test_what_was_measured_with_some_threads_corrects_no_prediction_with_others() -> None:
    row = builders.case("mine/serial", workload=PRODUCT)
    slow = of_product(builders.result(row, [[1.5, 1.5], [1.5, 1.5], [1.5, 1.5]]))
    assert slow.predict("serial", Settings(), Job(items=100)).wall.estimate == pytest.approx(1.5)
    assert slow.predict("serial", Settings(inner_threads=1), Job(items=100)).wall.estimate == pytest.approx(1.9)


def test_a_function_without_such_threads_takes_as_long_with_any_number() -> None:
    one, other = (
        predicting().predict("serial", Settings(inner_threads=threads), Job(items=100)) for threads in (None, 1)
    )
    assert one.wall == other.wall
