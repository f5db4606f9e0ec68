"""What the chart of the shortest tasks promises: a line for each row, published rates dashed, and its figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.analysis.analysis import analyse
from concbench.model.run import Run
from concbench.report.charts.chart import Plot
from concbench.report.charts.dispatch_limits import dispatch_limits_plot
from concbench.report.charts.pictures import pictures
from concbench.report.charts.runs import NamedRun
from tests.analysis.test_dispatch_limits import empty
from tests.builders import HOSTILE, run
from tests.report.charts.test_charts import expressions

ROWS = (empty("pool-map", 0.004), empty("ray", 0.5), empty("dask-processes", 2.0))


def plot_of(of: Run) -> Plot:
    plot = dispatch_limits_plot(of.tables[0], analyse(of))
    assert plot is not None
    return plot


def test_each_row_is_a_line_from_one_core_to_a_thousand() -> None:
    data = plot_of(run(ROWS)).data["rows"]
    assert list(dict.fromkeys(data["series"])) == ["pool-map", "ray", "dask-processes"]
    assert data["cores"] == [1, 10, 100, 1000] * 3
    assert data["estimate"][-4:] == pytest.approx([0.002, 0.02, 0.2, 2.0], rel=0.01)


def test_published_rates_have_the_colour_of_their_engine() -> None:
    data = plot_of(run(ROWS)).data["published"]
    assert dict(zip(data["published"], data["series"], strict=True)) == {
        "dask, published ¹": "dask-processes",
        "dask, published ²": "dask-processes",
        "ray, published ³": "ray",
    }


def test_it_is_drawn_as_a_picture() -> None:
    ((name, picture),) = pictures([NamedRun("run", run(ROWS))], "svg", ["dispatch-empty"])
    assert name == "dispatch-empty.svg"
    assert b"cores to keep busy" in picture
    assert "ray, published ³".encode() in picture


def test_it_is_drawn_without_published_rates_too() -> None:
    of = run([empty("pool-map", 0.004), empty("executor-processes", 0.4)])
    assert "published" not in plot_of(of).data
    assert list(pictures([NamedRun("run", of)], "svg", ["dispatch-empty"]))


def test_no_text_of_a_run_is_in_an_expression() -> None:
    rows = [replace(row, case=replace(row.case, row=f"{row.case.subject} {HOSTILE}")) for row in ROWS]
    plot = plot_of(run(rows))
    assert expressions(plot.spec)
    assert not any("alert" in expression for expression in expressions(plot.spec))
    assert list(pictures([NamedRun("run", run(rows))], "svg", ["dispatch-empty"]))


def test_other_runs_have_no_such_chart() -> None:
    of = run([empty("pool-map", 0.004, warm=False), empty("ray", 0.5)])
    assert dispatch_limits_plot(of.tables[0], analyse(of)) is None
