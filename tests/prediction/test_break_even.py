"""The length of tasks for a dearer way promises: exact for what the model assumes, with a range, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from concbench.model.result import Result
from concbench.prediction.break_even import break_even
from tests.builders import result, steady

CORES = 2
TASKS, EACH = 60, 0.01
WORK: dict[str, Any] = {"workload": "mine:count", "tasks": TASKS, "task_time": EACH, "busy": 1.0}


def took(row: str, seconds: float, blocks: int = 4, **more: Any) -> Result:
    return result(f"advise/{row}", steady(seconds, blocks), **{"workers": 2, **WORK, **more})


def test_longer_tasks_carry_what_workers_cost_once() -> None:
    pool, dask = took("pool-map", 0.32), took("dask-processes", 1.3)
    found = break_even(dask, pool, CORES)
    assert found is not None
    more = TASKS * (found.estimate - EACH) / 2
    assert 1.3 + more == pytest.approx(1.1 * (0.32 + more), rel=0.001)
    assert found.low < found.estimate < found.high


def test_beside_a_loop_it_has_the_other_cores() -> None:
    loop = took("serial", TASKS * EACH, workers=None)
    found = break_even(took("dask-processes", 1.3), loop, CORES)
    assert found is not None
    more = TASKS * (found.estimate - EACH)
    assert 1.3 + more / 2 == pytest.approx(1.1 * (TASKS * EACH + more), rel=0.001)


def test_tasks_that_wait_have_as_many_lanes_as_workers() -> None:
    waiting: dict[str, Any] = {"busy": 0.0, "workers": 6}
    found = break_even(took("dask-processes", 1.3, **waiting), took("pool-map", 0.12, **waiting), CORES)
    assert found is not None
    more = TASKS * (found.estimate - EACH) / 6
    assert 1.3 + more == pytest.approx(1.1 * (0.12 + more), rel=0.001)


@pytest.mark.parametrize(
    ("dearer", "other"),
    [
        (took("mpire", 0.33), took("pool-map", 0.32)),
        (took("dask-processes", 1.3, busy=0.0, workers=2), took("pool-map", 0.12, busy=0.0, workers=6)),
        (result("advise/ray", [[4.0]], workers=2, **WORK), took("pool-map", 0.32)),
        (result("advise/ray", [[0.5], [9.0]], workers=2, **WORK), took("pool-map", 0.32)),
        (result("advise/ray", failure="it broke", workers=2, **WORK), took("pool-map", 0.32)),
        (took("ray", 400.0), took("pool-map", 0.32)),
        (took("ray", 4.0, cores_busy=2.0), took("pool-map", 0.32, cores_busy=2.0)),
    ],
    ids=["as fast", "fewer workers", "one sample", "wide", "failed", "far", "inner threads"],
)
def test_where_it_is_not_known_nothing_is_said(dearer: Result, other: Result) -> None:
    assert break_even(dearer, other, CORES) is None
