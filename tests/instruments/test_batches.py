from __future__ import annotations

from pathlib import Path

import pytest

from concbench.model.program import Call, Program
from tests.measure.tracing import region_of, tasks_of, trace


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Program:
    functions = ("with_loky", "with_failures", "with_threading")
    return trace("batches.py", "loky", *functions, folder=tmp_path_factory.mktemp("batches"))


def test_each_item_of_a_batch_is_a_task_of_its_chunk(found: Program) -> None:
    region = region_of(found, "with_loky")
    chunk = tasks_of(region).chunk
    assert (region.name, region.start_method) == ("MemmappingExecutor", "loky")
    assert region.tasks >= 12 + 40 + 1  # the second of those that fail may not run any more
    assert max(list(chunk).count(each) for each in set(chunk)) == 10
    assert sum(size > 0 for size in tasks_of(region).argument) == len(set(chunk))


def test_batches_in_threads_are_recorded_too(found: Program) -> None:
    assert region_of(found, "with_threading").tasks == 12


@pytest.mark.thorough
def test_batches_in_joblibs_pool_are_recorded_too(tmp_path: Path) -> None:
    found = trace("batches.py", "loky", "with_multiprocessing", folder=tmp_path)
    assert region_of(found, "with_multiprocessing").tasks == 12


@pytest.mark.thorough
def test_lokys_own_executor_is_recorded(tmp_path: Path) -> None:
    region = region_of(trace("batches.py", "loky", "with_executor", folder=tmp_path), "with_executor")
    assert (region.name, region.start_method, region.tasks) == ("ReusablePoolExecutor", "loky", 11)
    assert region.calls == (
        Call(method="map", number=1, items=10, chunksize=4),
        Call(method="submit", number=1, items=1, chunksize=None),
    )
