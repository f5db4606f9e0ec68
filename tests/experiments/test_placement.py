"""What placing promises: both ends of a channel are on the cores that the case says, and the host is free after it."""

from __future__ import annotations

import os

import pytest

from concbench.experiments import placement
from concbench.strategies.strategy import Unavailable
from tests.experiments.places import on_one_core_only, seen
from tests.fresh_interpreter import asked
from tests.host.hosts import by_method

needs_places = pytest.mark.skipif(not placement.HAS_PLACES, reason="this system does not let a thread choose its core")
needs_two = pytest.mark.skipif(
    not placement.HAS_PLACES or len(os.sched_getaffinity(0)) < 2, reason="needs two usable cores"
)
every_way = pytest.mark.parametrize(("workers", "method"), by_method(["processes"], ["threads"]))


@needs_places
@every_way
def test_both_ends_are_on_one_core_unless_something_else_is_asked_for(workers: str, method: str | None) -> None:
    found = asked(seen, workers, None, method)
    assert found["cores"] == "one"
    assert found["near"] == found["far"] == [found["before"][-1]]
    assert found["after"] == found["before"]


@needs_two
@every_way
def test_apart_they_are_on_two(workers: str, method: str | None) -> None:
    found = asked(seen, workers, "apart", method)
    assert [found["near"], found["far"]] == [[found["before"][-1]], [found["before"][-2]]]
    assert found["after"] == found["before"]


@needs_places
@every_way
def test_left_to_the_scheduler_they_are_where_the_host_is(workers: str, method: str | None) -> None:
    found = asked(seen, workers, "any", method)
    assert found["near"] == found["far"] == found["before"]


@needs_places
def test_two_cores_are_not_to_be_had_of_one() -> None:
    assert asked(on_one_core_only, None) == "one"
    assert asked(on_one_core_only, "any") == "any"
    assert "only one core is usable" in asked(on_one_core_only, "apart")


def test_a_system_without_places_says_so_where_one_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "HAS_PLACES", False)
    assert placement.settled_cores(None) == placement.settled_cores("any") == "any"
    for cores in ("one", "apart"):
        with pytest.raises(Unavailable, match="--cores any"):
            placement.settled_cores(cores)
