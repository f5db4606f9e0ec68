"""What the answers promise: medians, ideals, comparisons and outcomes for what was measured, and only for that."""

from __future__ import annotations

from math import isclose

import pytest

from concbench.model import Case, Claim, Failure, Part, Sample, Settings, Workload
from concbench.suites.answering import comparisons, judged, summarise
from tests.traces import case_of, dealt, trace_of

SLEEP = Workload(name="sleep", tasks=8, task_time=0.5)
PART = Part(name="part", title="A part", reference="part/serial")


def case(subject: str, *walls: float, workload: Workload = SLEEP, workers: int | None = None) -> Case:
    """A case with a sample in each block."""
    return Case(
        id=f"part/{subject}",
        part="part",
        subject=subject,
        workload=workload,
        settings=Settings(workers=workers),
        samples=[
            Sample(block=block, round=0, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None)
            for block, wall in enumerate(walls)
        ],
    )


def failed(subject: str) -> Case:
    found = case(subject)
    found.error = Failure(kind="raised", message="no")
    return found


def claim(one: str, verdict: str, other: str) -> Claim:
    return Claim(sentence="So it is.", case=f"part/{one}", verdict=verdict, reference=f"part/{other}")  # type: ignore[arg-type]  # it is one of the three


def test_every_measured_case_has_a_median_and_an_ideal() -> None:
    cases = [case("serial", 4.0, 4.0), case("pool-map", 1.1, 1.1, workers=4)]
    summarise(cases, cores=2)
    assert [each.median.estimate if each.median else None for each in cases] == pytest.approx([4.0, 1.1])
    # Eight tasks of 0.5 s: one after the other, and two on each of 4 workers; sleeping needs no core.
    assert [each.ideal for each in cases] == pytest.approx([4.0, 1.0])


def test_one_thread_a_task_has_as_many_lanes_as_tasks() -> None:
    cases = [case("thread", 0.6)]
    summarise(cases, cores=2)
    assert cases[0].ideal == pytest.approx(0.5)


def test_computing_is_ideal_at_the_speed_of_serial_in_the_same_part() -> None:
    computing = Workload(name="cpu", tasks=8, task_time=0.5, loops=1)
    cases = [case("serial", 6.0, workload=computing), case("pool-map", 4.0, workload=computing, workers=4)]
    elsewhere = case("pool-map", 4.0, workload=computing, workers=4)
    elsewhere.part = "other"
    summarise([*cases, elsewhere], cores=2)
    assert cases[1].ideal == pytest.approx(3.0)
    assert elsewhere.ideal == pytest.approx(2.0)


def test_nothing_is_faster_than_its_ideal_however_late_the_serial_pass_was() -> None:
    computing = Workload(name="cpu", tasks=8, task_time=0.5, loops=1)
    cases = [case("serial", 8.0, workload=computing), case("pool-map", 3.0, workload=computing, workers=2)]
    other = case("pool-imap", 6.0, workload=computing, workers=2)
    summarise([*cases, other], cores=2)
    assert [each.ideal for each in (*cases, other)] == pytest.approx([6.0, 3.0, 3.0])


def test_the_ideal_rests_on_the_tasks_of_a_trace_where_they_took_less_than_serial() -> None:
    traced = case_of(trace_of(dealt([0.3] * 8, 2, 1, begin=1.0), 2), "pool-map", task_time=0.5)
    serial = case_of(trace_of(dealt([0.5] * 8, 1, 8), 1), "serial", task_time=0.5)
    computing = Workload(name="cpu", tasks=8, task_time=0.5, loops=1)
    for each in (serial, traced):
        each.workload = computing
    summarise([serial, traced], cores=2)
    assert traced.ideal == pytest.approx(4 * 0.3)


def test_a_persons_function_is_ideal_at_the_speed_of_serial_and_not_of_its_examination() -> None:
    """It was examined when the machine was busy: 3.92 ms a task, and 2.19 ms in the row of serial."""
    work = Workload(name="mine:work", tasks=48, task_time=0.00392, busy=0.9)
    cases = [case("serial", 0.105, workload=work), case("pool-map", 0.06, workload=work, workers=2)]
    summarise(cases, cores=2)
    assert [each.ideal for each in cases] == pytest.approx([0.105, 0.0525])


def test_a_failed_case_has_neither_median_nor_ideal_and_is_no_measure_for_others() -> None:
    cases = [failed("serial"), case("pool-map", 1.1, workers=4)]
    summarise(cases, cores=2)
    assert (cases[0].median, cases[0].ideal) == (None, None)
    assert cases[1].ideal == pytest.approx(1.0)


def test_every_measured_case_is_compared_with_the_reference_of_its_part() -> None:
    cases = [case("serial", 4.0, 4.0, 4.0), case("thread", 0.5, 0.5, 0.5), case("process", 6.0, 6.0, 6.0)]
    found = comparisons([PART], cases, seconds_a_block=1.0)
    assert [(each.case, each.reference, each.verdict) for each in found] == [
        ("part/thread", "part/serial", "faster"),
        ("part/process", "part/serial", "slower"),
    ]
    assert isclose(found[0].ratio.estimate, 0.125)


def test_cases_of_other_parts_are_not_compared() -> None:
    stranger = case("thread", 0.5, 0.5)
    stranger.part = "other"
    other = Part(name="other", title="Another", reference=None)
    assert comparisons([PART, other], [case("serial", 4.0, 4.0), stranger], seconds_a_block=1.0) == []


def test_a_failed_case_and_a_failed_reference_have_no_comparison() -> None:
    assert comparisons([PART], [case("serial", 4.0, 4.0), failed("thread")], seconds_a_block=1.0) == []
    assert comparisons([PART], [failed("serial"), case("thread", 4.0, 4.0)], seconds_a_block=1.0) == []


def test_an_undecided_comparison_says_how_many_seconds_more_blocks_take() -> None:
    cases = [case("serial", 1.0, 1.0, 1.0), case("thread", 1.02, 1.02, 1.04)]
    (once,) = comparisons([PART], cases, seconds_a_block=1.0)
    (twice,) = comparisons([PART], cases, seconds_a_block=2.0)
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


def test_a_claim_need_not_be_about_the_reference_of_its_part() -> None:
    cases = [case("serial", 4.0, 4.0, 4.0), case("thread", 0.5, 0.5, 0.5), case("process", 1.0, 1.0, 1.0)]
    (found,) = judged([claim("thread", "faster", "process")], cases, seconds_a_block=1.0)
    assert found.outcome == "confirmed"
    assert found.comparison is not None
    assert isclose(found.comparison.ratio.estimate, 0.5)


@pytest.mark.parametrize(
    "cases", [[failed("thread"), case("serial", 1.0)], [case("thread", 1.0), failed("serial")], []]
)
def test_a_claim_about_a_case_without_figures_is_not_measured(cases: list[Case]) -> None:
    (found,) = judged([claim("thread", "faster", "serial")], cases, seconds_a_block=1.0)
    assert (found.outcome, found.comparison) == ("not measured", None)
