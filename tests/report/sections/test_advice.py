"""What advice says: what is best, by how much, at which price, and when that changes; and a program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.analysis.analysis import analyse
from concbench.model.case import Settings
from concbench.model.result import Result
from concbench.model.run import Recommendation, Run
from concbench.prediction.predict import Job
from concbench.report.blocks import Code, Heading, Paragraph
from concbench.report.sections.advice import programs, reasons, recommendations
from tests.builders import environment, samples
from tests.laws import Law, predicting, with_costs
from tests.report.runs import advised_run, tried


def said(run: Run) -> str:
    blocks = [*recommendations(analyse(run)), *reasons(analyse(run))]
    return " ".join(block.text for block in blocks if isinstance(block, Heading | Paragraph))


def threads(wall: float, memory: int = 10**7) -> Result:
    return tried("executor-threads workers 2", wall, memory=memory, workers=2)


def test_it_says_what_is_best_by_how_much_and_at_which_price() -> None:
    text = said(advised_run(threads(0.05, memory=12_000_000), tried("serial", 0.1)))
    assert text == (
        "Threads: 2.00× faster than serial (95 % interval 2.00× to 2.00×). executor-threads with 2 workers takes "
        "50.0 ms ±3% for 10 tasks. It costs 25 ms of CPU time (serial: 50 ms) and 12 MB of memory at its peak "
        "(serial: 10 MB)."
    )


def test_several_others_are_listed() -> None:
    text = said(advised_run(threads(0.05), tried("pool-map", 0.1), tried("serial", 0.1)))
    assert text.startswith("Threads: 2.00× faster than serial (")
    assert "takes 50.0 ms ±3% for 10 tasks; pool-map is 2.00× slower (95 % interval 2.00× to 2.00×)." in text


def test_what_is_not_conclusive_is_said_to_be() -> None:
    serial = replace(tried("serial", 0.1), samples=samples([[0.08], [0.1], [0.12]]))
    assert said(advised_run(threads(0.095), serial)).startswith(
        "Threads: not conclusively faster than serial, which is between 1.56× faster and 1.68× slower (95 % interval); "
        "try a longer --budget. executor-threads with 2 workers takes 95.0 ms"
    )
    assert "conclusively" not in said(advised_run(threads(0.05), tried("serial", 0.1)))


def test_where_serial_is_best_nothing_else_was_conclusively_faster() -> None:
    for other, ending in (
        (0.2, "is 2.00× slower (95 % interval 2.00× to 2.00×)."),
        (0.1, "takes as long, within 5 % ("),
    ):
        text = said(advised_run(tried("serial", 0.1), threads(other)))
        assert text.startswith(
            "No workers: nothing that was tried is conclusively faster than a plain loop. serial takes 100 ms"
        )
        assert f"; executor-threads with 2 workers {ending}" in text
    doubted = said(advised_run(tried("serial", 0.2), threads(0.1)))
    assert "executor-threads with 2 workers measured faster, but that is in doubt:" in doubted


def test_those_that_are_as_fast_are_named_and_the_simplest_workers_win() -> None:
    other = tried("threadpool-map workers 2", 0.05, workers=2)
    text = said(advised_run(threads(0.05), other, equal=(other.case.label,)))
    assert text.endswith(" As fast, or too close to call: threadpool-map with 2 workers.")
    pool = tried("pool-map workers 2", 0.05, workers=2)
    text = said(advised_run(threads(0.05), pool, equal=(pool.case.label,)))
    assert text.endswith("pool-map with 2 workers; of these, the one with the simplest workers is recommended.")
    theirs = said(advised_run(tried("theirs", 0.05), pool, equal=(pool.case.label,)))  # not installed here
    assert theirs.startswith("Recommended: the best of what was tried. theirs takes 50.0 ms")
    assert theirs.endswith(" As fast, or too close to call: pool-map with 2 workers.")


def test_it_says_for_how_few_tasks_serial_would_be_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    best, plain = threads(0.06), tried("serial", 0.1)
    assert "would be faster" not in said(advised_run(best, plain))
    predicting(monkeypatch, Law(task=0.01, start=0.005))
    text = said(with_costs(advised_run(best, plain)))
    assert "Serial would be faster for fewer than about 3 tasks: predicted; 10 were run." in text


def test_of_those_that_would_be_faster_for_more_tasks_it_names_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = threads(0.12)
    pool = tried("executor-processes workers 2", 0.2, workers=2)

    def law(subject: str, settings: Settings, job: Job) -> float:
        if subject == "executor-threads":
            return job.items * 0.012
        return Law(task=0.01, start=0.1)(subject, settings, job)

    predicting(monkeypatch, law)
    both = said(with_costs(advised_run(tried("serial", 0.1), slow, pool)))
    assert (
        "executor-processes with 2 workers would be faster for more than about 43 tasks (39 to 47): predicted" in both
    )
    alone = said(with_costs(advised_run(tried("serial", 0.1), slow)))
    assert "executor-threads with 2 workers would not be faster for up to 1,000 tasks either: predicted." in alone


def test_another_interpreter_is_compared_with_the_first() -> None:
    first = tried("executor-processes workers 2", 0.1, workers=2, side="3.13")
    second = tried("executor-threads workers 2", 0.05, workers=2, side="3.13t")
    run = advised_run(first, second)
    run = replace(
        run, recommendations=[Recommendation(case=each.case.id, compared=[], equal=[]) for each in run.results]
    )
    answers = [
        block.text for block in recommendations(analyse(run)) if isinstance(block, Paragraph) and block.kind == "answer"
    ]
    assert [text.partition(":")[0] for text in answers] == [
        "Processes under 3.13",
        "Threads under 3.13t",
        "Switch to 3.13t",
    ]
    assert said(run).endswith(
        "executor-threads with 2 workers under 3.13t is 2.00× faster than executor-processes with 2 workers under 3.13 "
        "(95 % interval 2.00× to 2.00×); the latter is recommended above."
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


# Start methods


def processes(wall: float, method: str, *, named: bool = False, side: str | None = None) -> Result:
    row = f"pool-map workers 2 {method}" if named else "pool-map workers 2"
    return tried(row, wall, workers=2, start_method=method, side=side)


def on_3_14(*results: Result) -> Run:
    return replace(advised_run(*results), environment=environment(start_method="forkserver"))


def test_a_start_method_of_pythons_own_that_takes_much_longer_is_said_to_be_a_poor_choice() -> None:
    forked = processes(0.05, "fork", named=True)
    run = on_3_14(forked, processes(0.12, "forkserver"), tried("serial", 0.1))
    assert (
        "Python's own start method, forkserver, is a poor choice for this job: pool-map with 2 workers is 2.40× slower "
        "than with fork (95 % interval 2.40× to 2.40×). Fork copies this process as it stands, so use it only where no "
        "other thread runs when the workers start."
    ) in said(run)
    assert said(run).startswith("Processes: 2.00× faster than serial")
    assert "pool-map with 2 workers and fork takes 50.0 ms" in said(run)
    (program,) = (block.text for block in programs(analyse(run)) if isinstance(block, Code))
    assert 'get_context("fork")' in program


def test_it_is_said_of_each_interpreter_and_where_nothing_of_it_is_recommended() -> None:
    run = on_3_14(
        tried("serial", 0.04, side="3.14"),
        processes(0.05, "fork", named=True, side="3.14"),
        processes(0.12, "forkserver", side="3.14"),
        processes(0.05, "fork", side="3.13"),
    )
    assert "3.14's own start method, forkserver, is a poor choice" in said(run)


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        (processes(0.05, "fork"), processes(0.12, "spawn", named=True)),  # it is the better one
        (processes(0.052, "fork"), processes(0.05, "spawn", named=True)),  # hardly worse
        (processes(0.12, "spawn"), tried("pool-map workers 3 fork", 0.05, workers=3, start_method="fork")),
    ],
)
def test_nothing_is_said_of_a_start_method_that_is_no_worse_or_was_not_compared(usual: Result, other: Result) -> None:
    assert "own start method" not in said(advised_run(usual, other))


def test_where_start_methods_were_asked_for_pythons_own_is_known_by_its_name() -> None:
    both = (processes(0.05, "fork", named=True), processes(0.12, "forkserver", named=True))
    assert "own start method, forkserver" in said(on_3_14(*both))
    assert "own start method" not in said(advised_run(*both))  # there, fork is Python's own
