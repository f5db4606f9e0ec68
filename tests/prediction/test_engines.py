"""Predictions of engines promise: what their rows show and no more, from a cold row, a warm one, or both."""

from __future__ import annotations

from typing import Any

import pytest

from concbench.model.result import Result
from concbench.prediction.engines import EngineTime, NothingKnown, engine_time
from concbench.prediction.predict import Job, NotPredictable, Predictor, predictor
from tests.builders import case, result, run
from tests.laws import costs

CORES, TASKS, EACH = 2, 100, 0.01
ONCE, BY_TASK = 0.6, 0.002
"""What the engine of these tests takes: seconds once, and for each task beyond its work."""
WORK: dict[str, Any] = {"workload": "mine:count", "tasks": TASKS, "task_time": EACH, "busy": 1.0, "workers": 2}


def row(subject: str, start: float, run_: float, stop: float = 0.0, **more: Any) -> Result:
    """A row in four blocks that scatter by 1 %."""
    wall = start + run_ + stop
    of = case(f"cpu/{subject}{' warm' if more.get('warm') else ''}", subject=subject, **{**WORK, **more})
    walls = [[wall * (1 + 0.01 * block)] for block in (-1, 0, 0, 1)]
    return result(of, walls, cpu=1.5, sample={"start": start, "run": run_, "stop": stop})


def run_phase(items: int) -> float:
    return items * (EACH / CORES + BY_TASK)


COLD = row("dask-processes", ONCE, run_phase(TASKS))
LAZY = row("loky", 0.001, ONCE + run_phase(TASKS))
WARM = row("dask-processes", 0.0, run_phase(TASKS), warm=True)
LAZY_WARM = row("loky", 0.0, run_phase(TASKS), warm=True)


def of(*rows: Result, items: int = 10 * TASKS, warm: bool = False) -> EngineTime:
    return engine_time(rows, items, CORES, warm=warm)


@pytest.mark.parametrize("rows", [(COLD, WARM), (LAZY, LAZY_WARM)], ids=["at once", "with the first task"])
@pytest.mark.parametrize("items", [TASKS // 2, 3 * TASKS, 100 * TASKS])
def test_a_cold_and_a_warm_row_show_both_costs_whenever_workers_start(rows: tuple[Result, ...], items: int) -> None:
    found = of(*rows, items=items)
    assert found.wall.middle == pytest.approx(ONCE + run_phase(items), rel=0.02)
    assert found.opening == pytest.approx(ONCE, rel=0.02)
    assert of(*rows, items=items, warm=True).wall.middle == pytest.approx(run_phase(items), rel=0.02)


@pytest.mark.parametrize("cold", [COLD, LAZY], ids=["at once", "with the first task"])
@pytest.mark.parametrize("items", [TASKS // 4, 3 * TASKS, 10 * TASKS])
@pytest.mark.parametrize("warm", [False, True])
def test_a_cold_row_alone_has_a_range_that_holds_either(cold: Result, items: int, warm: bool) -> None:
    found = of(cold, items=items, warm=warm)
    truth = run_phase(items) + (0.0 if warm else ONCE)
    assert found.wall.low <= truth * 1.001
    assert truth <= found.wall.high * 1.001
    assert found.wall.low < found.wall.middle < found.wall.high


def test_for_the_items_that_were_run_it_is_what_they_took() -> None:
    assert of(COLD, items=TASKS).wall.middle == pytest.approx(ONCE + run_phase(TASKS), rel=0.001)
    assert of(LAZY, items=TASKS).wall.middle == pytest.approx(ONCE + run_phase(TASKS) + 0.001, rel=0.001)


def test_the_scatter_of_samples_is_part_of_the_range() -> None:
    wall = of(COLD, items=TASKS).wall
    assert COLD.median is not None
    assert COLD.median.low is not None
    assert wall.low == pytest.approx(COLD.median.low, rel=0.001)


@pytest.mark.parametrize(
    ("rows", "items", "warm", "why"),
    [
        ((), TASKS, False, "was not measured"),
        ((WARM,), TASKS, False, "--cold"),
        ((row("ray", 0.0, 50.0),), 1000 * TASKS, False, "once, and how much for each task"),
        ((result(case("cpu/ray", **WORK), [[4.0]]),), TASKS, False, "single sample"),
    ],
    ids=["nothing", "no start", "wide", "one sample"],
)
def test_what_rows_do_not_show_is_not_said(rows: tuple[Result, ...], items: int, warm: bool, why: str) -> None:
    with pytest.raises(NothingKnown, match=why):
        of(*rows, items=items, warm=warm)


# In a run


def model(*rows: Result, engines: bool = True) -> Predictor:
    document = run(rows, costs=[costs(rows[0].case.workload)])
    found = predictor(document, rows[0].case.workload, engines=engines)
    assert found is not None
    return found


def test_a_run_predicts_its_engines_and_what_it_measured_is_not_predicted() -> None:
    both = model(COLD, WARM)
    found = both.predict("dask-processes", COLD.case.settings, Job(items=10 * TASKS))
    assert (found.basis, found.memory) == ("predicted", None)
    assert found.wall.estimate == pytest.approx(ONCE + run_phase(10 * TASKS), rel=0.02)
    warm = both.predict("dask-processes", COLD.case.settings, Job(items=10 * TASKS, warm=True))
    assert warm.wall.estimate == pytest.approx(run_phase(10 * TASKS), rel=0.02)
    assert both.predict("dask-processes", COLD.case.settings, Job(items=TASKS)).case == COLD.case.id
    assert both.predict("dask-processes", COLD.case.settings, Job(items=1000 * TASKS)).basis == "extrapolated"


@pytest.mark.parametrize(
    ("settings", "job", "why"),
    [
        ({"workers": 8}, Job(items=TASKS), "settings"),
        ({}, Job(items=TASKS, cores=16), "other numbers of cores"),
    ],
)
def test_other_settings_and_machines_are_not_predicted(settings: dict[str, Any], job: Job, why: str) -> None:
    asked = case("cpu/dask-processes", **{**WORK, **settings}).settings
    with pytest.raises(NotPredictable, match=why):
        model(COLD).predict("dask-processes", asked, job)


def test_a_race_predicts_nothing_of_engines_as_no_error_is_known() -> None:
    with pytest.raises(NotPredictable, match="no costs of dask-processes"):
        model(COLD, engines=False).predict("dask-processes", COLD.case.settings, Job(items=TASKS))
