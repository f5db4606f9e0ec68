"""What is tried of a function: at first what is usual for its kind, and then variants of what is in front."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.model.case import Workload
from concbench.session.candidates import KINDS, Candidate, Situation, everything, openers, simplest, variants
from tests.builders import result

COMPUTES = Situation(workload=Workload(name="a:b", tasks=64, busy=1.0), cores=2, version=(3, 13))
WAITS = replace(COMPUTES, workload=Workload(name="a:b", tasks=200, busy=0.001))


def labels(found: list[Candidate]) -> list[str]:
    return [each.label for each in found]


def test_a_function_that_computes_gets_a_worker_a_core() -> None:
    assert labels(openers(COMPUTES)) == [
        "serial",
        "executor-threads workers 2",
        "executor-processes workers 2 chunksize 8",
        "executor-processes workers 2 chunksize 1",
    ]


def test_a_function_that_waits_gets_more_workers_than_cores() -> None:
    assert "executor-threads workers 64" in labels(openers(WAITS))
    found = labels(variants(WAITS, "threads"))
    assert {"executor-threads workers 16", "executor-threads workers 128"} <= set(found)
    assert "executor-threads workers 256" not in found  # there are 200 tasks only
    many = replace(WAITS, workload=replace(WAITS.workload, tasks=2000))
    assert "executor-threads workers 512" in labels(variants(many, "threads"))


def test_a_thread_a_task_is_tried_only_where_the_whole_job_is_of_few_items() -> None:
    few = replace(WAITS, workload=replace(WAITS.workload, tasks=32))
    assert "thread" in labels(variants(few, "threads"))
    assert "thread" not in labels(variants(WAITS, "threads"))
    assert "thread" not in labels(variants(replace(few, items=2000), "threads"))


def test_one_that_waits_for_most_of_its_time_gets_as_many_as_keep_the_cores_busy() -> None:
    mostly = replace(COMPUTES, workload=replace(COMPUTES.workload, busy=0.25))
    assert "executor-threads workers 8" in labels(openers(mostly))


def test_one_that_seems_to_wait_a_little_gets_more_than_a_worker_a_core_as_a_variant() -> None:
    little = replace(COMPUTES, workload=replace(COMPUTES.workload, busy=0.7))
    assert labels(openers(little)) == labels(openers(COMPUTES))
    assert "executor-threads workers 4" in labels(variants(little, "threads"))
    assert "executor-threads workers 4" not in labels(variants(COMPUTES, "threads"))


def test_a_coroutine_is_tried_as_one() -> None:
    later = replace(WAITS, workload=replace(WAITS.workload, coroutine=True))
    assert "asyncio-gather limit 128" in labels(openers(later))
    assert "asyncio-gather limit 512" in labels(variants(later, "coroutines"))
    few = replace(later, workload=replace(later.workload, tasks=32))
    assert "asyncio-gather" in labels(openers(few))
    assert "asyncio-gather" not in {each.subject for each in openers(WAITS)}


def test_interpreters_are_tried_where_there_are_any() -> None:
    assert "executor-interpreters workers 2" in labels(openers(replace(COMPUTES, version=(3, 14, 0))))


@pytest.mark.parametrize("situation", [COMPUTES, WAITS])
def test_nothing_is_tried_twice_and_a_chunk_never_holds_more_than_there_is(situation: Situation) -> None:
    for found in (openers(situation), *(variants(situation, kind) for kind in KINDS)):
        assert len(set(labels(found))) == len(found)
        assert all((each.settings.chunksize or 1) <= situation.workload.tasks for each in found)


def test_where_workers_or_strategies_are_asked_for_there_are_no_others() -> None:
    asked = replace(COMPUTES, workers=(3,), subjects=frozenset({"pool-map", "pool-imap"}))
    assert labels(openers(asked)) == ["serial", "pool-imap workers 3", "pool-map workers 3"]
    assert {each.settings.workers for each in variants(asked, "processes")} == {3}
    assert variants(asked, "threads") == []


@pytest.mark.parametrize("workload", [COMPUTES.workload, WAITS.workload])
def test_where_several_numbers_of_workers_are_asked_for_each_is_tried_and_no_other(workload: Workload) -> None:
    asked = replace(COMPUTES, workload=workload, workers=(1, 3, 4))
    numbers = {each.settings.workers for each in everything(asked)}
    assert numbers == {None, 1, 3, 4}
    tried = [*openers(asked), *variants(asked, "processes"), *variants(asked, "threads")]
    assert {each.settings.workers for each in tried} == {None, 1, 3, 4}


def test_start_methods_that_are_asked_for_are_tried_side_by_side() -> None:
    asked = replace(COMPUTES, start_methods=("fork", "spawn"), other_starts=("fork",))
    for found in (openers(asked), variants(asked, "processes"), everything(asked)):
        processes = [each for each in found if each.kind == "processes"]
        assert {each.settings.start_method for each in processes} == {"fork", "spawn"}
        assert len(set(labels(found))) == len(found)
    assert "executor-processes workers 2 chunksize 8 spawn" in labels(openers(asked))


def test_a_start_method_is_taken_by_what_starts_processes() -> None:
    spawned = replace(COMPUTES, start_methods=("spawn",))
    assert {each.settings.start_method for each in openers(spawned) if each.kind == "processes"} == {"spawn"}
    assert {each.settings.start_method for each in openers(spawned) if each.kind != "processes"} == {None}


def test_the_simplest_is_one_after_the_other_then_threads_then_processes() -> None:
    results = [
        result(f"a/{each.label}", settings=each.settings)
        for each in (*openers(COMPUTES), *variants(COMPUTES, "processes"), *variants(COMPUTES, "threads"))
    ]
    order = []
    while results:
        found = simplest(results)
        order.append({each.case.subject for each in found})
        results = [each for each in results if each not in found]
    assert order == [{"serial"}, {"executor-threads", "threadpool-map"}, {"executor-processes", "pool-map"}]


THREADED = replace(COMPUTES, workload=replace(COMPUTES.workload, cores_busy=1.9))


def test_where_a_library_has_threads_of_its_own_each_kind_of_workers_is_tried_with_1_and_with_all_of_them() -> None:
    found = labels(openers(THREADED))
    assert found == [
        "serial",
        *("serial inner-threads 1",),
        *("executor-threads workers 2", "executor-threads workers 2 inner-threads 1"),
        *("executor-processes workers 2 chunksize 8", "executor-processes workers 2 chunksize 8 inner-threads 1"),
        *("executor-processes workers 2 chunksize 1", "executor-processes workers 2 chunksize 1 inner-threads 1"),
    ]
    assert set(found) <= set(labels(everything(THREADED)))
    assert {each.settings.inner_threads for each in variants(THREADED, "processes")} == {1}
    assert {each.settings.inner_threads for each in everything(COMPUTES)} == {None}


def test_what_joins_is_tried_beside_all_others_and_a_cluster_at_its_address() -> None:
    joining = replace(COMPUTES, joining=frozenset({"ray", "dask-cluster"}), engine_address="tcp://h:8786")
    for found in (openers(joining), everything(joining)):
        names = {each.subject: each for each in found}
        assert {"serial", "executor-processes", "ray", "dask-cluster"} <= names.keys()
        assert names["ray"].settings.workers == 2
        assert names["dask-cluster"].settings.engine_address == "tcp://h:8786"
    alone = replace(joining, subjects=frozenset({"pool-map"}))
    assert {each.subject for each in openers(alone)} == {"serial", "pool-map", "ray", "dask-cluster"}
