"""What advice says: what is best, by how much, at which price, and when that changes; and a program."""

from __future__ import annotations

from dataclasses import replace

from concbench.analysis.analysis import analyse
from concbench.model.result import Result
from concbench.model.run import Recommendation, Run
from concbench.report.blocks import Code, Heading, Paragraph
from concbench.report.sections.advice import programs, reasons, recommendations
from tests.builders import dealt, environment, samples, trace_of
from tests.report.runs import advised_run, tried


def said(run: Run) -> str:
    blocks = [*recommendations(analyse(run)), *reasons(analyse(run))]
    return " ".join(block.text for block in blocks if isinstance(block, Heading | Paragraph))


def threads(wall: float, memory: int = 10**7) -> Result:
    return tried("executor-threads workers 2", wall, memory=memory, workers=2)


def test_it_says_what_is_best_by_how_much_and_at_which_price() -> None:
    text = said(advised_run(threads(0.05, memory=12_000_000), tried("serial", 0.1)))
    assert text == (
        "Recommended: executor-threads workers 2 It takes 50.0 ms ±3% for 10 tasks; serial takes 2.00 times (95 % "
        "interval 2.00 to 2.00) as long. It uses 25.0 ms of CPU time (serial 50.0 ms) and 12.0 MB of memory at its "
        "peak (serial 10.0 MB)."
    )


def test_several_others_are_listed() -> None:
    text = said(advised_run(threads(0.05), tried("pool-map", 0.1), tried("serial", 0.1)))
    assert "; pool-map takes 2.00 times (95 % interval 2.00 to 2.00) as long, and serial takes 2.00 times" in text


def test_what_is_not_conclusive_is_said_to_be() -> None:
    serial = replace(tried("serial", 0.1), samples=samples([[0.08], [0.1], [0.12]]))
    assert "Not conclusively faster than serial; try a longer --budget." in said(advised_run(threads(0.095), serial))
    assert "conclusively" not in said(advised_run(threads(0.05), tried("serial", 0.1)))


def test_where_serial_is_best_nothing_else_was_conclusively_faster() -> None:
    text = said(advised_run(tried("serial", 0.1), threads(0.2)))
    assert text.startswith("Recommended: serial It takes 100 ms")
    assert "conclusively" not in text
    assert "Nothing else was conclusively faster." in said(advised_run(tried("serial", 0.1), threads(0.1)))
    doubted = said(advised_run(tried("serial", 0.2), threads(0.1)))
    assert "executor-threads workers 2 measured faster, but that is in doubt:" in doubted


def test_those_that_are_as_fast_are_named_and_the_simplest_workers_win() -> None:
    other = tried("threadpool-map workers 2", 0.05, workers=2)
    text = said(advised_run(threads(0.05), other, equal=(other.case.label,)))
    assert "threadpool-map workers 2 (1.00 to 1.00 times) is as fast, or too close to call." in text
    pool = tried("pool-map workers 2", 0.05, workers=2)
    text = said(advised_run(threads(0.05), pool, equal=(pool.case.label,)))
    assert "or too close to call; of these, the one with the simplest workers is recommended." in text
    theirs = said(advised_run(tried("theirs", 0.05), pool, equal=(pool.case.label,)))  # not installed here
    assert "is as fast, or too close to call." in theirs


def test_it_says_for_which_tasks_serial_would_be_faster() -> None:
    trace = trace_of(dealt([0.01] * 10, 2, 1, begin=0.005), 2, start=0.005, stop=0.005)
    text = said(advised_run(replace(threads(0.06), trace=trace), tried("serial", 0.1)))
    assert "Going by the trace, serial would be faster for tasks shorter than about 2.00 ms (now 10.0 ms)." in text


def test_of_those_that_would_be_faster_for_longer_tasks_it_names_the_first() -> None:
    turns = trace_of(dealt([0.0199] * 10, 2, 1, begin=0.005), 2, start=0.005)  # they take turns with the GIL
    late = trace_of(dealt([0.01] * 10, 2, 1, begin=0.15), 2, start=0.15)
    slow = replace(threads(0.12), trace=turns)
    pool = replace(tried("executor-processes workers 2", 0.2, workers=2), trace=late)
    both = said(advised_run(tried("serial", 0.1), slow, pool))
    assert (
        "Going by its trace, executor-processes workers 2 would be faster for tasks longer than about 30.0 ms" in both
    )
    alone = said(advised_run(tried("serial", 0.1), slow))
    assert "executor-threads workers 2 would not be faster for longer tasks of this kind either." in alone


def test_another_interpreter_is_compared_with_the_first() -> None:
    first = tried("executor-processes workers 2", 0.1, workers=2, side="3.13")
    second = tried("executor-threads workers 2", 0.05, workers=2, side="3.13t")
    run = advised_run(first, second)
    run = replace(
        run, recommendations=[Recommendation(case=each.case.id, compared=[], equal=[]) for each in run.results]
    )
    headings = [block.text for block in recommendations(analyse(run)) if isinstance(block, Heading)]
    assert headings == [
        "Recommended under 3.13: executor-processes workers 2",
        "Recommended under 3.13t: executor-threads workers 2",
    ]
    assert said(run).endswith(
        "executor-threads workers 2 under 3.13t takes 0.500 times (95 % interval 0.500 to 0.500) the time of "
        "executor-processes workers 2 under 3.13, the fastest."
    )


def test_the_program_names_no_start_method_that_python_takes_anyway() -> None:
    def program(start_method: str) -> str:
        best = tried("pool-map workers 2", 0.05, workers=2, start_method=start_method)
        _, code = programs(analyse(replace(advised_run(best), environment=environment(start_method="fork"))))
        assert isinstance(code, Code)
        return code.text

    assert "get_context" not in program("fork")
    assert 'get_context("spawn")' in program("spawn")


def test_a_name_that_is_not_pythons_has_no_program() -> None:
    best = tried("pool-map workers 2", 0.05, workers=2)
    hostile = replace(best.case.workload, name="os.system('x'):f")
    assert list(programs(analyse(advised_run(replace(best, case=replace(best.case, workload=hostile)))))) == []
