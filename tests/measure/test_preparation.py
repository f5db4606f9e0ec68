"""What preparing promises: a function that gets on is waited for, and of one that hangs it is said where."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from concbench.measure.hosts import launcher_for
from concbench.measure.plan import Launch
from concbench.measure.preparation import examine
from concbench.model.case import Case, Workload
from concbench.model.result import Failure
from tests.builders import case
from tests.measure.measuring import measured
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
    def __init__(self):
        self.made_in = os.getpid()

    def __del__(self):
        if self.made_in != os.getpid():
            threading.Event().wait()

def slow_to_go(number):
    return Slow()
"""
HANGS = "import threading\nthreading.Event().wait()\n"


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "hangs.py").write_text(HANGS)
    return Launch(paths=(str(tmp_path),))


def mine(function: str, subject: str = "serial", **values: Any) -> Case:
    return case(f"mine/{subject}", workload=f"mine:{function}", **values)


def examined(launch: Launch, timeout: float, **workload: Any) -> Any:
    """The answer of a host that examines one function."""
    request = {"do": "examine", "workload": asdict(Workload(**{"tasks": 8, **workload}))}
    with launcher_for([launch.python], None) as launcher:
        (answer,) = examine(launcher, [({**request, "into": str(launcher.folder)}, launch)], timeout)
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
        pytest.param(
            {"name": "mine:work", "init": "mine:waits"},
            "--init mine:waits was still busy after 1 s (--timeout)",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            {"name": "mine:work", "items": "mine:waits"},
            "--items mine:waits was still being read after 1 s (--timeout)",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            {"name": "mine:work", "expect": "mine:never_sure"},
            "--expect mine:never_sure was still busy with the result of item 0 after 1 s (--timeout)",
            marks=pytest.mark.thorough,
        ),
    ],
    ids=["item", "import", "init", "items", "expect"],
)
def test_what_hangs_is_given_up_after_one_time_out_and_says_at_what(
    token: str, launch: Launch, workload: dict[str, Any], message: str
) -> None:
    assert examined(launch, 1.0, **workload) == Failure(kind="timeout", message=message)
    assert carrying(token) == []


@pytest.mark.thorough
def test_a_function_may_take_longer_for_all_items_than_for_one(launch: Launch) -> None:
    answer = examined(launch, 1.5, name="mine:slowly")
    assert answer["found"]["tasks"] == 8  # 2 s, and the first three twice


def test_the_examining_host_is_gone_when_its_answer_is_there(token: str, launch: Launch) -> None:
    assert "found" in examined(launch, 60.0, name="mine:work")
    assert [pid for pid in carrying(token) if pid != os.getpid()] == []


def test_all_cases_of_a_function_that_hangs_fail_at_once(token: str, launch: Launch) -> None:
    cases = [mine("at_item_5"), mine("at_item_5", "thread"), mine("at_item_5", "pool-map", workers=2)]
    found = measured(cases, timeout=1.0, launch=launch)
    (failure,) = {result.failure for result in found.results}
    assert failure is not None
    assert "item 5" in failure.message
    # No host of a case was started.
    assert [now.doing for now in found.steps] == ["calibrating", "calling mine:at_item_5 with every item"]


def test_each_side_of_a_gate_calls_the_function_in_one_host_and_shares_what_it_returns(
    launch: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes"
    monkeypatch.setenv("NOTES", str(notes))
    # The tasks of a process each run in processes of their own, and not in the host that notes itself.
    cases = [mine("notes_its_host", "process", side=side, tasks=3) for side in ("base", "head")]
    launches = dict.fromkeys(("base", "head"), launch)
    found = measured(cases, blocks=3, pass_for_results=4.0, launches=launches)
    assert found.failures == [None, None]
    assert [len(result.samples) for result in found.results] == [3, 3]
    (workload,) = {result.case.workload for result in found.results}
    assert workload.task_time > 0
    assert len(set(notes.read_text().split())) == 2


@pytest.mark.thorough
def test_where_the_pass_would_take_too_long_all_items_run_and_some_results_are_expected(launch: Launch) -> None:
    found = measured([mine("slowly", "thread", tasks=32)], pass_for_results=1.0, launch=launch)
    assert found.failures == [None]
    assert found.results[0].case.workload.tasks == 32
    assert found.record.warnings == [
        "calling mine:slowly with all 32 items beforehand would take too long: it was called with 8 of them, evenly "
        "spread, and the results of the others are only counted"
    ]


@pytest.mark.parametrize(
    "hangs",
    [
        *(mine("slow_to_go", "pool-map", workers=2, tasks=4, start_method=method) for method in ("fork", "forkserver")),
        case("it/serial", workload="hangs"),
    ],
)
def test_what_hangs_afterwards_says_that_it_did_so_while_warming_up(token: str, launch: Launch, hangs: Case) -> None:
    """A slow `__del__` is no dead worker, and a fork server is none that is still there."""
    found = measured([hangs], timeout=2.0, launch=launch)
    failure = Failure(kind="timeout", message="no result after 2 s (--timeout) while warming up")
    assert found.results[0].failure == failure
    assert carrying(token) == []
