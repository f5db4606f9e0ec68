"""What strategies on threads promise beyond what all do."""

from __future__ import annotations

import threading

import pytest

from tests.strategies import odd_tasks
from tests.strategies.running import run, threads_left

ONE_EACH = ("thread", "thread-subclass")


@pytest.mark.parametrize("limit", [None, 1, 2])
@pytest.mark.parametrize("name", ONE_EACH)
def test_a_task_that_ends_its_thread_is_reported_and_frees_its_place(name: str, limit: int | None) -> None:
    with pytest.raises(SystemExit, match="5"):
        run(name, odd_tasks.leaves, range(5), limit=limit)


@pytest.mark.parametrize("name", ONE_EACH)
def test_every_task_has_a_thread_of_its_own(name: str) -> None:
    meeting = threading.Barrier(4, timeout=odd_tasks.GENEROUS)

    def identity(_number: int) -> int:
        meeting.wait()
        return threading.get_ident()

    assert len(set(run(name, identity, range(4)))) == 4


@pytest.mark.parametrize("limit", [None, 2])
@pytest.mark.parametrize("name", ONE_EACH)
def test_a_task_that_raises_does_not_keep_others_from_running(name: str, limit: int | None) -> None:
    ran: list[int] = []

    def raises(number: int) -> int:
        ran.append(number)
        return odd_tasks.raises(number)

    with pytest.raises(LookupError):
        run(name, raises, range(6), limit=limit)
    assert sorted(ran) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", ONE_EACH)
def test_a_tasks_exception_has_its_own_traceback(name: str) -> None:
    with pytest.raises(LookupError) as caught:
        run(name, odd_tasks.raises, range(4))
    assert caught.traceback[-1].name == "raises"


@pytest.mark.parametrize("name", ONE_EACH)
def test_where_the_system_refuses_a_thread_the_running_ones_are_joined(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(threading.enumerate())
    go = threading.Event()
    start = threading.Thread.start

    def refuse_the_third(thread: threading.Thread) -> None:
        if len(threads_left(before)) == 2:
            go.set()
            raise RuntimeError("can't start new thread")
        start(thread)

    def waits(number: int) -> int:
        go.wait(odd_tasks.GENEROUS)
        return number

    monkeypatch.setattr(threading.Thread, "start", refuse_the_third)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        run(name, waits, range(4))
    assert threads_left(before) == set()


def test_a_thread_pool_joins_its_threads_after_a_task_that_raised() -> None:
    before = set(threading.enumerate())
    for _ in range(20):  # threads that are not joined are often gone a moment later
        with pytest.raises(LookupError):
            run("threadpool-map", odd_tasks.raises, range(4), workers=4)
        assert threads_left(before) == set()
