"""What the compact form of a trace promises: nothing is lost, and nobody's file can make it grow."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.experiments.spans import MOST_TASKS, TASK_BYTES, Spans, pack, unpack

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
    with pytest.raises(ValueError, match="not as many as 3 tasks"):
        unpack(bomb, 3)
