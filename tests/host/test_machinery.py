"""What a host reads of machinery and of tasks: real strategies and functions, in a host of their own."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import pytest

from concbench.measure.machinery import StrategyReading, TaskReadings
from concbench.model.case import Workload
from tests.host.hosts import started

MINE = """
import asyncio, threading

LOOP = []
DATA = bytearray(8 * 2**20)


async def open_client():
    LOOP.append(asyncio.get_running_loop())


async def fetch(number):
    assert LOOP[-1] is asyncio.get_running_loop()
    await asyncio.sleep(0.003)
    return number


def compute(number):
    return sum(range(20_000))
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    return tmp_path


def read(folder: Path, workload: Workload, **more: Any) -> Any:
    """What a host answers that is asked for costs."""
    with started(folder) as host:
        answer = host.ask("costs", workload=asdict(workload), seconds=0.05, cores=2, **more)
    assert "ok" in answer, answer
    return answer["ok"]


def tasks_of(folder: Path, workload: Workload) -> TaskReadings:
    return msgspec.convert(read(folder, workload), TaskReadings)


def test_a_function_that_computes_is_seen_to_compute_and_its_module_to_take_memory(mine: Path) -> None:
    found = tasks_of(mine, Workload(name="mine:compute", tasks=20))
    assert found.computing > 0.5
    assert (found.crowd, found.loop) == (None, None)
    assert all(len(each) == len(found.passes[0]) <= 20 for each in found.passes)
    assert all(time > 0 for each in found.passes for time in each)
    assert found.built > 8 * 2**20
    assert found.bare is not None
    assert not found.same


def test_coroutines_are_read_in_one_loop_with_the_client_that_their_initializer_opened(mine: Path) -> None:
    """And not in threads, each of which would have another loop."""
    work = Workload(name="mine:fetch", tasks=40, init="mine:open_client", coroutine=True, async_init=True)
    found = tasks_of(mine, work)
    assert found.computing < 0.5
    assert found.loop is not None
    assert 0 < found.loop < 0.003
    assert found.crowd is None
    assert found.threads == []


def test_waiting_is_read_in_a_crowd_of_threads(mine: Path) -> None:
    found = tasks_of(mine, Workload(name="sleep", tasks=40, task_time=0.003))
    assert found.crowd is not None
    assert found.loop is not None


@pytest.mark.parametrize("name", ["pool-map", "executor-processes", "executor-threads", "process", "asyncio-gather"])
def test_a_strategy_is_read_with_few_and_many_workers_and_leaves_none(mine: Path, name: str) -> None:
    answer = read(mine, Workload(name="mine:compute", tasks=4), strategy=name, start_methods=[None], rounds=1)
    readings = msgspec.convert(answer["readings"], list[StrategyReading])
    assert {each.subject for each in readings} == {name}
    assert {"started", "hot"} <= {each.kind for each in readings}
    assert all(each.clock > 0 and each.run > 0 for each in readings)
    started_ones = [each for each in readings if each.kind == "started"]
    if os.path.exists("/proc/self/smaps_rollup"):  # noqa: PTH110 - as the host asks
        assert all(each.memory is not None and each.base is not None for each in started_ones)


def test_a_further_start_method_is_read_only_as_to_how_workers_start(mine: Path) -> None:
    methods = ["fork", "spawn"]
    answer = read(mine, Workload(name="mine:compute", tasks=4), strategy="pool-map", start_methods=methods, rounds=1)
    kinds: dict[str, set[str]] = {method: set() for method in methods}
    for each in answer["readings"]:
        kinds[each["start_method"]].add(each["kind"])
    assert kinds == {"fork": {"started", "hot", "busy", "items", "bytes"}, "spawn": {"started"}}
