"""What the chart of predictions promises: every measured point, curves with ranges, and dashes beyond the points."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.analysis.analysis import analyse
from concbench.model.case import Workload
from concbench.model.run import Recommendation, Run
from concbench.report.charts.chart import Plot
from concbench.report.charts.pictures import all_plots, svg
from concbench.report.charts.prediction import BEYOND, DASHED, WITHIN, prediction_of_items
from tests.builders import result, run, steady
from tests.laws import Law, predicting, with_costs
from tests.report.runs import advised_run, at, axes_run, tried

PARSING = Law(task=0.0003, start=0.015, send=1e-4)


@pytest.fixture(autouse=True)
def law(monkeypatch: pytest.MonkeyPatch) -> None:
    predicting(monkeypatch, PARSING, unknown=("process",))


def advised() -> Run:
    """60 documents, for which a plain loop is best."""
    task = Workload(name="mine.py:parse", tasks=60, task_time=0.0003)
    rows = [
        result("advise/serial", steady(0.018), workload=task),
        result("advise/pool-map", steady(0.040), workload=task, workers=2, chunksize=15),
    ]
    found = with_costs(run(rows, suite="advise"))
    return replace(found, recommendations=[Recommendation(case=rows[0].case.id, compared=[rows[1].case.id], equal=[])])


def along(subject: str = "pool-map") -> Run:
    """A subject with three chunksizes, and serial, which has none."""
    work = Workload(name="sleep", tasks=400, task_time=0.0003)
    rows = [at(subject, 0.09 + 0.01 / size, work, workers=2, chunksize=size) for size in (1, 8, 100)]
    return with_costs(axes_run([at("serial", 0.12, work), *rows], "chunksize"))


def only(found: Run) -> Plot:
    (plot,) = (plot for plot in all_plots(found) if plot.name.startswith(("prediction", "sweep")))
    return plot


def test_advice_has_a_chart_by_the_number_of_items_that_goes_beyond_them() -> None:
    plot = only(advised())
    assert plot.data["rows"]["size"] == [60.0, 60.0]
    assert set(plot.data["curves"]["basis"]) == {BEYOND}
    assert (min(plot.data["curves"]["size"]), max(plot.data["curves"]["size"])) == (1, 6000)
    assert plot.finding.startswith(
        "Measured to be fastest for 60 tasks: serial, 18.0 ms ±2%; predicted for 6,000 tasks: pool-map with 2 workers"
    )
    assert "beyond what was measured" in plot.finding


def test_along_an_axis_curves_join_the_points_and_have_ranges() -> None:
    plot = only(along())
    assert plot.name == "prediction-chunksize-pool-map"
    assert plot.data["rows"]["size"] == [1, 8, 100]
    assert plot.data["constant"]["subject"] == ["serial"]
    assert set(plot.data["curves"]["basis"]) == {WITHIN}
    lows, estimates, highs = ([float(end) for end in plot.data["curves"][name]] for name in ("low", "estimate", "high"))
    assert all(low <= middle <= high for low, middle, high in zip(lows, estimates, highs, strict=True))


def test_what_lies_beyond_the_points_is_dashed_and_begins_where_the_rest_ends() -> None:
    work = Workload(name="sleep", tasks=400, task_time=0.0003)
    plot = only(with_costs(axes_run([at("pool-map", 0.1, work, workers=each) for each in (1, 2)], "workers")))
    curves = plot.data["curves"]
    ends = [size for size, basis in zip(curves["size"], curves["basis"], strict=True) if basis == WITHIN]
    beyond = [size for size, basis in zip(curves["size"], curves["basis"], strict=True) if basis == BEYOND]
    assert (ends[-1], beyond[0], beyond[-1]) == (2, 2, 8)
    assert DASHED in str(plot.spec)


def test_without_costs_or_a_model_of_the_strategy_the_points_are_joined_as_ever() -> None:
    assert only(replace(along(), costs=[])).name.startswith("sweep")
    assert only(along("process")).name.startswith("sweep")
    assert list(prediction_of_items(advised().tables[0], analyse(replace(advised(), costs=[])))) == []


def test_figures_are_a_table_too_in_which_each_says_what_it_rests_on() -> None:
    plot = only(advised())
    row = dict(zip(plot.table.headers, plot.table.rows[1], strict=True))
    assert row["60"] == "40.0 ms ±2%"
    assert all(cell[0] == "≈" and cell.endswith(" +") for name, cell in row.items() if name not in ("subject", "60"))
    name, *cells = only(along()).table.rows[-1]
    assert name == "serial"
    assert len(set(cells)) == 1


def test_it_can_be_drawn_without_a_browser() -> None:
    assert b"</svg>" in svg(only(advised()))
    assert b"</svg>" in svg(only(along()))


def test_a_recommendation_without_a_measurement_beside_it_is_drawn_alone() -> None:
    alone = with_costs(advised_run(tried("serial", 0.1)))
    assert [plot.data["rows"]["subject"] for plot in all_plots(alone) if plot.name.startswith("prediction")] == [
        ["serial"]
    ]
