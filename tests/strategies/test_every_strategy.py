"""What every strategy promises: all results, as it declares them. That nothing is left behind, conftest.py checks."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from concbench.experiments.verification import verify
from concbench.model.case import Settings, Workload
from concbench.strategies.strategy import strategies
from concbench.workloads.workload import build
from tests.strategies import odd_tasks
from tests.strategies.running import run, runnable

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

START_METHODS = [
    pytest.param(method, marks=() if method == "fork" else pytest.mark.thorough)
    for method in multiprocessing.get_all_start_methods()
]
WORKLOADS = [
    Workload(name="sleep", tasks=6, task_time=0.001),
    Workload(name="tutorial", tasks=6),
    Workload(name="cpu", tasks=6, loops=100),
]
SPAWNED = Workload(name="tutorial", tasks=3)
PLAIN = [name for name in runnable() if not strategies.get(name).coroutine]
BY_PROCESSES = [name for name in runnable(workers="processes") if name != "process"]
"""Strategies whose results come back from other processes."""
LIMITED = [name for name in runnable("limit") if name != "asyncio-gather"]
REPLACING = [name for name in runnable("maxtasksperchild") if name != "executor-processes"]
TROUBLE = "the task's own trouble"


def usually(names: list[str], *few: str) -> list[Any]:
    """A few of some strategies always, the others in a thorough run."""
    return [name if name in few else pytest.param(name, marks=pytest.mark.thorough) for name in names]


def returned_by(name: str, description: Workload, **settings: Any) -> list[Any]:
    """Run a workload, and verify the results."""
    ready = build(description)
    task = ready.coroutine if strategies.get(name).coroutine else ready.task
    assert task is not None
    returned = run(name, task, ready.items, **settings)
    verify(strategies.get(name).returns, returned, ready.expected)
    return returned


def is_as_declared(name: str, returned: list[Any], expected: list[Any]) -> bool:
    """Compare results without `verify`."""
    declared = strategies.get(name).returns
    if declared == "exit codes":
        return returned == [0] * len(expected)
    return (sorted(returned) if declared == "results in any order" else returned) == expected


@pytest.mark.parametrize("description", WORKLOADS, ids=lambda description: str(description.name))
@pytest.mark.parametrize("name", runnable())
def test_all_results_come_back_as_the_strategy_declares(name: str, description: Workload) -> None:
    ready = build(description)
    reason = strategies.get(name).why_not(description.name, ready.coroutine is not None)
    if reason is not None:
        assert reason == f"workload {description.name!r} has no coroutine form"
        return
    returned = returned_by(name, description, workers=2)
    assert is_as_declared(name, returned, list(ready.expected))


@pytest.mark.parametrize("method", START_METHODS)
@pytest.mark.parametrize("name", runnable("start_method"))
def test_all_results_come_back_on_every_start_method(name: str, method: str) -> None:
    returned = returned_by(name, SPAWNED, workers=1, start_method=method)
    assert is_as_declared(name, returned, [100, 101, 102])


@pytest.mark.parametrize("name", PLAIN)
def test_no_items_give_no_results(name: str) -> None:
    assert run(name, odd_tasks.double, [], workers=2) == []


@pytest.mark.parametrize("name", PLAIN)
def test_settings_that_a_strategy_does_not_have_change_nothing(name: str) -> None:
    used = strategies.get(name).settings
    others = {"chunksize": 3, "start_method": "no-such", "maxtasksperchild": 1, "limit": 1}
    settings: dict[str, Any] = {setting: value for setting, value in others.items() if setting not in used}
    returned = run(name, odd_tasks.double, range(4), workers=2, **settings)
    assert is_as_declared(name, returned, [0, 2, 4, 6])


@pytest.mark.parametrize("name", runnable("workers"))
def test_zero_workers_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"at least 1|greater than 0"):
        run(name, odd_tasks.double, [1], workers=0)


# Who runs the tasks


@pytest.mark.parametrize("name", BY_PROCESSES)
def test_tasks_of_processes_run_outside_the_parent_and_in_no_more_than_the_workers(name: str) -> None:
    pids = run(name, odd_tasks.process_of, range(6), workers=2)
    assert os.getpid() not in pids
    assert len(set(pids)) <= (2 if "workers" in strategies.get(name).settings else 6)


@pytest.mark.parametrize("name", runnable(workers="threads"))
def test_tasks_of_threads_run_in_other_threads_of_the_parent(name: str) -> None:
    where = run(name, odd_tasks.process_and_thread_of, range(6), workers=2)
    assert {pid for pid, _ in where} == {os.getpid()}
    assert threading.get_ident() not in {thread for _, thread in where}
    if "workers" in strategies.get(name).settings:
        assert len({thread for _, thread in where}) <= 2


def test_serial_tasks_run_in_order_in_the_parents_own_thread() -> None:
    here = (os.getpid(), threading.get_ident())
    assert run("serial", odd_tasks.process_and_thread_of, range(3)) == [here] * 3
    seen: list[int] = []
    run("serial", seen.append, range(5))
    assert seen == [0, 1, 2, 3, 4]


# How many run at once


@pytest.mark.parametrize("name", LIMITED)
def test_never_more_tasks_run_at_once_than_the_limit(name: str, tmp_path: Path) -> None:
    returned = run(name, partial(odd_tasks.take_a_place, tmp_path, 2), range(8), limit=2)
    assert is_as_declared(name, returned, list(range(8)))


@pytest.mark.thorough
@pytest.mark.parametrize("method", ["forkserver", "spawn"])
@pytest.mark.parametrize("name", [name for name in runnable("limit") if name in runnable("start_method")])
def test_the_limit_holds_on_other_start_methods(name: str, method: str, tmp_path: Path) -> None:
    returned = run(name, partial(odd_tasks.take_a_place, tmp_path, 1), range(3), limit=1, start_method=method)
    assert is_as_declared(name, returned, [0, 1, 2])


@pytest.mark.parametrize("limit", [None, 2])
@pytest.mark.parametrize("name", LIMITED)
def test_without_a_limit_or_within_it_tasks_run_at_once(name: str, limit: int | None, tmp_path: Path) -> None:
    task = partial(odd_tasks.meet, odd_tasks.meeting_place(tmp_path, 4))
    assert is_as_declared(name, run(name, task, range(4), limit=limit), [0, 1, 2, 3])


@pytest.mark.parametrize("name", [name for name in runnable("workers") if name != "pool-apply"])
def test_two_workers_run_two_tasks_at_once_and_never_more(name: str, tmp_path: Path) -> None:
    meeting, places = tmp_path / "meeting", tmp_path / "places"
    meeting.mkdir()
    places.mkdir()
    task = partial(odd_tasks.meet, odd_tasks.meeting_place(meeting, 4))
    assert is_as_declared(name, run(name, task, range(4), workers=2, chunksize=1), [0, 1, 2, 3])
    crowd = partial(odd_tasks.take_a_place, places, 2)
    assert is_as_declared(name, run(name, crowd, range(6), workers=2, chunksize=1), list(range(6)))


class Room:
    """Counts how many coroutines are in it."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0

    async def visit(self, number: int) -> int:
        self.inside += 1
        self.most = max(self.most, self.inside)
        for _ in range(5):
            await asyncio.sleep(0)
        self.inside -= 1
        return number


