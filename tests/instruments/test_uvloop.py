"""Tasks on uvloop are recorded from when they are created until they end; what happens between runs in C."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from concbench.instruments.columns import UNKNOWN
from tests.measure.tracing import regions_of, tasks_of, trace

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or sys.version_info >= (3, 15), reason="uvloop is not for Windows, nor for Python 3.15 yet"
)


def test_each_coroutine_that_uvloop_runs_is_a_task(tmp_path: Path) -> None:
    found = trace("uvloop_tasks.py", folder=tmp_path)
    groups = [each for each in regions_of(found, "many") if each.name == "asyncio tasks"]
    assert [each.tasks for each in groups] == [5, 1, 1]
    gathered = tasks_of(groups[0])
    assert all(end - begin >= 0.02e9 for begin, end in zip(gathered.begin, gathered.end, strict=True))
    assert set(gathered.cpu) == {UNKNOWN}
    assert all(tasks_of(each).end[0] * 1e-9 < 60 for each in groups[1:])
    (executor,) = [each for each in regions_of(found, "many") if each.kind == "threads"]
    assert executor.tasks == 1


def test_the_programs_own_task_is_one_and_none_of_uvloops(tmp_path: Path) -> None:
    found = trace("uvloop_tasks.py", folder=tmp_path)
    (own,) = regions_of(found, "<module>")
    assert (own.name, own.tasks) == ("asyncio tasks", 1)
