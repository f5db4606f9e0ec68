"""What the computing workloads promise."""

from __future__ import annotations

from typing import Any

import pytest

from concbench.model import Workload
from concbench.workloads.computing import count_to_hundred, count_turns, count_up
from concbench.workloads.named import build


def skewed(**sizes: int) -> list[tuple[int, int]]:
    known: dict[str, Any] = {"tasks": 100, "loops": 1000, **sizes}
    return list(build(Workload(name="skewed", **known)).items)


@pytest.mark.parametrize("loops", [0, 1, 1000])
def test_counting_up_adds_one_for_each_loop(loops: int) -> None:
    assert count_up(loops, 7) == 7 + loops
    assert count_turns(loops) == loops


def test_the_tutorials_task_adds_a_hundred() -> None:
    assert count_to_hundred(5) == 105


def test_the_loops_asked_for_are_the_loops_done() -> None:
    ready = build(Workload(name="cpu", tasks=3, loops=1234))
    assert [ready.task(item) - item for item in ready.items] == [1234, 1234, 1234]


def test_hashing_depends_on_the_loops_asked_for() -> None:
    few, many = (build(Workload(name="cpu-nogil", tasks=1, loops=loops)).expected[0] for loops in (10, 11))
    assert few != many


def test_skewed_durations_follow_from_their_seed() -> None:
    assert skewed(seed=1) == skewed(seed=1)
    assert skewed(seed=1) != skewed(seed=2)


@pytest.mark.parametrize("seed", range(10))
def test_the_mean_of_skewed_durations_is_the_task_time(seed: int) -> None:
    loops = [turns for _, turns in skewed(seed=seed)]
    assert sum(loops) == pytest.approx(100 * 1000, abs=100)  # each is rounded to a whole turn


@pytest.mark.parametrize("seed", range(10))
def test_a_few_skewed_tasks_are_much_longer_than_most(seed: int) -> None:
    loops = sorted(turns for _, turns in skewed(seed=seed))
    assert loops[-1] > 3 * loops[50]
    assert loops[0] > 0


def test_the_weights_of_skewed_tasks_are_their_loops() -> None:
    ready = build(Workload(name="skewed", tasks=20, loops=500, seed=3))
    assert ready.weights == [turns for _, turns in ready.items]


def test_a_skewed_task_does_at_least_one_turn() -> None:
    assert all(turns >= 1 for _, turns in skewed(loops=1))
