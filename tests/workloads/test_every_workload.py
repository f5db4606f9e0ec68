"""What every registered workload promises."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from concbench.model.case import Workload
from concbench.workloads.workload import Kind, Tasks, build, workload, workloads

KINDS = list(workloads.all())
OWN = {"cpu", "cpu-nogil", "skewed", "tutorial", "payload", "sleep", "mixed", "memory"}


def small(name: str, tasks: int = 5) -> Tasks:
    """Make a workload ready in a size that takes milliseconds."""
    sizes = {"task_time": 0.001, "loops": 50, "payload": 1000, "memory": 3 * 4096 + 1}
    return build(Workload(name=name, tasks=tasks, **sizes))  # type: ignore[arg-type]  # each has its field's type


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("tasks", [1, 7])
def test_every_task_returns_what_is_expected_also_where_it_was_moved(name: str, tasks: int) -> None:
    ready = small(name, tasks)
    assert len(ready.items) == len(ready.expected) == tasks
    assert ready.weights is None or len(ready.weights) == tasks
    assert [ready.task(item) for item in ready.items] == list(ready.expected)
    task, items = pickle.loads(pickle.dumps((ready.task, list(ready.items))))
    assert pickle.loads(pickle.dumps([task(item) for item in items])) == list(ready.expected)


@pytest.mark.parametrize("name", sorted(OWN - {"skewed"}))  # whose sums of number and loops may meet
def test_no_two_tasks_of_a_workload_expect_the_same_so_that_a_swap_is_noticed(name: str) -> None:
    assert len(set(small(name, 20).expected)) == 20


@pytest.mark.parametrize("name", KINDS)
def test_a_workload_is_described_in_one_line_and_by_its_own_sizes(name: str) -> None:
    kind = workloads.get(name)
    assert kind.about.endswith(".")
    assert "\n" not in kind.about
    assert Workload(name=name, **kind.sizes).tasks > 1
    assert set(kind.tutorial) <= set(kind.sizes)
    assert 0 <= small(name).busy <= 1
    assert 0 <= kind.busy <= 1


@pytest.mark.parametrize("name", ["sleep", "mixed"])
def test_the_coroutine_form_returns_the_same(name: str) -> None:
    ready = small(name)
    assert ready.coroutine is not None
    form: Callable[[Any], Awaitable[Any]] = ready.coroutine

    async def all_of_them() -> list[Any]:
        return [await form(item) for item in ready.items]

    assert asyncio.run(all_of_them()) == list(ready.expected)


def test_only_waiting_workloads_have_a_coroutine_form() -> None:
    assert {name for name in OWN if small(name).coroutine is not None} == {"sleep", "mixed"}


def test_sleeping_in_the_tutorial_takes_half_a_second() -> None:
    kind = workloads.get("sleep")
    assert {**kind.sizes, **kind.tutorial} == {"tasks": 100, "task_time": 0.5}


def test_a_workload_of_which_nothing_is_said_computes_and_is_not_calibrated(monkeypatch: pytest.MonkeyPatch) -> None:
    added: dict[str, Kind] = {}
    monkeypatch.setattr(workloads, "add", added.__setitem__)

    @workload("nothing", tasks=1)
    def nothing(_sizes: Workload) -> Tasks:
        """Nothing.

        And more lines, which are not shown.
        """
        return Tasks(task=abs, items=[0], expected=[0], busy=1.0)

    kind = added["nothing"]
    assert (kind.build, kind.about, kind.sizes, kind.tutorial) == (nothing, "Nothing.", {"tasks": 1}, {})
    assert (kind.spin, kind.busy, kind.measured) == (None, 1.0, False)
