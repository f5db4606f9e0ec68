"""What strategies on executors promise beyond what all do."""

from __future__ import annotations

import sys

import pytest

from concbench.strategies import executors
from concbench.strategies.strategy import Unavailable
from tests.strategies import odd_tasks
from tests.strategies.running import run, runnable

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


def test_executor_processes_can_not_replace_workers_under_fork_and_says_what_to_do() -> None:
    with pytest.raises(Unavailable, match="can't replace workers under fork: use --start-method spawn or forkserver"):
        run("executor-processes", odd_tasks.double, [1], workers=1, start_method="fork", maxtasksperchild=2)


def test_executor_processes_replace_a_worker_after_its_tasks_or_say_that_this_python_would_hang() -> None:
    def workers(tasks: int, each: int) -> int:
        settings = {"workers": 1, "start_method": "spawn", "maxtasksperchild": each}
        return len(set(run("executor-processes", odd_tasks.process_of, range(tasks), **settings)))

    assert workers(tasks=3, each=1) == 3
    if executors.replaces_workers():
        assert workers(tasks=4, each=2) == 2
    else:
        with pytest.raises(Unavailable, match=r"hangs once workers are to be replaced.*: use --maxtasksperchild 1"):
            workers(tasks=4, each=2)


@pytest.mark.parametrize("name", runnable("buffersize"))
def test_a_buffersize_is_kept_to_or_this_python_has_none_and_that_is_said(name: str) -> None:
    if sys.version_info >= (3, 14):
        assert run(name, odd_tasks.double, range(9), workers=2, buffersize=2) == [2 * item for item in range(9)]
        chunks = {"chunksize": 4} if name == "executor-processes" else {}
        assert run(name, odd_tasks.double, range(9), workers=1, buffersize=1, **chunks)[-1] == 16
    else:
        with pytest.raises(Unavailable, match=r"^Executor\.map has no buffersize before Python 3\.14, and this is 3\."):
            run(name, odd_tasks.double, range(9), workers=2, buffersize=2)


@pytest.mark.parametrize("name", ["executor-threads", "asyncio-to-thread"])
def test_a_task_that_leaves_is_raised_where_the_executor_catches_everything(name: str) -> None:
    with pytest.raises(SystemExit):
        run(name, odd_tasks.leaves, range(4), workers=2)
