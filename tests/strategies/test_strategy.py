"""What a registered strategy says about itself."""

from __future__ import annotations

import pickle
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from concbench.model.case import Settings
from concbench.strategies.strategy import (
    Outcome,
    Strategy,
    TaskTraceback,
    attempt,
    python_at_least,
    strategies,
    strategy,
)
from tests.strategies import odd_tasks
from tests.strategies.running import runnable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from concbench.strategies.strategy import RunTasks

OWN = {
    "serial",
    *("process", "process-pipe", "process-queue"),
    *("pool-map", "pool-map-async", "pool-imap", "pool-imap-unordered", "pool-starmap"),
    *("pool-apply", "pool-apply-async", "pool-callback"),
    *("thread", "thread-subclass", "threadpool-map"),
    *("executor-threads", "executor-processes", "executor-interpreters"),
    *("asyncio-gather", "asyncio-to-thread"),
}


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_strategy_says_in_one_line_what_it_is(name: str) -> None:
    assert strategies.get(name).name == name
    assert strategies.get(name).about.endswith(".")
    assert "\n" not in strategies.get(name).about


@pytest.mark.parametrize(
    ("names", "workers", "limit", "lanes"),
    [
        (["serial"], 4, 3, 1),
        ([name for name in runnable("workers") if name != "pool-apply"], 4, 2, 4),
        (runnable("limit"), 4, None, 10),
        (runnable("limit"), 4, 3, 3),
        (runnable("limit"), 4, 30, 10),
    ],
)
def test_ten_tasks_run_in_as_many_lanes_as_there_are_workers_or_as_the_limit_lets(
    names: list[str], workers: int, limit: int | None, lanes: int
) -> None:
    for name in names:
        assert strategies.get(name).lanes(Settings(workers=workers, limit=limit), tasks=10) == lanes, name


def test_a_coroutine_strategy_says_why_not_of_a_workload_without_coroutines() -> None:
    found = strategies.get("asyncio-gather")
    assert found.why_not("cpu", has_coroutine=False) == "workload 'cpu' has no coroutine form"
    assert found.why_not("sleep", has_coroutine=True) is None


def test_a_version_of_python_is_missing_only_where_it_is_older() -> None:
    major, minor = sys.version_info[:2]
    assert python_at_least(major, minor)() is None
    assert python_at_least(major, minor - 1)() is None
    reason = f"needs Python {major}.{minor + 1} or later, and this is {major}.{minor}"
    assert python_at_least(major, minor + 1)() == reason
    assert python_at_least(major + 1, 0)() is not None


def test_what_is_missing_is_the_reason_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    added: dict[str, Strategy] = {}
    monkeypatch.setattr(strategies, "add", added.__setitem__)

    @strategy("unrunnable", workers="none", missing=lambda: "it never can")
    @contextmanager
    def unrunnable(_settings: Settings) -> Iterator[RunTasks]:
        """Never runs.

        More lines, which are not shown.
        """
        yield lambda _task, _items: []

    found = added["unrunnable"]
    assert found.why_not("cpu", has_coroutine=True) == "it never can"
    assert (found.open, found.about, found.returns, found.settings) == (unrunnable, "Never runs.", "results", ())


# The outcome of a task


def test_an_outcome_holds_a_result_also_none() -> None:
    assert attempt(odd_tasks.double, 4).get() == 8
    assert pickle.loads(pickle.dumps(Outcome())).get() is None


def test_an_exception_is_raised_again_with_its_traceback_as_the_cause() -> None:
    outcome: Outcome = pickle.loads(pickle.dumps(attempt(odd_tasks.raises, odd_tasks.FAULTY)))
    with pytest.raises(LookupError, match="the task's own trouble") as caught:
        outcome.get()
    cause = caught.value.__cause__
    assert isinstance(cause, TaskTraceback)
    assert "in raises" in str(cause)
    assert str(cause).endswith("LookupError: the task's own trouble\n")


def test_exiting_and_interrupting_are_no_outcome() -> None:
    with pytest.raises(SystemExit):
        attempt(odd_tasks.leaves, odd_tasks.FAULTY)
