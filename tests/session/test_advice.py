"""What advice promises of a real function: the right kind of workers, within a budget, and nothing lost on the way."""

from __future__ import annotations

import time

import pytest

from concbench.model.case import Workload
from concbench.model.run import Run
from concbench.registry import UnknownName
from concbench.report.sections.advice import program
from concbench.runs.checking import faults
from concbench.session.advice import Advisor, version
from concbench.session.candidates import kind_of
from concbench.session.comparison import OwnFunction
from concbench.session.options import Options
from tests.busy import other_warnings
from tests.e2e.command import usually
from tests.session.test_survey import interrupted

HERE = __name__
BUDGET = 2.0


def nap(number: int) -> int:
    time.sleep(0.01)
    return number


async def nap_later(number: int) -> int:
    import asyncio

    await asyncio.sleep(0.01)
    return number


def fetch(number: int) -> int:
    time.sleep(0.031)
    return number


async def fetch_later(number: int) -> int:
    import asyncio

    await asyncio.sleep(0.031)
    return number


def double(number: int) -> int:
    return 2 * number


def gives_up(number: int) -> int:
    raise LookupError("no such thing")


def advised(function: str, *, strategies: tuple[str, ...] = (), **options: object) -> Run:
    advisor = Advisor(
        OwnFunction(name=f"{HERE}:{function}", strategies=strategies),
        Options(**{"budget": BUDGET, "tasks": 16, "paths": (".",), **options}),  # type: ignore[arg-type]  # as they are
    )
    for _ in advisor.measure():
        pass
    return advisor.run()


@pytest.mark.parametrize(
    ("function", "kind"),
    [("nap", "threads"), *usually(among=[("nap_later", "coroutines"), ("double", "none")])],
)
def test_the_kind_of_workers_that_suits_a_function_is_recommended(function: str, kind: str) -> None:
    run = advised(function)
    (found,) = run.recommendations
    first = run.results[0]
    assert first.case.id == found.case == run.tables[0].reference
    assert kind_of(first.case.subject) == kind
    assert first.watch is not None
    assert first.trace is not None
    assert {*found.compared, *found.equal} <= {result.case.id for result in run.results}
    ratios = {each.case: each.ratio.estimate for each in run.comparisons}
    compared = [ratios[result.case.id] for result in run.results if result.case.id in ratios]
    assert compared == sorted(compared)
    assert list(faults(run)) == []


@pytest.mark.thorough
def test_an_interrupted_one_recommends_what_is_known_so_far() -> None:
    advisor = Advisor(OwnFunction(name=f"{HERE}:nap"), Options(budget=60.0, tasks=16, paths=(".",)))
    interrupted(advisor, block=1)
    run = advisor.run(complete=False)
    assert kind_of(run.recommendations[0].case.split("/")[1].split(" ")[0]) == "threads"
    assert list(faults(run)) == []


def test_a_run_can_be_had_before_anything_was_measured() -> None:
    run = Advisor(OwnFunction(name=f"{HERE}:nap"), Options()).run(complete=False)
    assert (run.results, run.recommendations) == ([], [])
    assert list(faults(run)) == []


def test_of_a_function_that_raises_nothing_is_recommended_and_the_reason_is_a_row() -> None:
    run = advised("gives_up")
    assert run.recommendations == []
    (result,) = run.results
    assert result.failure is not None
    assert "raised on item 0" in result.failure.message


@pytest.mark.thorough
def test_of_what_takes_too_long_some_items_are_tried_and_that_is_said() -> None:
    run = advised("nap", tasks=200)
    ((tasks, every),) = {(result.case.workload.tasks, result.case.workload.every) for result in run.results}
    assert every > 1
    assert tasks * every >= 200
    assert f"is run on {tasks} of its 200 items, evenly spread" in other_warnings(run.warnings)[0]


@pytest.mark.parametrize("function", usually("fetch_later", among=["fetch", "fetch_later"]))
def test_for_2000_urls_that_take_31_ms_the_program_runs_all_of_them_with_a_bound(function: str) -> None:
    run = advised(function, tasks=2000, budget=5.0)
    (found,) = run.recommendations
    assert found.target is not None
    assert found.target.items == 2000
    assert found.way is not None
    assert found.way.subject not in ("thread", "thread-subclass")
    bound = found.way.settings.workers or found.way.settings.limit
    assert bound is not None
    assert bound <= 512
    text = program(run, found)
    assert "range(2000)" in text
    assert str(bound) in text
    assert found.way.case is None
    assert list(faults(run)) == []


@pytest.mark.thorough
def test_with_too_little_time_to_learn_what_workers_cost_the_job_is_unknown_and_that_is_said() -> None:
    run = advised("nap", tasks=100, budget=1.0)
    (found,) = run.recommendations
    assert run.costs == []
    assert found.way is None
    assert "--budget 5s would do" in found.unknown


def test_of_all_items_that_are_run_the_figures_are_the_measured_ones() -> None:
    run = advised("double")
    (found,) = run.recommendations
    assert found.way is not None
    first = next(result for result in run.results if result.case.id == found.case)
    assert (found.way.case, found.way.wall) == (found.case, first.median)
    assert all(other.case is not None for other in found.others)


@pytest.mark.thorough
def test_only_strategies_that_are_named_are_tried_and_serial() -> None:
    run = advised("double", strategies=("thread",), budget=1.0, tasks=4)
    assert {result.case.subject for result in run.results} == {"serial", "thread"}


def test_a_strategy_that_there_is_not_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(UnknownName, match="pool-map"):
        Advisor(OwnFunction(name=f"{HERE}:double", strategies=("pool-mapp",)), Options())


def test_a_workload_without_items_keeps_its_count() -> None:
    advisor = Advisor(OwnFunction(name=f"{HERE}:double"), Options(tasks=5, seed=3))
    assert advisor.first[0].workload == Workload(name=f"{HERE}:double", tasks=5, seed=3)


def test_versions_are_read_as_numbers() -> None:
    assert version("3.14.0") >= (3, 14) > version("3.13.5t")
