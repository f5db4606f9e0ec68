"""What the ideal time promises: no schedule is shorter."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model.case import Workload
from concbench.workloads.ideal import ideal, shortest
from concbench.workloads.workload import build

durations = st.lists(st.integers(0, 50), max_size=7)
lanes = st.integers(1, 3)


def best(durations: Sequence[int], lanes: int) -> int:
    """The time of the best of all schedules, found by trying every one."""
    shortest_yet = sum(durations)
    for places in product(range(lanes), repeat=len(durations)):
        loads = [0] * lanes
        for place, duration in zip(places, durations, strict=True):
            loads[place] += duration
        shortest_yet = min(shortest_yet, max(loads))
    return shortest_yet


def workload(name: str, tasks: int, **sizes: float) -> Workload:
    return Workload(name=name, tasks=tasks, **sizes)  # type: ignore[arg-type]  # loops and seeds are whole


@given(durations, lanes)
def test_no_schedule_is_shorter(durations: list[int], lanes: int) -> None:
    assert shortest(durations, lanes) <= best(durations, lanes)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60), st.integers(1, 20))
def test_the_bound_is_no_less_than_a_fair_share_and_the_longest_task(durations: list[int], lanes: int) -> None:
    bound = shortest(durations, lanes)
    assert bound >= sum(durations) / lanes
    assert bound >= max(durations)


@given(st.integers(1, 1000), st.integers(0, 200), st.integers(1, 50))
def test_equal_tasks_reach_the_bound_exactly(duration: int, tasks: int, lanes: int) -> None:
    turns = -(-tasks // lanes)
    assert shortest([duration] * tasks, lanes) == turns * duration


@given(durations, lanes)
def test_the_order_does_not_matter_another_lane_never_makes_it_longer_and_one_does_it_all(
    durations: list[int], lanes: int
) -> None:
    bound = shortest(durations, lanes)
    assert bound == shortest(durations[::-1], lanes)
    assert shortest(durations, lanes + 1) <= bound
    assert shortest(durations, 1) == sum(durations)


def test_three_tasks_of_unequal_length_on_two_lanes() -> None:
    # 3 and 3 beside 2, 2 and 2: a fair share is 6, and 3 + 3 | 2 + 2 + 2 reaches it.
    assert shortest([3, 3, 2, 2, 2], 2) == 6
    # Some lane gets two of the three longest, at least the 4 and the 5.
    assert shortest([5, 5, 4], 2) == 9


@pytest.mark.parametrize("serial", [None, 0.1, 400.0])
def test_sleeping_needs_lanes_and_no_cores_and_is_taken_as_asked_for(serial: float | None) -> None:
    assert ideal(workload("sleep", 10, task_time=0.5), lanes=4, cores=1, serial=serial) == pytest.approx(1.5)
    # The tutorial's hundred sleeps:
    assert ideal(workload("sleep", 100, task_time=0.5), lanes=4, cores=2, serial=serial) == pytest.approx(12.5)


@pytest.mark.parametrize(
    ("lanes", "cores", "serial", "seconds"),
    [
        *((1, 8, None, 10), (4, 2, None, 5), (4, 8, None, 3), (3, 3, None, 4), (100, 100, None, 1)),
        *((4, 2, 20.0, 10), (1, 1, 9.0, 9)),  # at the speed at which it went serially
    ],
)
def test_computing_needs_a_lane_and_a_core_each(lanes: int, cores: int, serial: float | None, seconds: float) -> None:
    assert ideal(workload("cpu", 10, task_time=1.0, loops=1), lanes, cores, serial) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("lanes", "cores", "serial", "seconds"),
    [
        (8, 2, None, 2.0),  # 8 half seconds of computing on 2 cores
        (2, 8, None, 4.0),  # 8 tasks of a second on 2 lanes
        (8, 2, 10.0, 3.0),  # 6 seconds of computing on 2 cores
        (2, 8, 10.0, 5.0),  # 10 seconds on 2 lanes
        (8, 2, 1.0, 0.5),  # less than the sleeping alone: nothing is left for computing
    ],
)
def test_mixed_tasks_are_limited_by_lanes_or_by_cores(
    lanes: int, cores: int, serial: float | None, seconds: float
) -> None:
    asked = workload("mixed", 8, task_time=1.0, loops=1)
    assert ideal(asked, lanes, cores, serial) == pytest.approx(seconds)


def test_a_skewed_workload_takes_at_least_its_longest_task() -> None:
    asked = workload("skewed", 20, task_time=0.5, loops=1000, seed=3)
    weights = build(asked).weights
    assert weights is not None
    longest = max(weights) / sum(weights) * 10.0
    assert ideal(asked, lanes=100, cores=100) == pytest.approx(longest)
    assert ideal(asked, lanes=1, cores=1) == pytest.approx(10.0)
    assert ideal(asked, lanes=2, cores=2) >= 5.0 * (1 - 1e-9)
