"""What a gate promises of a suite of pytest-benchmark: each benchmark by its name, and no change to anyone's tests."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from concbench.runs.reading import read_run
from tests.e2e.checking import NOT_ON_A_RUNNER
from tests.e2e.command import Command, Ended, end
from tests.gate.repository import Repository
from tests.measure.process_tree import carrying, command_line, needs_proc, wait_until

LIBRARY = """
def total(size):
    return sum(range(size * {total}))

def squares(size):
    return [number * number for number in range(size * {squares})]
"""
BENCHMARKS = """
import pytest
import library

@pytest.fixture(scope="module")
def size():
    return 2000

@pytest.mark.parametrize("times", [1, 2])
def test_total(benchmark, size, times):
    assert benchmark(library.total, size * times) > 0

@pytest.mark.rounds
def test_squares(benchmark, size):
    found = benchmark.pedantic(library.squares, setup=lambda: ((size,), {}), rounds=200)
    assert len(found) >= size

def test_of_something_else():
    raise AssertionError("no benchmark, so it is not run")
"""
SETTINGS = """
[pytest]
addopts = -n 2 --benchmark-disable --benchmark-autosave --junitxml=report.xml --maxfail=1
    -p no:anyio -p no:hypothesispytest -p no:playwright
markers = rounds: says itself how often it runs
"""
"""Of a project that runs its benchmarks as tests, too: with any of these options nothing would be measured; and without
plugins that each side would compile anew."""
USUAL = {"bench/test_speed.py": BENCHMARKS, "pytest.ini": SETTINGS, "library.py": LIBRARY.format(total=1, squares=1)}
FEW_ALARMS = 'false-alarms = "0.01%"\n[pytest]\nmetrics = ["wall", "cpu"]\nmargin = "50%"\n'
"""Only what became twice as slow is found, whatever else this machine does meanwhile."""


def repository(folder: Path, before: Mapping[str, str], after: Mapping[str, str]) -> Repository:
    made = Repository.new(folder / "repository")
    made.commit({**USUAL, "concbench.toml": FEW_ALARMS, **before})
    made.commit(after)
    return made


def check(made: Repository, *arguments: str, paths: str = "bench") -> Ended:
    """Run the gate; its document is beside the repository."""
    command = Command(made.folder, **NOT_ON_A_RUNNER)
    saved = () if "--case" in arguments else ("--json", str(DOCUMENT))
    (made.folder / DOCUMENT).unlink(missing_ok=True)
    ended = command.run("check", "--against", "HEAD~1", "--pytest", paths, *saved, *arguments)
    assert not carrying(command.token)
    assert "Traceback" not in ended.stderr
    return ended


DOCUMENT = Path("..", "run.json")


def verdicts(made: Repository) -> dict[tuple[str, str], str]:
    """The verdict of every figure that was compared, by the benchmark's name and the metric."""
    run = read_run(made.folder / DOCUMENT)
    return {
        (change.case.removesuffix(" head"), change.metric): change.verdict
        for change in run.changes
        if change.only is None and not change.note
    }


NEW = "import library\n\ndef test_new(benchmark):\n    benchmark(library.total, 10)\n"


def test_the_benchmark_that_became_slower_is_named_and_no_other(tmp_path: Path) -> None:
    before = {"bench/test_old.py": NEW.replace("test_new", "test_old")}
    made = repository(tmp_path, before, {"library.py": LIBRARY.format(total=1, squares=3), "bench/test_new.py": NEW})
    (made.folder / "bench" / "test_old.py").unlink()
    ended = check(made, "--budget", "2s")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    found = verdicts(made)
    assert {name for (name, _), verdict in found.items() if verdict == "slower"} == {"bench/test_speed.py/test_squares"}
    assert {name for name, _ in found} > {"bench/test_speed.py/test_total[1]", "bench/test_speed.py/test_total[2]"}
    assert "bench/test_speed.py::test_squares: CPU time is " in ended.stdout
    assert "Only the head has bench/test_new.py::test_new: new, so not compared" in ended.stdout
    assert "Only the base has bench/test_old.py::test_old: gone, so not compared" in ended.stdout
    assert made.git("status", "--porcelain", "--untracked-files=all") == "D bench/test_old.py"
    shown = Command(made.folder).run("show", str(DOCUMENT))
    assert shown.returncode == 0, shown.stderr
    assert "test_squares" in shown.stdout


@pytest.mark.thorough
def test_identical_code_is_no_regression_and_pytest_chooses(tmp_path: Path) -> None:
    made = repository(tmp_path, {}, {})
    ended = check(made, "--budget", "1s", "-k", "not total", "-m", "rounds")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert {name for name, _ in verdicts(made)} == {"bench/test_speed.py/test_squares"}
    ended = check(made, "--budget", "1s", paths="bench/test_speed.py::test_total[2]")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert {name for name, _ in verdicts(made)} == {"bench/test_speed.py/test_total[2]"}


