"""What the chart of speed-up promises: every number of workers, those held out hollow, the ideal and both laws."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from concbench.analysis.analysis import analyse
from concbench.model.run import Run
from concbench.report.charts.chart import Plot
from concbench.report.charts.pictures import pictures
from concbench.report.charts.runs import NamedRun
from concbench.report.charts.scaling import scaling_plots
from tests.builders import HOSTILE
from tests.report.runs import COUNTS, LAW, scaling_run


def plot_of(run: Run) -> Plot:
    (plot,) = scaling_plots(run.tables[0].name, analyse(run))
    return plot


def test_points_are_speed_ups_and_those_held_out_are_marked() -> None:
    rows = plot_of(scaling_run()).data["rows"]
    assert rows["workers"] == list(COUNTS)
    assert rows["estimate"] == pytest.approx([LAW.seconds(1) / LAW.seconds(count) for count in COUNTS])
    held = [count for count, what in zip(COUNTS, rows["what"], strict=True) if what == "measured, held out"]
    assert held == [4, 16]


def test_curves_are_the_ideal_and_both_laws() -> None:
    curves = plot_of(scaling_run()).data["curves"]
    assert set(curves["curve"]) == {"ideal", "USL", "Amdahl"}
    points = zip(curves["workers"], curves["speed"], curves["curve"], strict=True)
    assert [(workers, speed) for workers, speed, curve in points if curve == "ideal"] == [(1.0, 1.0), (64.0, 64.0)]


def test_the_finding_names_the_best_number_of_workers_and_the_table_has_the_figures() -> None:
    plot = plot_of(scaling_run())
    assert plot.finding == "threadpool-map was fastest with 32 workers: 13.9× faster than with one."
    assert len(plot.table.rows) == len(COUNTS)


def test_it_is_drawn_as_a_picture() -> None:
    ((name, picture),) = pictures([NamedRun("run", scaling_run())], "svg", ["scaling-sleep-threadpool-map"])
    assert name == "scaling-sleep-threadpool-map.svg"
    assert b"<svg" in picture
    assert b"held out" in picture


def test_no_text_of_a_run_is_in_the_specification_and_no_count_of_workers_is_too_large_for_it() -> None:
    run = scaling_run()
    scalings = [
        replace(
            scaling,
            subject=HOSTILE,
            predictions=[*scaling.predictions, replace(scaling.predictions[-1], workers=2**64 - 1)],
        )
        for scaling in run.scalings
    ]
    plot = plot_of(replace(run, scalings=scalings))
    assert "alert" not in json.dumps(plot.spec)
    assert max(float(workers) for workers in plot.data["curves"]["workers"]) == 64
