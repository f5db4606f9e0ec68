"""What the sentences promise: what a case took and why, from its own facts, and safe to print."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model import Advice, Comparison, Interval, Part, Run, Trace
from concbench.report.why import explanations, verified
from concbench.strategies.strategy import strategies
from tests.report.runs import HOSTILE
from tests.traces import case_of, dealt, run_of, trace_of, traces

SLEEPS = trace_of(dealt([0.5] * 100, lanes=4, chunksize=7), 4, chunksize=7)


def part_of(run: Run) -> Part:
    return run.parts[0]


def said(*cases: object, **more: object) -> list[str]:
    run = run_of(*cases)  # type: ignore[arg-type]  # they are cases
    return explanations(run, part_of(run), **more)  # type: ignore[arg-type]  # `most`


def test_the_tutorials_sleep_is_explained() -> None:
    (sentence,) = said(case_of(SLEEPS, "pool-map", task_time=0.5))
    assert sentence == (
        "pool-map took 14.0 s (ideal 12.5 s): 1.50 s with workers idle at the end. 100 items went out in chunks of 7, "
        "so one of 4 workers did 28 and another 21; --chunksize 1 would take about 12.5 s."
    )


def test_where_the_pool_takes_almost_all_of_it_the_figures_add_up() -> None:
    trace = trace_of(dealt([0.00001] * 10, 2, 5, begin=0.005), 2, start=0.004, run=0.002, stop=0.003, chunksize=5)
    (sentence,) = said(case_of(trace, "pool-map", task_time=0.00001))
    assert "4.00 ms to start workers, 3.00 ms to stop workers, 1.00 ms before the first tasks." in sentence
    assert "99% of that, 8.95 ms, is the pool and not the tasks." in sentence
    assert "It saves nothing: one after the other, the tasks take 100 µs." in sentence


@pytest.mark.parametrize(
    ("subject", "trace", "task_time", "cpu", "words"),
    [
        (
            "threadpool-map",
            trace_of(dealt([0.02] * 10, 2, 1), 2),
            0.01,
            1.0,
            "2 threads take turns with one GIL: a task takes 2.00 times as long as alone.",
        ),
        (
            "thread",
            trace_of([(0.01 * task, 0.01 * (task + 1), task) for task in range(10)], 10),
            0.01,
            1.0,
            "10 threads take turns with one GIL: together they compute no faster than one.",
        ),
        (
            "pool-apply-async",
            trace_of(dealt([0.04] * 8, 8, 1), 8),
            0.01,
            2.0,
            "8 workers share 2 cores: a task takes 4.00 times as long as alone.",
        ),
        (
            "pool-map",
            trace_of(dealt([0.02] * 10, 2, 1), 2),
            0.01,
            2.0,
            "A task takes 2.00 times as long as alone, although there are enough cores",
        ),
        (
            "pool-map",
            trace_of(dealt([0.001] * 20, 2, 1, gap=0.01), 2, argument_bytes=2.0**20, result_bytes=10.0),
            0.001,
            1.0,
            "20.0 MiB are pickled and moved, 1 MiB to each task and 10 B back: workers wait",
        ),
        (
            "pool-apply",
            trace_of([(0.01 * task, 0.01 * task + 0.008, task % 2) for task in range(20)], 2),
            0.008,
            1.0,
            "No two tasks ran at once: one worker could have done what 2 did.",
        ),
        (
            "pool-apply-async",
            trace_of(dealt([0.001] * 20, 2, 1, gap=0.01), 2),
            0.001,
            1.0,
            "A worker waits 10.0 ms for its next task, which takes 1.00 ms.",
        ),
        (
            "pool-imap",
            trace_of(dealt([0.01] * 10 + [0.5], 2, 1), 2),
            0.51 / 11,
            1.0,
            "The longest task takes 500 ms and the median one 10.0 ms: others wait at the end.",
        ),
        (
            "process",
            trace_of([(0.002 * task, 0.002 * task + 0.001, task) for task in range(50)], 50),
            0.001,
            1.8,
            "50 processes begin one after the other, one every 2.00 ms.",
        ),
        (
            "executor-processes",
            trace_of(dealt([0.01] * 10, 2, 1, begin=0.06), 2),
            0.01,
            1.0,
            "2 processes begin their first task 60.0 ms after the tasks were handed out, on average.",
        ),
        (
            "executor-interpreters",
            trace_of(dealt([0.01] * 10, 1, 1, begin=0.06), 1),
            0.01,
            1.0,
            "1 interpreter begins its first task 60.0 ms after the tasks were handed out.",
        ),
    ],
)
def test_every_cause_has_its_words(subject: str, trace: Trace, task_time: float, cpu: float, words: str) -> None:
    (sentence,) = said(case_of(trace, subject, task_time=task_time, cpu=cpu))
    assert words in sentence


def test_what_is_near_its_ideal_needs_no_sentence() -> None:
    even = trace_of(dealt([0.5] * 100, lanes=4, chunksize=5), 4, chunksize=5)
    assert said(case_of(even, "pool-map", task_time=0.5)) == []


def test_with_a_limit_those_come_that_lose_the_largest_share() -> None:
    apply = case_of(trace_of([(task, task + 0.8, task % 2) for task in range(20)], 2), "pool-apply", task_time=0.8)
    pool = case_of(SLEEPS, "pool-map", task_time=0.5)
    assert [sentence.split(" took ")[0] for sentence in said(pool, apply)] == ["pool-map", "pool-apply"]
    assert [sentence.split(" took ")[0] for sentence in said(pool, apply, most=1)] == ["pool-apply"]


def test_a_hostile_name_is_written_out() -> None:
    case = replace(case_of(SLEEPS, "pool-map", task_time=0.5), id=f"short/{HOSTILE}")
    (sentence,) = said(case)
    assert sentence.isprintable()


def test_what_was_tried_is_told_with_what_was_predicted() -> None:
    tried = replace(case_of(SLEEPS, "pool-map", task_time=0.5), id="short/chunksize 1")
    tried.median = Interval(estimate=12.52, low=12.5, high=12.54, confidence=0.95, blocks=3)
    run = run_of(case_of(SLEEPS, "pool-map", task_time=0.5), tried)
    run.advice = [Advice(case="short/pool-map", chunksize=1, predicted=12.5, tried=tried.id)]
    ratio = Interval(estimate=0.894, low=0.89, high=0.9, confidence=0.95, blocks=3)
    run.comparisons = [
        Comparison(case=tried.id, reference="short/pool-map", ratio=ratio, verdict="faster", margin=0.05)
    ]
    assert verified(run, part_of(run)) == [
        "Predicted: 12.5 s. Measured: 12.5 s, 0.894 times (95 % interval 0.890 to 0.900) as long as before: faster."
    ]


def test_what_was_not_tried_here_is_not_told() -> None:
    run = run_of(case_of(SLEEPS, "pool-map", task_time=0.5))
    assert verified(run, part_of(run)) == []


@given(traces(), st.sampled_from(sorted(strategies.all())), st.floats(1e-6, 5), st.floats(0, 2))
def test_whatever_the_trace_there_are_words(trace: Trace, subject: str, task_time: float, cpu: float) -> None:
    if trace.wall > 1e-6:
        for sentence in said(case_of(trace, subject, task_time=task_time, cpu=cpu)):
            assert sentence.isprintable()
            assert sentence.endswith(".")
            assert "nan" not in sentence
            assert "inf" not in sentence
