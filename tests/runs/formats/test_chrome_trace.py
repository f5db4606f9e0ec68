"""What an export as a trace promises: the format's rules, every task once, and nothing that overlaps."""

from __future__ import annotations

import json
import tracemalloc
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.experiments.trace import unpack
from concbench.model.result import Trace, Watch
from concbench.model.run import Run
from concbench.runs.export import UnexportableRun, exported
from tests.builders import HOSTILE, MIB, example_run, trace_of, traced, traces, watch
from tests.builders import run as run_of

Event = dict[str, Any]
PHASES = ["start", "run", "stop"]
POOL = [(1.0, 2.0, 0), (1.5, 3.0, 1), (2.0, 4.0, 0)]


def events_of(run: Run) -> list[Event]:
    """The events of a run's export."""
    document = json.loads(exported(run, "chrome-trace"))
    assert document["displayTimeUnit"] == "ms"
    events: list[Event] = document["traceEvents"]
    return events


def of(trace: Trace, seen: Watch | None = None) -> Run:
    return run_of([replace(traced("short/pool-map", trace, task_time=1.0), watch=seen)])


def tasks_in(events: list[Event]) -> list[Event]:
    return [event for event in events if event.get("cat") == "task"]


def names_of(events: list[Event], what: str) -> dict[tuple[int, int], str]:
    return {(event["pid"], event["tid"]): event["args"]["name"] for event in events if event["name"] == what}


@given(trace=traces())
def test_every_event_keeps_the_rules_of_the_format(trace: Trace) -> None:
    for event in events_of(of(trace, watch())):
        assert event["ph"] in ("M", "X", "C")
        assert [type(event[key]) for key in ("pid", "tid", "name")] == [int, int, str]
        assert event["ts"] >= 0
        assert event["ph"] != "X" or event["dur"] >= 0
        if event["ph"] == "C":
            assert all(isinstance(value, int | float) for value in event["args"].values())


@given(trace=traces())
def test_every_task_is_an_event_with_its_times_in_microseconds(trace: Trace) -> None:
    spans = unpack(trace.spans, trace.tasks)
    events = sorted(tasks_in(events_of(of(trace))), key=lambda event: int(event["args"]["task"]))
    assert [event["args"]["task"] for event in events] == list(range(1, trace.tasks + 1))
    for event, begin, end in zip(events, spans.begins, spans.ends, strict=True):
        assert event["ts"] * 1000 == pytest.approx(begin, abs=1)
        assert (event["ts"] + event["dur"]) * 1000 == pytest.approx(end, abs=1)


@given(trace=traces())
def test_nothing_overlaps_on_a_thread_and_all_lies_within_the_wall_time(trace: Trace) -> None:
    threads: dict[int, list[Event]] = defaultdict(list)
    for event in events_of(of(trace)):
        if event["ph"] == "X":
            threads[event["tid"]].append(event)
            assert event["ts"] + event["dur"] <= trace.wall * 1e6 + 0.01
    for events in threads.values():
        events.sort(key=lambda event: (event["ts"], event["dur"]))
        assert all(one["ts"] + one["dur"] <= other["ts"] + 0.001 for one, other in pairwise(events))
        assert sum(event["dur"] for event in events) <= trace.wall * 1e6 + 0.01


def test_a_case_is_a_process_and_a_worker_a_thread_beside_the_phases() -> None:
    trace = trace_of(POOL, 2, start=1.0, stop=0.5)
    run = run_of([traced(f"short/{name}", trace, task_time=1.0) for name in ("pool-map", "thread")])
    events = events_of(run)
    assert set(names_of(events, "process_name").values()) == {"short/pool-map", "short/thread"}
    assert {event["pid"] for event in events} == {1, 2}
    assert list(names_of(events, "thread_name").values()) == ["phases", "worker 1", "worker 2"] * 2
    phases = [event for event in events if event.get("cat") == "phase" and event["pid"] == 1]
    assert [event["name"] for event in phases] == PHASES
    assert [event["ts"] for event in phases] == [0.0, 1e6, 4e6]
    assert [event["dur"] for event in phases] == pytest.approx([1e6, 3e6, 0.5e6], abs=0.01)
    mine = {event["args"]["task"]: event["tid"] - 1 for event in tasks_in(events) if event["pid"] == 1}
    assert mine == {1: 1, 2: 2, 3: 1}


