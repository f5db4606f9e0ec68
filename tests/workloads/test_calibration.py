"""What calibration promises: loops for the time asked for, on this machine."""

from __future__ import annotations

import time

import pytest

from concbench.model.case import Workload
from concbench.workloads.calibration import calibrate, seconds_a_turn
from concbench.workloads.workload import build

FACTOR = 3
"""How far two calibrations on a busy machine may lie apart."""


def loops_of(name: str, seconds: float) -> int:
    """The loops that a task of these seconds is calibrated to."""
    found = calibrate(Workload(name=name, tasks=1, task_time=seconds))
    assert list(found) == ["loops"]
    return int(found["loops"])


@pytest.mark.parametrize("name", ["cpu", "cpu-nogil", "skewed", "mixed"])
def test_a_computing_workload_gets_loops_in_proportion_to_its_task_time(name: str) -> None:
    short, long = (loops_of(name, seconds) for seconds in (0.002, 0.2))
    assert short > 0
    assert 100 / FACTOR < long / short < 100 * FACTOR


def test_calibrated_loops_take_about_the_task_time_of_a_core() -> None:
    ready = build(Workload(name="cpu", tasks=1, loops=loops_of("cpu", 0.05)))
    took = []
    for _ in range(5):
        began = time.thread_time()
        ready.task(0)
        took.append(time.thread_time() - began)
    assert 0.05 / FACTOR < min(took) < 0.05 * FACTOR


def test_half_of_a_mixed_task_is_computing() -> None:
    mixed, cpu = (loops_of(name, 0.2) for name in ("mixed", "cpu"))
    assert 1 / FACTOR < mixed / (cpu / 2) < FACTOR


def test_a_task_time_of_nothing_is_one_loop() -> None:
    assert calibrate(Workload(name="cpu", tasks=1, task_time=0.0)) == {"loops": 1}


@pytest.mark.parametrize("name", ["tutorial", "payload"])
def test_the_task_time_of_a_measured_workload_is_found(name: str) -> None:
    found = calibrate(Workload(name=name, tasks=9, payload=1000))
    assert list(found) == ["task_time"]
    assert found["task_time"] > 0


def test_more_data_takes_no_less_time_to_count() -> None:
    assert seconds_a_turn(lambda turns: sum(range(1000 * turns))) > seconds_a_turn(lambda turns: sum(range(turns)))


@pytest.mark.parametrize("name", ["sleep", "memory"])
def test_of_a_workload_that_only_waits_there_is_nothing_to_find(name: str) -> None:
    assert calibrate(Workload(name=name, tasks=2, task_time=0.3)) == {}


def test_in_one_host_twice_the_time_is_twice_the_loops() -> None:
    assert abs(loops_of("cpu", 0.02) - 2 * loops_of("cpu", 0.01)) <= 1
