"""Every strategy's program runs unchanged, and does what the strategy was measured doing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from concbench.model.case import Settings
from concbench.strategies.strategy import strategies
from tests.other_interpreters import FOLDER, pythons, version
from tests.report.programs import ALL_SETTINGS, OWN, used, written

MINE = '''
"""The user's functions; each call writes two lines that say where it ran."""

import asyncio
import json
import os
import threading
from multiprocessing import current_process

ready = threading.local()
all_calls = []


def get_ready():
    ready.calls = getattr(ready, "calls", 0) + 1
    all_calls.append(True)


async def open_client():
    get_ready()
    loops[id(asyncio.get_running_loop())] = asyncio.Event()


async def in_the_loop_of_its_client(item):
    loops[id(asyncio.get_running_loop())].set()
    await asyncio.sleep(0.001)
    return square(item)


loops = {}


def write(event, item):
    # Python's pool of interpreters runs each call in a new thread state, which has no thread-local data yet.
    calls = len(all_calls) if os.environ.get("INTERPRETERS") else getattr(ready, "calls", 0)
    kind = type(current_process()).__name__
    line = [event, item, os.getpid(), threading.get_ident(), kind, calls]
    with open("calls.jsonl", "a") as file:
        file.write(json.dumps(line) + "\\n")


def square(item):
    write("begin", item)
    write("end", item)
    return item * item


async def later(item):
    return square(item)


def make_items():
    yield from range(4)


class Shape:
    @staticmethod
    def area(item):
        return square(item)
