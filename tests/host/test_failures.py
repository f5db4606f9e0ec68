"""What a failure promises: the reason that a row shows, from whatever a sample raised."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import sys
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from concbench.experiments.tasks import WrongResult, verify
from concbench.host.failures import failure_of, shared_memory_lacks
from concbench.model import Failure, Settings
from concbench.registry import UnknownName
from concbench.strategies.outcome import TaskTraceback, UnpicklableResult
from concbench.strategies.strategy import Unavailable, WorkerDied, strategies
from concbench.workloads.kinds import UnfitFunction, UnfitItems
from tests.host import troubles
from tests.strategies import odd_tasks

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


def carried(error: BaseException) -> BaseException:
    """Return an exception as it comes back from another process."""
    error.__cause__ = TaskTraceback("Traceback (most recent call last):\n  elsewhere\n")
    return error


def failure_by(strategy: str, task: Any, **settings: Any) -> dict[str, str]:
    """Return the failure of what a strategy raises when it runs a task."""
    opened = strategies.get(strategy).open(Settings(workers=1, **settings))
    with pytest.raises(Exception) as caught, opened as run_tasks:
        run_tasks(task, range(4))
    return failure_of(caught.value)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (Unavailable("needs what is not there"), "unavailable", "needs what is not there"),
        (UnfitFunction("names none"), "unfit function", "names none"),
        (UnfitItems("are none"), "unfit items", "are none"),
        (UnknownName("strategy", "x", ["y"]), "unavailable", "there is no strategy 'x'; known: y"),
        (WrongResult("task 0 returned 1, and 2 is right"), "wrong result", "task 0 returned 1, and 2 is right"),
        (WorkerDied("it was killed"), "worker died", "it was killed"),
        (UnpicklableResult("a lock"), "unpicklable", "it can't be moved between processes: a lock"),
        (pickle.PicklingError("no"), "unpicklable", "it can't be moved between processes: no"),
        (ValueError("a b"), "raised", "ValueError: a b"),
        (ValueError(), "raised", "ValueError"),
        (KeyboardInterrupt(), "raised", "KeyboardInterrupt"),
        (SystemExit(3), "raised", "SystemExit: 3"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_every_exception_has_a_kind_and_a_message(error: BaseException, kind: str, message: str) -> None:
    failure = failure_of(error)
    assert (failure["kind"], failure["message"]) == (kind, message)
    assert ("traceback" in failure) == (kind == "raised")


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EPERM])
def test_a_system_that_will_not_start_another_process_refuses(number: int) -> None:
    failure = failure_of(OSError(number, os.strerror(number)))
    assert failure["kind"] == "refused"
    assert failure["message"].startswith("the system refuses to start more: ")
    assert os.strerror(number) in failure["message"]


def test_a_system_that_will_not_start_another_thread_refuses() -> None:
    failure = failure_of(RuntimeError("can't start new thread"))
    assert failure["kind"] == "refused"


@pytest.mark.parametrize(
    "error", [OSError(errno.EMFILE, "Too many open files"), RuntimeError("can't start new thread")], ids=str
)
def test_what_a_task_was_refused_in_another_process_is_the_tasks_own_trouble(error: Exception) -> None:
    assert failure_of(carried(error))["kind"] == "raised"


class Megabytes(Exception):
    def __str__(self) -> str:
        return "x" * 5_000_000


class NoText(Exception):
    def __str__(self) -> str:
        raise OSError("no text")


@pytest.mark.parametrize(
    "error",
    [ValueError("x" * 5_000_000), ValueError("a line\n" * 1_000_000), Megabytes(), WrongResult("x" * 5_000_000)],
    ids=["one line", "lines", "by its __str__", "wrong result"],
)
@pytest.mark.parametrize("carry", [False, True], ids=["here", "carried"])
def test_megabytes_of_text_are_cut_and_what_was_left_out_is_said(error: Exception, carry: bool) -> None:
    failure = failure_of(error.with_traceback(None))
    if carry:
        error.__cause__ = TaskTraceback(f"Traceback (most recent call last):\n  elsewhere\n{error}")
        failure = failure_of(error)
    assert sum(map(len, failure.values())) < 10_000
    assert "more characters]" in failure["message"]


def test_a_result_as_large_as_all_of_an_exception_is_shown_in_part() -> None:
    with pytest.raises(WrongResult) as caught:
        verify("results", [b"x" * 50_000_000], [b"y" * 50_000_000])
    assert len(failure_of(caught.value)["message"]) < 500


def test_an_exception_whose_text_can_not_be_had_is_a_row_with_its_name() -> None:
    failure = failure_of(NoText())
    assert (failure["kind"], failure["message"]) == ("raised", "NoText")


@pytest.mark.parametrize("strategy", ["pool-map", "pool-apply", "pool-imap", "executor-processes", "process-pipe"])
def test_what_can_not_be_sent_is_said_in_the_same_words_by_all_strategies(strategy: str) -> None:
    failure = failure_by(strategy, troubles.cannot_be_sent)
    assert failure["message"] == "it can't be moved between processes: cannot pickle '_thread.lock' object"


def test_what_is_nested_too_deeply_to_be_pickled_is_unpicklable() -> None:
    deep: list[Any] = []
    for _ in range(20_000):
        deep = [deep]
    with pytest.raises(RecursionError) as caught:
        pickle.dumps(deep)
    assert failure_of(caught.value)["kind"] == "unpicklable"
    assert failure_of(RecursionError("maximum recursion depth exceeded"))["kind"] == "raised"


def test_another_error_of_the_system_is_not_a_refusal() -> None:
    assert failure_of(FileNotFoundError(errno.ENOENT, "No such file"))["kind"] == "raised"


@pytest.mark.parametrize("strategy", ["pool-map", "executor-processes", "process-pipe"])
def test_a_task_that_is_refused_something_in_its_process_is_not_taken_for_the_strategy(strategy: str) -> None:
    failure = failure_by(strategy, troubles.take_no_more)
    assert failure["kind"] == "raised"
    assert "in take_no_more" in failure["traceback"]


@pytest.mark.parametrize("strategy", ["pool-map", "executor-processes", "process-pipe"])
def test_a_result_that_can_not_be_sent_is_unpicklable(strategy: str) -> None:
    failure = failure_by(strategy, troubles.cannot_be_sent)
    assert failure["kind"] == "unpicklable"
    assert "cannot pickle '_thread.lock' object" in failure["message"]


@pytest.mark.parametrize("strategy", ["pool-map", "executor-processes", "pool-apply"])
def test_a_task_that_can_not_be_sent_is_unpicklable(strategy: str) -> None:
    assert failure_by(strategy, lambda number: number)["kind"] == "unpicklable"


def test_arguments_of_a_spawned_process_that_can_not_be_sent_are_unpicklable() -> None:
    assert failure_by("process", lambda number: number, start_method="spawn")["kind"] == "unpicklable"


@pytest.mark.parametrize("strategy", ["serial", "thread", "pool-map"])
def test_a_task_whose_own_trouble_names_a_pickle_is_not_unpicklable(strategy: str) -> None:
    failure = failure_by(strategy, troubles.read_a_missing_pickle)
    assert failure["kind"] == "raised"
    assert failure["message"].startswith("FileNotFoundError: ")
    assert "in read_a_missing_pickle" in failure["traceback"]


@pytest.mark.parametrize("task", [odd_tasks.is_killed, odd_tasks.ends_its_process])
def test_a_lost_worker_of_an_executor_is_a_worker_that_died(task: odd_tasks.Task) -> None:
    failure = failure_by("executor-processes", task)
    assert failure == {
        "kind": "worker died",
        "message": "a worker process ended abruptly, and with it the whole executor",
    }


@pytest.mark.parametrize(
    "error", [Unavailable("x"), WrongResult("x"), WorkerDied("x"), UnpicklableResult("x"), OSError(errno.EMFILE, "x")]
)
def test_a_failure_is_what_the_run_document_calls_one(error: Exception) -> None:
    converted = msgspec.convert(failure_of(error), Failure)
    assert converted.kind in get_args(get_type_hints(Failure)["kind"])


# /dev/shm

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.skipif(sys.platform != "linux", reason="where Linux keeps semaphores")
@pytest.mark.parametrize(
    ("error", "shared", "lack"),
    [
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory"),
            "/no-such-folder",
            "there is no /no-such-folder",
        ),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/psm_1234"), "/no-such-folder", "there is no"),
        (FULL, "/proc", "/proc, where semaphores and shared memory are made, is full"),
        (OSError(errno.EROFS, "Read-only file system"), "/sys", None),
        (FULL, "/", None),
        (FileNotFoundError(errno.ENOENT, "No such file", "words.txt"), "/no-such-folder", None),
        (OSError(errno.EINVAL, "Invalid argument"), "/no-such-folder", None),
        (ValueError("/dev/shm"), "/no-such-folder", None),
    ],
)
def test_what_shared_memory_lacks_is_named_where_that_is_the_cause(
    error: BaseException, shared: str, lack: str | None
) -> None:
    said = shared_memory_lacks(error, shared)
    assert said is None if lack is None else said is not None and lack in said


def test_a_bus_error_says_what_it_means() -> None:
    failure = failure_of(WorkerDied(f"the process of task 3 was killed by signal {signal.SIGBUS:d}"))
    assert failure["message"].endswith("as where /dev/shm or the disk is full")
