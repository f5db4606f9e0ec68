"""What a breakdown promises: its parts add up to the wall time, whatever the trace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.breakdown import PARTS, breakdown
from concbench.model.result import Trace
from tests.builders import dealt, trace_of, traces


@given(traces(), st.none() | st.floats(0, 100))
def test_the_parts_add_up(trace: Trace, serial: float | None) -> None:
    parts = breakdown(trace, serial)
    assert parts.wall == pytest.approx(trace.wall, rel=1e-9, abs=1e-8)


@given(traces(), st.sampled_from([0.0, 3.0, 1e6]))
def test_no_part_is_below_zero_however_slow_the_serial_pass_was(trace: Trace, serial: float) -> None:
    parts = breakdown(trace, serial)
    assert all(getattr(parts, name) > -2e-9 for name in PARTS)


@given(traces().filter(lambda trace: trace.wall > 1e-3), st.floats(0.01, 100))
def test_the_parts_add_up_to_the_time_of_the_table(trace: Trace, wall: float) -> None:
    parts = breakdown(trace, None, wall)
    assert parts.wall == pytest.approx(wall, rel=1e-5)
    shares = breakdown(trace, None)
    assert parts.tail / wall == pytest.approx(shares.tail / trace.wall, abs=1e-6)


def test_the_tutorials_tail_is_a_second_and_a_half() -> None:
    trace = trace_of(dealt([0.5] * 100, lanes=4, chunksize=7), 4)
    parts = breakdown(trace, 50.0)
    assert trace.wall == pytest.approx(14.0)
    assert parts.work == pytest.approx(12.5)
    assert parts.tail == pytest.approx(1.5)


def test_a_lane_without_a_task_is_idle_at_the_end_and_not_at_the_beginning() -> None:
    parts = breakdown(trace_of([(1, 3, 0)], 2, start=1), 2.0)
    assert parts.lead_in == 0
    assert parts.tail == pytest.approx(1.0)


def test_tasks_that_take_twice_as_long_together_are_stretched() -> None:
    parts = breakdown(trace_of([(0, 2, 0), (0, 2, 1)], 2), 2.0)
    assert parts.work == pytest.approx(1.0)
    assert parts.stretch == pytest.approx(1.0)


def test_without_a_serial_time_all_time_inside_tasks_is_work() -> None:
    parts = breakdown(trace_of([(0, 2, 0), (0, 2, 1)], 2), None)
    assert parts.work == pytest.approx(2.0)
    assert parts.stretch == 0.0


def test_the_last_part_is_called_return() -> None:
    assert list(PARTS.values()) == ["start", "lead-in", "work", "stretch", "gaps", "tail", "return", "stop"]