@pytest.mark.parametrize(("limit", "most"), [(None, 8), (1, 1), (2, 2), (20, 8)])
def test_coroutines_run_all_at_once_or_up_to_the_limit(limit: int | None, most: int) -> None:
    room = Room()
    assert run("asyncio-gather", room.visit, range(8), limit=limit) == list(range(8))
    assert room.most == most


# Exceptions, and what is left behind


@pytest.mark.parametrize("method", START_METHODS)
@pytest.mark.parametrize("name", runnable("start_method"))
def test_what_a_task_raises_is_raised_on_any_start_method(name: str, method: str) -> None:
    if strategies.get(name).returns == "exit codes":
        assert run(name, odd_tasks.raises, range(4), start_method=method) == [0, 0, 1, 0]
    else:
        with pytest.raises(LookupError, match=TROUBLE):
            run(name, odd_tasks.raises, range(4), workers=1, start_method=method)


@pytest.mark.parametrize(
    "name", usually([name for name in PLAIN if name != "process"], "pool-map", "executor-threads", "thread", "serial")
)
def test_what_a_task_raises_is_raised_while_others_are_still_at_work(name: str) -> None:
    with pytest.raises(LookupError, match=TROUBLE):
        run(name, odd_tasks.raises_while_the_others_sleep, [odd_tasks.FAULTY, 0, 1, 3], workers=2, chunksize=1)


