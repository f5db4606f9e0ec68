"""What the sentences below a table promise: what a result took and why, from its own trace, and what differs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.analysis import analyse
from concbench.analysis.breakdown import PARTS
from concbench.model.result import Interval, Result, Trace
from concbench.model.run import Advice, Comparison, Recommendation, Run
from concbench.report.blocks import Block, Details, Paragraph, Table
from concbench.report.sections.reasons import (
    between_interpreters,
    explanations,
    predictions_tried,
    reasons,
    time_shares,
)
from concbench.strategies.strategy import strategies
from tests.builders import dealt, environment, example_run, result, run, samples, trace_of, traced, traces
from tests.laws import Law, predicting, with_costs

SLEEPS = trace_of(dealt([0.5] * 100, lanes=4, chunksize=7), 4, chunksize=7)
POOL = traced("short/pool-map", SLEEPS, task_time=0.5, chunksize=7)
APPLY = traced("short/pool-apply", trace_of([(task, task + 0.8, task % 2) for task in range(20)], 2), task_time=0.8)


def explained(*results: Result, most: int | None = None) -> list[str]:
    found = run(results, comparisons=[])
    return explanations(analyse(found), found.tables[0], most)


def sentences(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks if isinstance(block, Paragraph)]


TAIL = "pool-map took 14.0 s (ideal 12.5 s): 1.50 s with workers idle at the end. 100 items went out in chunks of 7, "
DEALT = "so one of 4 workers got 28 and another 21"


def test_the_tutorials_sleep_is_explained_without_a_prediction_where_the_run_holds_no_costs() -> None:
    assert explained(POOL) == [f"{TAIL}{DEALT}."]


def test_with_costs_the_chunksize_that_would_be_better_has_a_time_with_its_range(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    predicting(monkeypatch, Law(task=0.5, cores=4, start=0.0))
    found = with_costs(run([POOL], comparisons=[]))
    assert explanations(analyse(found), found.tables[0]) == [
        f"{TAIL}{DEALT}; --chunksize 1 would take about 12.5 s (12.5 to 12.9)."
    ]


def test_where_the_pool_takes_almost_all_of_it_the_figures_add_up() -> None:
    trace = trace_of(dealt([0.00001] * 10, 2, 5, begin=0.005), 2, start=0.004, run=0.002, stop=0.003, chunksize=5)
    (sentence,) = explained(traced("short/pool-map", trace, task_time=0.00001))
    assert "4.00 ms to start workers, 3.00 ms to stop workers, 1.00 ms before the first tasks." in sentence
    assert sentence.endswith(
        "The pool, not the tasks, took 8.95 ms (99%), and the workers saved nothing: the tasks take 100 µs serially."
    )


@pytest.mark.parametrize(
    ("run_phase", "ending"),
    [
        (0.095, "took 20.0 ms (17%), more than the 5.00 ms that the workers saved over running serially (100 ms)."),
        (0.055, "took 20.0 ms (27%); the workers saved 45.0 ms over running serially (100 ms)."),
    ],
)
def test_what_workers_cost_is_held_against_what_they_saved(run_phase: float, ending: str) -> None:
    trace = trace_of(dealt([0.01] * 10, 2, 1, begin=0.01), 2, start=0.01, run=run_phase, stop=0.01)
    (sentence,) = explained(traced("short/pool-map", trace, task_time=0.01))
    assert f"Starting and stopping workers {ending}" in sentence


@pytest.mark.parametrize(
    ("subject", "trace", "task_time", "cpu", "words"),
    [
        ("threadpool-map", trace_of(dealt([0.02] * 10, 2, 1), 2), 0.01, 1.0,
         "2 threads take turns holding one GIL: a task takes 2.00 times as long as alone."),
        ("thread", trace_of([(0.01 * task, 0.01 * (task + 1), task) for task in range(10)], 10), 0.01, 1.0,
         "10 threads take turns holding one GIL: together they compute no faster than one."),
        ("pool-apply-async", trace_of(dealt([0.04] * 8, 8, 1), 8), 0.01, 2.0,
         "8 processes share 2 cores: a task takes 4.00 times as long as alone."),
        ("asyncio-gather", trace_of(dealt([0.04] * 8, 8, 1), 8), 0.01, 1.0,
         "8 coroutines share one thread: a task takes 4.00 times as long as alone."),
        ("pool-map", trace_of(dealt([0.02] * 10, 2, 1), 2), 0.01, 2.0,
         "A task takes 2.00 times as long as alone, although there are enough cores;"),
        ("pool-map", trace_of(dealt([0.001] * 20, 2, 1, gap=0.01), 2, argument_bytes=2.0**20, result_bytes=10.0),
         0.001, 1.0, "20.0 MiB are pickled and moved, 1 MiB to each task and 10 B back; workers wait"),
        ("pool-apply", trace_of([(0.01 * task, 0.01 * task + 0.008, task % 2) for task in range(20)], 2), 0.008, 1.0,
         "No two tasks ran at the same time: one worker could have done the work of 2."),
        ("pool-apply-async", trace_of(dealt([0.001] * 20, 2, 1, gap=0.01), 2), 0.001, 1.0,
         "On average, a worker waits 10.0 ms for a task that takes 1.00 ms."),
        ("pool-imap", trace_of(dealt([0.01] * 10 + [0.5], 2, 1), 2), 0.51 / 11, 1.0,
         "The longest task takes 500 ms, the median one 10.0 ms, so other workers wait at the end."),
        ("process", trace_of([(0.002 * task, 0.002 * task + 0.001, task) for task in range(50)], 50), 0.001, 1.8,
         "50 processes started one after the other, one every 2.00 ms."),
        ("executor-processes", trace_of(dealt([0.01] * 10, 2, 1, begin=0.06), 2), 0.01, 1.0,
         "2 processes began their first task 60.0 ms after the tasks were handed out, on average."),
        ("executor-interpreters", trace_of(dealt([0.01] * 10, 1, 1, begin=0.06), 1), 0.01, 1.0,
         "1 interpreter began its first task 60.0 ms after the tasks were handed out."),
    ],
)  # fmt: skip
def test_every_cause_has_its_words(subject: str, trace: Trace, task_time: float, cpu: float, words: str) -> None:
    (sentence,) = explained(traced(f"short/{subject}", trace, task_time=task_time, cpu=cpu))
    assert words in sentence


@pytest.mark.parametrize(
    ("sharing", "words"),
    [
        (None, "although there are enough cores; memory, caches or other load may slow it down."),
        ("inherited", "although there are enough cores; memory, caches or other load may slow it down."),
        ("initializer", "as the first one of each worker also makes the object that all read."),
        ("shared-memory", "as the first one of each worker also maps the memory of the object."),
        ("memory-map", "as the first one of each worker also maps the file of the object."),
    ],
)
def test_what_the_first_task_of_a_worker_does_beside_is_said(sharing: str | None, words: str) -> None:
    trace = trace_of(dealt([0.03] * 20, 2, 1), 2)
    (sentence,) = explained(traced("short/pool-map", trace, task_time=0.01, cpu=1.0, sharing=sharing))
    assert words in sentence


def test_what_is_near_its_ideal_needs_no_sentence() -> None:
    even = trace_of(dealt([0.5] * 100, lanes=4, chunksize=5), 4, chunksize=5)
    assert explained(traced("short/pool-map", even, task_time=0.5)) == []


def test_with_a_limit_those_come_that_lose_the_largest_share() -> None:
    assert [text.split(" took ")[0] for text in explained(POOL, APPLY)] == ["pool-map", "pool-apply"]
    assert [text.split(" took ")[0] for text in explained(POOL, APPLY, most=1)] == ["pool-apply"]


@given(traces(), st.sampled_from(sorted(strategies.all())), st.floats(1e-6, 5), st.floats(0, 2))
def test_whatever_the_trace_there_are_words(trace: Trace, subject: str, task_time: float, cpu: float) -> None:
    if trace.wall > 1e-6:
        for text in explained(traced(f"short/{subject}", trace, task_time=task_time, cpu=cpu)):
            assert text.endswith(".")
            assert not {"nan", "inf"} & set(text.split())


# Which of them stand below a table


def test_recommendations_have_their_reasons_beside_them_and_quiet_has_none() -> None:
    found = run([POOL], comparisons=[])
    advised = replace(found, recommendations=[Recommendation(case=POOL.case.id, compared=[], equal=[])])
    assert sentences(list(reasons(analyse(found), found.tables[0])))
    assert list(reasons(analyse(advised), found.tables[0])) == []
    assert list(reasons(analyse(found), found.tables[0], quiet=True)) == []
    assert len(list(reasons(analyse(advised), found.tables[0], why=True, quiet=True))) == 2
    (details,) = reasons(analyse(advised), found.tables[0], verbose=True)
    assert isinstance(details, Details)
    assert details.title == "Why the other cases took as long as they did"


def test_advice_that_was_tried_is_held_against_what_was_predicted() -> None:
    took = Interval(estimate=12.52, low=12.5, high=12.54, confidence=0.95, blocks=3)
    tried = result("short/chunksize 1", [[12.52]], median=took)
    ratio = Interval(estimate=0.894, low=0.89, high=0.9, confidence=0.95, blocks=3)
    beside = Comparison(case=tried.case.id, reference=POOL.case.id, ratio=ratio, verdict="faster", margin=0.05)
    advice = Advice(case=POOL.case.id, chunksize=1, predicted=12.5, low=12.2, high=12.9, tried=tried.case.id)
    found = run([POOL, tried], comparisons=[beside], advice=[advice])
    rest = "measured 12.5 s: it is 1.12× faster than before (95 % interval 1.11× to 1.12×)."
    said = f"Predicted 12.5 s (12.2 to 12.9), {rest}"
    assert predictions_tried(analyse(found), found.tables[0]) == [said]
    older = replace(found, advice=[replace(advice, low=None, high=None)])
    assert predictions_tried(analyse(older), found.tables[0]) == [f"Predicted 12.5 s, {rest}"]
    assert sentences(list(reasons(analyse(found), found.tables[0]))) == [said]
    assert predictions_tried(analyse(replace(found, advice=[])), found.tables[0]) == []


# Where the time went


def shares(found: Run) -> Table:
    (block,) = time_shares(analyse(found), found.tables[0])
    assert isinstance(block, Table)
    return block


def test_each_part_of_the_time_is_a_column() -> None:
    table = shares(run([POOL]))
    assert table.headers == ("strategy", "median", *PARTS.values())
    assert table.rows == (("pool-map", "14.0 s", "0%", "0%", "89%", "0%", "0%", "11%", "0%", "0%"),)
    shares_note, words = table.notes
    assert shares_note == "Shares are from one traced sample each; recording added about 1.0 µs per task."
    assert words.startswith("lead-in: until a worker's first task; ")


def test_the_parts_are_explained_once() -> None:
    found = run([POOL, replace(POOL, case=replace(POOL.case, group="long"))])
    notes = [
        block.notes for each in found.tables for block in time_shares(analyse(found), each) if isinstance(block, Table)
    ]
    assert [len(each) for each in notes] == [2, 1]


def test_without_a_trace_it_says_that_nothing_is_known() -> None:
    found = replace(example_run(), results=[replace(each, trace=None) for each in example_run().results])
    (block,) = time_shares(analyse(found), found.tables[0])
    assert block == Paragraph("Where the time went is unknown: nothing in this table was traced.", "note")


@given(traces())
def test_shares_add_up_to_about_a_hundred_percent(trace: Trace) -> None:
    if trace.wall > 1e-6:
        (row,) = shares(run([traced("short/pool-map", trace, task_time=0.5)])).rows
        parts = [float(cell.rstrip("%").lstrip("<")) for cell in row[2:]]
        assert sum(parts) == pytest.approx(100, abs=max(4.0, 0.05 * max(100.0, *map(abs, parts))))


# Between interpreters

SOON = trace_of(dealt([0.01] * 10, 2, 1), 2)
LATE = trace_of(dealt([0.01] * 10, 2, 1, begin=0.05), 2, start=0.03)
SLOW_FIRST = trace_of(dealt([0.01] * 10, 2, 1, begin=0.03), 2, start=0.03)
SLOW_LAST = trace_of(dealt([0.01] * 10, 2, 1), 2, stop=0.03)


def under(side: str, trace: Trace, *walls: float) -> Result:
    found = traced("short/pool-map", trace, task_time=0.01, side=side)
    return replace(found, median=None, samples=samples([[wall] for wall in walls]))


def between(*results: Result) -> list[str]:
    found = run(results, comparisons=[], environment=environment())
    return list(between_interpreters(analyse(found), found.tables[0]))


def test_the_parts_that_differ_are_named() -> None:
    slow, fast = under("3.14", LATE, 0.1, 0.102, 0.1), under("3.13", SOON, 0.05, 0.051, 0.05)
    assert between(fast, slow) == [
        "pool-map under 3.14 is 2.00× slower than under 3.13 (95 % interval 2.00× to 2.00×): "
        "start +30.0 ms, lead-in +20.0 ms."
    ]
    assert "start -30.0 ms" in between(slow, fast)[0]


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (under("3.13", SOON, 0.05, 0.05, 0.05), under("3.14", SOON, 0.05, 0.05, 0.05)),
        (under("3.13", SOON, 0.05, 0.05), under("3.14", SOON, 0.04, 0.09)),
        (under("3.13", SLOW_FIRST, *[0.3] * 4), under("3.13t", SLOW_LAST, *[0.3, 0.301] * 2)),  # parts hardly matter
    ],
)
def test_where_nothing_differs_or_it_is_undecided_nothing_is_said(first: Result, other: Result) -> None:
    assert between(first, other) == []
    assert between(first) == []


def test_what_takes_as_long_may_differ_in_its_parts() -> None:
    ending = ", but differs in its parts: start -30.0 ms, stop +30.0 ms."
    (same,) = between(under("3.13", SLOW_FIRST, *[0.08] * 4), under("3.13t", SLOW_LAST, *[0.08, 0.081] * 2))
    assert same.startswith("pool-map under 3.13t takes as long as under 3.13, within 5 % (95 % interval ")
    (unsure,) = between(under("3.13", SLOW_FIRST, *[0.08] * 3), under("3.13t", SLOW_LAST, 0.06, 0.08, 0.1))
    assert unsure.startswith("pool-map under 3.13t is between ")
    assert ": undecided, but differs" in unsure
    assert same.endswith(ending)
    assert unsure.endswith(ending)
