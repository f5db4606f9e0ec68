"""What causes promise: each is found where its facts are, and not where they aren't."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.causes import (
    Cause,
    Chunks,
    Dispatch,
    FewCores,
    LateFirst,
    OneAtATime,
    OneEach,
    Pickling,
    PoolCost,
    SharedGil,
    Stretched,
    Uneven,
    explained,
)
from concbench.analysis.chunks import BetterChunks
from concbench.model.result import Interval, Result, Trace
from concbench.strategies.strategy import strategies
from tests.builders import dealt, run, trace_of, traced, traces
from tests.laws import ByLaw, Law

SLEEPS = dealt([0.5] * 100, lanes=4, chunksize=7)


def of(trace: Trace, subject: str, *, task_time: float, cpu: float = 0.0, ideal: float | None = None) -> Result:
    return traced(f"short/{subject}", trace, task_time=task_time, cpu=cpu, ideal=ideal)


def measured(result: Result, seconds: float) -> Result:
    median = Interval(estimate=seconds, low=None, high=None, confidence=0.95, blocks=1)
    return replace(result, median=median)


def causes(result: Result) -> list[Cause]:
    explanation = explained(result, run([result]))
    return [] if explanation is None else list(explanation.causes)


def advised(result: Result, law: Law, *others: Result) -> list[Cause]:
    """The causes in a run whose costs are known."""
    found = run([result, *others])
    model = ByLaw(found, result.case.workload, law)
    explanation = explained(result, found, model)
    return [] if explanation is None else list(explanation.causes)


def kinds(result: Result) -> set[type]:
    return {type(cause) for cause in causes(result)}


SLEEPING = Law(task=0.5, cores=4, start=0.0)
POOL = measured(of(trace_of(SLEEPS, 4, chunksize=7), "pool-map", task_time=0.5), 14.0)


def test_chunks_that_leave_a_tail_are_found_with_a_chunksize_that_does_not() -> None:
    (cause,) = advised(POOL, SLEEPING)
    assert isinstance(cause, Chunks)
    assert (cause.chunksize, cause.most, cause.fewest) == (7, 28, 21)
    assert cause.better is not None
    assert 100 % (4 * cause.better.chunksize) == 0
    assert cause.better.seconds == pytest.approx(12.5, rel=1e-3)
    assert cause.better.predicted is not None


def test_where_no_costs_are_known_it_is_said_how_they_were_dealt_and_nothing_more() -> None:
    (cause,) = causes(POOL)
    assert cause == Chunks(chunksize=7, most=28, fewest=21, better=None)


def with_rows(*rows: tuple[int, float]) -> list[Cause]:
    """The causes of a case with chunks of 7, beside rows with other chunksizes, and their medians."""
    others = [
        measured(
            replace(
                POOL,
                case=replace(POOL.case, row=f"{size}", settings=replace(POOL.case.settings, chunksize=size)),
            ),
            took,
        )
        for size, took in rows
    ]
    return advised(POOL, SLEEPING, *others)


def test_a_chunksize_that_a_row_of_the_run_shows_to_be_slower_is_not_advised() -> None:
    sizes = (1, 2, 5, 10, 20, 25)
    (cause,) = with_rows(*((size, 14.5) for size in sizes))
    assert isinstance(cause, Chunks)
    assert cause.better is None


def test_of_chunksizes_that_were_measured_the_best_is_named_and_none_is_predicted() -> None:
    (cause,) = with_rows((1, 13.1), (5, 12.6), (25, 15.0))
    assert isinstance(cause, Chunks)
    assert cause.better == BetterChunks(chunksize=5, seconds=12.6)


def test_tasks_that_are_uneven_themselves_are_to_blame_before_the_chunks_that_they_were_dealt_in() -> None:
    trace = trace_of(dealt([0.01] * 10 + [0.5], 2, 2), 2, chunksize=2)
    (cause,) = causes(of(trace, "pool-map", task_time=0.6 / 11, ideal=0.3))
    assert isinstance(cause, Uneven)


def test_seconds_are_those_of_the_table_and_not_of_the_traced_sample() -> None:
    slow = measured(of(trace_of(SLEEPS, 4, chunksize=7), "pool-map", task_time=0.5), 28.0)
    found = explained(slow, run([slow]))
    assert found is not None
    assert found.wall == 28.0
    assert found.parts.wall == pytest.approx(28.0)
    assert found.parts.tail == pytest.approx(3.0)


def test_chunks_that_leave_no_tail_are_not() -> None:
    even = trace_of(dealt([0.5] * 100, lanes=4, chunksize=5), 4, chunksize=5)
    assert causes(of(even, "pool-map", task_time=0.5)) == []


def test_a_strategy_without_chunks_is_not_advised_a_chunksize() -> None:
    assert Chunks not in kinds(of(trace_of(SLEEPS, 4), "pool-apply-async", task_time=0.5))


def test_tiny_tasks_one_by_one_are_advised_larger_chunks() -> None:
    trace = trace_of(dealt([0.0001] * 200, lanes=2, chunksize=1, gap=0.0005), 2, chunksize=1)
    slow = measured(of(trace, "pool-imap", task_time=0.0001), trace.wall)
    (cause,) = advised(slow, Law(task=0.0001, start=0.0, send=0.0003))
    assert isinstance(cause, Chunks)
    assert cause.better is not None
    assert cause.better.chunksize > 10
    assert kinds(slow) == {Dispatch}


def test_tasks_too_tiny_for_two_to_overlap_are_advised_larger_chunks_before_anything_else() -> None:
    apart = trace_of([(0.001 * task, 0.001 * task + 1e-7, task % 2) for task in range(200)], 2, chunksize=1)
    slow = measured(of(apart, "pool-map", task_time=1e-7), apart.wall)
    assert kinds(slow) == {OneAtATime}
    (cause,) = advised(slow, Law(task=1e-7, start=0.0, send=0.0005))
    assert isinstance(cause, Chunks)


def test_a_pool_that_costs_more_than_it_saves_is_found() -> None:
    trace = trace_of(dealt([0.001] * 4, 2, 1, begin=0.02), 2, start=0.02, stop=0.01, chunksize=1)
    (cause,) = causes(of(trace, "pool-map", task_time=0.001))
    assert isinstance(cause, PoolCost)
    assert cause.serial == 0.004
    assert cause.saved == pytest.approx(0.002)


def test_a_pool_whose_start_is_small_beside_the_work_is_not() -> None:
    trace = trace_of(dealt([1.0] * 4, 2, 1, begin=0.02), 2, start=0.02, stop=0.01, chunksize=1)
    assert causes(of(trace, "pool-map", task_time=1.0)) == []


def test_threads_that_share_a_gil_are_found_with_the_factor() -> None:
    trace = trace_of(dealt([0.02] * 10, 2, 1), 2)
    (cause,) = causes(of(trace, "threadpool-map", task_time=0.01, cpu=1.0))
    assert isinstance(cause, SharedGil)
    assert cause.factor == pytest.approx(2.0)


def test_threads_without_a_gil_are_not() -> None:
    trace = trace_of(dealt([0.02] * 10, 2, 1), 2, gil=False)
    assert SharedGil not in kinds(of(trace, "threadpool-map", task_time=0.01, cpu=1.0))


def test_threads_that_hardly_compute_do_not_wait_for_the_gil() -> None:
    trace = trace_of(dealt([0.02] * 10, 2, 1), 2)
    assert kinds(of(trace, "threadpool-map", task_time=0.01, cpu=0.1)) == {Stretched}


def test_processes_share_no_gil() -> None:
    trace = trace_of(dealt([0.02] * 10, 2, 1), 2)
    assert kinds(of(trace, "pool-map", task_time=0.01, cpu=1.0)) == {Stretched}


def test_threads_that_each_finish_before_the_next_begins_wait_for_the_gil_too() -> None:
    trace = trace_of([(0.01 * task, 0.01 * (task + 1), task) for task in range(10)], 10)
    (cause,) = causes(of(trace, "thread", task_time=0.01, cpu=1.0))
    assert cause == SharedGil(threads=10, factor=None)


def test_threads_that_begin_one_after_the_other_for_tiny_tasks_do_not_wait_for_the_gil() -> None:
    trace = trace_of([(0.001 * task, 0.001 * task + 1e-6, task) for task in range(10)], 10)
    (cause,) = causes(of(trace, "thread", task_time=1e-6, cpu=1.0))
    assert isinstance(cause, OneEach)
    assert cause.each == pytest.approx(0.001)


def test_more_workers_than_cores_are_found() -> None:
    trace = trace_of(dealt([0.04] * 8, 8, 1), 8)
    (cause,) = causes(of(trace, "pool-apply-async", task_time=0.01, cpu=2.0, ideal=0.02))
    assert isinstance(cause, FewCores)
    assert (cause.workers, cause.cores) == (8, run().environment.usable_cores)


def test_the_parts_beyond_the_ideal_are_no_more_than_the_distance_from_it() -> None:
    """Of eight lanes on two cores, most of what a task takes longer is what the ideal takes, too."""
    result = of(trace_of(dealt([0.05] * 8, 8, 1), 8), "asyncio-gather", task_time=0.01, cpu=1.0, ideal=0.04)
    explanation = explained(result, run([result]))
    assert explanation is not None
    beyond = explanation.beyond
    assert beyond.wall - beyond.work == pytest.approx(explanation.wall - explanation.ideal)
    assert beyond.stretch == pytest.approx(0.01)
    assert explanation.parts.stretch == pytest.approx(0.04)


def test_as_many_workers_as_cores_are_not() -> None:
    trace = trace_of(dealt([0.012] * 8, 2, 1), 2)
    assert FewCores not in kinds(of(trace, "pool-apply-async", task_time=0.01, cpu=2.0))


def test_one_process_a_task_begins_one_after_the_other() -> None:
    trace = trace_of([(0.002 * task, 0.002 * task + 0.001, task) for task in range(50)], 50)
    (cause,) = causes(of(trace, "process", task_time=0.001, cpu=1.8))
    assert isinstance(cause, OneEach)
    assert (cause.workers, cause.kind) == (50, "processes")
    assert cause.each == pytest.approx(0.002)


def test_processes_that_begin_together_do_not() -> None:
    trace = trace_of([(0.0, 1.0, task) for task in range(5)], 5)
    assert causes(of(trace, "process", task_time=1.0)) == []


def test_large_arguments_are_named_with_their_bytes() -> None:
    trace = trace_of(dealt([0.001] * 20, 2, 1, gap=0.01), 2, chunksize=1, argument_bytes=2.0**20, result_bytes=2.0**20)
    (cause,) = causes(of(trace, "pool-map", task_time=0.001))
    assert isinstance(cause, Pickling)
    assert cause.total == 20 * 2**21


def test_threads_pickle_nothing() -> None:
    trace = trace_of(dealt([0.001] * 20, 2, 1, gap=0.01), 2, argument_bytes=2.0**20, result_bytes=2.0**20)
    assert Pickling not in kinds(of(trace, "executor-threads", task_time=0.001))


def test_small_arguments_are_not_blamed() -> None:
    trace = trace_of(dealt([0.001] * 20, 2, 1, gap=0.01), 2, chunksize=None)
    assert kinds(of(trace, "pool-apply-async", task_time=0.001)) == {Dispatch}


def test_workers_that_come_up_late_are_found() -> None:
    late = trace_of(dealt([0.01] * 10, 2, 1, begin=0.07), 2, start=0.01)
    (cause,) = causes(of(late, "executor-processes", task_time=0.01))
    assert isinstance(cause, LateFirst)
    assert (cause.workers, cause.kind) == (2, "processes")
    assert cause.after == pytest.approx(0.06)


def test_where_workers_wait_more_later_on_their_first_task_is_not_the_cause() -> None:
    late = trace_of(dealt([0.001] * 100, 2, 1, begin=0.02, gap=0.001), 2)
    assert LateFirst not in kinds(of(late, "executor-processes", task_time=0.001))


def test_threads_that_wait_for_the_gil_do_not_come_up_late() -> None:
    late = trace_of(dealt([0.01] * 10, 2, 1, begin=0.07), 2)
    assert LateFirst in kinds(of(late, "executor-threads", task_time=0.01, cpu=0.1))
    assert LateFirst not in kinds(of(late, "executor-threads", task_time=0.01, cpu=1.0))


def test_a_single_long_wait_is_not_the_price_of_dispatch() -> None:
    tasks = dealt([0.001] * 100, 2, 1, gap=0.000001)
    late = [
        (begin + 0.05, end + 0.05, worker) if number > 49 else (begin, end, worker)
        for number, (begin, end, worker) in enumerate(tasks)
    ]
    assert Dispatch not in kinds(of(trace_of(late, 2), "pool-apply-async", task_time=0.001))


def test_results_that_are_waited_for_one_by_one_are_found() -> None:
    trace = trace_of([(0.01 * task, 0.01 * task + 0.008, task % 2) for task in range(20)], 2)
    assert kinds(of(trace, "pool-apply", task_time=0.008)) == {OneAtATime}


def test_two_tasks_at_once_are_enough() -> None:
    trace = trace_of([(0.0, 0.01, 0), (0.005, 0.02, 1), (0.03, 0.05, 0)], 2)
    assert OneAtATime not in kinds(of(trace, "pool-apply", task_time=0.01))


def test_a_long_task_at_the_end_is_found() -> None:
    trace = trace_of(dealt([0.01] * 10 + [0.5], 2, 1), 2, chunksize=1)
    (cause,) = causes(of(trace, "pool-imap", task_time=0.6 / 11, ideal=0.3))
    assert isinstance(cause, Uneven)
    assert cause.longest == pytest.approx(0.5)
    assert cause.middle == pytest.approx(0.01)


def test_serial_has_nothing_to_explain() -> None:
    trace = trace_of([(0.1 * task, 0.1 * task + 0.01, 0) for task in range(5)], 1)
    assert causes(of(trace, "serial", task_time=0.01)) == []


def test_a_case_without_a_trace_has_no_explanation() -> None:
    assert causes(replace(of(trace_of(SLEEPS, 4), "pool-map", task_time=0.5), trace=None)) == []


def test_a_strategy_of_another_installation_is_explained_as_far_as_it_goes() -> None:
    assert causes(of(trace_of(SLEEPS, 4, chunksize=7), "no-such-strategy", task_time=0.5))


@given(traces(), st.sampled_from(sorted(strategies.all())), st.floats(1e-6, 5), st.none() | st.integers(1, 9))
def test_whatever_the_trace_an_explanation_can_be_made(
    trace: Trace, subject: str, task_time: float, chunksize: int | None
) -> None:
    if trace.wall < 1e-6:
        return
    result = of(replace(trace, chunksize=chunksize), subject, task_time=task_time, cpu=1.0)
    explanation = explained(result, run([result]))
    if explanation is not None:
        assert explanation.avoidable > 0
        assert math.isfinite(explanation.avoidable)