FAULTY = """
import os, signal, sys, time
import pytest

SIDE = "head"

def test_works(benchmark):
    benchmark(sum, range(1000))

def test_raises(benchmark):
    benchmark(int, "many")

def test_fails_afterwards(benchmark):
    assert benchmark(sum, range(1000)) == 0

def test_hangs(benchmark):
    benchmark(time.sleep, 100)

def test_is_killed(benchmark):
    benchmark(os.kill, os.getpid(), signal.SIGKILL)

def test_ends_python(benchmark):
    benchmark(os._exit, 3)

def test_measures_nothing(benchmark):
    pass

@pytest.mark.skip(reason="not today")
def test_is_skipped(benchmark):
    benchmark(sum, range(1000))

def test_works_too(benchmark):
    benchmark(sum, range(1000))
"""


@pytest.mark.thorough
def test_benchmarks_that_fail_hang_or_die_are_rows_and_the_others_are_measured(tmp_path: Path) -> None:
    made = repository(tmp_path, {"faulty/test_faulty.py": FAULTY}, {})
    ended = check(made, "--budget", "1s", "--timeout", "2s", paths="faulty")
    assert ended.returncode == 3, ended.stdout + ended.stderr
    said = " ".join(ended.stdout.split())
    for name, reason in (
        ("test_raises", "ValueError: invalid literal for int() with base 10: 'many'"),
        ("test_fails_afterwards", "assert 499500 == 0"),
        ("test_hangs", "no result after 2 s (--timeout)"),
        ("test_is_killed", "the host was killed by signal 9"),
        ("test_ends_python", "the host ended with exit status 3"),
        ("test_measures_nothing", "it never calls benchmark(...)"),
    ):
        assert f"faulty/test_faulty.py::{name} could not be measured: base: " in said
        assert reason in said
    assert "test_is_skipped is skipped on both sides: not today" in ended.stderr
    assert {name for name, _ in verdicts(made)} == {f"faulty/test_faulty.py/test_works{more}" for more in ("", "_too")}


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["-k", "nothing"], 2, "--pytest bench: no benchmark matches -k 'nothing'"),
        pytest.param(["-k", "("], 3, "base: pytest ended before", marks=pytest.mark.thorough),
        pytest.param(["--case", "work"], 2, "--case: a suite of pytest has none", marks=pytest.mark.thorough),
    ],
)
def test_an_empty_selection_is_said(arguments: list[str], status: int, said: str, tmp_path: Path) -> None:
    ended = check(repository(tmp_path, {}, {}), *arguments)
    assert ended.returncode == status, ended.stdout + ended.stderr
    assert said in " ".join(ended.stderr.split())


@pytest.mark.thorough
def test_what_can_not_be_collected_is_said_with_its_side_and_file(tmp_path: Path) -> None:
    made = repository(tmp_path, {}, {"bench/test_broken.py": "import nothing_of_that_name\n"})
    ended = check(made)
    assert ended.returncode == 3, ended.stdout + ended.stderr
    said = " ".join(ended.stderr.split())
    assert "Error: head: these could not be collected: bench/test_broken.py: " in said
    assert "No module named 'nothing_of_that_name'" in said
    assert "there is no file or folder nowhere" in " ".join(check(made, paths="nowhere").stderr.split())


@pytest.mark.thorough
@pytest.mark.parametrize("option", ["--record", "--baseline"])
def test_a_suite_takes_turns_so_it_needs_two_sides(option: str, tmp_path: Path) -> None:
    command = Command(tmp_path, **NOT_ON_A_RUNNER)
    (tmp_path / "b.json").write_text("{}")
    ended = command.run("check", option, "a.json" if option == "--record" else "b.json", "--pytest", "bench")
    assert ended.returncode == 2


@needs_proc
@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_however_it_ends_no_pytest_is_left(number: signal.Signals, tmp_path: Path) -> None:
    made = repository(
        tmp_path, {}, {"bench/test_long.py": "import time\n\n" + NEW.replace("library.total, 10", "time.sleep, 1")}
    )
    made.commit({"library.py": LIBRARY.format(total=2, squares=2)})
    state = made.state()
    command = Command(made.folder, **NOT_ON_A_RUNNER)

    def both_run() -> bool:
        return sum("concbench.host.benchmarks" in command_line(pid) for pid in command.left()) == 2

    arguments = ("check", "--against", "HEAD~1", "--pytest", "bench", "--budget", "600s")
    with command.started(*arguments) as process:
        wait_until(lambda: both_run() or process.poll() is not None, "both sides run")
        process.send_signal(number)
        ended = end(process)
        assert ended.returncode == (130 if number == signal.SIGINT else -number), ended.stderr
        wait_until(lambda: command.left() == [], "nothing was left")
    assert made.state() == state
