"""What advice on a chunksize promises: it is what handing out the tasks in such chunks would take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.chunks import Dealing, dealing, sizes_up_to
from concbench.experiments.trace import lanes_of
from tests.builders import dealt, spans_of, trace_of

durations = st.lists(st.floats(0.001, 10), min_size=1, max_size=60)


@given(durations, st.integers(1, 6), st.integers(1, 20))
def test_no_dealing_beats_the_work_or_the_longest_task(tasks: list[float], lanes: int, size: int) -> None:
    took = Dealing(tasks, 0.0, 0.0, lanes).seconds(size)
    assert took >= sum(tasks) / lanes * (1 - 1e-9)
    assert took >= max(tasks) * (1 - 1e-9)
    assert took <= sum(tasks) * (1 + 1e-9)


@given(durations, st.integers(1, 6), st.integers(1, 20))
def test_the_best_is_no_worse_than_any_other(tasks: list[float], lanes: int, size: int) -> None:
    dealing_out = Dealing(tasks, 0.01, 0.001, lanes)
    assert dealing_out.saved(size, dealing_out.best(size)) >= -1e-9


@given(durations, st.integers(1, 4), st.integers(1, 10))
def test_a_trace_that_is_dealt_out_again_takes_what_it_took(tasks: list[float], lanes: int, size: int) -> None:
    found = dealt(tasks, lanes, size, gap=0.25)
    spans = spans_of(found)
    again = dealing(trace_of(found, lanes), spans, lanes_of(spans, lanes), size)
    # Before the first chunk of a lane there is no gap between two tasks, so the trace shows one less in each lane.
    assert again.seconds(size) == pytest.approx(max(end for _, end, _ in found), abs=0.26)


@pytest.mark.parametrize("chunksize", [25, 100, 500])
def test_where_tasks_are_shorter_than_what_a_chunk_costs_no_smaller_chunk_is_advised(chunksize: int) -> None:
    """Dealt out again without a price, chunks of one item would leave no worker idle, and win on paper."""
    uneven = [1e-6] * 999 + [5e-4]
    for between in (None, 2e-5):
        assert Dealing(uneven, between, 0.0, 2).best(chunksize) >= chunksize


def test_where_each_worker_did_one_chunk_a_smaller_one_has_a_price_all_the_same() -> None:
    found = dealt([0.001] * 20, 2, 10)
    spans = spans_of(found)
    unseen = dealing(trace_of(found, 2), spans, lanes_of(spans, 2), 10)
    assert unseen.between is None
    assert unseen.saved(10, 1) < 0


@given(st.integers(1, 100_000))
def test_sizes_to_try_are_few_and_reach_the_largest(largest: int) -> None:
    sizes = sizes_up_to(largest)
    assert sizes[0] == 1
    assert sizes[-1] == largest
    assert sizes == sorted(set(sizes))
    assert len(sizes) < 80
