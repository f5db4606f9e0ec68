from __future__ import annotations

from pathlib import Path

import pytest

from concbench.measure.program import Changes
from concbench.model.program import Call, Program
from tests.instruments.test_pools import METHODS
from tests.measure.tracing import PROGRAMS, region_of, regions_of, tasks_of, trace


@pytest.fixture(scope="module", params=METHODS)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return trace("executors.py", request.param, folder=tmp_path_factory.mktemp("executors"))


def test_each_submit_is_a_task(found: Program) -> None:
    region = region_of(found, "with_submit")
    assert (region.name, region.kind, region.workers, region.tasks) == ("ProcessPoolExecutor", "processes", 2, 7)
    assert region.calls == (Call(method="submit", number=7, items=7, chunksize=None),)
    assert all(size > 0 for size in tasks_of(region).argument)
    assert all(size > 0 for size in tasks_of(region).result)


def test_each_item_of_a_map_is_a_task_of_its_chunk(found: Program) -> None:
    region = region_of(found, "with_map")
    chunk = tasks_of(region).chunk
    assert region.calls == (Call(method="map", number=2, items=13, chunksize=4),)
    assert sorted(list(chunk).count(each) for each in set(chunk)) == [1, 1, 1, 2, 4, 4]


def test_what_is_pickled_is_counted(found: Program) -> None:
    (size,) = tasks_of(region_of(found, "with_large_items")).argument
    assert 100_000 < size < 101_000


def test_a_task_that_raises_or_has_no_result_is_a_task(found: Program) -> None:
    (region,) = [each for each in regions_of(found, "with_failures") if each.kind == "processes"]
    assert region.tasks == 2


def test_a_task_of_a_thread_pool_has_cpu_time_and_pickles_nothing(found: Program) -> None:
    region = region_of(found, "with_threads")
    tasks = tasks_of(region)
    assert (region.name, region.kind, region.workers, region.tasks) == ("ThreadPoolExecutor", "threads", 2, 12)
    assert min(tasks.cpu) >= 0
    assert set(tasks.argument) == {-1}


def test_an_executor_is_closed(found: Program) -> None:
    executors = [each for each in found.regions if each.name.endswith("Executor")]
    assert all(each.closing is not None for each in executors)


def test_a_thread_of_the_programs_own_is_a_task(found: Program) -> None:
    region = region_of(found, "with_own_threads")
    assert (region.name, region.kind, region.group, region.tasks) == ("Thread", "threads", True, 3)


def test_a_process_of_the_programs_own_is_a_task(found: Program) -> None:
    region = region_of(found, "with_own_processes")
    assert (region.name, region.kind, region.group, region.tasks) == ("Process", "processes", True, 2)
    assert min(tasks_of(region).cpu) >= 0


def test_a_process_that_was_ended_ran_until_then(found: Program) -> None:
    region = region_of(found, "with_ended_process")
    assert region.closed <= region_of(found, "with_coroutines").opened
    assert region.tasks <= 1  # it may have been ended before it began


def test_each_coroutine_that_was_made_a_task_is_one(found: Program) -> None:
    assert region_of(found, "with_coroutines").tasks == 1  # the program's, and none of asyncio's own
    in_many = regions_of(found, "many")
    groups = [each.tasks for each in in_many if each.name == "asyncio tasks"]
    assert groups == [5, 3, 1, 1]
    (executor,) = [each for each in in_many if each.kind == "threads"]
    assert executor.tasks == 2


def test_a_semaphores_tasks_are_those_that_hold_it(found: Program) -> None:
    first, second = (each for each in regions_of(found, "many") if each.limit)
    assert (first.name, first.workers, first.lanes, first.tasks) == ("Semaphore", 2, 2, 8)
    assert (second.workers, second.tasks) == (1, 1)


def test_workers_that_are_spawned_are_followed(tmp_path: Path) -> None:
    found = trace("executors.py", "spawn", "with_map", "with_own_processes", folder=tmp_path)
    assert (region_of(found, "with_map").tasks, region_of(found, "with_own_processes").tasks) == (13, 2)


def test_items_are_written_down_on_request(tmp_path: Path) -> None:
    found = trace("executors.py", "fork", "with_map", "with_threads", folder=tmp_path, items=True)
    assert sorted(region_of(found, "with_map").items) == sorted(f"({x},)" for x in (*range(10), *range(3)))
    assert sorted(region_of(found, "with_threads").items) == sorted(map(str, (*range(10), 3, 5)))


def test_an_executor_gets_other_settings_on_request(tmp_path: Path) -> None:
    path = str(PROGRAMS / "executors.py")
    lines = (PROGRAMS / "executors.py").read_text().splitlines()
    changes: Changes = {
        (path, lines.index("def with_map() -> None:") + 2): {"workers": 3, "chunksize": 10, "start_method": "spawn"},
        (path, lines.index("def with_threads() -> None:") + 2): {"workers": 1},
    }
    found = trace("executors.py", "fork", "with_map", "with_threads", folder=tmp_path, changes=changes)
    region = region_of(found, "with_map")
    assert (region.workers, region.start_method) == (3, "spawn")
    assert region.calls == (Call(method="map", number=2, items=13, chunksize=10),)
    assert region_of(found, "with_threads").workers == 1
