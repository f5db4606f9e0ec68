"""What a crew promises: results in order, a gate that holds, and one worker's trouble raised while all others end."""

from __future__ import annotations

import pytest

from tests.experiments.hosting import METHODS
from tests.experiments.jobs import (
    all_fail,
    block_raises,
    cannot_start,
    failure,
    failures,
    gate_holds,
    go_to_the_dead,
    squares_of,
)
from tests.primitives.fresh import asked

WAYS = [*(("processes", method) for method in METHODS), ("threads", None)]
every_way = pytest.mark.parametrize(("workers", "method"), WAYS)


@every_way
def test_results_come_in_the_order_of_the_workers(workers: str, method: str | None) -> None:
    assert asked(squares_of, workers, method, [0, 1, 5]) == [[], [0], [0, 1, 4, 9, 16]]


@every_way
def test_no_worker_passes_its_gate_before_the_word_to_go(workers: str, method: str | None) -> None:
    assert asked(gate_holds, workers, method, 3) is True


@every_way
def test_what_a_job_raises_is_raised_in_the_main_thread_with_the_workers_own_traceback(
    workers: str, method: str | None
) -> None:
    for found in asked(failures, workers, method, 3, 1, "raises").values():
        assert found["error"] == "LookupError: the job's own trouble"
        assert "in go_wrong" in found["cause"]
        assert found["cause"].strip().endswith("LookupError: the job's own trouble")
        assert found["left"] == []


@pytest.mark.parametrize("method", METHODS)
def test_a_dead_worker_is_noticed_and_named_and_all_others_are_ended(method: str) -> None:
    for found in asked(failures, "processes", method, 3, 2, "exits").values():
        assert found["error"] == "WorkerDied: worker 2 ended with exit code 3 before its job was done"
        assert found["left"] == []


def test_a_job_that_leaves_its_thread_is_an_error() -> None:
    for found in asked(failures, "threads", None, 2, 0, "leaves").values():
        assert found["error"] == "SystemExit: the job wants to leave"
        assert "in go_wrong" in found["cause"]


def test_an_error_that_can_not_be_read_is_one_too() -> None:
    found = asked(failure, "processes", "fork", 2, 0, "is odd", "results")
    assert found["error"].startswith("UnpicklableResult: what worker 0 sent can't be read: TypeError: ")
    assert found["left"] == []


@every_way
def test_where_all_workers_fail_at_once_one_error_is_raised(workers: str, method: str | None) -> None:
    assert asked(all_fail, workers, method, 5) == {"contexts": 0, "left": []}


@every_way
def test_when_the_block_raises_all_workers_are_ended(workers: str, method: str | None) -> None:
    assert asked(block_raises, workers, method, 3) == []


@pytest.mark.parametrize("method", METHODS)
def test_a_worker_that_died_before_the_word_to_go_is_named_too(method: str) -> None:
    assert asked(go_to_the_dead, method) == ["WorkerDied: worker 0 ended with exit code 4 before its job was done"]


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_where_a_worker_can_not_be_started_those_before_it_are_ended(method: str) -> None:
    found = asked(cannot_start, method)
    assert "pickle" in found["text"]
    assert found["left"] == []
