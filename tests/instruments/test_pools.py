from __future__ import annotations

from pathlib import Path

import pytest

from concbench.model.program import Call, Program
from tests.measure.tracing import PROGRAMS, region_of, regions_of, tasks_of, trace

METHODS = ["fork", *(pytest.param(each, marks=pytest.mark.thorough) for each in ("spawn", "forkserver"))]


@pytest.fixture(scope="module", params=METHODS)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return trace("pools.py", request.param, folder=tmp_path_factory.mktemp("pools"))


def call(method: str, number: int, items: int, chunksize: int | None = None) -> Call:
    return Call(method=method, number=number, items=items, chunksize=chunksize)


@pytest.mark.parametrize(
    ("function", "called", "chunks"),
    [
        ("with_map", [call("map", 1, 20)], [3, 3, 3, 3, 3, 3, 2]),
        ("with_chunks", [call("map", 1, 20, 6)], [6, 6, 6, 2]),
        ("with_starmap", [call("starmap", 1, 9, 4)], [4, 4, 1]),
        ("with_imap", [call("imap", 1, 7)], [1] * 7),
        ("with_imap_chunks", [call("imap_unordered", 1, 7, 3)], [3, 3, 1]),
        ("with_apply", [call("apply", 2, 2)], [1, 1]),
        ("with_map_async", [call("map", 1, 9)], [2, 2, 2, 2, 1]),
        ("with_one_task_each", [call("map", 1, 4)], [1] * 4),
        ("with_close_and_join", [call("map", 1, 6)], [1] * 6),
    ],
)
def test_every_item_of_a_call_is_a_task_of_its_chunk(
    found: Program, function: str, called: list[Call], chunks: list[int]
) -> None:
    region = region_of(found, function)
    tasks = tasks_of(region)
    assert (region.name, region.kind, region.workers) == ("Pool", "processes", 2)
    assert list(region.calls) == called
    assert sorted([list(tasks.chunk).count(each) for each in set(tasks.chunk)], reverse=True) == chunks
    assert all(received >= 0 for received in tasks.received)


def test_what_is_pickled_is_counted_once_for_each_chunk(found: Program) -> None:
    tasks = tasks_of(region_of(found, "with_large_items"))
    assert sorted(each > 200_000 for each in tasks.argument) == [False, False, True, True]
    assert sorted(each > 10 for each in tasks.result) == [False, False, True, True]
    assert all(moved > 0 for moved in tasks.moving)


def test_a_worker_that_is_replaced_is_another_one(found: Program) -> None:
    assert len(set(tasks_of(region_of(found, "with_one_task_each")).worker)) == 4


def test_a_pool_of_threads_pickles_nothing(found: Program) -> None:
    region = region_of(found, "with_threads")
    tasks = tasks_of(region)
    assert (region.name, region.kind, region.tasks) == ("ThreadPool", "threads", 21)
    assert region.calls == (call("map", 1, 20), call("apply", 1, 1))
    assert set(tasks.argument) == set(tasks.result) == {-1}
    assert set(tasks.moving) == {0}


def test_a_task_that_raises_is_a_task(found: Program) -> None:
    """Of two chunks of four items, the second of which ends when it fails; the other function can't be sent."""
    assert region_of(found, "with_failures").tasks == 4 + 2


def test_a_pool_in_a_task_is_inside_that_of_the_task(found: Program) -> None:
    inner = regions_of(found, "nested")
    assert sorted(each.tasks for each in inner) == [3, 4]
    assert all(found.regions[each.inside or 0] == region_of(found, "with_nested") for each in inner)


def test_a_pool_begins_to_close_when_it_is_left(found: Program) -> None:
    assert all(each.closing is not None for each in found.regions if each.name == "Pool")
    assert {each.start_method for each in found.regions if each.kind == "processes"} == {found.command[2]}


def test_workers_that_are_spawned_are_followed(tmp_path: Path) -> None:
    found = trace("pools.py", "spawn", "with_chunks", "with_failures", folder=tmp_path)
    assert (region_of(found, "with_chunks").tasks, region_of(found, "with_failures").tasks) == (20, 4 + 2)


def test_items_are_written_down_on_request(tmp_path: Path) -> None:
    found = trace("pools.py", "fork", "with_starmap", "with_apply", folder=tmp_path, items=True)
    assert sorted(region_of(found, "with_starmap").items) == ["(1, 2)"] * 9
    assert sorted(region_of(found, "with_apply").items) == ["((1,), {'b': 2})", "4"]


def test_a_pool_gets_other_settings_on_request(tmp_path: Path) -> None:
    path = str(PROGRAMS / "pools.py")
    line = (PROGRAMS / "pools.py").read_text().splitlines().index("def with_chunks() -> None:") + 2
    changes = {(path, line): {"workers": 3, "chunksize": 10, "start_method": "spawn"}}
    region = region_of(trace("pools.py", "fork", "with_chunks", folder=tmp_path, changes=changes), "with_chunks")
    assert (region.workers, region.start_method, region.calls) == (3, "spawn", (call("map", 1, 20, 10),))
