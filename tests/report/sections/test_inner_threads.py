"""What is said of workers beside threads of a library: how many there are, and which of the two to use."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.analysis.analysis import analyse
from concbench.model.result import Result
from concbench.model.run import Run, Target, ThreadPool
from concbench.report.blocks import Code, Paragraph
from concbench.report.sections.advice import programs, recommendations
from concbench.report.sections.inner_threads import pools_in_words
from tests.report.runs import advised_run, tried

BUSY = 1.93


def pool(library: str = "OpenBLAS", threads: int | None = 2, inner_threads: int | None = None) -> ThreadPool:
    return ThreadPool(
        workload="mine:square",
        side=None,
        inner_threads=inner_threads,
        library=library,
        version="0.3.30",
        threads=threads,
    )


def of(row: str, wall: float, inner_threads: int | None = None) -> Result:
    workers = 2 if row != "serial" else None
    named = f"{row} workers 2" if workers else row
    named += f" inner-threads {inner_threads}" if inner_threads else ""
    found = tried(named, wall, workers=workers, inner_threads=inner_threads)
    return replace(found, case=replace(found.case, workload=replace(found.case.workload, cores_busy=BUSY)))


def said(*results: Result, pools: tuple[ThreadPool, ...] = (pool(),), target: Target | None = None) -> str:
    run = replace(advised_run(*results), thread_pools=list(pools))
    if target is not None:
        run = replace(run, recommendations=[replace(run.recommendations[0], target=target)])
    return text_of(run)


def text_of(run: Run) -> str:
    return " ".join(block.text for block in recommendations(analyse(run)) if isinstance(block, Paragraph))


def test_workers_that_win_with_one_thread_each_are_said_to_compete_with_more() -> None:
    text = said(of("executor-threads", 0.5, 1), of("serial", 0.55), of("executor-threads", 0.8))
    assert (
        "Workers and OpenBLAS threads compete (2 workers × 2 OpenBLAS threads on 2 cores): executor-threads with 2 "
        "workers is 1.60× slower (95 % interval 1.60× to 1.60×). Use the workers, and give OpenBLAS 1 thread "
        "(OPENBLAS_NUM_THREADS=1)."
    ) in text
    assert text.count("executor-threads with 2 workers is 1.60× slower") == 1


def test_where_a_plain_loop_wins_the_threads_are_to_be_used_without_workers() -> None:
    text = said(of("serial", 0.5), of("executor-threads", 0.55, 1), of("executor-threads", 0.8))
    assert (
        "OpenBLAS keeps about 1.9 cores busy by itself. Workers compete with its threads (2 workers × 2 OpenBLAS "
        "threads on 2 cores): executor-threads with 2 workers is 1.60× slower (95 % interval 1.60× to 1.60×). Use the "
        "threads, without workers."
    ) in text


def test_where_more_threads_gain_nothing_one_is_enough() -> None:
    text = said(of("serial", 0.5, 1), of("serial", 0.6), of("executor-threads", 0.8))
    assert (
        "More than 1 thread does not make the function faster, and workers compete with OpenBLAS threads (2 workers × "
        "2 OpenBLAS threads on 2 cores): executor-threads with 2 workers is 1.60× slower (95 % interval 1.60× to "
        "1.60×). Use neither: give OpenBLAS 1 thread (OPENBLAS_NUM_THREADS=1)."
    ) in text
    assert text.startswith("No workers: 1.20× faster than serial (95 % interval 1.20× to 1.20×). serial with 1 inner ")


def test_where_both_together_are_best_they_are_left_as_they_are() -> None:
    text = said(of("executor-threads", 0.5), of("serial", 0.6), of("executor-threads", 0.55, 1))
    assert "There are 2 workers × 2 OpenBLAS threads on 2 cores. Use both as they are." in text


@pytest.mark.parametrize(
    ("pools", "product"),
    [
        ((), "2 workers × 2 threads of its own on 2 cores"),
        ((pool(threads=None),), "2 workers × 2 OpenBLAS threads on 2 cores"),
        ((pool("OpenMP", 8), pool("MKL", 8)), "2 workers × 8 MKL threads on 2 cores"),
        ((pool(inner_threads=1, threads=1),), "2 workers × 2 threads of its own on 2 cores"),
    ],
    ids=["of an unknown library", "of an unknown number", "of several libraries", "known with one thread only"],
)
def test_what_is_not_known_of_a_library_is_left_out(pools: tuple[ThreadPool, ...], product: str) -> None:
    assert product in said(of("executor-threads", 0.5, 1), of("serial", 0.55), pools=pools)


def test_on_another_machine_there_are_as_many_threads_as_it_has_cores() -> None:
    target = Target(items=10, cores=16)
    text = said(of("executor-threads", 0.5, 1), of("serial", 0.55), target=target)
    assert "(2 workers × 16 OpenBLAS threads on 16 cores)" in text


def test_nothing_is_said_of_a_function_that_has_no_such_threads() -> None:
    text = text_of(advised_run(tried("executor-threads workers 2", 0.05, workers=2), tried("serial", 0.1)))
    assert "threads compete" not in text
    assert "cores busy by itself" not in text


def test_the_program_limits_the_threads_before_the_function_is_imported() -> None:
    (code,) = [
        each.text
        for each in programs(analyse(advised_run(of("executor-threads", 0.5, 1), of("serial", 0.55))))
        if isinstance(each, Code)
    ]
    assert code.index('os.environ["OPENBLAS_NUM_THREADS"] = "1"') < code.index("from mine import square")


def test_how_many_threads_there_were_is_part_of_how_it_was_measured() -> None:
    pools = (pool(), pool(inner_threads=1, threads=1), pool("OpenMP", None))
    run = replace(advised_run(of("executor-threads", 0.5, 1), of("serial", 0.55)), thread_pools=list(pools))
    assert pools_in_words(run) == (
        "In each process, OpenBLAS 0.3.30 had 2 threads and 1 thread with --inner-threads 1."
    )
    plain = replace(advised_run(tried("serial", 0.1), tried("executor-threads", 0.1)), thread_pools=list(pools))
    assert pools_in_words(plain) == ""
