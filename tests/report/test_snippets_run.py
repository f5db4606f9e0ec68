"""Every strategy's snippet runs as it stands, and does what its strategy was measured to do."""

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

from concbench.model import Settings
from concbench.strategies.strategy import strategies
from tests.host.test_other_interpreters import FOLDER, pythons, version
from tests.report.snippets import EVERYTHING, OWN, heeded, written

MINE = '''
"""A person's own functions; each call leaves two lines that say where it ran."""

import json
import os
import threading
from multiprocessing import current_process

ready = threading.local()
all_calls = []


def get_ready():
    ready.calls = getattr(ready, "calls", 0) + 1
    all_calls.append(True)


def told(event, item):
    # Python's pool of interpreters runs each call in a new thread state, which has no thread-local data yet.
    calls = len(all_calls) if os.environ.get("INTERPRETERS") else getattr(ready, "calls", 0)
    kind = type(current_process()).__name__
    line = [event, item, os.getpid(), threading.get_ident(), kind, calls]
    with open("told.jsonl", "a") as file:
        file.write(json.dumps(line) + "\\n")


def square(item):
    told("begin", item)
    told("end", item)
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
PROCESSES = [name for name in OWN if strategies.get(name).workers == "processes"]
asked = pytest.mark.parametrize("strategy", OWN)


@dataclass(frozen=True)
class Told:
    """One line of the function's own."""

    event: str
    item: int
    pid: int
    thread: int
    kind: str
    calls: int
    """Of the initializer, in that thread or that interpreter."""

    @property
    def worker(self) -> tuple[int, int]:
        return self.pid, self.thread


@dataclass(frozen=True)
class Ended:
    """What became of a snippet: its `results`, and what the function told of each call."""

    results: list[Any]
    told: list[Told]

    @property
    def workers(self) -> list[tuple[int, int]]:
        """The worker of each item."""
        return [each.worker for each in sorted(self.told, key=lambda each: each.item) if each.event == "begin"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "items.jsonl").write_text("0\n1\n\n2\n3\n")
    return tmp_path


def python_for(strategy: str) -> Path:
    """The interpreter that has what a strategy needs: this one, wherever that is possible."""
    if strategy != "executor-interpreters" or sys.version_info >= (3, 14):
        return Path(sys.executable)
    if not PYTHON_3_14.exists():
        pytest.skip(f"there is no {PYTHON_3_14}, and interpreters in a pool need it")
    return PYTHON_3_14


def counting(strategy: str) -> dict[str, str]:
    """Say in the environment where calls of the initializer are counted."""
    return {"INTERPRETERS": "1"} if strategies.get(strategy).workers == "interpreters" else {}


def run(text: str, folder: Path, python: Path, module: str = "mine.py", **environment: str) -> Ended:
    """Run a snippet that was saved in a folder, beside a person's module; then ask for its results.

    The program is unchanged: with -i, Python goes on with what it is told once a program has ended.
    """
    (folder / module).parent.mkdir(parents=True, exist_ok=True)
    (folder / module).write_text(MINE, encoding="utf-8")
    (folder / "snippet.py").write_text(text, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ended = subprocess.run(
        [python, "-i", "snippet.py"],
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
    assert said in ("4 results", "4 of 4 processes ended well")
    lines = (folder / "told.jsonl").read_text().splitlines()
    return Ended(json.loads(results), [Told(*json.loads(line)) for line in lines])


def assert_done(ended: Ended, strategy: str) -> None:
    """Every item was done once, and what came back is what the strategy says that it returns."""
    assert sorted((each.item, each.event) for each in ended.told) == [
        (item, event) for item in range(4) for event in ("begin", "end")
    ]
    returns = strategies.get(strategy).returns
    if returns == "exit codes":
        assert ended.results == [0, 0, 0, 0]
    elif returns == "results":
        assert ended.results == SQUARES
    else:
        assert sorted(ended.results) == SQUARES
    in_processes = {each.kind for each in ended.told} != {"_MainProcess"}
    assert in_processes == (strategies.get(strategy).workers == "processes")


def is_one_at_a_time(told: list[Told]) -> bool:
    """Whether each call ended before the next began."""
    return all(len(list(lines)) == 2 for _, lines in groupby(told, lambda each: each.item))


@asked
def test_with_nothing_asked_for(folder: Path, strategy: str) -> None:
    coroutine = strategies.get(strategy).coroutine
    text = written(strategy, Settings(), coroutine=coroutine, name="mine:later" if coroutine else "mine:square")
    assert_done(run(text, folder, python_for(strategy)), strategy)


@asked
def test_with_every_setting_that_it_heeds(folder: Path, strategy: str) -> None:
    coroutine = strategies.get(strategy).coroutine
    name = f"tools/own/mine.py:{'later' if coroutine else 'square'}"
    text = written(strategy, EVERYTHING, coroutine=coroutine, name=name, init="mine:get_ready", items="items.jsonl")
    ended = run(text, folder, python_for(strategy), module="tools/own/mine.py", **counting(strategy))
    assert_done(ended, strategy)
    assert {each.calls for each in ended.told} == {1}
    asked = heeded(strategy, EVERYTHING)
    if asked.start_method is not None:
        assert {each.kind for each in ended.told} == {"SpawnProcess"}
    if asked.limit is not None:
        assert is_one_at_a_time(ended.told)
    if asked.chunksize is not None:
        assert len(set(ended.workers[:3])) == 1
    if asked.maxtasksperchild is not None:
        assert len(set(ended.workers)) == (2 if asked.chunksize else 4)
    elif asked.workers is not None:
        assert len(set(ended.workers)) <= 2


@asked
def test_with_a_coroutine_function(folder: Path, strategy: str) -> None:
    settings = Settings(workers=2)
    text = written(
        strategy, settings, coroutine=True, name="mine:later", init="mine:get_ready", items="mine:make_items"
    )
    ended = run(text, folder, python_for(strategy), **counting(strategy))
    assert_done(ended, strategy)
    assert {each.calls for each in ended.told} == {1}


PLACES = [
    pytest.param("library.deep.mine:square", "library/deep/mine.py", {}, id="package"),
    pytest.param("library.mine:Shape.area", "src/library/mine.py", {"PYTHONPATH": "src"}, id="src"),
    pytest.param("./mine.py:Shape.area", "mine.py", {}, id="file"),
]
"""Functions wherever they live: name, module, environment."""


@pytest.mark.parametrize("strategy", ["serial", "pool-imap", "executor-interpreters"])
@pytest.mark.parametrize(("name", "module", "environment"), PLACES)
def test_with_a_function_wherever_it_lives(
    folder: Path, strategy: str, name: str, module: str, environment: dict[str, str]
) -> None:
    text = written(strategy, Settings(workers=1, start_method="spawn"), name=name)
    assert_done(run(text, folder, python_for(strategy), module, **environment), strategy)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("strategy", PROCESSES)
def test_with_a_start_method(folder: Path, strategy: str, method: str) -> None:
    text = written(strategy, Settings(workers=1, start_method=method), name="tools/mine.py:later", coroutine=True)
    ended = run(text, folder, python_for(strategy), "tools/mine.py")
    assert_done(ended, strategy)
    assert {each.kind.lower() for each in ended.told} == {f"{method}process"}


@pythons
@asked
def test_under_another_interpreter(folder: Path, strategy: str, python: Path) -> None:
    if strategy == "executor-interpreters" and version(python) < (3, 14):
        pytest.skip("needs Python 3.14")
    coroutine = strategies.get(strategy).coroutine
    settings = Settings(workers=2, limit=2)
    text = written(strategy, settings, coroutine=coroutine, name="mine:later" if coroutine else "mine:square")
    assert_done(run(text, folder, python), strategy)


RAISES = "def square(item):\n    if item == 2:\n        raise LookupError(item)\n    return 'x' * 200_000\n"


@asked
def test_a_task_that_raises_is_not_a_result_that_is_missing(folder: Path, strategy: str) -> None:
    coroutine = strategies.get(strategy).coroutine
    (folder / "mine.py").write_text(f"async {RAISES}" if coroutine else RAISES, encoding="utf-8")
    (folder / "snippet.py").write_text(written(strategy, Settings(workers=2)), encoding="utf-8")
    ended = subprocess.run(
        [python_for(strategy), "snippet.py"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert "LookupError: 2" in ended.stderr
    if strategies.get(strategy).returns == "exit codes":
        assert ended.stdout == "3 of 4 processes ended well\n"
    else:
        assert (ended.returncode, ended.stdout) == (1, "")
