"""What is said of a case under two interpreters: how much longer it takes, and in which part; or nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from concbench.model import Case, Run, Sample, Trace
from concbench.report.between import between
from tests.report.runs import HOSTILE, measured_runs
from tests.traces import case_of, dealt, run_of, trace_of


def under(side: str, trace: Trace, walls: tuple[float, ...]) -> Case:
    case = case_of(trace, "pool-map", task_time=0.01)
    samples = [
        Sample(block=block, round=0, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None)
        for block, wall in enumerate(walls)
    ]
    return replace(case, id=f"short/pool-map {side}", side=side, samples=samples)


SOON = trace_of(dealt([0.01] * 10, 2, 1), 2)
LATE = trace_of(dealt([0.01] * 10, 2, 1, begin=0.05), 2, start=0.03)


def said(*cases: Case) -> list[str]:
    run = run_of(*cases)
    return list(between(run, run.parts[0]))


def test_the_part_that_differs_is_named() -> None:
    (sentence,) = said(under("3.13", SOON, (0.05, 0.051, 0.05)), under("3.14", LATE, (0.1, 0.102, 0.1)))
    assert sentence == (
        "pool-map takes 2.00 times (95 % interval 2.00 to 2.00) as long under 3.14 as under 3.13: "
        "start +30.0 ms, lead-in +20.0 ms."
    )


def test_where_it_is_faster_the_part_has_a_minus() -> None:
    (sentence,) = said(under("3.13", LATE, (0.1, 0.102, 0.1)), under("3.14", SOON, (0.05, 0.051, 0.05)))
    assert "start -30.0 ms" in sentence


def test_where_they_are_the_same_or_undecided_nothing_is_said() -> None:
    assert said(under("3.13", SOON, (0.05, 0.05, 0.05)), under("3.14", SOON, (0.05, 0.05, 0.05))) == []
    assert said(under("3.13", SOON, (0.05, 0.05)), under("3.14", SOON, (0.04, 0.09))) == []


SLOW_FIRST = trace_of(dealt([0.01] * 10, 2, 1, begin=0.03), 2, start=0.03)
SLOW_LAST = trace_of(dealt([0.01] * 10, 2, 1), 2, stop=0.03)


def test_what_takes_as_long_in_other_parts_is_told() -> None:
    (sentence,) = said(under("3.13", SLOW_FIRST, (0.08,) * 4), under("3.13t", SLOW_LAST, (0.08, 0.081) * 2))
    assert sentence.startswith("pool-map takes as long under 3.13t as under 3.13, 1.01 times (95 % interval ")
    assert sentence.endswith(", but in other parts: start -30.0 ms, stop +30.0 ms.")


def test_what_may_take_as_long_in_other_parts_is_told_with_care() -> None:
    (sentence,) = said(under("3.13", SLOW_FIRST, (0.08,) * 3), under("3.13t", SLOW_LAST, (0.06, 0.08, 0.1)))
    assert sentence.startswith("pool-map may take as long under 3.13t as under 3.13, ")
    assert sentence.endswith(", but in other parts: start -30.0 ms, stop +30.0 ms.")


def test_parts_that_matter_little_beside_the_wall_time_are_not_told_of_what_takes_as_long() -> None:
    assert said(under("3.13", SLOW_FIRST, (0.3,) * 4), under("3.13t", SLOW_LAST, (0.3, 0.301) * 2)) == []


def test_under_one_interpreter_nothing_is_said() -> None:
    assert said(case_of(SOON, "pool-map", task_time=0.01)) == []


@given(measured_runs())
def test_of_any_run_it_is_safe_to_print(run: Run) -> None:
    for number, case in enumerate(run.cases):
        case.side = f"{HOSTILE}{number}"
        case.id = f"{run.parts[0].name}/{HOSTILE} {case.side}"
    assert all(sentence.isprintable() for sentence in between(run, run.parts[0]))
