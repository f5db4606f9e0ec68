"""Lanes of a traced program promise that each holds one task at a time, and that none is more than was needed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.regions import places
from concbench.experiments.trace import NANO, Spans
from concbench.model.program import Region
from concbench.runs.lanes import first_free, lanes_of_regions
from tests.recorded import program, region, regions, task


@given(st.lists(regions(), max_size=4))
def test_every_task_is_in_one_lane_in_which_none_runs_beside_it(found: list[Region]) -> None:
    for place in places(program(*found)):
        lanes = lanes_of_regions(place.regions)
        assert sorted(each for lane in lanes.lanes for each in lane) == list(range(place.tasks))
        assert lanes.length == pytest.approx(
            max(each.closed for each in place.regions) - min(each.opened for each in place.regions)
        )
        for lane in lanes.lanes:
            for before, after in pairwise(lane):
                assert lanes.spans.ends[before] <= lanes.spans.begins[after]
        inside = sum(lanes.busy(at) for at in range(len(lanes.lanes))) * lanes.length
        assert inside == pytest.approx(place.inside)


def test_pools_that_follow_each_other_share_lanes_and_those_at_once_do_not() -> None:
    one, other = ([task(at + 0.1, at + 0.5, worker) for worker in range(2)] for at in (0, 1))
    after = program(region(one, closed=0.6), region(other, opened=0.9, ready=0.9, closed=1.6))
    lanes = lanes_of_regions(after.regions)
    assert [len(lane) for lane in lanes.lanes] == [2, 2]
    assert (lanes.since, lanes.length) == (0.0, 1.6)
    beside = program(region(one), region(one))
    assert len(lanes_of_regions(beside.regions).lanes) == 4


def test_idle_workers_have_their_lane() -> None:
    (place,) = places(program(region([task(0.0, 1.0)], 3)))
    assert list(lanes_of_regions(place.regions).lanes) == [[0], [], []]


def test_times_are_since_the_place_was_opened() -> None:
    (place,) = places(program(region([task(2.5, 3.0, submitted=2.25)], opened=2.0, ready=2.0)))
    lanes = lanes_of_regions(place.regions)
    assert [round(at * NANO, 3) for at in (lanes.submitted[0], lanes.spans.begins[0], lanes.spans.ends[0])] == [
        0.25,
        0.5,
        1.0,
    ]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=30))
def test_coroutines_take_no_more_lanes_than_run_at_once(tasks: list[tuple[int, int]]) -> None:
    spans = Spans([begin for begin, _ in tasks], [begin + length for begin, length in tasks], [0] * len(tasks))
    at_once = max((sum(begin <= at < begin + max(1, length) for begin, length in tasks) for at in range(80)), default=0)
    assert len(first_free(spans)) <= max(at_once, 1 if tasks else 0)
