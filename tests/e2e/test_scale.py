"""The tutorial's idea at a larger size: many processes, and many tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import ONCE, Command

pytestmark = pytest.mark.alone


@pytest.mark.parametrize(
    ("strategy", "tasks"),
    [("process", 1_000), ("pool-map", 100_000), pytest.param("pool-map", 1_000_000, marks=pytest.mark.thorough)],
)
def test_many_tasks_are_run_and_their_results_verified(strategy: str, tasks: int, tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = command.run("compare", "--workload", "tutorial", "--strategy", strategy, "--tasks", str(tasks), *ONCE)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (result,) = command.saved().results
    assert result.case.workload.tasks == tasks
    assert len(result.samples) == 1
    assert command.left() == []
