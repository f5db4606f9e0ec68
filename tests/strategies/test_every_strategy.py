"""What every strategy promises: all results, in the way that it declares, and nothing left behind."""

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

from concbench.experiments.tasks import verify
from concbench.model import Settings, Workload
from concbench.strategies.strategy import strategies
from concbench.workloads.named import build
from tests.strategies import odd_tasks
from tests.strategies.running import processes_left, run, runnable, threads_left

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

START_METHODS = multiprocessing.get_all_start_methods()
WORKLOADS = [
    Workload(name="sleep", tasks=6, task_time=0.001),
    Workload(name="tutorial", tasks=6),
    Workload(name="cpu", tasks=6, loops=100),
]
SPAWNED = Workload(name="tutorial", tasks=3)
PLAIN = [name for name in runnable() if not strategies.get(name).coroutine]


def returned_by(name: str, description: Workload, **settings: Any) -> list[Any]:
    """Run a workload, and check that what came back is what the strategy declares that it returns."""
    ready = build(description)
    task = ready.coroutine if strategies.get(name).coroutine else ready.task
    assert task is not None
    returned = run(name, task, ready.items, **settings)
    verify(strategies.get(name).returns, returned, ready.expected)
    return returned


def what_it_declares(name: str, returned: list[Any], expected: list[Any]) -> bool:
    """Compare for oneself, and not by `verify`."""
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
    assert what_it_declares(name, returned, list(ready.expected))


@pytest.mark.parametrize("method", START_METHODS)
@pytest.mark.parametrize("name", runnable("start_method"))
def test_all_results_come_back_on_every_start_method(name: str, method: str) -> None:
    returned = returned_by(name, SPAWNED, workers=1, start_method=method)
    assert what_it_declares(name, returned, [100, 101, 102])


@pytest.mark.parametrize("name", PLAIN)
def test_no_items_give_no_results(name: str) -> None:
    assert run(name, odd_tasks.double, [], workers=2) == []


@pytest.mark.parametrize("name", PLAIN)
def test_settings_that_a_strategy_does_not_have_change_nothing(name: str) -> None:
    heeded = strategies.get(name).settings
    others: dict[str, Any] = {
        "chunksize": 3,
        "start_method": "no-such",
        "maxtasksperchild": 1,
        "limit": 1,
        "workers": 2,
    }
    settings = {setting: value for setting, value in others.items() if setting not in heeded or setting == "workers"}
    returned = run(name, odd_tasks.double, range(4), **settings)
    assert what_it_declares(name, returned, [0, 2, 4, 6])


@pytest.mark.parametrize("name", runnable("start_method"))
def test_a_start_method_that_the_system_has_not_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot find context for 'no-such'"):
        run(name, odd_tasks.double, [1], workers=1, start_method="no-such")


@pytest.mark.parametrize("name", runnable("workers"))
def test_no_workers_at_all_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"at least 1|greater than 0"):
        run(name, odd_tasks.double, [1], workers=0)


# --- who runs the tasks ---


@pytest.mark.parametrize("name", [name for name in runnable(workers="processes") if name != "process"])
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


# --- how many at once ---


@pytest.mark.parametrize("name", [name for name in runnable("limit") if name != "asyncio-gather"])
def test_never_more_tasks_are_under_way_than_the_limit(name: str, tmp_path: Path) -> None:
    returned = run(name, partial(odd_tasks.take_a_place, tmp_path, 2), range(8), limit=2)
    assert what_it_declares(name, returned, list(range(8)))


@pytest.mark.parametrize("method", [method for method in START_METHODS if method != "fork"])
@pytest.mark.parametrize("name", [name for name in runnable("limit") if name in runnable("start_method")])
def test_the_limit_holds_on_other_start_methods(name: str, method: str, tmp_path: Path) -> None:
    returned = run(name, partial(odd_tasks.take_a_place, tmp_path, 1), range(3), limit=1, start_method=method)
    assert what_it_declares(name, returned, [0, 1, 2])


@pytest.mark.parametrize("name", [name for name in runnable("limit") if name != "asyncio-gather"])
def test_without_a_limit_more_tasks_are_under_way_at_once(name: str, tmp_path: Path) -> None:
    task = partial(odd_tasks.meet, odd_tasks.meeting_place(tmp_path, 4))
    assert what_it_declares(name, run(name, task, range(4)), [0, 1, 2, 3])


@pytest.mark.parametrize("name", [name for name in runnable("limit") if name != "asyncio-gather"])
def test_a_limit_of_two_lets_two_tasks_be_under_way_at_once(name: str, tmp_path: Path) -> None:
    task = partial(odd_tasks.meet, odd_tasks.meeting_place(tmp_path, 4))
    assert what_it_declares(name, run(name, task, range(4), limit=2), [0, 1, 2, 3])


