"""What a failure promises: the reason that a row shows, from whatever a sample raised, and the task's own frames."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import sys
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from concbench.experiments.verification import WrongResult, verify
from concbench.host.failures import failure_of, from_task_on, is_carried, shared_memory_lacks, task_traceback
from concbench.model.case import Settings
from concbench.model.result import Failure
from concbench.registry import UnknownName
from concbench.strategies.strategy import TaskTraceback, Unavailable, UnpicklableResult, WorkerDied, strategies
from concbench.workloads.workload import UnfitFunction, UnfitItems
from tests.host import troubles
from tests.strategies import odd_tasks

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

NO_FILES = OSError(errno.EMFILE, "Too many open files")
NO_THREAD = RuntimeError("can't start new thread")
REFUSED = "the system refuses to start more: "
MOVED = "it can't be moved between processes: "


def raised_by(strategy: str, task: Any, **settings: Any) -> BaseException:
    """What a strategy raises when it runs a task."""
    opened = strategies.get(strategy).open(Settings(workers=1, **settings))
    with pytest.raises(Exception) as caught, opened as run_tasks:
        run_tasks(task, [7])
    return caught.value


def carried(error: BaseException, text: str = "") -> BaseException:
    """An exception as it comes back from another process."""
    error.__cause__ = TaskTraceback(f"Traceback (most recent call last):\n  elsewhere\n{text}")
    return error


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (Unavailable("needs what is not there"), "unavailable", "needs what is not there"),
        (UnfitFunction("names none"), "unfit function", "names none"),
        (UnfitItems("are none"), "unfit items", "are none"),
        (UnknownName("strategy", "x", ["y"]), "unavailable", "there is no strategy 'x'; known: y"),
        (WrongResult("task 0 returned 1; expected 2"), "wrong result", "task 0 returned 1; expected 2"),
        (WorkerDied("it was killed"), "worker died", "it was killed"),
        (UnpicklableResult("a lock"), "unpicklable", f"{MOVED}a lock"),
        (pickle.PicklingError("no"), "unpicklable", f"{MOVED}no"),
        (ValueError("a b"), "raised", "ValueError: a b"),
        (ValueError(), "raised", "ValueError"),
        (KeyboardInterrupt(), "raised", "KeyboardInterrupt"),
        (SystemExit(3), "raised", "SystemExit: 3"),
        (RecursionError("maximum depth"), "raised", "RecursionError: maximum depth"),
        (NO_THREAD, "refused", f"{REFUSED}can't start new thread"),
        *(
            (OSError(number, "no"), "refused", f"{REFUSED}{OSError(number, 'no')}")
            for number in (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EPERM)
        ),
        (FileNotFoundError(errno.ENOENT, "No such", "x"), "raised", "FileNotFoundError: [Errno 2] No such: 'x'"),
        # What a task was refused in another process is the task's own trouble.
        (carried(OSError(errno.EMFILE, "no")), "raised", "OSError: [Errno 24] no"),
        (carried(RuntimeError("can't start new thread")), "raised", "RuntimeError: can't start new thread"),
    ],
    ids=lambda value: repr(value)[:30] if isinstance(value, BaseException) else "",
)
def test_every_exception_has_a_kind_that_the_run_document_knows_and_a_message(
    error: BaseException, kind: str, message: str
) -> None:
    failure = failure_of(error)
    assert (failure["kind"], failure["message"]) == (kind, message)
    assert ("traceback" in failure) == (kind == "raised")
    assert msgspec.convert(failure, Failure).kind in get_args(get_type_hints(Failure)["kind"])


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
def test_megabytes_of_text_are_cut_and_what_was_left_out_is_said(error: Exception) -> None:
    for each in (error.with_traceback(None), carried(error, str(error))):
        failure = failure_of(each)
        assert sum(map(len, failure.values())) < 10_000
        assert "more characters]" in failure["message"]


def test_a_huge_result_is_shown_in_part_and_an_exception_without_a_text_by_its_name() -> None:
    with pytest.raises(WrongResult) as caught:
        verify("results", [b"x" * 50_000_000], [b"y" * 50_000_000])
    assert len(failure_of(caught.value)["message"]) < 500
    failure = failure_of(NoText())
    assert (failure["kind"], failure["message"]) == ("raised", "NoText")


@pytest.mark.parametrize("strategy", ["pool-map", "pool-apply", "pool-imap", "executor-processes", "process-pipe"])
def test_what_can_not_be_sent_is_said_in_the_same_words_by_all_strategies(strategy: str) -> None:
    failure = failure_of(raised_by(strategy, troubles.cannot_be_sent))
    assert failure == {"kind": "unpicklable", "message": f"{MOVED}cannot pickle '_thread.lock' object"}


@pytest.mark.parametrize(
    ("strategy", "settings"),
    [("pool-map", {}), ("executor-processes", {}), ("pool-apply", {}), ("process", {"start_method": "spawn"})],
)
def test_a_task_that_can_not_be_sent_is_unpicklable(strategy: str, settings: dict[str, Any]) -> None:
    error = raised_by(strategy, lambda number: number, **settings)
    assert failure_of(error)["kind"] == "unpicklable"
    if strategy == "pool-map":  # the machinery itself raises: its whole traceback is shown
        assert "multiprocessing" in task_traceback(error)


def test_what_is_nested_too_deeply_to_be_pickled_is_unpicklable() -> None:
    deep: list[Any] = []
    for _ in range(1_000_000):  # from Python 3.14 on, the limit is that of the C stack
        deep = [deep]
    with pytest.raises(RecursionError) as caught:
        pickle.dumps(deep)
    assert failure_of(caught.value)["kind"] == "unpicklable"


@pytest.mark.parametrize(
    ("strategy", "task"),
    [
        *((name, troubles.take_no_more) for name in ("pool-map", "executor-processes", "process-pipe")),
        *((name, troubles.read_a_missing_pickle) for name in ("serial", "thread", "pool-map")),
    ],
)
def test_a_tasks_own_trouble_is_not_taken_for_the_strategys(strategy: str, task: Any) -> None:
    failure = failure_of(raised_by(strategy, task))
    assert failure["kind"] == "raised"
    assert f"in {task.__name__}" in failure["traceback"]


@pytest.mark.parametrize("task", [odd_tasks.is_killed, odd_tasks.ends_its_process])
def test_a_lost_worker_of_an_executor_is_a_worker_that_died(task: odd_tasks.Task) -> None:
    opened = strategies.get("executor-processes").open(Settings(workers=1))
    with pytest.raises(Exception) as caught, opened as run_tasks:
        run_tasks(task, range(4))
    message = "a worker process ended abruptly, and with it the whole executor"
    assert failure_of(caught.value) == {"kind": "worker died", "message": message}


def test_a_bus_error_says_what_it_means() -> None:
    failure = failure_of(WorkerDied(f"the process of task 3 was killed by signal {signal.SIGBUS:d}"))
    assert failure["message"].endswith("which happens when /dev/shm or the disk is full")


@pytest.mark.skipif(sys.platform != "linux", reason="where Linux keeps semaphores")
@pytest.mark.parametrize(
    ("error", "shared", "lack"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file"), "/no-such-folder", "there is no /no-such-folder"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/psm_1234"), "/no-such-folder", "there is no"),
        (OSError(errno.ENOSPC, "full"), "/proc", "/proc, where semaphores and shared memory are made, is full"),
        (OSError(errno.EROFS, "Read-only file system"), "/sys", None),
        (OSError(errno.ENOSPC, "full"), "/", None),
        (FileNotFoundError(errno.ENOENT, "No such file", "words.txt"), "/no-such-folder", None),
        (OSError(errno.EINVAL, os.strerror(errno.EINVAL)), "/no-such-folder", None),
        (ValueError("/dev/shm"), "/no-such-folder", None),
    ],
)
def test_what_shared_memory_lacks_is_named_where_that_is_the_cause(
    error: BaseException, shared: str, lack: str | None
) -> None:
    said = shared_memory_lacks(error, shared)
    assert said is None if lack is None else said is not None and lack in said


# Tracebacks

LOCAL = ("serial", "thread", "thread-subclass", "asyncio-to-thread", "executor-threads", "threadpool-map")
CARRIED = ("pool-map", "pool-apply-async", "process-pipe", "process-queue")
SOME = pytest.mark.parametrize("strategy", ["serial", "thread", "pool-map", "process-pipe", "executor-processes"])


def frames(text: str) -> list[str]:
    """The names of the functions in a traceback."""
    return [line.rpartition(" in ")[2] for line in text.splitlines() if line.lstrip(" |").startswith("File ")]


@pytest.mark.parametrize("strategy", [*LOCAL, *CARRIED, "executor-processes"])
def test_a_traceback_shows_the_tasks_frames_only(strategy: str) -> None:
    error = raised_by(strategy, troubles.raise_deep_down)
    text = task_traceback(error)
    assert text.splitlines()[0] == "Traceback (most recent call last):"
    assert text.splitlines()[-1] == "LookupError: no 7 here"
    assert frames(text) == ["raise_deep_down", "deeper"]
    assert 'raise LookupError(f"no {number} here")' in text
    assert strategy == "executor-processes" or is_carried(error) == (strategy in CARRIED)


def test_a_traceback_of_a_coroutine_shows_its_frames_only() -> None:
    text = task_traceback(raised_by("asyncio-gather", troubles.raise_deep_down_async))
    assert frames(text) == ["raise_deep_down_async", "deeper"]


def test_machinery_that_the_task_itself_calls_is_shown_after_the_tasks_frames() -> None:
    own = frames(task_traceback(raised_by("serial", troubles.raise_in_an_executor_of_its_own)))
    assert (own[0], own[-1]) == ("raise_in_an_executor_of_its_own", "deeper")
    text = task_traceback(raised_by("asyncio-gather", troubles.raise_inside_asyncio))
    assert frames(text.rpartition("Traceback (most recent call last):")[2])[0] == "raise_inside_asyncio"


@SOME
def test_a_traceback_of_a_group_shows_the_tasks_frames_only(strategy: str) -> None:
    text = task_traceback(raised_by(strategy, troubles.raise_a_group))
    lines = text.splitlines()
    assert lines[0] == "  + Exception Group Traceback (most recent call last):"
    assert frames(text) == ["raise_a_group"]
    assert "  | ExceptionGroup: all of it (2 sub-exceptions)" in lines
    assert "    | ValueError: nor there" in lines


@SOME
def test_a_function_that_does_not_take_one_item_has_no_frames(strategy: str) -> None:
    text = task_traceback(raised_by(strategy, troubles.takes_two))
    assert text == "TypeError: takes_two() missing 1 required positional argument: 'other'"


@SOME
def test_the_cause_of_what_a_task_raised_is_shown_too(strategy: str) -> None:
    text = task_traceback(raised_by(strategy, troubles.raise_with_a_cause))
    assert frames(text) == ["raise_with_a_cause", "deeper", "raise_with_a_cause"]
    assert "LookupError: no 7 here\n\nThe above exception was the direct cause" in text
    assert text.endswith("ValueError: that did not go well")


def test_a_text_that_is_no_traceback_stays_as_it_is() -> None:
    assert from_task_on("nothing of the kind") == "nothing of the kind"
    assert from_task_on("") == ""
