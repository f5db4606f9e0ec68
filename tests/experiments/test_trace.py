"""What a trace promises: its compact form loses nothing and can't grow; lanes hold every task, without overlap."""

from __future__ import annotations

import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.experiments.trace import MOST_TASKS, TASK_BYTES, Spans, joined, lanes_of, pack, unpack
from concbench.model.result import Trace
from tests.builders import spans_of, traces

times = st.integers(0, 2**62)
tasks = st.lists(st.tuples(times, st.integers(0, 2**40), st.integers(0, 2**31)))


@given(tasks)
def test_what_is_packed_comes_back(found: list[tuple[int, int, int]]) -> None:
    spans = Spans(
        [begin for begin, _, _ in found], [begin + took for begin, took, _ in found], [w for _, _, w in found]
    )
    again = unpack(pack(spans), len(found))
    assert list(again.begins) == list(spans.begins)
    assert list(again.ends) == list(spans.ends)
    assert list(again.workers) == list(spans.workers)


def test_a_million_tasks_are_a_few_megabytes() -> None:
    million = range(10**6)
    spans = Spans([task * 1000 + task % 97 for task in million], [task * 1000 + 900 for task in million], [0] * 10**6)
    assert len(pack(spans)) < 8 * 10**6


@pytest.mark.parametrize(
    ("packed", "count"),
    [
        (b"", 1),
        (b"no such thing", 1),
        (zlib.compress(b"x" * TASK_BYTES), 2),
        (zlib.compress(b"x" * 3 * TASK_BYTES), 2),
        (zlib.compress(b"x" * TASK_BYTES)[:-6], 1),
        (pack(Spans([], [], [])), -1),
        (pack(Spans([], [], [])), MOST_TASKS + 1),
    ],
)
def test_bytes_that_it_never_wrote_are_refused(packed: bytes, count: int) -> None:
    with pytest.raises(ValueError, match="task"):
        unpack(packed, count)


def test_a_small_file_can_not_become_a_large_one() -> None:
    bomb = zlib.compress(b"\0" * 50_000_000)
    with pytest.raises(ValueError, match="does not hold 3 tasks"):
        unpack(bomb, 3)


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