@pytest.mark.parametrize("name", [name for name in runnable("workers") if name != "pool-apply"])
def test_two_workers_have_two_tasks_under_way_at_once_and_never_more(name: str, tmp_path: Path) -> None:
    meeting, places = tmp_path / "meeting", tmp_path / "places"
    meeting.mkdir()
    places.mkdir()
    task = partial(odd_tasks.meet, odd_tasks.meeting_place(meeting, 4))
    assert what_it_declares(name, run(name, task, range(4), workers=2, chunksize=1), [0, 1, 2, 3])
    crowd = partial(odd_tasks.take_a_place, places, 2)
    assert what_it_declares(name, run(name, crowd, range(6), workers=2, chunksize=1), list(range(6)))


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
def test_coroutines_are_under_way_all_at_once_or_up_to_the_limit(limit: int | None, most: int) -> None:
    room = Room()
    assert run("asyncio-gather", room.visit, range(8), limit=limit) == list(range(8))
    assert room.most == most


# --- what is left behind ---


@pytest.mark.parametrize("method", START_METHODS)
@pytest.mark.parametrize("name", runnable("start_method"))
def test_a_task_that_raises_is_raised_and_no_process_is_left_on_any_start_method(name: str, method: str) -> None:
    if strategies.get(name).returns == "exit codes":
        assert run(name, odd_tasks.raises, range(4), start_method=method) == [0, 0, 1, 0]
    else:
        with pytest.raises(LookupError, match="the task's own trouble"):
            run(name, odd_tasks.raises, range(4), workers=1, start_method=method)
    assert processes_left() == []
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("name", [name for name in PLAIN if name != "process"])
def test_when_a_task_raises_no_worker_is_left_even_if_others_are_still_at_work(name: str) -> None:
    threads = set(threading.enumerate())
    with pytest.raises(LookupError, match="the task's own trouble"):
        run(name, odd_tasks.raises_while_the_others_sleep, [odd_tasks.FAULTY, 0, 1, 3], workers=2, chunksize=1)
    assert processes_left() == []
    assert threads_left(threads) == set()


@pytest.mark.parametrize("name", [name for name in runnable(workers="processes") if name != "process"])
def test_a_task_that_raises_while_others_send_much_hangs_nothing(name: str) -> None:
    """As a pool that is terminated while results are under way does, though not each time."""
    for _ in range(12):
        with pytest.raises(LookupError, match="the task's own trouble"):
            run(name, odd_tasks.raises_while_others_send_much, range(4), workers=2, chunksize=1)
    assert processes_left() == []


@pytest.mark.parametrize("name", PLAIN)
def test_no_process_and_no_thread_is_left_after_success(name: str) -> None:
    threads = set(threading.enumerate())
    run(name, odd_tasks.double, range(4), workers=2)
    assert processes_left() == []
    assert threads_left(threads) == set()


@pytest.mark.parametrize("name", PLAIN)
def test_no_worker_is_left_where_nothing_is_run(name: str) -> None:
    threads = set(threading.enumerate())
    with pytest.raises(ZeroDivisionError), strategies.get(name).open(Settings(workers=2)):
        raise ZeroDivisionError
    assert processes_left() == []
    assert threads_left(threads) == set()


@pytest.mark.parametrize("name", runnable("start_method"))
def test_an_interruption_leaves_no_process(name: str) -> None:
    def interrupted() -> None:
        with strategies.get(name).open(Settings(workers=2)) as run_tasks:
            list(run_tasks(odd_tasks.double, [1, 2]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert processes_left() == []


@pytest.mark.parametrize("name", ["asyncio-gather"])
def test_a_coroutine_that_raises_is_raised(name: str) -> None:
    async def raises(number: int) -> int:
        return odd_tasks.raises(number)

    with pytest.raises(LookupError, match="the task's own trouble"):
        run(name, raises, range(4))


# --- chunks, and workers that are replaced ---


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


@pytest.mark.parametrize("name", [name for name in runnable("maxtasksperchild") if name != "executor-processes"])
def test_a_worker_is_replaced_after_so_many_tasks(name: str) -> None:
    pids = run(name, odd_tasks.process_of, range(4), workers=1, chunksize=1, maxtasksperchild=2)
    assert [len(set(pair)) for pair in (pids[:2], pids[2:])] == [1, 1]
    assert len(set(pids)) == 2


@pytest.mark.parametrize("name", [name for name in runnable("maxtasksperchild") if name != "executor-processes"])
def test_a_worker_that_is_not_to_be_replaced_stays(name: str) -> None:
    assert len(set(run(name, odd_tasks.process_of, range(4), workers=1, chunksize=1))) == 1
