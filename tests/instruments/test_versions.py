"""Every interpreter that concbench supports, with nothing installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from concbench.model.program import Program
from tests.instruments.test_pools import METHODS
from tests.measure.tracing import region_of, regions_of, trace
from tests.other_interpreters import pythons, version

SOME = ("with_failures", "with_map", "with_threads", "with_own_threads", "with_coroutines", "with_eager_tasks")


@pythons
def test_what_executors_run_is_recorded(python: Path, tmp_path: Path) -> None:
    found = trace("executors.py", "fork", *SOME, "with_interpreters", folder=tmp_path, python=str(python))
    check(found)
    assert found.gil == (not python.name.endswith("t"))
    if version(python) >= (3, 14):
        region = region_of(found, "with_interpreters")
        assert (region.name, region.kind, region.tasks) == ("InterpreterPoolExecutor", "interpreters", 10)


def check(found: Program) -> None:
    assert region_of(found, "with_map").tasks == 13
    assert region_of(found, "with_threads").tasks == 12
    assert region_of(found, "with_own_threads").tasks == 3
    groups = [each.tasks for each in regions_of(found, "many") if each.name == "asyncio tasks"]
    assert groups == [5, 3, 1]  # before 3.12 `wait_for` made another one
    eager = {each.name: each.tasks for each in regions_of(found, "eagerly")}
    assert eager == {"asyncio tasks": 4, "Semaphore": 4}


@pythons
def test_what_pools_run_is_recorded(python: Path, tmp_path: Path) -> None:
    names = ("with_chunks", "with_failures", "with_nested", "with_threads")
    found = trace("pools.py", "fork", *names, folder=tmp_path, python=str(python))
    assert [region_of(found, name).tasks for name in names] == [20, 6, 2, 21]


@pytest.mark.thorough
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["pools.py", "executors.py"])
@pythons
def test_a_program_prints_the_same_with_every_start_method(
    python: Path, name: str, method: str, tmp_path: Path
) -> None:
    assert trace(name, method, folder=tmp_path, python=str(python)).regions
