"""`concbench.compare` and `concbench.run`: real measuring, from wherever a program calls them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import concbench
from concbench.measure.plan import Now
from tests.api import tasks
from tests.api.typing_in import typed_in
from tests.measure.process_tree import TOKEN, carrying, needs_proc, new_token

TINY: dict[str, Any] = {"blocks": 1, "rounds": 1, "workers": 2, "seed": 1}
TWO = ["serial", "thread"]


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    """What all processes carry that come of a test."""
    token = new_token()
    monkeypatch.setenv(TOKEN, token)
    return token


def test_a_function_is_measured_as_it_was_given() -> None:
    answer = concbench.compare(
        tasks.double,
        [3, 4, 5],
        strategies=["serial", "pool-map"],
        expect=tasks.is_double,
        init=tasks.makes_items,
        chunksize=2,
        start_method="spawn",
        **TINY,
    )
    assert isinstance(answer, concbench.Answer)
    assert [result.failure for result in answer.run.results] == [None, None]
    pool = answer.result("pool-map")
    assert (pool.case.workload.name, pool.case.workload.tasks) == ("tests.api.tasks:double", 3)
    assert (pool.case.settings.workers, pool.case.settings.chunksize, pool.case.settings.start_method) == (
        2,
        2,
        "spawn",
    )
    assert pool.case.workload.expect == "tests.api.tasks:is_double"
    assert answer.ratio("pool-map").blocks == 1
    assert answer.run.complete
    assert answer.run.command == ["concbench.compare", "tests.api.tasks:double"]


def test_what_all_tasks_read_is_given_to_processes_in_the_ways_asked_for() -> None:
    answer = concbench.compare(
        tasks.looked_up,
        3,
        shared=tasks.table,
        sharing=["inherited", "memory-map"],
        strategies=["thread", "pool-map"],
        **TINY,
    )
    found = {result.case.row: result.failure for result in answer.run.results}
    assert found == {"thread": None, "pool-map inherited": None, "pool-map memory-map": None}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"sharing": "inherited"}, "sharing: it needs shared"),
        ({"init_per": "process"}, "init_per: it needs init"),
        ({"init": tasks.makes_items, "init_per": "thread"}, "init_per: 'thread' is neither worker nor process"),
    ],
)
def test_what_does_not_go_together_is_refused(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(concbench.WrongSetting, match=problem):
        concbench.compare(tasks.double, 3, **given, **TINY)


@pytest.mark.parametrize(
    ("function", "items", "error", "said"),
    [
        ("tests.api.tasks:doubel", 2, concbench.UnfitFunction, "did you mean 'double'?"),
        (
            "tests/api/task.py:double",
            2,
            concbench.UnfitFunction,
            "no file tests/api/task.py; did you mean 'tests/",
        ),
        (tasks.double, "tests.api.tasks:makes_itmes", concbench.UnfitFunction, "did you mean 'makes_items'?"),
        (tasks.double, "json:loads.__doc__", concbench.UnfitFunction, "can't be called"),
        (tasks.double, "random:seed", concbench.UnfitItems, "'random:seed' returns a NoneType"),
    ],
)
def test_what_is_not_fit_to_be_measured_is_raised_at_once(
    function: Any, items: Any, error: type[Exception], said: str
) -> None:
    for ask in (concbench.compare, concbench.advise):
        with pytest.raises(error, match=said.replace("?", r"\?")):
            ask(function, items)


def test_advice_is_given_on_a_function_as_it_was_given() -> None:
    answer = concbench.advise(tasks.double, [3, 4, 5], strategies=["serial", "thread"], workers=2, seed=1, budget=1.0)
    assert answer.recommended.case.subject in ("serial", "thread")
    assert {result.case.subject for result in answer.run.results} == {"serial", "thread"}
    assert answer.run.command == ["concbench.advise", "tests.api.tasks:double"]
    for shown in (str(answer), answer._repr_html_()):
        assert "* recommended" in shown


def test_where_no_advice_was_asked_for_nothing_is_recommended() -> None:
    answer = concbench.compare(tasks.double, 3, strategies=["serial"], **TINY)
    with pytest.raises(concbench.NotMeasured):
        _ = answer.recommended


def test_a_coroutine_is_run_as_one() -> None:
    answer = concbench.compare(tasks.doubled_later, 3, strategies=["serial", "asyncio-gather"], **TINY)
    assert [result.failure for result in answer.run.results] == [None, None]


def test_what_is_typed_into_a_notebook_is_measured_with_its_items() -> None:
    cells = (
        "from dataclasses import dataclass",
        "@dataclass\nclass Point:\n    x: int",
        "FACTOR = 3",
        "def grown(point):\n    return Point(FACTOR * point.x)",
        "points = [Point(1), Point(2)]",
    )
    with typed_in(*cells) as names:
        answer = concbench.compare(names["grown"], names["points"], strategies=["serial", "pool-map"], **TINY)
    assert [result.failure for result in answer.run.results] == [None, None]
    assert {(result.case.workload.name, result.case.workload.items) for result in answer.run.results} == {
        ("interactive:grown", "given in Python:2 items")
    }


@pytest.mark.thorough
def test_a_workload_is_measured_by_name() -> None:
    answer = concbench.compare("sleep", 2, strategies="serial", **TINY)
    assert answer.result("serial").case.workload.tasks == 2
    with pytest.raises(concbench.WrongSetting, match="items: 'sleep' is a workload"):
        concbench.compare("sleep", [1, 2], **TINY)
    with pytest.raises(concbench.WrongSetting, match="expect: it needs a function of yours"):
        concbench.compare("sleep", expect=tasks.is_double, **TINY)


@pytest.mark.thorough
def test_a_suite_is_run_by_name() -> None:
    answer = concbench.run("apply-vs-async", tasks=2, task_time=0.001, **TINY)
    assert answer.run.suite == "apply-vs-async"
    assert [outcome.outcome for outcome in answer.run.claims] != []
    with pytest.raises(concbench.UnknownName, match="did you mean 'pool-vs-process'"):
        concbench.run("pool-vs-proces")


def test_what_a_task_raises_is_a_row_and_not_an_exception() -> None:
    answer = concbench.compare(tasks.gives_up, 2, strategies=TWO, **TINY)
    error = answer.result("thread").failure
    assert error is not None
    assert "raised on item 0, 0: LookupError: no 0" in error.message
    assert "LookupError: no 0" in str(answer)
    with pytest.raises(concbench.NotMeasured, match="could not be measured"):
        answer.speedup("thread")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"workers": 0}, "workers: 0 is not a whole number from 1 to 1000000000"),
        ({"workers": True}, "workers: True is not"),
        ({"chunksize": 1.5}, "chunksize: 1.5 is not"),
        ({"budget": float("nan")}, "budget: nan is not a time"),
        ({"timeout": 0}, "timeout: 0 must be more than 0"),
        ({"seed": -1}, "seed: -1 is not"),
        ({"start_method": "clone"}, "start_method: 'clone' is not one of fork, forkserver, spawn"),
        ({"precision": 0.02, "blocks": 2}, "precision: it takes as many blocks as it needs"),
        ({"workers": [2, 0]}, "workers: 0 is not a whole number from 1 to 1000000000"),
        ({"workers": [2, True]}, "workers: True is not"),
        ({"chunksize": []}, "chunksize: 0 values: give 1 to 64"),
        ({"chunksize": range(1, 66)}, "chunksize: 65 values: give 1 to 64"),
        ({"workers": "12"}, "workers: '12' is not a whole number from 1"),
        ({"blocks": [1, 2]}, "blocks: [1, 2] is not a whole number from 1"),
    ],
)
def test_settings_that_mean_nothing_are_refused_before_anything_is_measured(
    wrong: dict[str, Any], problem: str, token: str
) -> None:
    with pytest.raises(concbench.WrongSetting) as refused:
        concbench.compare(tasks.double, **wrong)
    assert problem in str(refused.value)
    assert isinstance(refused.value, ValueError)


@pytest.mark.thorough
def test_of_a_setting_with_several_values_every_one_is_measured() -> None:
    several: dict[str, Any] = {**TINY, "workers": (1, 2), "chunksize": [2, None]}
    answer = concbench.compare(tasks.double, [3, 4, 5], strategies=["serial", "threadpool-map"], **several)
    assert [result.case.label for result in answer.run.results] == [
        "serial",
        *(f"threadpool-map workers {workers} chunksize {size}" for workers in (1, 2) for size in (2, "auto")),
    ]
    assert answer.ratio("threadpool-map workers 2 chunksize auto").blocks == 1
    assert answer.run.axes == ["workers", "chunksize"]
    sizes = concbench.run("apply-vs-async", tasks=[2, 3, 2], task_time=0.001, blocks=1, rounds=1)
    assert {result.case.workload.tasks for result in sizes.run.results} == {2, 3}


def test_where_a_value_can_not_be_one_of_several_it_is_refused() -> None:
    with pytest.raises(concbench.WrongSetting, match="workers: auto can't be one of several numbers: leave"):
        concbench.advise(tasks.double, workers=[1, None])  # type: ignore[list-item]  # what is refused
    with pytest.raises(concbench.WrongSetting, match="tasks: None can't be one of several values"):
        concbench.run("apply-vs-async", tasks=[2, None])  # type: ignore[list-item]  # what is refused


def test_names_that_do_not_exist_are_told() -> None:
    with pytest.raises(concbench.UnknownName, match="did you mean 'thread'"):
        concbench.compare(tasks.double, strategies=["thraed"])
    with pytest.raises(concbench.UnknownName, match="strategy in this comparison called 'process'"):
        concbench.compare(tasks.double, strategies=TWO, reference="process")
    with pytest.raises(concbench.NoInterpreter, match="there is no interpreter 'python9'"):
        concbench.compare(tasks.double, python="python9")
    with pytest.raises(concbench.WrongSetting, match="python: facts are observed under one interpreter"):
        concbench.run("semantics", python=[sys.executable, f"{sys.prefix}/bin/python3"])


def test_it_can_be_called_from_any_thread() -> None:
    answers: list[concbench.Answer] = []

    def ask() -> None:
        answers.append(concbench.compare(tasks.double, 2, strategies=TWO, **TINY))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert [result.failure for result in answers[0].run.results] == [None, None]


@pytest.mark.thorough
def test_it_can_be_called_while_an_event_loop_runs() -> None:
    async def ask() -> tuple[concbench.Answer, int]:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0.01)

        beside = asyncio.create_task(others())
        answer = await asyncio.to_thread(concbench.compare, tasks.double, 2, strategies=TWO, **TINY)
        beside.cancel()
        return concbench.compare(tasks.doubled_later, 2, strategies=TWO, **TINY), turns if answer else 0

    answer, turns = asyncio.run(ask())
    assert [result.failure for result in answer.run.results] == [None, None]
    assert turns > 1


@needs_proc
@pytest.mark.parametrize("raised", [KeyboardInterrupt, pytest.param(MemoryError, marks=pytest.mark.thorough)])
def test_whatever_interrupts_it_leaves_no_process_and_no_file(
    raised: type[BaseException], token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import contextmanager

    @contextmanager
    def interrupting(*_cases: object, **_how: object) -> Iterator[Any]:
        def listen(now: Now) -> None:
            if now.block == 1 and now.doing == "measuring":
                assert carrying(token)
                raise raised

        yield listen

    monkeypatch.setattr("concbench.api.measurement.progress", interrupting)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(raised) as ended:
        concbench.compare(tasks.double, [1, 2], strategies=TWO, **{**TINY, "blocks": 2})
    assert carrying(token) == []
    assert list(tmp_path.iterdir()) == []
    if isinstance(ended.value, concbench.Interrupted):
        run = ended.value.answer.run
        assert not run.complete
        assert all(len(result.samples) == 1 for result in run.results)
        assert "Interrupted: these are the figures so far." in str(ended.value.answer)
    else:
        assert raised is MemoryError


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        pytest.param(None, False, marks=pytest.mark.thorough),
        (False, False),
        pytest.param(True, True, marks=pytest.mark.thorough),
    ],
)
def test_progress_goes_to_stderr_where_it_is_asked_for(
    progress: bool | None, shown: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    concbench.compare(tasks.double, 2, strategies=TWO, progress=progress, **TINY)
    out, err = capfd.readouterr()
    assert out == ""
    assert ("block 1 of 1" in err) == shown


def test_a_host_does_not_measure() -> None:
    environment = {**os.environ, "CONCBENCH_PADDING": ""}
    code = "import concbench; concbench.run('pool-vs-process')"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert "Unguarded: the module of the function measures while it is imported" in done.stderr
    assert "msgspec" not in done.stderr


def test_what_a_script_imports_to_measure_weighs_nothing_in_the_hosts_that_import_it_too() -> None:
    code = "import sys; from concbench import compare, run, Interrupted, UnfitItems; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, env=in_this_folder())
    loaded = done.stdout.split()
    assert "concbench.api.calls" in loaded
    assert not {"dataclasses", "typing", "pathlib", "inspect", "concbench.model", "msgspec"} & set(loaded)


def in_this_folder() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(concbench.__file__).parents[1])}


def test_only_what_is_public_is_there() -> None:
    assert {"compare", "run", "Answer", "UnfitFunction"} <= set(dir(concbench))
    for name in concbench.PUBLIC:
        assert getattr(concbench, name).__doc__
    with pytest.raises(AttributeError, match="module 'concbench' has no attribute 'nothing'"):
        _ = concbench.nothing  # type: ignore[attr-defined]  # that is what is tried
