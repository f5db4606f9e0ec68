"""What a task's traceback promises: the task's own frames, and not those of what called it."""

from __future__ import annotations

from typing import Any

import pytest

from concbench.host.tracebacks import from_task_on, is_carried, task_traceback
from concbench.model import Settings
from concbench.strategies.strategy import strategies
from tests.host import troubles

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

LOCAL = ("serial", "thread", "thread-subclass", "asyncio-to-thread", "executor-threads", "threadpool-map")
CARRIED = ("pool-map", "pool-apply-async", "process-pipe", "process-queue")


def raised_by(strategy: str, task: Any) -> BaseException:
    """Return what a strategy raises when it runs a task."""
    with pytest.raises(Exception) as caught, strategies.get(strategy).open(Settings(workers=1)) as run_tasks:
        run_tasks(task, [7])
    return caught.value


def frames(text: str) -> list[str]:
    """Return the names of the functions in a traceback."""
    return [line.rpartition(" in ")[2] for line in text.splitlines() if line.startswith("  File ")]


@pytest.mark.parametrize("strategy", [*LOCAL, *CARRIED, "executor-processes"])
def test_a_traceback_shows_the_tasks_frames_only(strategy: str) -> None:
    text = task_traceback(raised_by(strategy, troubles.raise_deep_down))
    assert text.splitlines()[0] == "Traceback (most recent call last):"
    assert text.splitlines()[-1] == "LookupError: no 7 here"
    assert frames(text) == ["raise_deep_down", "deeper"]
    assert 'raise LookupError(f"no {number} here")' in text


def test_a_traceback_of_a_coroutine_shows_its_frames_only() -> None:
    text = task_traceback(raised_by("asyncio-gather", troubles.raise_deep_down_async))
    assert frames(text) == ["raise_deep_down_async", "deeper"]


def test_machinery_that_the_task_itself_calls_is_shown_after_the_tasks_frames() -> None:
    own = frames(task_traceback(raised_by("serial", troubles.raise_in_an_executor_of_its_own)))
    assert own[0] == "raise_in_an_executor_of_its_own"
    assert own[-1] == "deeper"
    text = task_traceback(raised_by("asyncio-gather", troubles.raise_inside_asyncio))
    assert frames(text.rpartition("Traceback (most recent call last):")[2])[0] == "raise_inside_asyncio"


@pytest.mark.parametrize("strategy", ["serial", "thread", "pool-map", "process-pipe", "executor-processes"])
def test_a_traceback_of_a_group_shows_the_tasks_frames_only(strategy: str) -> None:
    lines = task_traceback(raised_by(strategy, troubles.raise_a_group)).splitlines()
    assert lines[0] == "  + Exception Group Traceback (most recent call last):"
    assert [line.rpartition(" in ")[2] for line in lines if "File" in line] == ["raise_a_group"]
    assert "  | ExceptionGroup: all of it (2 sub-exceptions)" in lines
    assert "    | ValueError: nor there" in lines


@pytest.mark.parametrize("strategy", ["serial", "thread", "pool-map", "process-pipe", "executor-processes"])
def test_a_function_that_does_not_take_one_item_has_no_frame_of_anybodys(strategy: str) -> None:
    text = task_traceback(raised_by(strategy, troubles.takes_two))
    assert text == "TypeError: takes_two() missing 1 required positional argument: 'other'"


@pytest.mark.parametrize("strategy", ["serial", "thread", "pool-map", "process-pipe", "executor-processes"])
def test_the_cause_of_what_a_task_raised_is_shown_too(strategy: str) -> None:
    text = task_traceback(raised_by(strategy, troubles.raise_with_a_cause))
    assert frames(text) == ["raise_with_a_cause", "deeper", "raise_with_a_cause"]
    assert "LookupError: no 7 here\n\nThe above exception was the direct cause" in text
    assert text.endswith("ValueError: that did not go well")


@pytest.mark.parametrize("strategy", CARRIED)
def test_what_another_process_raised_is_carried(strategy: str) -> None:
    assert is_carried(raised_by(strategy, troubles.raise_deep_down))


@pytest.mark.parametrize("strategy", LOCAL)
def test_what_reaches_the_caller_by_itself_is_not_carried(strategy: str) -> None:
    assert not is_carried(raised_by(strategy, troubles.raise_deep_down))


def test_where_the_machinery_itself_raises_the_whole_traceback_is_shown() -> None:
    text = task_traceback(raised_by("pool-map", lambda number: number))
    assert any("multiprocessing" in line for line in text.splitlines())
    assert "pickle" in text.splitlines()[-1]


def test_a_text_that_is_no_traceback_stays_as_it_is() -> None:
    assert from_task_on("nothing of the kind") == "nothing of the kind"
    assert from_task_on("") == ""
