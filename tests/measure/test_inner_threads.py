"""What inner threads promise: hosts and workers find their number where libraries look, and nothing else changes."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from concbench.measure.plan import Launch, Plan
from concbench.measure.preparation import competing
from concbench.model.case import INNER_THREADS, Case, Workload
from concbench.model.run import ThreadPool
from tests.builders import case
from tests.measure.measuring import Measured, measured

MINE = """
import json, os

NAMES = NAMES_OF_ALL


def found():
    return {name: os.environ.get(name) for name in NAMES}


def note(number):
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(json.dumps([os.getpid(), found()]) + chr(10))
    return number


def rounded(number):
    return number, os.environ.get("OMP_NUM_THREADS")
"""
PRODUCT = """
import numpy as np


def product(number):
    return float((np.ones((20, 20)) @ np.full((20, 20), number))[0, 0])
"""


ROUNDED = Workload(name="mine:rounded", tasks=50)


@pytest.fixture
def launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Launch:
    for name in INNER_THREADS:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "mine.py").write_text(MINE.replace("NAMES_OF_ALL", repr(INNER_THREADS)))
    (tmp_path / "arrays.py").write_text(PRODUCT)
    return Launch(paths=(str(tmp_path),), environment={"NOTES": str(tmp_path / "notes")})


def of(function: str, subject: str = "serial", **settings: Any) -> Case:
    threads = settings.get("inner_threads")
    return case(f"mine/{subject}", workload=function, along={"inner_threads": threads}, tasks=4, **settings)


def noted(launch: Launch) -> list[tuple[int, dict[str, str | None]]]:
    lines = Path(launch.environment["NOTES"]).read_text().splitlines()
    return [(pid, found) for pid, found in map(json.loads, lines)]


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_workers_find_the_number_in_every_variable_that_a_library_reads(start_method: str, launch: Launch) -> None:
    one = of("mine:note", "pool-map", workers=2, start_method=start_method, inner_threads=3)
    assert measured([one], launch=launch).failures == [None]
    found = noted(launch)
    assert len({pid for pid, _ in found}) > 1
    assert all(each == dict.fromkeys(INNER_THREADS, "3") for _, each in found)


def test_left_to_libraries_the_environment_is_as_the_user_has_it(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert measured([of("mine:note")], launch=launch).failures == [None]
    assert all(each == {**dict.fromkeys(INNER_THREADS), "OMP_NUM_THREADS": "7"} for _, each in noted(launch))
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def test_a_result_is_right_if_it_is_that_with_as_many_threads(launch: Launch) -> None:
    cases = [of("mine:rounded", inner_threads=threads) for threads in (None, 1, 2)]
    assert measured(cases, launch=launch).failures == [None, None, None]


def test_where_only_some_items_are_run_they_are_the_same_with_any_number(launch: Launch) -> None:
    cases = [replace(of("mine:rounded", inner_threads=threads), workload=ROUNDED) for threads in (None, 1)]
    found = measured(cases, launch=launch, longest_pass=1e-9)
    assert found.failures == [None, None]
    assert {(result.case.workload.tasks, result.case.workload.every) for result in found.results} == {(9, 6)}


def pools(found: Measured) -> list[ThreadPool]:
    return [each for each in found.record.thread_pools if each.library == "OpenBLAS"]


def test_what_came_out_is_recorded(launch: Launch) -> None:
    found = measured([of("arrays:product", inner_threads=threads) for threads in (None, 1)], launch=launch)
    assert found.failures == [None, None]
    left, limited = pools(found)
    assert (left.workload, left.side, left.inner_threads) == ("arrays:product", None, None)
    assert (limited.inner_threads, limited.threads) == (1, 1)
    assert limited.version


def test_cases_have_the_variables_of_their_side_and_their_own() -> None:
    plan = Plan(launches={"head": Launch(environment={"SAID": "yes"})})
    environment = plan.launch_of_case(case(side="head", inner_threads=2)).environment
    assert environment == {"SAID": "yes", **dict.fromkeys(INNER_THREADS, "2")}
    assert plan.launch_of_case(case(side="head")).environment == {"SAID": "yes"}


def test_a_comparison_with_workers_says_that_threads_compete() -> None:
    work = Workload(name="mine:product", tasks=4, cores_busy=1.93)
    pool = ThreadPool(
        workload="mine:product", side=None, inner_threads=None, library="OpenBLAS", version=None, threads=2
    )
    assert competing(work, [pool]) == (
        "mine:product keeps about 1.9 cores busy by itself, with threads of OpenBLAS, which compete with several "
        "workers: --inner-threads 1,auto compares"
    )
    assert "with threads of" not in competing(work, [])
