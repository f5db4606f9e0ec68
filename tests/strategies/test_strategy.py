"""What a registered strategy says of itself."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from concbench.model import Settings
from concbench.registry import UnknownName
from concbench.strategies.strategy import Strategy, python_at_least, strategies, strategy
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


def test_concbenchs_own_strategies_are_registered() -> None:
    assert set(strategies.all()) >= OWN


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_strategy_says_in_one_line_what_it_is(name: str) -> None:
    assert strategies.get(name).name == name
    assert strategies.get(name).about.endswith(".")
    assert "\n" not in strategies.get(name).about


def test_an_unknown_strategy_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match="there is no strategy 'pool-mp'; did you mean 'pool-map'"):
        strategies.get("pool-mp")


def test_serial_has_one_lane() -> None:
    assert strategies.get("serial").lanes(Settings(workers=4, limit=3), tasks=10) == 1


@pytest.mark.parametrize("name", [name for name in runnable("workers") if name != "pool-apply"])
def test_a_fixed_set_of_workers_has_a_lane_each_and_no_limit(name: str) -> None:
    assert strategies.get(name).lanes(Settings(workers=4, limit=2), tasks=10) == 4


@pytest.mark.parametrize("name", runnable("limit"))
def test_one_worker_a_task_has_as_many_lanes_as_tasks_and_no_more_than_the_limit(name: str) -> None:
    found = strategies.get(name)
    assert found.lanes(Settings(workers=4), tasks=10) == 10
    assert found.lanes(Settings(limit=3), tasks=10) == 3
    assert found.lanes(Settings(limit=30), tasks=10) == 10


def test_a_coroutine_strategy_says_why_not_of_a_workload_without_coroutines() -> None:
    found = strategies.get("asyncio-gather")
    assert found.why_not("cpu", has_coroutine=False) == "workload 'cpu' has no coroutine form"
    assert found.why_not("sleep", has_coroutine=True) is None


@pytest.mark.parametrize("name", [name for name in runnable() if name != "asyncio-gather"])
def test_every_other_strategy_runs_any_workload(name: str) -> None:
    assert strategies.get(name).why_not("cpu", has_coroutine=False) is None


def test_a_pool_of_interpreters_needs_a_python_that_has_one() -> None:
    reason = strategies.get("executor-interpreters").why_not("cpu", has_coroutine=False)
    if sys.version_info >= (3, 14):
        assert reason is None
    else:
        assert reason == f"needs Python 3.14 or later, and this is 3.{sys.version_info.minor}"


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

    @strategy("nobody", workers="none", missing=lambda: "nobody is there")
    @contextmanager
    def nobody(_settings: Settings) -> Iterator[RunTasks]:
        """Nobody at all.

        And more lines, which are not shown.
        """
        yield lambda _task, _items: []

    found = added["nobody"]
    assert found.why_not("cpu", has_coroutine=True) == "nobody is there"
    assert (found.open, found.about, found.returns, found.settings) == (nobody, "Nobody at all.", "results", ())
