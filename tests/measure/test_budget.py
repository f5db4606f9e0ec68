"""What the rule on too much work promises: it fits, nothing goes without need, and cases stay comparable."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.measure.budget import (
    FEWEST_TASKS,
    HOST,
    KEPT,
    Estimate,
    Fit,
    Room,
    crowd,
    cut,
    fit,
    hosts_for,
    loads_of,
    names_of,
    needed,
    note,
    rehearsals,
    sampled,
    seconds_of,
)
from concbench.measure.plan import Spare
from concbench.model.case import Case, Workload
from concbench.strategies.strategy import strategies
from tests.builders import case

SLEEP = Workload(name="sleep", tasks=100, task_time=0.02)
QUICK = Room(seconds=6.0, blocks=3, opening=0.3, watched=0.04, traced=0.04, cores=2)
POOLS = ("pool-map", "pool-imap", "pool-starmap", "pool-apply", "executor-processes")
VARIANTS = frozenset({"pool-imap", "pool-starmap", "pool-apply"})


def case_of(subject: str, workload: Workload = SLEEP, group: str = "sleep", workers: int | None = None) -> Case:
    if workers is None and subject not in ("serial", "process", "thread"):
        workers = 2
    return case(f"{group}/{subject}", workload=workload, workers=workers)


def ideal_of(case: Case, count: int = 5) -> Estimate:
    """What a warm-up takes that costs nothing but its tasks."""
    if case.subject in ("process", "thread"):
        run = case.workload.task_time
    else:
        run = case.workload.task_time * -(-count // (case.settings.workers or 1))
    return Estimate(count=count, start=0.005, run=run, stop=0.002)


def spare_of(cases: list[Case], *, named: bool = False, tasks: bool = True) -> Spare:
    references = frozenset(case.id for case in cases if case.subject == "serial")
    free = frozenset() if named else frozenset(case.id for case in cases) - references
    variants = frozenset(case.id for case in cases if case.id in free and case.subject in VARIANTS)
    return Spare(any=free, variants=variants, references=references, tasks=tasks)


def asleep() -> list[Case]:
    return [case_of(subject) for subject in ("serial", "thread", *POOLS)]


def fitted(cases: list[Case], room: Room, spare: Spare | None = None) -> Fit:
    estimates = {case.id: ideal_of(case) for case in cases}
    return fit(cases, estimates, room, spare_of(cases) if spare is None else spare)


def test_what_fits_is_measured_in_full() -> None:
    assert fitted(asleep(), replace(QUICK, seconds=1000.0)) == Fit()


def test_tasks_become_fewer_before_anything_is_left_out() -> None:
    found = fitted(asleep(), replace(QUICK, seconds=30.0))
    assert KEPT <= found.share < 1
    assert not found.left_out


def test_variants_go_before_half_of_the_tasks_do() -> None:
    found = fitted(asleep(), replace(QUICK, seconds=16.0))
    assert found.left_out == {f"sleep/{subject}" for subject in VARIANTS}
    assert found.share < 1


def test_what_was_named_stays_and_has_fewer_tasks_instead() -> None:
    cases = asleep()
    found = fitted(cases, QUICK, spare_of(cases, named=True))
    assert not found.left_out
    assert found.fits
    assert found.share < KEPT


def test_what_takes_many_times_as_long_as_the_reference_goes_before_most_tasks_do() -> None:
    tiny = Workload(name="mine:tiny", tasks=50_000, task_time=2e-7, busy=1.0)
    cases = [case_of(subject, tiny) for subject in ("serial", "process", "pool-map")]
    estimates = {
        "sleep/serial": Estimate(count=50_000, start=0.0, run=0.01, stop=0.0),
        "sleep/process": Estimate(count=16, start=0.0, run=0.022, stop=0.0),
        "sleep/pool-map": Estimate(count=50_000, start=0.005, run=0.02, stop=0.001),
    }
    assert fit(cases, estimates, QUICK, spare_of(cases)) == Fit(left_out=frozenset({"sleep/process"}))


def test_the_number_of_tasks_stays_where_it_is_what_is_compared() -> None:
    cases = [
        case_of(subject, replace(SLEEP, tasks=tasks), group=f"sleep {tasks} tasks")
        for tasks in (10, 100, 1000)
        for subject in ("serial", "pool-map")
    ]
    found = fitted(cases, replace(QUICK, seconds=20.0), spare_of(cases, named=True, tasks=False))
    assert found == Fit(left_out=frozenset(case.id for case in cases if case.workload.tasks == 1000))


def test_what_can_not_be_made_to_fit_is_measured_all_the_same_and_said() -> None:
    cases = [case_of(subject, replace(SLEEP, task_time=10.0)) for subject in ("serial", "pool-map")]
    found = fitted(cases, QUICK, spare_of(cases, named=True))
    assert not found.fits
    assert not found.left_out
    assert "takes longer than was promised" in note(found, cases, cases)


@given(
    seconds=st.floats(0.1, 100.0),
    tasks=st.integers(1, 5000),
    task_time=st.sampled_from([0.0, 1e-6, 1e-3, 0.1]),
    workers=st.integers(1, 64),
    named=st.booleans(),
)
def test_what_is_said_to_fit_does_and_the_reference_stays(
    seconds: float, tasks: int, task_time: float, workers: int, named: bool
) -> None:
    workload = Workload(name="sleep", tasks=tasks, task_time=task_time)
    cases = [case_of("serial", workload), *(case_of(subject, workload, workers=workers) for subject in POOLS)]
    estimates = {case.id: ideal_of(case, min(tasks, 5)) for case in cases}
    room = replace(QUICK, seconds=seconds)
    found = fit(cases, estimates, room, spare_of(cases, named=named))
    kept = [load for load in loads_of(cases, estimates) if load.case.id not in found.left_out]
    assert found.fits == (needed(kept, found.share, room, len(cases)) <= seconds)
    assert "sleep/serial" not in found.left_out
    assert not (named and found.left_out)
    left = {cut(load.case.workload, found.share, load.fewest).tasks for load in kept}
    assert len(left) == 1  # all of a table run the same tasks
    assert min(tasks, max(FEWEST_TASKS, workers)) <= cut(workload, found.share, kept[0].fewest).tasks <= tasks


@given(tasks=st.integers(1, 10_000), every=st.integers(1, 9), share=st.floats(0.001, 1.0), fewest=st.integers(1, 50))
def test_of_a_function_items_are_left_out_evenly_and_enough_remain(
    tasks: int, every: int, share: float, fewest: int
) -> None:
    found = cut(Workload(name="mine:task", tasks=tasks, every=every), share, min(fewest, tasks))
    step = found.every // every
    assert found.every == step * every
    assert found.tasks == len(range(0, tasks, step))
    assert found.tasks >= min(fewest, tasks)


def test_more_workers_than_tasks_of_a_warm_up_are_no_reason_to_expect_more_time() -> None:
    case = case_of("thread")
    assert seconds_of(case, Estimate(count=5, start=0.0, run=0.02, stop=0.0), 100, 2) == pytest.approx(0.02)


def test_what_a_warm_up_shows_too_little_of_is_rehearsed_until_it_shows_enough() -> None:
    tiny = Workload(name="mine:tiny", tasks=50_000, task_time=2e-7, busy=1.0)
    pool, process = case_of("pool-map", tiny), case_of("process", tiny)
    estimates = {
        pool.id: Estimate(count=16, start=0.004, run=0.001, stop=0.001),
        process.id: Estimate(count=16, start=0.0, run=0.022, stop=0.0),
    }
    assert rehearsals([pool, process], estimates, 2) == [(pool, 128)]
    all_of_them = {**estimates, pool.id: Estimate(count=50_000, start=0.004, run=0.02, stop=0.001)}
    assert rehearsals([pool, process], all_of_them, 2) == []


def test_a_first_run_that_is_slow_to_start_is_repeated_before_it_is_believed() -> None:
    case = case_of("pool-map")
    imported = Estimate(count=5, start=0.08, run=0.065, stop=0.001, cold=True)
    assert rehearsals([case], {case.id: imported}, 2) == [(case, 5)]
    assert rehearsals([case], {case.id: replace(imported, cold=False)}, 2) == []


def test_of_messages_more_are_sent_before_a_first_run_is_believed() -> None:
    pipe = case("messages/pipe", experiment="messages", tasks=100)
    first = Estimate(count=10, start=0.01, run=0.006, stop=0.001, cold=True)
    assert rehearsals([pipe], {pipe.id: first}, 2) == [(pipe, 80)]
    assert rehearsals([pipe], {pipe.id: replace(first, count=100, cold=False)}, 2) == []


def test_what_is_a_little_too_long_by_estimate_may_be_measured_all_the_same() -> None:
    cases = asleep()
    whole = 3 * 8.1  # seconds: three blocks of all that one sample of each takes, and the looks at them
    assert fitted(cases, replace(QUICK, seconds=whole)) != Fit()
    assert fitted(cases, replace(QUICK, seconds=whole), replace(spare_of(cases), tolerance=2.0)) == Fit()


def test_of_many_values_every_second_one_goes_before_a_whole_table_does() -> None:
    cases = [case("sleep/pool-map", workload=SLEEP, along={"workers": workers}) for workers in range(1, 9)]
    steps = tuple(frozenset(f"sleep/pool-map workers {each}" for each in step) for step in ((2, 4, 6), (3, 7), (5,)))
    spare = Spare(thinned=steps, references=frozenset({"sleep/pool-map workers 1"}))
    found = fitted(cases, replace(QUICK, seconds=3.0), spare)
    assert found.fits
    assert found.left_out == steps[0]


def test_no_more_hosts_are_started_than_there_is_time_for() -> None:
    cases = [
        case_of(subject, group=f"cpu {size}") for size in (1, 2, 3) for subject in ("serial", "pool-map", "pool-imap")
    ]
    spare = spare_of(cases)
    variants = {case.id for case in cases if case.subject == "pool-imap"}
    assert crowd(cases, 9, spare) == set()
    assert crowd(cases, 8, spare) == variants
    assert crowd(cases, 3, spare) == variants | {case.id for case in cases if case.group != "cpu 1"}


def test_an_engine_counts_as_many_hosts_as_could_be_started_meanwhile() -> None:
    cases = [case(f"{table}/{name}") for table in ("first", "second") for name in ("serial", "pool-map", "ray")]
    assert [hosts_for(each) for each in cases[:2]] == [1.0, 1.0]
    assert hosts_for(cases[2]) == 1 + strategies.get("ray").opening / HOST > 10
    assert crowd(cases, 1000, Spare()) == set()
    assert crowd(cases, 100, Spare()) == {each.id for each in cases[3:]}


def test_the_sentence_says_how_many_tasks_are_run_and_what_is_left_out() -> None:
    before = asleep()
    kept = [replace(case, workload=cut(case.workload, 0.24, 4)) for case in before if case.subject not in VARIANTS]
    left_out = frozenset(case.id for case in before) - {case.id for case in kept}
    assert note(Fit(share=0.24, left_out=left_out), before, kept) == (
        "To fit into the time, 24 of 100 tasks are run and pool-imap, pool-starmap and pool-apply are left out: a "
        "longer --budget measures more"
    )


def test_a_table_of_which_nothing_is_left_is_called_by_its_name() -> None:
    gone = [case_of("serial", group="long"), case_of("thread", group="long")]
    assert names_of([*gone, case_of("thread")], [case_of("serial")]) == ["long", "sleep/thread"]


def test_a_function_that_is_run_on_some_items_says_what_all_of_them_would_take() -> None:
    assert sampled(Workload(name="mine:task", tasks=9)) is None
    assert sampled(Workload(name="mine:task", tasks=9, total=9)) is None
    assert sampled(Workload(name="mine:task", tasks=20, every=100, total=2000, task_time=0.031)) == (
        "mine:task is run on 20 of its 2,000 items, evenly spread; one after the other, all of them would take about "
        "62 s"
    )
