"""What curves promise: they pass through what was measured, rise in order, and say where they leave it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from concbench.analysis.analysis import analyse
from concbench.analysis.axes import along
from concbench.analysis.curves import Curves, curves_along, curves_of_items
from concbench.model.case import AxisName, Workload
from tests.builders import result, run, steady
from tests.laws import Law, predicting, with_costs
from tests.report.runs import at, axes_run

WORK = Workload(name="sleep", tasks=400, task_time=0.0003)


@pytest.fixture(autouse=True)
def law(monkeypatch: pytest.MonkeyPatch) -> None:
    predicting(monkeypatch, Law(task=0.0003), unknown=("process",))


def curves(axis: AxisName, subject: str = "pool-map") -> Curves:
    settings: list[dict[str, Any]] = [{axis: value} for value in (2, 8)]
    rows = [at(subject, 0.1, WORK, **each) for each in settings]
    analysis = analyse(with_costs(axes_run(rows, axis)))
    (found,) = along(axis, analysis.run.results, [axis])
    return curves_along(found, analysis)


@pytest.mark.parametrize(("axis", "farthest"), [("workers", 32), ("chunksize", 8)])
def test_values_are_in_order_and_hold_those_that_were_measured(axis: AxisName, farthest: int) -> None:
    (curve,) = curves(axis).curves
    values = [each.value for each in curve.predicted]
    assert all(one < other for one, other in pairwise(values))
    assert {2, 8} <= set(values)
    assert (values[0], values[-1]) == (2, farthest)
    assert [each.beyond for each in curve.predicted] == [value > 8 for value in values]
    assert all(each.time.estimate == pytest.approx(0.1, rel=0.02) for each in curve.predicted if each.value in (2, 8))


def test_more_workers_than_tasks_are_not_drawn() -> None:
    few = Workload(name="sleep", tasks=10, task_time=0.01)
    rows = [at("pool-map", 0.1, few, workers=value) for value in (2, 8)]
    analysis = analyse(with_costs(axes_run(rows, "workers")))
    (found,) = along("workers", analysis.run.results, ["workers"])
    assert curves_along(found, analysis).curves[0].predicted[-1].value == 10


def test_a_strategy_without_a_model_has_its_points_and_no_curve() -> None:
    found = curves("limit", "process")
    assert not found.known
    assert len(found.curves[0].measured) == 2
    assert found.curves[0].predicted == ()


def test_by_items_a_row_goes_from_one_to_a_hundred_times_as_many() -> None:
    row = result("advise/pool-map", steady(0.1), workload=WORK, workers=2, chunksize=50)
    (curve,) = curves_of_items([row], ["pool-map"], analyse(with_costs(run([row])))).curves
    assert (curve.predicted[0].value, curve.predicted[-1].value) == (1, 40_000)
    assert [each.value for each in curve.predicted if not each.beyond] == [400]
