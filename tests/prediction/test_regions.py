"""What the model says of a region of a traced program, with other chunks, or by processes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.model.program import Program
from concbench.prediction.regions import by_chunksize, by_processes, subject_of
from tests import builders, laws

COSTS = laws.costs()
EXECUTORS = replace(COSTS, strategies=[replace(COSTS.strategies[0], subject="executor-processes")])
TINY = builders.region(builders.in_turn([50e-6] * 1000, 2, gap=1e-3), name="Pool")


def program() -> Program:
    return builders.program(TINY)


def test_larger_chunks_of_tiny_tasks_take_less_and_leave_none_idle() -> None:
    found = by_chunksize([COSTS], program(), TINY)
    assert found is not None
    assert 1 < found.chunksize <= 500
    assert found.run.low < found.run.estimate < found.run.high
    assert 1000 * 50e-6 / 2 <= found.run.estimate < 1000 * 1e-3 / 2


def test_tasks_that_are_long_enough_need_no_chunks() -> None:
    region = builders.region(builders.in_turn([0.1] * 8, 2), name="Pool")
    assert by_chunksize([COSTS], builders.program(region), region) is None


def test_nothing_is_predicted_without_the_costs_of_just_that_strategy_and_start_method() -> None:
    assert by_chunksize([], program(), TINY) is None
    spawned = replace(TINY, start_method="spawn")
    assert by_chunksize([COSTS], builders.program(spawned), spawned) is None
    executor = replace(TINY, name="ProcessPoolExecutor")
    assert by_chunksize([COSTS], builders.program(executor), executor) is None


def test_processes_compute_side_by_side_what_threads_did_in_turns() -> None:
    threads = builders.region(
        builders.in_turn([1.0] * 8, 4),
        lanes=4,
        computing=0.25,
        name="ThreadPoolExecutor",
        kind="threads",
        received=False,
    )
    found = by_processes([EXECUTORS], builders.program(threads), [threads])
    assert found is not None
    assert found.estimate == pytest.approx(8 * 0.25 / 2, rel=0.1)
    assert by_processes([COSTS], builders.program(threads), [threads]) is None


@pytest.mark.parametrize(
    ("name", "more", "subject"),
    [
        ("Pool", {}, "pool-map"),
        ("ProcessPoolExecutor", {}, "executor-processes"),
        ("ThreadPoolExecutor", {}, "executor-threads"),
        ("MemmappingExecutor", {}, None),
        ("Process", {"group": True}, None),
        ("Semaphore", {"limit": True}, None),
    ],
)
def test_only_what_has_a_strategy_has_its_costs(name: str, more: dict[str, bool], subject: str | None) -> None:
    assert subject_of(replace(TINY, name=name, **more)) == subject  # type: ignore[arg-type]  # fields that are bool
