"""What a series promises: its runs are in the order of time, wherever and in whatever order they were read."""

from __future__ import annotations

from concbench.report.history_runs import figure
from tests.report.histories import FLAT, noisy, read, run_of


def test_a_series_holds_the_runs_of_a_case_in_the_order_of_time() -> None:
    found = noisy(*FLAT)
    series = read(reversed(found)).series()
    assert [one.kind.case for one in series] == ["short/process", "short/pool-map"]
    for one, case in zip(series, found[0].cases, strict=False):
        assert [point.started for point in one.points] == [run.started for run in found]
        assert one.points[0].seconds == figure(case, "wall")


def test_runs_that_began_at_the_same_time_are_in_the_order_of_their_files() -> None:
    (series, _) = read([run_of(1, 3.0), run_of(1, 2.0), run_of(0, 1.0)]).series()
    assert [point.file for point in series.points] == ["002.json", "000.json", "001.json"]


def test_a_time_without_a_zone_is_utc() -> None:
    one, other = run_of(0), run_of(0, 2.0)
    one.started, other.started = "2026-11-02T12:00:00", "2026-11-02T12:30:00+01:00"
    (series, _) = read([one, other]).series()
    assert [point.file for point in series.points] == ["001.json", "000.json"]
