"""What a crew promises: results in order, a gate that holds, and one worker's trouble raised while all others end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.experiments.jobs import block_raises, gate_holds, go_to_the_dead, run_crew
from tests.fresh_interpreter import asked
from tests.host.hosts import by_method, every_method

every_way = pytest.mark.parametrize(("workers", "method"), by_method(["processes"], ["threads"]))


def failure(workers: str, method: str | None, how: str, when: str, count: int = 3) -> dict[str, Any]:
    """What comes of a crew whose last worker fails."""
    jobs = [[index == count - 1, how, when] for index in range(count)]
    found: dict[str, Any] = asked(run_crew, workers, method, "fail", jobs)
    assert found["left"] == []
    return found


@every_way
@pytest.mark.parametrize("count", [0, 1, 5])
def test_results_come_in_the_order_of_the_workers(workers: str, method: str | None, count: int) -> None:
    jobs = [[number] for number in range(count)]
    assert asked(run_crew, workers, method, "square", jobs) == {"results": [number**2 for number in range(count)]}


@every_way
def test_no_worker_passes_its_gate_before_the_word_to_go(workers: str, method: str | None) -> None:
    assert asked(gate_holds, workers, method) is True


@every_way
@pytest.mark.parametrize("when", ["starting", "going"])
def test_what_a_job_raises_is_raised_in_the_main_thread_with_the_workers_own_traceback(
    workers: str, method: str | None, when: str
) -> None:
    found = failure(workers, method, "raises", when)
    assert found["error"] == "LookupError: the job's own trouble"
    assert "in go_wrong" in found["cause"]
    assert found["cause"].strip().endswith("LookupError: the job's own trouble")


@every_method
@pytest.mark.parametrize("when", ["starting", "going"])
def test_a_dead_worker_is_noticed_and_named_and_all_others_are_ended(method: str, when: str) -> None:
    found = failure("processes", method, "exits", when)
    assert found["error"] == "WorkerDied: worker 2 ended with exit code 3 before its job was done"


def test_a_job_that_leaves_its_thread_is_an_error() -> None:
    for when in ("starting", "going"):
        found = failure("threads", None, "leaves", when)
        assert found["error"] == "SystemExit: the job wants to leave"
        assert "in go_wrong" in found["cause"]


def test_an_error_that_can_not_be_read_is_one_too() -> None:
    found = failure("processes", "fork", "is odd", "going")
    assert found["error"].startswith("UnpicklableResult: what worker 2 sent can't be read: TypeError: ")


@every_way
def test_where_all_workers_fail_at_once_one_error_is_raised(workers: str, method: str | None) -> None:
    found = asked(run_crew, workers, method, "fail", [[True, "raises", "going"]] * 5)
    assert (found["hidden"], found["left"]) == (0, [])


@every_way
def test_when_the_block_raises_all_workers_are_ended(workers: str, method: str | None) -> None:
    found = asked(block_raises, workers, method)
    assert (found["error"], found["left"]) == ("InterruptedError: of the block", [])


@every_method
def test_a_worker_that_died_before_the_word_to_go_is_named_too(method: str) -> None:
    found = asked(go_to_the_dead, method)
    assert found["error"] == "WorkerDied: worker 0 ended with exit code 4 before its job was done"


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_where_a_worker_can_not_be_started_those_before_it_are_ended(method: str) -> None:
    found = asked(run_crew, "processes", method, "square", [[0], [1], ["unpicklable"]])
    assert "pickle" in found["error"]
    assert found["left"] == []
