"""A traced program's export promises: the format's rules, every task once, and arrows that begin, arrive and fit."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.instruments.columns import UNKNOWN
from concbench.model.program import Region
from concbench.model.run import Run
from concbench.runs.export import UnexportableRun, exported
from tests.builders import HOSTILE
from tests.recorded import region, regions, straggling, task, traced_run

Event = dict[str, Any]
SLACK = 1e-6
"""Of times in microseconds, whose sums are rounded."""


def events_of(run: Run) -> list[Event]:
    """The events of a run's export."""
    events: list[Event] = json.loads(exported(run, "chrome-trace"))["traceEvents"]
    return events


def names_of(events: list[Event], what: str) -> dict[tuple[int, int], str]:
    return {(event["pid"], event["tid"]): event["args"]["name"] for event in events if event["name"] == what}


def by_thread(events: list[Event]) -> dict[tuple[int, int], list[Event]]:
    found: dict[tuple[int, int], list[Event]] = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            found[event["pid"], event["tid"]].append(event)
    return {key: sorted(some, key=lambda event: event["ts"]) for key, some in found.items()}


some_regions = st.lists(regions(), min_size=1, max_size=4).filter(lambda found: any(each.tasks for each in found))


@given(some_regions)
def test_every_event_keeps_the_rules_of_the_format(found: list[Region]) -> None:
    for event in events_of(traced_run(*found)):
        assert event["ph"] in ("M", "X", "s", "t", "f")
        assert [type(event[key]) for key in ("pid", "tid", "name")] == [int, int, str]
        assert event["ts"] >= 0
        assert event["ph"] != "X" or event["dur"] >= 0


@given(some_regions)
def test_every_task_is_an_event_and_none_overlaps_another_of_its_thread(found: list[Region]) -> None:
    events = events_of(traced_run(*found))
    assert sum(event.get("cat") == "task" for event in events) == sum(each.tasks for each in found)
    for some in by_thread(events).values():
        for before, after in pairwise(some):
            assert before["ts"] + before["dur"] <= after["ts"] + SLACK


@given(some_regions)
def test_every_arrow_begins_once_arrives_once_and_never_goes_back(found: list[Region]) -> None:
    events = events_of(traced_run(*found))
    flows: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        if event.get("cat") == "flow":
            flows[event["id"]].append(event)
    chunks = sum(each.tasks for each in found)  # of one task each
    assert len(flows) == chunks
    slices = by_thread(events)
    for flow in flows.values():
        phases = [event["ph"] for event in flow]
        assert (phases[0], phases[-1]) == ("s", "f")
        assert set(phases[1:-1]) <= {"t"}
        assert [event["ts"] for event in flow] == sorted(event["ts"] for event in flow)
        for event in flow:  # each is where an event is that it can be bound to
            assert any(
                each["ts"] - SLACK <= event["ts"] <= each["ts"] + each["dur"] + SLACK
                for each in slices[event["pid"], event["tid"]]
            )


def test_a_place_is_a_process_with_its_submits_its_results_and_its_workers() -> None:
    events = events_of(straggling())
    assert list(names_of(events, "process_name").values()) == [
        "/usr/bin/python3 job.py --fast",
        "ProcessPoolExecutor at job.py:41",
        "ThreadPoolExecutor at job.py:12, in workers of ProcessPoolExecutor at job.py:41",
        "Semaphore at job.py:50",
    ]
    threads = names_of(events, "thread_name")
    assert [name for (pid, _), name in threads.items() if pid == 2] == [
        "regions",
        "submits",
        "results",
        "worker 1",
        "worker 2",
    ]
    assert [name for (pid, _), name in threads.items() if pid == 1] == ["program", "process 100", "process 101"]
    (slow,) = [event for event in events if event.get("args", {}).get("item") == "'the large one'"]
    assert (slow["ts"], slow["dur"]) == (400_000, 1_600_000)


def test_pools_that_were_open_at_once_have_a_row_each_and_others_share_one() -> None:
    pools = [region([task(at + 0.1, at + 0.5)], opened=at, ready=at, closed=at + 0.6) for at in (0.0, 0.5, 1.0)]
    events = events_of(traced_run(*pools))
    assert "regions 2" in names_of(events, "thread_name").values()
    assert "regions 3" not in names_of(events, "thread_name").values()


def test_an_arrow_goes_through_the_first_and_the_last_task_of_a_chunk() -> None:
    tasks = [task(0.1 * at, 0.1 * at + 0.1, chunk=0, received=0.6) for at in range(5)]
    flow = [event for event in events_of(traced_run(region(tasks, 1, closed=0.7))) if event.get("cat") == "flow"]
    assert [event["ph"] for event in flow] == ["s", "t", "t", "f"]
    assert [event["ts"] for event in flow] == pytest.approx([0, 0, 400_000, 600_000])


def test_an_arrow_ends_at_the_task_where_the_result_is_unknown() -> None:
    lost = region([task(0.5, 0.6, received=UNKNOWN / 10**9)])
    flow = [event for event in events_of(traced_run(lost)) if event.get("cat") == "flow"]
    assert [event["ph"] for event in flow] == ["s", "f"]


def test_what_is_submitted_at_once_is_one_event() -> None:
    tasks = [task(0.1 * at, 0.1 * at + 0.05) for at in range(4)]
    events = events_of(traced_run(region(tasks)))
    (submit,) = [event for event in events if event.get("cat") == "submit"]
    assert (submit["name"], submit["args"]["number"]) == ("4 submits", 4)


def test_a_program_without_tasks_can_not_be_exported_and_says_so() -> None:
    with pytest.raises(UnexportableRun, match="no task of the program was recorded"):
        exported(traced_run(), "chrome-trace")


@pytest.mark.parametrize("form", ["csv", "pyperf", "markdown"])
def test_other_formats_say_which_one_holds_a_trace(form: str) -> None:
    with pytest.raises(UnexportableRun, match="which only the format chrome-trace holds"):
        exported(straggling(), form)


def test_no_text_of_a_program_has_control_characters() -> None:
    evil = region([task(0, 1)], name=HOSTILE, file=HOSTILE, function=HOSTILE, items=(HOSTILE,))
    document = json.loads(exported(traced_run(evil, command=[HOSTILE]), "chrome-trace"))
    texts = [event["name"] for event in document["traceEvents"]]
    texts += [str(value) for event in document["traceEvents"] for value in event.get("args", {}).values()]
    assert all(text.isprintable() for text in texts)
