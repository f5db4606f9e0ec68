"""What advice promises of a real function: the right kind of workers, within a budget, and nothing lost on the way."""

from __future__ import annotations

import time

import pytest

from concbench.measure.plan import Now
from concbench.model import Workload
from concbench.registry import UnknownName
from concbench.suites.advising import Advising, version
from concbench.suites.candidates import kind_of
from concbench.suites.comparing import OwnFunction
from concbench.suites.options import Options
from tests.busy import other_warnings

HERE = __name__
BUDGET = 2.0


def nap(number: int) -> int:
    time.sleep(0.01)
    return number


async def nap_later(number: int) -> int:
    import asyncio

    await asyncio.sleep(0.01)
    return number


def double(number: int) -> int:
    return 2 * number


def gives_up(number: int) -> int:
    raise LookupError("no such thing")


def advised(function: str, **options: object) -> Advising:
    asked = Advising(
        OwnFunction(name=f"{HERE}:{function}"),
        Options(**{"budget": BUDGET, "tasks": 16, "paths": (".",), **options}),  # type: ignore[arg-type]  # as they are
    )
    asked.measure(lambda now: None)
    return asked


@pytest.mark.parametrize(("function", "kind"), [("nap", "threads"), ("nap_later", "coroutines"), ("double", "none")])
def test_the_kind_of_workers_that_suits_a_function_is_recommended(function: str, kind: str) -> None:
    run = advised(function).run()
    (found,) = run.recommendations
    case = next(case for case in run.cases if case.id == found.case)
    assert kind_of(case.subject) == kind
    assert case.watch is not None
    assert case.trace is not None
    assert all(id_ in {each.id for each in run.cases} for id_ in (*found.compared, *found.equal))
    assert run.parts[0].reference == found.case
    assert run.cases[0].id == run.recommendations[0].case == run.parts[0].reference
    ratios = {each.case: each.ratio.estimate for each in run.comparisons}
    compared = [ratios[each.id] for each in run.cases if each.id in ratios]
    assert compared == sorted(compared)


def test_an_interrupted_one_recommends_what_is_known_so_far() -> None:
    asked = Advising(OwnFunction(name=f"{HERE}:nap"), Options(budget=60.0, tasks=16, paths=(".",)))

    def listen(now: Now) -> None:
        if now.block == 1 and now.doing == "measuring":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked.measure(listen)
    run = asked.run(complete=False)
    assert run.recommendations[0].case.startswith("advise/executor-threads")


def test_of_a_function_that_raises_nothing_is_recommended_and_the_reason_is_a_row() -> None:
    run = advised("gives_up").run()
    assert run.recommendations == []
    (case,) = run.cases
    assert case.error is not None
    assert "raised on item 0" in case.error.message


def test_of_what_takes_too_long_some_items_are_tried_and_that_is_told() -> None:
    run = advised("nap", tasks=200).run()
    workloads = {(case.workload.tasks, case.workload.every) for case in run.cases}
    ((tasks, every),) = workloads
    assert every > 1
    assert tasks * every >= 200
    assert f"is run on {tasks} of its 200 items, evenly spread" in other_warnings(run.warnings)[0]


def test_who_names_strategies_gets_no_other_but_serial() -> None:
    asked = Advising(
        OwnFunction(name=f"{HERE}:double", strategies=("thread",)), Options(budget=1.0, tasks=4, paths=(".",))
    )
    asked.measure(lambda now: None)
    assert {case.subject for case in asked.cases} == {"serial", "thread"}


def test_a_strategy_that_there_is_not_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(UnknownName, match="pool-map"):
        Advising(OwnFunction(name=f"{HERE}:double", strategies=("pool-mapp",)), Options())


def test_a_workload_without_items_keeps_its_count() -> None:
    asked = Advising(OwnFunction(name=f"{HERE}:double"), Options(tasks=5, seed=3))
    assert asked.cases[0].workload == Workload(name=f"{HERE}:double", tasks=5, seed=3)


def test_versions_are_read_as_numbers() -> None:
    assert version("3.14.0") >= (3, 14) > version("3.13.5t")
