"""What comparisons promise: medians, ideals, verdicts and outcomes of claims, for what was measured only."""

from __future__ import annotations

from dataclasses import replace
from math import isclose

import pytest

from concbench.analysis.comparisons import comparisons, judged, summarised
from concbench.model.case import Workload
from concbench.model.result import Failure, Result
from concbench.model.run import Claim, Table
from tests.builders import dealt, result, trace_of, traced

SLEEP = Workload(name="sleep", tasks=8, task_time=0.5)
CPU = Workload(name="cpu", tasks=8, task_time=0.5, loops=1)
TABLE = Table(name="table", title="A table", reference="table/serial")


def case(
    subject: str, *walls: float, workload: Workload = SLEEP, group: str = "table", workers: int | None = None
) -> Result:
    """A result with a sample in each block."""
    return result(f"{group}/{subject}", [[wall] for wall in walls], workload=workload, workers=workers)


def failed(subject: str) -> Result:
    return result(f"table/{subject}", failure=Failure(kind="raised", message="no"), workload=SLEEP)


def claim(one: str, verdict: str, other: str) -> Claim:
    return Claim(sentence="So it is.", case=f"table/{one}", verdict=verdict, reference=f"table/{other}")  # type: ignore[arg-type]  # it is one of the three


def ideals(*results: Result) -> list[float | None]:
    return [each.ideal for each in summarised(results, cores=2)]


def test_every_measured_case_has_a_median_and_an_ideal() -> None:
    found = summarised([case("serial", 4.0, 4.0), case("pool-map", 1.1, 1.1, workers=4)], cores=2)
    assert [each.median.estimate if each.median else None for each in found] == pytest.approx([4.0, 1.1])
    # Eight tasks of 0.5 s: one after the other, and two on each of 4 workers; sleeping needs no core.
    assert [each.ideal for each in found] == pytest.approx([4.0, 1.0])


def test_one_thread_a_task_has_as_many_lanes_as_tasks() -> None:
    assert ideals(case("thread", 0.6)) == pytest.approx([0.5])


def test_computing_is_ideal_at_the_speed_of_serial_in_the_same_table() -> None:
    elsewhere = case("pool-map", 4.0, workload=CPU, workers=4, group="other")
    found = ideals(case("serial", 6.0, workload=CPU), case("pool-map", 4.0, workload=CPU, workers=4), elsewhere)
    assert found[1:] == pytest.approx([3.0, 2.0])


def test_nothing_is_faster_than_its_ideal_however_late_the_serial_pass_was() -> None:
    results = [case("serial", 8.0, workload=CPU), case("pool-map", 3.0, workload=CPU, workers=2)]
    other = case("pool-imap", 6.0, workload=CPU, workers=2)
    assert ideals(*results, other) == pytest.approx([6.0, 3.0, 3.0])


def test_the_ideal_rests_on_the_tasks_of_a_trace_where_they_took_less_than_serial() -> None:
    fast = traced("table/pool-map", trace_of(dealt([0.3] * 8, 2, 1, begin=1.0), 2))
    serial = traced("table/serial", trace_of(dealt([0.5] * 8, 1, 8), 1))
    results = [replace(each, case=replace(each.case, workload=CPU)) for each in (serial, fast)]
    assert ideals(*results)[1] == pytest.approx(4 * 0.3)


def test_your_function_is_ideal_at_the_speed_of_serial_and_not_of_its_examination() -> None:
    """It was examined when the machine was busy: 3.92 ms a task, and 2.19 ms in the row of serial."""
    work = Workload(name="mine:work", tasks=48, task_time=0.00392, busy=0.9)
    found = ideals(case("serial", 0.105, workload=work), case("pool-map", 0.06, workload=work, workers=2))
    assert found == pytest.approx([0.105, 0.0525])


def test_a_failed_case_has_neither_median_nor_ideal_and_is_no_measure_for_others() -> None:
    first, second = summarised([failed("serial"), case("pool-map", 1.1, workers=4)], cores=2)
    assert (first.median, first.ideal) == (None, None)
    assert second.ideal == pytest.approx(1.0)


def test_every_measured_case_is_compared_with_the_reference_of_its_table() -> None:
    cases = [case("serial", 4.0, 4.0, 4.0), case("thread", 0.5, 0.5, 0.5), case("process", 6.0, 6.0, 6.0)]
    found = comparisons([TABLE], cases, seconds_a_block=1.0)
    assert [(each.case, each.reference, each.verdict) for each in found] == [
        ("table/thread", "table/serial", "faster"),
        ("table/process", "table/serial", "slower"),
    ]
    assert isclose(found[0].ratio.estimate, 0.125)


def test_cases_of_other_tables_are_not_compared() -> None:
    stranger = case("thread", 0.5, 0.5, group="other")
    other = Table(name="other", title="Another", reference=None)
    assert comparisons([TABLE, other], [case("serial", 4.0, 4.0), stranger], seconds_a_block=1.0) == []


def test_a_failed_case_and_a_failed_reference_have_no_comparison() -> None:
    assert comparisons([TABLE], [case("serial", 4.0, 4.0), failed("thread")], seconds_a_block=1.0) == []
    assert comparisons([TABLE], [failed("serial"), case("thread", 4.0, 4.0)], seconds_a_block=1.0) == []


def test_an_undecided_comparison_says_how_many_seconds_more_blocks_take() -> None:
    cases = [case("serial", 1.0, 1.0, 1.0), case("thread", 1.02, 1.02, 1.04)]
    (once,) = comparisons([TABLE], cases, seconds_a_block=1.0)
    (twice,) = comparisons([TABLE], cases, seconds_a_block=2.0)
    assert once.verdict == "undecided"
    assert once.more_seconds is not None
    assert twice.more_seconds == pytest.approx(2 * once.more_seconds)


def test_claims_are_confirmed_refuted_or_undecided_by_the_samples() -> None:
    cases = [case("serial", 4.0, 4.0), case("thread", 0.5, 0.5), case("process", 3.0, 5.0)]
    claims = [
        claim("thread", "faster", "serial"),
        claim("thread", "slower", "serial"),
        claim("thread", "same", "serial"),
        claim("process", "slower", "serial"),
    ]
    found = judged(claims, cases, seconds_a_block=1.0)
    assert [each.outcome for each in found] == ["confirmed", "refuted", "refuted", "undecided"]
    assert [each.claim for each in found] == claims


def test_a_claim_need_not_be_about_the_reference_of_its_table() -> None:
    cases = [case("serial", 4.0, 4.0, 4.0), case("thread", 0.5, 0.5, 0.5), case("process", 1.0, 1.0, 1.0)]
    (found,) = judged([claim("thread", "faster", "process")], cases, seconds_a_block=1.0)
    assert found.outcome == "confirmed"
    assert found.comparison is not None
    assert isclose(found.comparison.ratio.estimate, 0.5)


@pytest.mark.parametrize(
    "cases", [[failed("thread"), case("serial", 1.0)], [case("thread", 1.0), failed("serial")], []]
)
def test_a_claim_about_a_case_without_figures_is_not_measured(cases: list[Result]) -> None:
    (found,) = judged([claim("thread", "faster", "serial")], cases, seconds_a_block=1.0)
    assert (found.outcome, found.comparison) == ("not measured", None)
