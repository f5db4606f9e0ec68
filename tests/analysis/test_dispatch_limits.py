"""What is said of more cores promises: from measured rates of empty tasks alone, with their intervals."""

from __future__ import annotations

from typing import Any

import pytest

from concbench.analysis.dispatch_limits import PUBLISHED, dispatch_limits, published_for
from concbench.model.result import Result
from tests.builders import result, steady

EMPTY: dict[str, Any] = {"workload": "payload", "tasks": 1000, "payload": 16, "workers": 2, "warm": True}


def empty(row: str, seconds: float, blocks: int = 4, **more: Any) -> Result:
    """A row that ran 1,000 empty tasks warm."""
    return result(f"empty/{row}", steady(seconds, blocks), **{**EMPTY, **more})


def test_a_task_has_to_take_as_long_as_handing_out_one_for_each_core() -> None:
    pool, dask = dispatch_limits([empty("dask-processes", 2.0), empty("pool-map", 0.004)])
    assert (pool.result.case.subject, dask.result.case.subject) == ("pool-map", "dask-processes")
    assert dask.rate.estimate == pytest.approx(500, rel=0.01)
    assert dask.shortest(1).estimate == pytest.approx(0.002, rel=0.01)
    assert dask.shortest(1000).estimate == pytest.approx(2.0, rel=0.01)


def test_the_interval_is_that_of_the_samples_with_its_ends_exchanged() -> None:
    (_, dask) = dispatch_limits([empty("pool-map", 0.004), empty("dask-processes", 2.0)])
    median = dask.result.median
    assert median is not None
    assert median.low is not None
    assert dask.rate.high == pytest.approx(1000 / median.low)
    assert dask.shortest(1000).low == pytest.approx(median.low)
    assert dask.rate.blocks == 4


def test_of_fewer_than_three_blocks_there_is_no_interval() -> None:
    limits = dispatch_limits([empty("pool-map", 0.004, blocks=2), empty("dask-processes", 2.0, blocks=2)])
    assert [(limit.rate.low, limit.shortest(10).high) for limit in limits] == [(None, None)] * 2


@pytest.mark.parametrize(
    "other",
    [
        empty("loky", 0.1, warm=False),
        empty("loky", 0.1, tasks=1),
        empty("loky", 0.1, payload=2**20),
        empty("loky", 0.1, workload="cpu", payload=0, task_time=0.001),
        empty("loky", 0.1, workload="mine:task"),
        empty("dask-threads", 0.1),
        empty("serial", 0.1),
        empty("not-installed-here", 0.1),
        result("empty/loky", failure="it broke", **EMPTY),
    ],
    ids=["cold", "one task", "large", "long", "a function", "threads", "a loop", "unknown", "failed"],
)
def test_what_does_not_show_a_rate_is_left_out(other: Result) -> None:
    rows = [empty("pool-map", 0.004), empty("mpi", 0.2)]
    assert dispatch_limits([*rows, other]) == dispatch_limits(rows)


def test_a_single_subject_has_nothing_beside_it() -> None:
    assert dispatch_limits([empty("pool-map", 0.004), empty("pool-map chunksize 5", 0.005, chunksize=5)]) == []


def test_published_rates_are_of_engines_that_were_measured_and_name_their_source() -> None:
    limits = dispatch_limits([empty("pool-map", 0.004), empty("ray", 0.5)])
    assert {each.engine for each in published_for(limits)} == {"ray"}
    assert all(each.source and each.link.startswith("https://") for each in PUBLISHED)
