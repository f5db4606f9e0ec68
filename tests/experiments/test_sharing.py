"""What a sample promises of an object that all tasks read: every strategy hands it on in each way that it can."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from concbench.experiments.experiment import experiments
from concbench.experiments.tasks import StrategyCase
from concbench.model.case import Settings, Workload
from concbench.strategies.strategy import Unavailable, strategies
from concbench.workloads import sharing
from concbench.workloads.sharing import INHERITED, INITIALIZER, MEMORY_MAP, PICKLED, SHARED_MEMORY, WAYS
from tests.experiments.test_tasks import Meter
from tests.strategies.running import RUNNABLE

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
HERE = "tests.experiments.readers"
IN_ONE_PROCESS = [name for name in RUNNABLE if strategies.get(name).workers in ("none", "threads")]
PROCESSES = [name for name in RUNNABLE if strategies.get(name).workers == "processes"]
forked = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def opened(subject: str, function: str = "look_up", shared: str = "table", **settings: Any) -> StrategyCase:
    workload = Workload(name=f"{HERE}:{function}", shared=f"{HERE}:{shared}", tasks=4)
    asked = asdict(Settings(workers=2, **settings))
    case, _ = experiments.get("tasks").take_on(subject, workload, asked)
    assert isinstance(case, StrategyCase)
    return case


def settled(subject: str, **settings: Any) -> dict[str, Any]:
    workload = Workload(name=f"{HERE}:look_up", shared=f"{HERE}:table", tasks=4)
    return experiments.get("tasks").take_on(subject, workload, asdict(Settings(workers=2, **settings)))[1]


@pytest.mark.parametrize("name", IN_ONE_PROCESS)
def test_threads_have_it_in_common(name: str) -> None:
    assert opened(name).measure(Meter()).wall > 0  # a wrong result would raise


@pytest.mark.parametrize("function", ["look_up_later"])
@pytest.mark.parametrize("name", ["asyncio-gather", "serial", "executor-threads"])
def test_coroutines_have_it_in_common(name: str, function: str) -> None:
    assert opened(name, function).measure(Meter()).wall > 0


@pytest.mark.parametrize("way", WAYS)
def test_a_pool_is_given_it_in_every_way(way: str) -> None:
    case = opened("pool-map", sharing=way)
    for _sample in range(2):
        case.measure(Meter())
    assert sharing.held == {}


@pytest.mark.parametrize("way", [PICKLED, INITIALIZER, SHARED_MEMORY, MEMORY_MAP])
@pytest.mark.parametrize("method", ["spawn", pytest.param("forkserver", marks=pytest.mark.thorough)])
def test_workers_that_were_not_forked_are_given_it_in_every_other_way(
    way: str, method: str, capfd: pytest.CaptureFixture[str]
) -> None:
    opened("pool-map", sharing=way, start_method=method).measure(Meter())
    assert capfd.readouterr().err == ""  # of memory that could not be closed, or was tracked twice


@forked
@pytest.mark.parametrize("way", [INITIALIZER, INHERITED, SHARED_MEMORY, MEMORY_MAP])
@pytest.mark.parametrize("name", [name for name in PROCESSES if name != "pool-map"])
def test_every_strategy_of_processes_is_given_it(name: str, way: str) -> None:
    opened(name, sharing=way, start_method="fork").measure(Meter())


@pytest.mark.parametrize("way", [SHARED_MEMORY, MEMORY_MAP])
def test_a_coroutine_function_in_processes_is_given_it(way: str) -> None:
    opened("pool-map", "look_up_later", sharing=way).measure(Meter())


@forked
def test_to_be_inherited_workers_are_forked_unless_another_start_method_was_asked_for() -> None:
    assert settled("pool-map", sharing=INHERITED)["start_method"] == "fork"
    with pytest.raises(Unavailable, match="use --start-method fork"):
        settled("pool-map", sharing=INHERITED, start_method="spawn")


@pytest.mark.parametrize("way", [SHARED_MEMORY, MEMORY_MAP])
def test_an_object_that_is_not_bytes_is_a_row_that_says_why(way: str) -> None:
    with pytest.raises(Unavailable, match="most of this dict is neither"):
        opened("pool-map", "count", "words", sharing=way).measure(Meter())


def test_threads_are_not_given_it_in_a_way_of_processes() -> None:
    with pytest.raises(Unavailable, match="have the object in common"):
        opened("executor-threads", sharing=PICKLED)


@forked
@pytest.mark.parametrize(("way", "makers"), [(INITIALIZER, 2), (INHERITED, 1), (SHARED_MEMORY, 1), (PICKLED, 1)])
def test_it_is_made_once_or_by_each_worker(
    way: str, makers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = "process" if way == INITIALIZER else "pool-map"
    case = opened(subject, sharing=way, start_method="fork")
    note = tmp_path / "makers"
    monkeypatch.setenv("NOTE_MAKING_IN", str(note))
    case.measure(Meter(), 2)
    found = note.read_text().split()
    assert len(found) == len(set(found)) == makers
    assert (str(os.getpid()) in found) == (way != INITIALIZER)


def test_making_it_counts_as_starting_where_it_is_estimated_how_long_a_sample_takes() -> None:
    case = opened("serial")
    size, taken = case.warm_up(Meter())
    assert size == 4
    assert taken.start + taken.run + taken.stop > taken.wall


def test_an_object_that_is_shared_is_traced_like_any_other() -> None:
    found = opened("pool-map", sharing=SHARED_MEMORY).traced(0.01, None)
    assert found["tasks"] == 4


def test_what_is_pickled_with_a_chunk_counts_towards_what_is_sent_to_its_tasks() -> None:
    sizes = {
        chunksize: opened("pool-map", sharing=PICKLED, chunksize=chunksize).traced(0.01, None)["argument_bytes"]
        for chunksize in (1, 2)
    }
    assert sizes[1] > 8000  # a thousand numbers of 8 bytes
    assert 4000 < sizes[2] < sizes[1]


@pytest.mark.skipif(sys.version_info < (3, 14), reason="pools of interpreters came with Python 3.14")
@pytest.mark.parametrize("way", [PICKLED, INITIALIZER, SHARED_MEMORY, MEMORY_MAP])
def test_interpreters_are_given_it(way: str) -> None:
    opened("executor-interpreters", sharing=way).measure(Meter())
