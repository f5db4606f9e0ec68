"""What lanes promise: every task is in one of them, none overlaps another there, and there are no more than needed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from concbench.experiments.lanes import joined, lanes_of
from concbench.experiments.spans import Spans, unpack
from concbench.model import Trace
from tests.traces import spans_of, traces


@given(traces())
def test_every_task_is_in_one_lane_and_in_order(trace: Trace) -> None:
    spans = unpack(trace.spans, trace.tasks)
    lanes = lanes_of(spans, trace.lanes)
    assert sorted(task for lane in lanes for task in lane) == list(range(trace.tasks))
    for lane in lanes:
        assert all(spans.ends[before] <= spans.begins[after] for before, after in pairwise(lane))


@given(traces())
def test_a_worker_keeps_to_one_lane(trace: Trace) -> None:
    spans = unpack(trace.spans, trace.tasks)
    for worker in set(spans.workers):
        mine = [lane for lane in lanes_of(spans, trace.lanes) if any(spans.workers[task] == worker for task in lane)]
        assert len(mine) == 1


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 10)), min_size=1))
def test_no_more_lanes_than_ever_overlap(tasks: list[tuple[int, int]]) -> None:
    spans = Spans([begin for begin, _ in tasks], [begin + took for begin, took in tasks], list(range(len(tasks))))
    at_once = max(sum(begin <= now < begin + took for begin, took in tasks) for now in range(61))
    assert len(joined(spans, [[task] for task in range(len(tasks))])) == at_once


def test_a_replaced_worker_takes_a_lane_over() -> None:
    spans = spans_of([(0, 1, 0), (0, 2, 1), (1, 3, 2)])
    assert lanes_of(spans, 2) == [[0, 2], [1]]


def test_a_worker_without_a_task_is_an_empty_lane() -> None:
    assert lanes_of(spans_of([(0, 1, 0)]), 3) == [[0], [], []]
