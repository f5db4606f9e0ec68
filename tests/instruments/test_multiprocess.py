"""What `multiprocess` runs, which pathos and datasets build upon, is recorded as what `multiprocessing` does."""

from __future__ import annotations

from pathlib import Path

import pytest

from concbench.model.program import Call
from tests.measure.tracing import PROGRAMS, region_of, tasks_of, trace

METHODS = ["fork", *(pytest.param(each, marks=pytest.mark.thorough) for each in ("spawn", "forkserver"))]


@pytest.mark.parametrize("method", METHODS)
def test_its_pools_and_processes_are_regions(method: str, tmp_path: Path) -> None:
    found = trace("multiprocess_pools.py", method, folder=tmp_path)
    pool, threads, process = (region_of(found, each) for each in ("with_map", "with_threads", "with_process"))
    assert (pool.name, pool.kind, pool.start_method, pool.tasks) == ("Pool", "processes", method, 20)
    assert pool.calls == (Call(method="map", number=1, items=20, chunksize=6),)
    tasks = tasks_of(pool)
    moved = {chunk for chunk, took in zip(tasks.chunk, tasks.moving, strict=True) if took > 0}
    assert moved == set(tasks.chunk)
    assert (threads.name, threads.kind, threads.tasks) == ("ThreadPool", "threads", 7)
    assert (process.name, process.tasks) == ("Process", 1)


@pytest.mark.parametrize(("setting", "value"), [("start_method", "spawn"), ("workers", 1), ("chunksize", 5)])
def test_its_pools_can_be_changed(setting: str, value: str | int, tmp_path: Path) -> None:
    path = PROGRAMS / "multiprocess_pools.py"
    line = 1 + next(at for at, text in enumerate(path.read_text().splitlines()) if "Pool(2)" in text)
    changes = {(str(path), line): {setting: value}}
    pool = region_of(trace("multiprocess_pools.py", "fork", folder=tmp_path, changes=changes), "with_map")
    (call,) = pool.calls
    assert {"start_method": pool.start_method, "workers": pool.workers, "chunksize": call.chunksize}[setting] == value
