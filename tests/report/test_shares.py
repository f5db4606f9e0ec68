"""What the table of shares promises: a row for each traced case, whose shares add up to all of it."""

from __future__ import annotations

import pytest
from hypothesis import given

from concbench.model import Trace
from concbench.report.shares import row, shares_table
from concbench.report.tables import FORMATS
from concbench.stats.breakdown import PARTS
from concbench.stats.where import breakdown_of, serial_seconds
from tests.example_run import example_run
from tests.traces import case_of, dealt, run_of, trace_of, traces

SLEEPS = case_of(trace_of(dealt([0.5] * 100, lanes=4, chunksize=7), 4, chunksize=7), "pool-map", task_time=0.5)


def test_each_part_is_a_column() -> None:
    run = run_of(SLEEPS)
    table = shares_table(run.parts[0], run)
    assert table is not None
    assert table.splitlines()[0].split() == ["strategy", "median", *PARTS.values()]
    assert "11%" in table


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_it(form: str) -> None:
    run = example_run()
    table = shares_table(run.parts[0], run, form)
    assert table is not None
    assert "pool-map" in table or "pool{-}map" in table


def test_a_part_without_a_trace_has_none() -> None:
    run = example_run()
    for case in run.cases:
        case.trace = None
    assert shares_table(run.parts[0], run) is None


@given(traces())
def test_shares_add_up_to_about_a_hundred_percent(trace: Trace) -> None:
    case = case_of(trace, "pool-map", task_time=0.5)
    run = run_of(case)
    parts = breakdown_of(case, run)
    assert parts is not None
    if trace.wall > 1e-6:
        shares = [float(cell.rstrip("%").lstrip("<")) for cell in row(case, parts)[2:]]
        most = max(100.0, *map(abs, shares))
        assert sum(shares) == pytest.approx(100, abs=max(4.0, 0.05 * most))


def test_serial_time_is_that_of_the_same_rounds_where_there_is_one() -> None:
    serial = case_of(trace_of([(0, 3, 0)], 1), "serial", task_time=0.5)
    pool = case_of(trace_of([(0, 3, 0)], 1), "pool-map", task_time=0.5)
    assert serial_seconds(pool, run_of(serial, pool)) == pytest.approx(3.0)
    assert serial_seconds(pool, run_of(pool)) == pytest.approx(0.5)
    assert serial_seconds(serial, run_of(serial, pool)) is None