def test_a_phase_ends_before_the_next_begins_also_where_a_reader_cuts_off_to_nanoseconds() -> None:
    for start in (1.001e-6, 4.356e-6, 0.0123456789, 1 / 3):
        events = events_of(of(trace_of([(start, start + 0.1, 0)], 1, start=start, stop=start)))
        phases = [event for event in events if event.get("cat") == "phase"]
        cut = [(int(event["ts"] * 1000), int(event["dur"] * 1000)) for event in phases]
        assert all(begin + length <= later for (begin, length), (later, _) in pairwise(cut))


def test_the_watch_is_a_process_of_its_own_with_a_curve_a_figure() -> None:
    events = events_of(of(trace_of(POOL, 2), watch()))
    assert list(names_of(events, "process_name").values()) == ["short/pool-map", "short/pool-map: watch"]
    counters = [event for event in events if event["ph"] == "C"]
    assert {event["pid"] for event in counters} == {2}
    curves: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for event in counters:
        (value,) = event["args"].values()
        curves[event["name"]].append((event["ts"], value))
    assert curves["memory"] == [(200_000, 31 * MIB), (400_000, 31 * MIB)]
    assert curves["processes"] == [(0, 1), (200_000, 3), (400_000, 3)]
    assert curves["threads"] == [(0, 1), (200_000, 6), (400_000, 6)]
    assert [at for at, _ in curves["CPU"]] == [0, 200_000]
    assert [percent for _, percent in curves["CPU"]] == pytest.approx([165, 170])


def test_memory_is_rss_where_there_is_no_pss_and_never_both() -> None:
    rss = watch(peak_pss=None)
    memory = [event for event in events_of(of(trace_of(POOL, 2), rss)) if event["name"] == "memory"]
    assert [event["args"]["RSS bytes"] for event in memory] == [21 * MIB, 58 * MIB, 57 * MIB]


def test_processes_that_ended_between_two_sweeps_make_no_negative_cpu() -> None:
    falling = watch(series=[replace(sweep, cpu=1.0 - sweep.at) for sweep in watch().series])
    events = events_of(of(trace_of(POOL, 2), falling))
    assert [event["args"]["percent"] for event in events if event["name"] == "CPU"] == [0.0, 0.0]


def test_workers_that_were_replaced_share_as_many_threads_as_there_were_at_once() -> None:
    tasks = [(0.1 * number, 0.1 * number + 0.15, number) for number in range(100)]
    events = events_of(of(trace_of(tasks, 2)))
    assert list(names_of(events, "thread_name").values()) == ["phases", "worker 1", "worker 2"]
    assert sorted(event["args"]["task"] for event in tasks_in(events)) == list(range(1, 101))


@given(name=st.text() | st.just(HOSTILE) | st.just('"}]}'))
def test_a_hostile_name_is_just_a_string(name: str) -> None:
    run = run_of([traced(f"short/{name}", trace_of(POOL, 2), subject="pool-map", task_time=1.0)])
    text = exported(run, "chrome-trace")
    assert all(character.isprintable() or character == "\n" for character in text)
    assert len(events_of(run)) == len(events_of(of(trace_of(POOL, 2))))


def test_a_run_without_traces_says_what_to_do() -> None:
    run = example_run()
    run = replace(run, results=[replace(result, trace=None) for result in run.results])
    with pytest.raises(UnexportableRun, match="none of its cases has a trace: measure again with this version"):
        exported(run, "chrome-trace")


def test_memory_grows_with_the_document_and_not_with_a_structure_for_every_event() -> None:
    microsecond = 1e-6
    tasks = [(number // 4 * microsecond, (number // 4 + 0.99) * microsecond, number % 4) for number in range(50_000)]
    run = of(trace_of(tasks, 4))
    tracemalloc.start()
    try:
        text = exported(run, "chrome-trace")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert text.count("\n") > 50_000
    # StringIO holds text as it came or with four bytes a letter; lists of dictionaries would take ten times as much.
    assert peak < 8 * len(text)
