"""What advice says: what is best, by how much, for what price, and when it would change; and safe to print."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from concbench.model import Case, Recommendation, Run, Sample, Settings, Watch
from concbench.report.advice import advised
from concbench.stats.intervals import median_interval
from tests.example_run import example_run
from tests.report.runs import HOSTILE, measured_runs
from tests.traces import dealt, trace_of


def case(
    subject: str, wall: float, *, memory: int = 10**7, workers: int | None = None, side: str | None = None
) -> Case:
    run = example_run()
    watch = next(each.watch for each in run.cases if each.watch is not None)
    samples = [
        Sample(block=block, round=0, start=0.0, run=wall * jitter, stop=0.0, wall=wall * jitter, cpu=wall / 2)
        for block, jitter in enumerate((0.99, 1.0, 1.01))
    ]
    label = subject if workers is None else f"{subject} workers {workers}"
    return Case(
        id=f"advise/{label}" + (f" {side}" if side else ""),
        part="advise",
        subject=subject,
        workload=replace(run.cases[0].workload, name="mine:square", tasks=10, task_time=0.01, busy=1.0, loops=0),
        settings=Settings(workers=workers),
        samples=samples,
        median=median_interval(samples),
        watch=Watch(**{**vars(watch), "peak_pss": memory}),
        side=side,
    )


def run_of(*cases: Case, equal: tuple[str, ...] = ()) -> Run:
    run = example_run()
    run.parts = [replace(run.parts[0], name="advise", reference=cases[0].id)]
    run.cases, run.comparisons, run.claims = list(cases), [], []
    compared = [each.id for each in cases[1:] if each.id not in equal]
    run.recommendations = [Recommendation(case=cases[0].id, compared=compared, equal=list(equal))]
    return run


def said(run: Run) -> str:
    (found,) = advised(run)
    return " ".join([found.heading, *found.sentences])


def test_it_says_what_is_best_by_how_much_and_for_what_price() -> None:
    text = said(run_of(case("executor-threads", 0.05, workers=2, memory=12_000_000), case("serial", 0.1)))
    assert "Recommended: executor-threads workers 2" in text
    assert "It takes 50.0 ms" in text
    assert "for 10 tasks: 0.500 times (95 % interval 0.500 to 0.500) the time of serial." in text
    assert "It costs 25.0 ms of CPU time (serial 50.0 ms) and 12.0 MB of memory at its peak (serial 10.0 MB)." in text


def test_where_it_is_not_sure_to_be_faster_it_says_so() -> None:
    best, serial = case("executor-threads", 0.095, workers=2), case("serial", 0.1)
    for sample, wall in zip(serial.samples, (0.08, 0.1, 0.12), strict=True):
        object.__setattr__(sample, "wall", wall)
    assert "That it is faster than serial is not sure: a longer --budget would tell." in said(run_of(best, serial))
    assert "not sure" not in said(run_of(case("executor-threads", 0.05, workers=2), case("serial", 0.1)))


def test_where_serial_is_best_it_says_so() -> None:
    text = said(run_of(case("serial", 0.1), case("executor-threads", 0.2, workers=2)))
    assert "Recommended: serial" in text
    assert "Nothing that was tried is surely faster than one after the other." in text


def test_what_can_not_be_told_from_it_is_named() -> None:
    first, other = case("executor-threads", 0.05, workers=2), case("threadpool-map", 0.05, workers=2)
    text = said(run_of(first, other, equal=(other.id,)))
    assert "threadpool-map workers 2 (1.00 to 1.00 times) is as fast, or can't be told from it in this time." in text


def test_of_several_kinds_of_workers_that_are_as_fast_the_simplest_is_said_to_be_recommended() -> None:
    first, other = case("executor-threads", 0.05, workers=2), case("pool-map", 0.05, workers=2)
    text = said(run_of(first, other, equal=(other.id,)))
    assert "can't be told from it in this time: of these, the simplest kind of workers is recommended." in text


def test_of_a_strategy_that_is_not_installed_here_it_tells_what_is_known() -> None:
    first, other = case("theirs", 0.05), case("executor-threads", 0.05, workers=2)
    text = said(run_of(first, other, equal=(other.id,)))
    assert "executor-threads workers 2 (1.00 to 1.00 times) is as fast, or can't be told from it in this time." in text


def test_it_says_below_which_task_time_serial_would_win() -> None:
    first = case("executor-threads", 0.06, workers=2)
    first.trace = trace_of(dealt([0.01] * 10, 2, 1, begin=0.005), 2, start=0.005, stop=0.005)
    text = said(run_of(first, case("serial", 0.1)))
    assert "Below about 2.00 ms a task, serial would win (they take 10.0 ms now): predicted by the trace." in text


def test_it_says_above_which_task_time_something_else_would_win() -> None:
    other = case("executor-processes", 0.2, workers=2)
    other.trace = trace_of(dealt([0.01] * 10, 2, 1, begin=0.15), 2, start=0.15)
    text = said(run_of(case("serial", 0.1), other))
    assert "From about 30.0 ms a task on, executor-processes workers 2 would win" in text


def test_of_all_that_would_win_for_longer_tasks_it_names_who_would_first() -> None:
    threads, processes = case("executor-threads", 0.12, workers=2), case("executor-processes", 0.2, workers=2)
    threads.trace = trace_of(dealt([0.0199] * 10, 2, 1, begin=0.005), 2, start=0.005)  # they take turns with the GIL
    processes.trace = trace_of(dealt([0.01] * 10, 2, 1, begin=0.15), 2, start=0.15)
    both = said(run_of(case("serial", 0.1), threads, processes))
    assert "From about 30.0 ms a task on, executor-processes workers 2 would win" in both
    alone = said(run_of(case("serial", 0.1), threads))
    assert "executor-threads workers 2 would not be faster for longer tasks of this kind either." in alone


def test_a_second_interpreter_is_compared_with_the_first() -> None:
    first = case("executor-processes", 0.1, workers=2, side="3.13")
    second = case("executor-threads", 0.05, workers=2, side="3.13t")
    run = run_of(first)
    run.cases.append(second)
    run.recommendations.append(Recommendation(case=second.id, compared=[], equal=[]))
    one, other = advised(run)
    assert one.heading == "Recommended under 3.13: executor-processes workers 2"
    assert other.heading == "Recommended under 3.13t: executor-threads workers 2"
    assert other.sentences[-1].startswith("That is 0.500 times (95 % interval 0.500 to 0.500) the time of the best")


def test_the_program_names_no_start_method_that_python_takes_anyway() -> None:
    first = case("pool-map", 0.05, workers=2)
    run = run_of(first)
    first.settings = Settings(workers=2, start_method=run.environment.start_method)
    (found,) = advised(run)
    assert "with Pool(processes=2) as pool:" in found.program
    first.settings = replace(first.settings, start_method="spawn")
    (found,) = advised(run)
    assert 'get_context("spawn")' in found.program


@given(measured_runs())
def test_of_any_run_and_any_name_it_is_safe_to_print(run: Run) -> None:
    run.cases[0].id = f"short/{HOSTILE}"
    run.cases[0].workload = replace(run.cases[0].workload, name=f"{HOSTILE}:f")
    run.recommendations = [
        Recommendation(
            case=run.cases[0].id,
            compared=[each.id for each in run.cases[1:]],
            equal=[each.id for each in run.cases[1:]],
        )
    ]
    for found in advised(run):
        assert "".join([found.heading, *found.sentences]).isprintable()
        assert found.program == ""
