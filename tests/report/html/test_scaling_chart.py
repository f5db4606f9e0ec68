"""What the chart of speed-up promises: every number of workers, those held out hollow, the ideal and both laws."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from concbench.report.html.naming import Names
from concbench.report.html.pictures import all_charts, pictures
from concbench.report.html.run_page import run_page
from concbench.report.html.scaling_chart import scaling_charts
from concbench.report.html.side_by_side import Named
from tests.example_run import example_run
from tests.report.runs import HOSTILE
from tests.report.scaling import COUNTS, LAW, scaling_run


def test_a_run_without_laws_has_no_such_chart() -> None:
    assert list(scaling_charts(example_run())) == []


def test_points_are_speed_ups_and_those_held_out_are_marked() -> None:
    (chart,) = scaling_charts(scaling_run())
    rows = chart.data["rows"]
    assert rows["workers"] == list(COUNTS)
    assert rows["estimate"] == pytest.approx([LAW.seconds(1) / LAW.seconds(count) for count in COUNTS])
    held = [count for count, what in zip(COUNTS, rows["what"], strict=True) if what == "measured, held out"]
    assert held == [4, 16]


def test_curves_are_the_ideal_and_both_laws() -> None:
    (chart,) = scaling_charts(scaling_run())
    curves = chart.data["curves"]
    assert set(curves["curve"]) == {"ideal", "USL", "Amdahl"}
    ideal = [
        (workers, speed)
        for workers, speed, curve in zip(curves["workers"], curves["speed"], curves["curve"], strict=True)
        if curve == "ideal"
    ]
    assert ideal == [(1.0, 1.0), (64.0, 64.0)]


def test_the_finding_says_what_the_laws_say_and_the_table_has_the_figures() -> None:
    (chart,) = scaling_charts(scaling_run())
    assert "fastest with 31 workers" in chart.finding
    assert len(chart.table.rows) == len(COUNTS)


def test_the_chart_is_on_the_page_and_among_the_pictures() -> None:
    named = Named("run", scaling_run())
    assert "Speed-up of threadpool-map by the number of workers" in [
        chart.title for chart in run_page(named, Names()).sweeps
    ]
    assert "scaling-sleep-threadpool-map" in [chart.name for _, chart in all_charts([named])]
    ((name, picture),) = pictures([named], "svg", ["scaling-sleep-threadpool-map"])
    assert name == "scaling-sleep-threadpool-map.svg"
    assert b"<svg" in picture
    assert b"held out" in picture


def test_no_text_of_a_run_is_in_the_specification_and_no_count_of_workers_is_too_large_for_it() -> None:
    run = scaling_run()
    run.scalings = [
        replace(
            scaling,
            subject=HOSTILE,
            predictions=[*scaling.predictions, replace(scaling.predictions[-1], workers=2**64 - 1)],
        )
        for scaling in run.scalings
    ]
    (chart,) = scaling_charts(run)
    assert "alert" not in json.dumps(chart.spec)
    assert max(float(workers) for workers in chart.data["curves"]["workers"]) == 64
