"""What strategies with one process for each task promise beyond what all do: a lost process is reported."""

from __future__ import annotations

from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from concbench.strategies.strategy import UnpicklableResult, WorkerDied
from tests.strategies import odd_tasks
from tests.strategies.running import run

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

WITH_RESULTS = ("process-pipe", "process-queue")
LIMITS = (None, 1, 2)


@pytest.mark.parametrize("limit", LIMITS)
def test_the_exit_codes_come_in_the_order_of_the_tasks(limit: int | None) -> None:
    assert run("process", odd_tasks.is_killed, range(4), limit=limit) == [0, 0, -9, 0]
    assert run("process", odd_tasks.ends_its_process, range(4), limit=limit) == [0, 0, 3, 0]
    assert run("process", odd_tasks.leaves, range(4), limit=limit) == [0, 0, 5, 0]


def test_the_limit_holds_where_an_exit_code_is_known_late(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The system closes a process's sentinel a moment before its parent can learn the exit code.
    known = BaseProcess.exitcode.fget  # type: ignore[attr-defined]  # typeshed knows no property of a class
    join = BaseProcess.join
    joined: set[BaseProcess] = set()

    def late(process: BaseProcess) -> int | None:
        return known(process) if process in joined else None

    def noted(process: BaseProcess, timeout: float | None = None) -> None:
        join(process, timeout)
        joined.add(process)

    monkeypatch.setattr(BaseProcess, "exitcode", property(late))
    monkeypatch.setattr(BaseProcess, "join", noted)
    one_place = partial(odd_tasks.take_a_place, tmp_path, 1)
    assert run("process", one_place, range(6), limit=1) == [0] * 6


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("name", WITH_RESULTS)
@pytest.mark.parametrize(
    ("task", "how"),
    [
        (odd_tasks.is_killed, "was killed by signal 9"),
        (odd_tasks.ends_its_process, "ended with exit code 3"),
        (odd_tasks.leaves, "ended with exit code 5"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_lost_process_is_reported_with_how_it_ended(
    name: str, task: odd_tasks.Task, how: str, limit: int | None
) -> None:
    with pytest.raises(WorkerDied, match=f"^the process of task 2 {how} and sent no result$"):
        run(name, task, range(4), limit=limit)


@pytest.mark.parametrize("name", WITH_RESULTS)
def test_when_a_process_is_lost_those_that_hang_are_ended(name: str) -> None:
    with pytest.raises(WorkerDied, match="was killed by signal 9"):
        run(name, odd_tasks.is_killed_while_others_hang, [odd_tasks.FAULTY, 0, 1])


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("name", WITH_RESULTS)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_result_that_can_not_be_sent_is_reported(name: str, limit: int | None) -> None:
    with pytest.raises(UnpicklableResult):
        run(name, odd_tasks.cannot_be_sent, range(4), limit=limit)


def test_a_pipe_says_what_can_not_be_sent() -> None:
    with pytest.raises(UnpicklableResult, match=r"^TypeError: cannot pickle '_thread\.lock' object$"):
        run("process-pipe", odd_tasks.cannot_be_sent, range(4))


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("name", WITH_RESULTS)
def test_results_larger_than_any_buffer_do_not_block(name: str, limit: int | None) -> None:
    assert run(name, odd_tasks.large, range(5), limit=limit) == [odd_tasks.large(number) for number in range(5)]


@pytest.mark.thorough
@pytest.mark.parametrize("name", WITH_RESULTS)
def test_large_arguments_and_results_survive_a_spawn(name: str) -> None:
    argument = b"\xa5" * odd_tasks.MIB
    assert run(name, bytes.upper, [argument, argument], limit=1, start_method="spawn") == [argument.upper()] * 2


@pytest.mark.parametrize("name", ["process", *WITH_RESULTS])
def test_an_argument_that_can_not_be_sent_is_raised_and_no_process_is_left(name: str) -> None:
    with pytest.raises((AttributeError, TypeError), match="pickle"):
        run(
            name, partial(odd_tasks.hand_back, odd_tasks.cannot_be_sent(odd_tasks.FAULTY)), [0, 1], start_method="spawn"
        )