@pytest.mark.parametrize("name", usually(BY_PROCESSES, "pool-map", "executor-processes", "process-pipe"))
def test_a_task_that_raises_while_others_send_much_hangs_nothing(name: str) -> None:
    """A pool that is terminated while results are in transit may hang."""
    for _ in range(12):
        with pytest.raises(LookupError, match=TROUBLE):
            run(name, odd_tasks.raises_while_others_send_much, range(4), workers=2, chunksize=1)


@pytest.mark.parametrize("name", PLAIN)
def test_no_worker_is_left_where_nothing_is_run(name: str) -> None:
    with pytest.raises(ZeroDivisionError), strategies.get(name).open(Settings(workers=2)):
        raise ZeroDivisionError


@pytest.mark.parametrize("name", BY_PROCESSES)
def test_the_cause_of_a_tasks_exception_is_its_own_traceback(name: str) -> None:
    with pytest.raises(LookupError) as caught:
        run(name, odd_tasks.raises, range(4), workers=1)
    assert "in raises" in str(caught.value.__cause__)


@pytest.mark.parametrize("name", BY_PROCESSES)
def test_large_results_come_back(name: str) -> None:
    returned = run(name, odd_tasks.large, range(4), workers=2)
    assert sorted(returned) == [odd_tasks.large(number) for number in range(4)]


@pytest.mark.parametrize("name", runnable("start_method"))
def test_an_interruption_leaves_no_process(name: str) -> None:
    def interrupted() -> None:
        with strategies.get(name).open(Settings(workers=2)) as run_tasks:
            list(run_tasks(odd_tasks.double, [1, 2]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_what_a_coroutine_raises_is_raised() -> None:
    async def raises(number: int) -> int:
        return odd_tasks.raises(number)

    with pytest.raises(LookupError, match=TROUBLE):
        run("asyncio-gather", raises, range(4))


# Chunks, and workers that are replaced


@pytest.mark.parametrize("name", [name for name in runnable("chunksize") if name in runnable("maxtasksperchild")])
def test_items_are_handed_out_in_chunks(name: str) -> None:
    # A worker that is replaced after one piece of work shows by its process id what was one piece.
    method = "spawn" if name == "executor-processes" else None
    pids = run(name, odd_tasks.process_of, range(6), workers=1, chunksize=3, maxtasksperchild=1, start_method=method)
    assert [len(set(chunk)) for chunk in (pids[:3], pids[3:])] == [1, 1]
    assert len(set(pids)) == 2


def test_threads_get_their_items_in_chunks_too() -> None:
    first_of: list[int] = []
    lock = threading.Lock()

    def note(number: int) -> tuple[int, int]:
        with lock:
            first_of.append(number)
        time.sleep(0)
        return threading.get_ident(), number

    where = run("threadpool-map", note, range(6), workers=2, chunksize=3)
    assert len({thread for thread, number in where if number < 3}) == 1
    assert len({thread for thread, number in where if number >= 3}) == 1
    assert [number for number in first_of if number < 3] == [0, 1, 2]


@pytest.mark.parametrize("name", REPLACING)
def test_a_worker_is_replaced_after_its_number_of_tasks_and_stays_otherwise(name: str) -> None:
    pids = run(name, odd_tasks.process_of, range(4), workers=1, chunksize=1, maxtasksperchild=2)
    assert [len(set(pair)) for pair in (pids[:2], pids[2:])] == [1, 1]
    assert len(set(pids)) == 2
    assert len(set(run(name, odd_tasks.process_of, range(4), workers=1, chunksize=1))) == 1
