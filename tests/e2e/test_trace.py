"""`concbench trace`, installed, on programs of the kind that people have."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from concbench.analysis.losses import losses
from concbench.runs.reading import read_run
from tests.e2e.command import Command

PROGRAMS = Path(__file__).parent.parent / "programs"
CAUSES = {
    "tiny_tasks": "OneByOne",
    "pool_in_a_loop": "OpenedAgain",
    "straggler": "Straggler",
    "threads_that_compute": "OneGil",
    "pickled_arrays": "Moved",
    "small_semaphore": "SmallLimit",
    "processes_that_wait": "WaitingProcesses",
}
CHUNKS = """
from concurrent.futures import ProcessPoolExecutor

def double(number):
    return 2 * number

if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        print(sum(executor.map(double, range(1000))))
"""
"""It hands out tiny tasks one by one, which a chunksize mends."""


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    """That of a local server, which takes 20 ms for each answer."""
    with subprocess.Popen(
        [sys.executable, str(PROGRAMS / "server.py"), "0.02"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@pytest.fixture
def chunks(tmp_path: Path) -> Path:
    """A program in a folder of its own."""
    path = tmp_path / "chunks.py"
    path.write_text(CHUNKS)
    return path


@pytest.mark.parametrize("name", CAUSES)
def test_each_program_gets_its_true_cause_first_with_a_figure(name: str, port: str, tmp_path: Path) -> None:
    arguments = [port] if name in ("small_semaphore", "processes_that_wait") else []
    ended = Command(tmp_path).run("trace", "--save", name, str(PROGRAMS / f"{name}.py"), *arguments)
    assert ended.returncode == 0, ended.stderr
    run = read_run(tmp_path / "results" / f"{name}.json")
    assert run.program is not None
    first = losses(run, run.program)[0]
    assert type(first.cause).__name__ == CAUSES[name]
    assert f"{name}.py:{first.place.first.line}: " in ended.stderr.replace("\n", " ")


def test_the_program_has_its_own_output_and_exit_status(tmp_path: Path) -> None:
    (tmp_path / "ends.py").write_text("import sys\nprint(sys.argv[1:], sys.stdin.read())\nsys.exit(7)\n")
    ended = Command(tmp_path).run("trace", "ends.py", "--fast", "-m", stdin="typed")
    assert (ended.returncode, ended.stdout) == (7, "['--fast', '-m'] typed\n")
    assert "ends.py took " in ended.stderr
    assert "no pool, executor, thread or asyncio task" in " ".join(ended.stderr.split())


def test_again_tries_the_suggested_setting_without_editing_the_program(chunks: Path) -> None:
    command = Command(chunks.parent)
    assert command.run("trace", "--save", "before", "chunks.py").returncode == 0
    ended = command.run("trace", "--again", "results/before.json", "--pairs", "1", "--save", "again")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == ""  # what the program printed is not repeated
    (trial,) = read_run(chunks.parent / "results" / "again.json").trials
    assert (trial.setting, trial.line) == ("chunksize", 8)
    assert len(trial.before) == len(trial.after) == 1
    assert f"chunksize={trial.value} for ProcessPoolExecutor at chunks.py:8: " in ended.stderr
    assert chunks.read_text() == CHUNKS


def test_again_tries_a_setting_that_is_named(chunks: Path) -> None:
    command = Command(chunks.parent)
    assert command.run("trace", "--save", "before", "chunks.py").returncode == 0
    ended = command.run("trace", "--again", "results/before.json", "--set", "chunks.py:8 workers=1", "--pairs", "1")
    assert ended.returncode == 0, ended.stderr
    assert "workers=1 for ProcessPoolExecutor at chunks.py:8: " in ended.stderr
    wrong = command.run("trace", "--again", "results/before.json", "--set", "chunks.py:9 workers=1")
    assert wrong.returncode == 2
    assert "nothing is opened at chunks.py:9; in the trace are chunks.py:8" in wrong.stderr.replace("\n", " ")


def test_advise_takes_function_and_items_from_a_trace(chunks: Path) -> None:
    command = Command(chunks.parent)
    assert command.run("trace", "--save", "before", "chunks.py").returncode == 0
    ended = command.run("advise", "--trace", "results/before.json", "--quick", "--save", "advice")
    assert ended.returncode == 0, ended.stderr
    run = read_run(chunks.parent / "results" / "advice.json")
    assert run.recommendations[0].target is not None
    assert run.recommendations[0].target.items == 1000
    assert "# What your program gives to its pool." in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trace"], "name a script, or a module with -m"),
        (["trace", "missing.py"], "there is no file 'missing.py'"),
        (["trace", "ls"], "is no program of Python's"),
        (["trace", "python3"], "leave out python3"),
        (["trace", "--json", "-", "chunks.py"], "stdout is the program's own"),
        (["trace", "--set", "a.py:1 workers=2", "chunks.py"], "add --again RUN"),
        (["advise", "--region", "a.py:1", "json:dumps"], "add --trace RUN"),
    ],
)
def test_wrong_usage_is_said_in_a_sentence(words: list[str], said: str, chunks: Path) -> None:
    ended = Command(chunks.parent).run(*words)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
