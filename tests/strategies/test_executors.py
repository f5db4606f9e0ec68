"""What the strategies on executors promise beyond what all do."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool

import pytest

from concbench.strategies import executors
from concbench.strategies.strategy import Unavailable
from tests.strategies import odd_tasks
from tests.strategies.running import processes_left, run

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


def test_executor_processes_can_not_replace_workers_under_fork_and_says_what_to_do() -> None:
    with pytest.raises(Unavailable, match="can't replace workers under fork: use --start-method spawn or forkserver"):
        run("executor-processes", odd_tasks.double, [1], workers=1, start_method="fork", maxtasksperchild=2)


def test_executor_processes_replace_a_worker_after_every_task() -> None:
    pids = run(
        "executor-processes", odd_tasks.process_of, range(3), workers=1, start_method="spawn", maxtasksperchild=1
    )
    assert len(set(pids)) == 3


def test_executor_processes_replace_a_worker_after_two_tasks_or_say_that_this_python_would_hang() -> None:
    def pids() -> list[int]:
        return run(
            "executor-processes", odd_tasks.process_of, range(4), workers=1, start_method="spawn", maxtasksperchild=2
        )

    if executors.replaces_workers():
        assert len(set(pids())) == 2
    else:
        with pytest.raises(Unavailable, match=r"hangs once workers are to be replaced.*: use --maxtasksperchild 1"):
            pids()


@pytest.mark.parametrize("task", [odd_tasks.is_killed, odd_tasks.ends_its_process])
def test_a_lost_worker_breaks_the_executor_and_leaves_no_process(task: odd_tasks.Task) -> None:
    with pytest.raises(BrokenProcessPool):
        run("executor-processes", task, range(4), workers=2)
    assert processes_left() == []


def test_a_result_that_can_not_be_sent_is_raised() -> None:
    with pytest.raises(TypeError, match=r"cannot pickle '_thread\.lock' object"):
        run("executor-processes", odd_tasks.cannot_be_sent, range(4), workers=1)


def test_large_results_come_back() -> None:
    assert run("executor-processes", odd_tasks.large, range(4), workers=2) == [odd_tasks.large(n) for n in range(4)]


@pytest.mark.parametrize("name", ["executor-threads", "asyncio-to-thread"])
def test_a_task_that_leaves_is_raised_where_the_executor_catches_everything(name: str) -> None:
    with pytest.raises(SystemExit):
        run(name, odd_tasks.leaves, range(4), workers=2)