'''
SQUARES = [0, 1, 4, 9]
PYTHON_3_14 = FOLDER / "python3.14"
STANDARD = [name for name in OWN if strategies.get(name).engine is None]
"""Without engines: their programs are run in tests/e2e/test_engines.py."""
PROCESSES = [name for name in STANDARD if strategies.get(name).workers == "processes"]


def strategies_but_mostly(*usual: str) -> pytest.MarkDecorator:
    """All strategies; those that are not among the usual ones in the thorough run only."""
    return pytest.mark.parametrize(
        "strategy", [pytest.param(name, marks=() if name in usual else pytest.mark.thorough) for name in STANDARD]
    )


@dataclass(frozen=True)
class Event:
    """One line that the function wrote."""

    event: str
    item: int
    pid: int
    thread: int
    kind: str
    calls: int
    """Of the initializer, in that thread or interpreter."""

    @property
    def worker(self) -> tuple[int, int]:
        return self.pid, self.thread


@dataclass(frozen=True)
class Ended:
    """A program's `results`, and what the function wrote of each call."""

    results: list[Any]
    events: list[Event]

    @property
    def workers(self) -> list[tuple[int, int]]:
        """The worker of each item."""
        return [each.worker for each in sorted(self.events, key=lambda each: each.item) if each.event == "begin"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "items.jsonl").write_text("0\n1\n\n2\n3\n")
    return tmp_path


def python_for(strategy: str) -> Path:
    """An interpreter that can run a strategy: this one where it can."""
    if strategy != "executor-interpreters" or sys.version_info >= (3, 14):
        return Path(sys.executable)
    if not PYTHON_3_14.exists():
        pytest.skip(f"there is no {PYTHON_3_14}, and interpreters in a pool need it")
    return PYTHON_3_14


def counting(strategy: str) -> dict[str, str]:
    """The environment variable that says where calls of the initializer are counted."""
    return {"INTERPRETERS": "1"} if strategies.get(strategy).workers == "interpreters" else {}


def run(text: str, folder: Path, python: Path, module: str = "mine.py", **environment: str) -> Ended:
    """Run a program beside the user's module, then print its results.

    The program is unchanged: with -i, Python reads on from stdin once it has ended.
    """
    (folder / module).parent.mkdir(parents=True, exist_ok=True)
    (folder / module).write_text(MINE, encoding="utf-8")
    (folder / "program.py").write_text(text, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ended = subprocess.run(
        [python, "-i", "program.py"],
        cwd=folder,
        env={**kept, **environment},
        input="import json; print(json.dumps(globals().get('exit_codes') or results))\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Error" not in ended.stderr, ended.stderr
    said, results = ended.stdout.splitlines()
    assert said in ("4 results", "4 of 4 processes succeeded")
    lines = (folder / "calls.jsonl").read_text().splitlines()
    return Ended(json.loads(results), [Event(*json.loads(line)) for line in lines])


def assert_done(ended: Ended, strategy: str) -> None:
    """Every item ran once, and what came back is what the strategy says it returns."""
    assert sorted((each.item, each.event) for each in ended.events) == [
        (item, event) for item in range(4) for event in ("begin", "end")
    ]
    returns = strategies.get(strategy).returns
    if returns == "exit codes":
        assert ended.results == [0, 0, 0, 0]
    elif returns == "results":
        assert ended.results == SQUARES
    else:
        assert sorted(ended.results) == SQUARES
    in_processes = {each.kind for each in ended.events} != {"_MainProcess"}
    assert in_processes == (strategies.get(strategy).workers == "processes")


def is_one_at_a_time(events: list[Event]) -> bool:
    """Whether each call ended before the next began."""
    return all(len(list(lines)) == 2 for _, lines in groupby(events, lambda each: each.item))


@pytest.mark.parametrize("strategy", STANDARD)
def test_without_settings(folder: Path, strategy: str) -> None:
    coroutine = strategies.get(strategy).coroutine
    text = written(strategy, Settings(), coroutine=coroutine, name="mine:later" if coroutine else "mine:square")
    assert_done(run(text, folder, python_for(strategy)), strategy)


@strategies_but_mostly("pool-map", "executor-threads", "executor-processes", "executor-interpreters", "thread")
def test_with_every_setting_that_it_uses(folder: Path, strategy: str) -> None:
    coroutine = strategies.get(strategy).coroutine
    name = f"tools/own/mine.py:{'later' if coroutine else 'square'}"
    text = written(strategy, ALL_SETTINGS, coroutine=coroutine, name=name, init="mine:get_ready", items="items.jsonl")
    ended = run(text, folder, python_for(strategy), module="tools/own/mine.py", **counting(strategy))
    assert_done(ended, strategy)
    assert {each.calls for each in ended.events} == {1}
    asked_for = used(strategy, ALL_SETTINGS)
    if asked_for.start_method is not None:
        assert {each.kind for each in ended.events} == {"SpawnProcess"}
    if asked_for.limit is not None:
        assert is_one_at_a_time(ended.events)
    if asked_for.chunksize is not None:
        assert len(set(ended.workers[:3])) == 1
    if asked_for.maxtasksperchild is not None:
        assert len(set(ended.workers)) == (2 if asked_for.chunksize else 4)
    elif asked_for.workers is not None:
        assert len(set(ended.workers)) <= 2


@strategies_but_mostly(
    "serial", "process-queue", "pool-map", "thread", "asyncio-gather", "asyncio-to-thread", "executor-interpreters"
)
def test_with_a_coroutine_function(folder: Path, strategy: str) -> None:
    settings = Settings(workers=2)
    text = written(
        strategy, settings, coroutine=True, name="mine:later", init="mine:get_ready", items="mine:make_items"
    )
    ended = run(text, folder, python_for(strategy), **counting(strategy))
    assert_done(ended, strategy)
    assert {each.calls for each in ended.events} == {1}


@strategies_but_mostly("serial", "process", "pool-map", "thread", "executor-threads", "asyncio-gather")
@pytest.mark.parametrize("function", ["square", "in_the_loop_of_its_client"])
def test_with_an_initializer_that_is_a_coroutine_function_whose_loop_the_tasks_share(
    folder: Path, strategy: str, function: str
) -> None:
    coroutine = function != "square"
    if strategies.get(strategy).coroutine and not coroutine:
        return
    own: dict[str, Any] = {"name": f"mine:{function}", "init": "mine:open_client", "async_init": True}
    text = written(strategy, Settings(workers=2), coroutine=coroutine, **own)
    ended = run(text, folder, python_for(strategy), **counting(strategy))
    assert_done(ended, strategy)
    assert {each.calls for each in ended.events} == {1}


@pytest.mark.parametrize("asynchronous", [False, True], ids=["plain", "async"])
@strategies_but_mostly("executor-threads", "thread")
def test_with_an_initializer_that_one_thread_calls_for_all(folder: Path, strategy: str, asynchronous: bool) -> None:
    if strategies.get(strategy).workers != "threads":
        return
    init = {"init": "mine:open_client", "async_init": True} if asynchronous else {"init": "mine:get_ready"}
    text = written(strategy, Settings(workers=2), init_per="process", **init)
    ended = run(text, folder, python_for(strategy), INTERPRETERS="1")  # which counts all calls in the process
    assert_done(ended, strategy)
    assert {each.calls for each in ended.events} == {1}


PLACES = [
    pytest.param("library.deep.mine:square", "library/deep/mine.py", {}, id="package"),
    pytest.param("library.mine:Shape.area", "src/library/mine.py", {"PYTHONPATH": "src"}, id="src"),
    pytest.param("./mine.py:Shape.area", "mine.py", {}, id="file"),
]
"""Where functions live: name, module, environment."""


@pytest.mark.parametrize(
    "strategy",
    [pytest.param("serial", marks=pytest.mark.thorough), "pool-imap", "executor-interpreters"],
)
@pytest.mark.parametrize(("name", "module", "environment"), PLACES)
def test_with_a_function_wherever_it_lives(
    folder: Path, strategy: str, name: str, module: str, environment: dict[str, str]
) -> None:
    text = written(strategy, Settings(workers=1, start_method="spawn"), name=name)
    assert_done(run(text, folder, python_for(strategy), module, **environment), strategy)


@pytest.mark.thorough
@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("strategy", PROCESSES)
def test_with_a_start_method(folder: Path, strategy: str, method: str) -> None:
    text = written(strategy, Settings(workers=1, start_method=method), name="tools/mine.py:later", coroutine=True)
    ended = run(text, folder, python_for(strategy), "tools/mine.py")
    assert_done(ended, strategy)
    assert {each.kind.lower() for each in ended.events} == {f"{method}process"}


@pytest.mark.thorough
@pythons
@pytest.mark.parametrize("strategy", STANDARD)
def test_under_another_interpreter(folder: Path, strategy: str, python: Path) -> None:
    if strategy == "executor-interpreters" and version(python) < (3, 14):
        pytest.skip("needs Python 3.14")
    coroutine = strategies.get(strategy).coroutine
    settings = Settings(workers=2, limit=2)
    text = written(strategy, settings, coroutine=coroutine, name="mine:later" if coroutine else "mine:square")
    assert_done(run(text, folder, python), strategy)


RAISES = "def square(item):\n    if item == 2:\n        raise LookupError(item)\n    return 'x' * 200_000\n"


@strategies_but_mostly("pool-callback", "thread")
def test_a_task_that_raises_ends_the_program_with_its_exception(folder: Path, strategy: str) -> None:
    coroutine = strategies.get(strategy).coroutine
    (folder / "mine.py").write_text(f"async {RAISES}" if coroutine else RAISES, encoding="utf-8")
    (folder / "program.py").write_text(written(strategy, Settings(workers=2)), encoding="utf-8")
    ended = subprocess.run(
        [python_for(strategy), "program.py"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert "LookupError: 2" in ended.stderr
    if strategies.get(strategy).returns == "exit codes":
        assert ended.stdout == "3 of 4 processes succeeded\n"
    else:
        assert (ended.returncode, ended.stdout) == (1, "")
