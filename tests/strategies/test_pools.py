"""What strategies on a `Pool` promise beyond what all do."""

from __future__ import annotations

from functools import partial
from multiprocessing.pool import MaybeEncodingError  # type: ignore[attr-defined]  # typeshed leaves it out
from pathlib import Path
from pickle import PicklingError
from types import SimpleNamespace

import pytest

from concbench.strategies import pools
from tests.strategies import odd_tasks
from tests.strategies.running import run, runnable

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

POOLS = [name for name in runnable() if name.startswith("pool-")]


def test_pool_apply_runs_one_task_at_a_time(tmp_path: Path) -> None:
    one_place = partial(odd_tasks.take_a_place, tmp_path, 1)
    assert run("pool-apply", one_place, range(4), workers=2) == [0, 1, 2, 3]


def test_a_callback_that_ran_elsewhere_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    pids = iter([111, 222])  # first the callback asks for its process, then the parent
    monkeypatch.setattr(pools, "os", SimpleNamespace(getpid=lambda: next(pids, 222)))
    with pytest.raises(pools.CallbackElsewhere, match="the callback of task 0 ran in process 111, not in the parent"):
        run("pool-callback", odd_tasks.double, [1], workers=1)


def test_callbacks_put_each_result_in_its_place() -> None:
    assert run("pool-callback", odd_tasks.double, range(50), workers=2) == [2 * number for number in range(50)]


@pytest.mark.parametrize("name", POOLS)
def test_a_result_that_can_not_be_sent_is_raised(name: str) -> None:
    with pytest.raises(MaybeEncodingError, match="Error sending result"):
        run(name, odd_tasks.cannot_be_sent, range(4), workers=1)


@pytest.mark.parametrize("name", POOLS)
def test_an_argument_that_can_not_be_sent_is_raised(name: str) -> None:
    with pytest.raises((AttributeError, TypeError, PicklingError), match="pickle"):  # the last from Python 3.14 on
        run(name, lambda number: number, range(4), workers=1)
