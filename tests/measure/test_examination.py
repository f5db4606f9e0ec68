"""What an examination promises: a function that gets on is waited for, and of one that hangs it is said where."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from concbench.measure.blocks import measure
from concbench.measure.examination import Examination, examined
from concbench.measure.hosting import hosts_under
from concbench.measure.plan import Launch, Plan, Tally
from concbench.model import Case, Failure, Settings, Workload
from tests.measure.process_tree import carrying

MINE = """
import multiprocessing, os, threading, time

def at_item_5(number):
    if number == 5:
        threading.Event().wait()
    return number

def slowly(number):
    time.sleep(0.25)
    return number

def work(number):
    return number

def waits():
    threading.Event().wait()

def never_sure(number, result):
    threading.Event().wait()

def notes_its_host(number):
    if multiprocessing.parent_process() is None:
        with open(os.environ["NOTES"], "a") as notes:
            notes.write(f"{os.getpid()}\\n")
    return number

class Slow:
    def __del__(self):
        if multiprocessing.parent_process() is None:
            threading.Event().wait()

def slow_to_go(number):
    return Slow()
"""
HANGS = "import threading\nthreading.Event().wait()\n"


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "hangs.py").write_text(HANGS)
    yield Launch(paths=(str(tmp_path),))


def found(launch: Launch, timeout: float, **workload: Any) -> Any:
    """Have one function examined, and return the answer."""
    described = {"do": "examine", "workload": asdict(Workload(**{"tasks": 8, **workload}))}
    with hosts_under([launch.python], None) as hosting:
        (answer,) = examined(hosting, [Examination({**described, "into": str(hosting.folder)}, launch)], timeout)
    return answer


@pytest.mark.parametrize(
    ("workload", "message"),
    [
        (
            {"name": "mine:at_item_5"},
            "mine:at_item_5 was still busy with item 5 after 1 s (--timeout), called by itself before anything was "
            "measured",
        ),
        ({"name": "hangs:work"}, "hangs:work was still being imported after 1 s (--timeout)"),
        ({"name": "mine:work", "init": "mine:waits"}, "--init mine:waits was still busy after 1 s (--timeout)"),
        ({"name": "mine:work", "items": "mine:waits"}, "--items mine:waits was still being read after 1 s (--timeout)"),
        (
            {"name": "mine:work", "expect": "mine:never_sure"},
            "--expect mine:never_sure was still busy with the result of item 0 after 1 s (--timeout)",
        ),
    ],
    ids=["item", "import", "init", "items", "expect"],
)
def test_what_hangs_is_given_up_after_one_time_out_and_says_at_what(
    token: str, launch: Launch, workload: dict[str, Any], message: str
) -> None:
    assert found(launch, 1.0, **workload) == Failure(kind="timeout", message=message)
    assert carrying(token) == []


def test_a_function_may_take_longer_for_all_items_than_for_one(launch: Launch) -> None:
    answer = found(launch, 1.5, name="mine:slowly")
    assert answer["found"]["tasks"] == 8  # 2 s, and the first three twice


def test_all_cases_of_a_function_that_hangs_fail_at_once(token: str, launch: Launch) -> None:
    cases = [
        Case(id=subject, part="", subject=subject, workload=Workload(name="mine:at_item_5", tasks=8), settings=settings)
        for subject, settings in (("serial", Settings()), ("thread", Settings()), ("pool-map", Settings(workers=2)))
    ]
    told: list[str] = []
    plan = Plan(blocks=1, fewest_blocks=1, timeout=1.0, examined=True, paths=launch.paths)
    measure(cases, plan, Tally(), lambda now: told.append(now.doing))
    assert len({case.error for case in cases}) == 1
    assert cases[0].error is not None
    assert "item 5" in cases[0].error.message
    assert told == ["calibrating", "calling mine:at_item_5 with every item"]  # and no host of a case was started


def test_each_side_of_a_gate_calls_the_function_in_one_host_and_shares_what_it_returns(
    launch: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes"
    monkeypatch.setenv("NOTES", str(notes))
    cases = [
        Case(
            id=side,
            part="",
            subject="process",  # its tasks run in processes of their own
            workload=Workload(name="mine:notes_its_host", tasks=3),
            settings=Settings(start_method=None),
            side=side,
        )
        for side in ("base", "head")
    ]
    plan = Plan(
        blocks=3,
        fewest_blocks=3,
        rounds=1,
        examined=True,
        pass_for_results=4.0,
        launches=dict.fromkeys(("base", "head"), launch),
    )
    measure(cases, plan, Tally(), lambda now: None)
    assert [case.error for case in cases] == [None, None]
    assert [len(case.samples) for case in cases] == [3, 3]
    assert cases[0].workload == cases[1].workload
    assert cases[0].workload.task_time > 0
    assert len(set(notes.read_text().split())) == 2


def test_where_the_pass_would_take_too_long_all_items_run_and_some_results_are_expected(launch: Launch) -> None:
    case = Case(
        id="it",
        part="",
        subject="thread",
        workload=Workload(name="mine:slowly", tasks=32),
        settings=Settings(),
    )
    tally = Tally()
    plan = Plan(
        blocks=1, fewest_blocks=1, rounds=1, examined=True, pass_for_results=1.0, paths=launch.paths, watched=0.01
    )
    measure([case], plan, tally, lambda now: None)
    assert case.error is None
    assert case.workload.tasks == 32
    assert tally.warnings == [
        "to call mine:slowly with all 32 items beforehand would take too long: it was called with 8 of them, evenly "
        "spread, and the results of the others are only counted"
    ]


def test_a_slow_del_is_no_dead_worker(token: str, launch: Launch) -> None:
    case = Case(
        id="it",
        part="",
        subject="pool-map",
        workload=Workload(name="mine:slow_to_go", tasks=4),
        settings=Settings(workers=2),
    )
    measure([case], Plan(blocks=1, fewest_blocks=1, timeout=2.0, paths=launch.paths), Tally(), lambda now: None)
    assert case.error == Failure(kind="timeout", message="no result after 2 s (--timeout) while warming up")
    assert carrying(token) == []


def test_a_sample_that_hangs_says_that_it_is_the_sample(token: str) -> None:
    case = Case(id="it", part="", subject="serial", workload=Workload(name="hangs", tasks=8), settings=Settings())
    measure([case], Plan(blocks=1, fewest_blocks=1, timeout=1.0), Tally(), lambda now: None)
    assert case.error is not None
    assert case.error.message == "no result after 1 s (--timeout) while warming up"


def test_the_examining_host_is_gone_when_its_answer_is_there(token: str, launch: Launch) -> None:
    assert "found" in found(launch, 60.0, name="mine:work")
    assert [pid for pid in carrying(token) if pid != os.getpid()] == []
