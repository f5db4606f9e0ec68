"""A user's function under `concbench compare`: wherever it lives, and whatever is odd about it."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest

from concbench.model.run import Run
from concbench.runs.reading import read_run
from tests.busy import other_lines
from tests.cli.calling import mistake
from tests.e2e.command import Command, usually

MINE = """\
import random
import threading


def square(number):
    return number * number


def gives_up(number):
    if number == 2:
        raise LookupError("no such thing")
    return number


def counts_up(item):
    item["seen"] = item.get("seen", 0) + 1
    return item["seen"]


def make_items():
    return [{"number": number} for number in range(4)]


def any_number(number):
    return random.random()


def stuck(number):
    if number == 5:
        threading.Event().wait()
    return number


def is_square(number, result):
    return result == number * number


def is_wrong(number, result):
    assert result == number, "not so"


ready = []


def get_ready():
    ready.append(True)


def needs_to_be_ready(number):
    assert ready
    return number
"""
TINY = ("--blocks", "1", "--rounds", "1", "--quick", "--workers", "2", "--json", "run.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE)
    package = tmp_path / "src" / "library"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "words.py").write_text("def shout(item):\n    return str(item).upper()\n")
    (tmp_path / "items.jsonl").write_text('"one"\n"two"\n"three"\n')
    return tmp_path


def compared(
    folder: Path, *words: str, status: int = 0, strategies: tuple[str, ...] = ("serial", "pool-map")
) -> tuple[Run, str]:
    """Compare, and return the run and what was said on stderr."""
    chosen = [word for name in strategies for word in ("--strategy", name)]
    ended = Command(folder).run("compare", *words, *chosen, *TINY)
    assert ended.returncode == status, ended.stderr
    return read_run(folder / "run.json"), " ".join(ended.stderr.split())


def kinds(run: Run) -> dict[str, str]:
    """The kind of failure of each subject that has one."""
    return {result.case.subject: result.failure.kind for result in run.results if result.failure is not None}


def messages(run: Run) -> dict[str, str]:
    """What is said of each failure."""
    return {result.case.subject: result.failure.message for result in run.results if result.failure is not None}


@pytest.mark.parametrize(
    ("words", "tasks"),
    [
        (("--workload", "mine:square"), 16),
        (("--workload", "mine.py:square", "--items", "5"), 5),
        (("--workload", "library.words:shout", "--items", "items.jsonl"), 3),
        (("--workload", "msgspec.json:encode", "--items", "mine:make_items"), 4),
        *usually(
            among=[
                (("--workload", "mine:square", "--expect", "mine:is_square", "--tasks", "6"), 6),
                (("--workload", "mine:needs_to_be_ready", "--init", "mine:get_ready"), 16),
            ]
        ),
    ],
)
def test_a_function_is_measured_wherever_it_lives(folder: Path, words: tuple[str, ...], tasks: int) -> None:
    run, err = compared(folder, *words)
    assert {result.case.workload.tasks for result in run.results} == {tasks}
    assert all(result.samples and result.trace and result.ideal for result in run.results)
    assert "Warning" not in other_lines(err)


@pytest.mark.thorough
def test_every_strategy_can_be_tried_at_once(folder: Path) -> None:
    run, _ = compared(folder, "--workload", "mine:square", "--items", "4", strategies=())
    assert messages(run) == {"asyncio-gather": "workload 'mine:square' has no coroutine form"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--workload", "mine:counts_up", "--items", "mine:make_items"), "mine:counts_up changes its argument"),
        (("--workload", "mine:any_number"), "mine:any_number does not return the same for the same item"),
    ],
)
def test_what_is_odd_is_told_once_and_handled(folder: Path, words: tuple[str, ...], sentence: str) -> None:
    run, err = compared(folder, *words)
    assert err.count(sentence) == 1
    assert all(result.samples for result in run.results)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--workload", "mine:gives_up"), "mine:gives_up raised on item 2, 2: LookupError: no such thing"),
        pytest.param(
            ("--workload", "mine:square", "--expect", "mine:is_wrong"),
            "task 2 returned 4, which is not right",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_what_can_not_be_measured_is_a_row_with_its_reason(folder: Path, words: tuple[str, ...], message: str) -> None:
    run, _ = compared(folder, *words, status=3)
    assert len(messages(run)) == len(run.results)
    assert all(message in each for each in messages(run).values())


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--workload", "cpu", "--items", "5"), "--items needs a function of yours"),
        *usually(
            among=[
                (("--workload", "mine:square", "--items", "5", "--tasks", "5"), "give only one of them"),
                (("--workload", "mine:square", "--items", "0"), "'0' is not a whole number from 1"),
            ]
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(folder: Path, words: tuple[str, ...], problem: str) -> None:
    ended = Command(folder).run("compare", *words)
    assert ended.returncode == 2
    assert problem in " ".join(ended.stderr.split())


# Bad input: exit status 2 at once, one sentence, nothing measured and nothing saved


def refused(folder: Path, *words: str, command: str = "compare") -> str:
    """What is said of input that can't be measured."""
    with chdir(folder):
        said = mistake(command, *words)
    assert not (folder / "results").exists()
    return said.partition("Error: ")[2]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("mine.py:squrae", "mine.py has no 'squrae'; did you mean 'square'?"),
        ("mien.py:square", "--workload: there is no file mien.py; did you mean 'mine.py'?"),
        *usually(
            among=[
                ("mein:square", "there is no module 'mein' to import 'mein:square' from; did you mean 'mine'?"),
                ("nowhere/mine.py:square", "--workload: there is no file nowhere/mine.py, and no folder nowhere"),
                ("mine.py", "--workload: 'mine.py' is a file without a function: write it as"),
                ("src/mine:square", "--workload: 'src/mine:square' names no function: a path ends in .py"),
                ("mine:ready", "'mine:ready' is of type list, and can't be called"),
            ]
        ),
    ],
)
def test_a_function_that_is_not_there_is_told_with_the_one_that_was_meant(
    folder: Path, function: str, said: str
) -> None:
    assert refused(folder, "--workload", function).startswith(said)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ("-5", "--items: '-5' is not a whole number from 1 to"),
        ("broken.jsonl", "--items: line 2 of broken.jsonl is not JSON: Expecting value at column 1"),
        ("mine:random.seed", "'mine:random.seed' returns a NoneType, not items that could be run one by one"),
        *usually(
            among=[
                ("1e9", "--items: '1e9' is not a whole number from 1 to"),
                ("item.jsonl", "--items: there is no file item.jsonl; did you mean 'items.jsonl'?"),
                ("empty.jsonl", "--items: empty.jsonl holds no items, so there is nothing to run"),
                (
                    "names.txt",
                    "--items: 'names.txt' is neither a count, nor a JSON-lines file (.jsonl or .ndjson), nor",
                ),
                ("mine:make_item", "module 'mine' has no 'make_item'; did you mean 'make_items'?"),
            ]
        ),
    ],
)
def test_items_that_can_not_be_read_are_told(folder: Path, items: str, said: str) -> None:
    (folder / "broken.jsonl").write_text("1\nthree\n")
    (folder / "empty.jsonl").write_text("\n\n")
    (folder / "names.txt").write_text("one\ntwo\n")
    assert refused(folder, "--workload", "mine:square", "--items", items).startswith(said)


@pytest.mark.parametrize("option", usually("--expect", among=["--expect", "--init"]))
def test_what_else_a_function_needs_is_looked_for_at_once(folder: Path, option: str) -> None:
    said = refused(folder, "mine:square", option, "mine:is_sqare", command="advise")
    assert said == "module 'mine' has no 'is_sqare'; did you mean 'is_square'?"


@pytest.mark.parametrize("command", usually("compare", among=["compare", "advise"]))
def test_a_broken_line_far_down_is_found_before_anything_is_measured(folder: Path, command: str) -> None:
    (folder / "long.jsonl").write_text('"' + 2**20 * "x" + '"\nbroken\n')
    function = ("--workload", "mine:square") if command == "compare" else ("mine:square",)
    assert refused(folder, *function, "--items", "long.jsonl", command=command).startswith(
        "line 2 of long.jsonl is not JSON"
    )


# What no strategy can measure: exit status 3, and the reason once


@pytest.mark.parametrize(
    ("words", "said", "last"),
    [
        (("mine:gives_up",), "mine:gives_up raised on item 2, 2: LookupError: no such thing", "in gives_up"),
        (("broken.py:work",), "broken.py can't be imported: ZeroDivisionError: division by zero", "in <module>"),
        *usually(
            among=[
                (("mine:square", "--items", "mine:square"), "mine:square, which makes the items, raised TypeError", ""),
                (("mine:square", "--init", "json:loads"), "json:loads, which each worker calls first, raised ", ""),
            ]
        ),
    ],
)
def test_what_no_strategy_can_measure_is_told_once_and_not_in_a_table(
    folder: Path, words: tuple[str, ...], said: str, last: str
) -> None:
    (folder / "broken.py").write_text("1 / 0\n")
    ended = Command(folder).run("compare", "--workload", *words)
    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert ended.stdout == ""
    assert ended.stderr.count("Error: " + said) == 1
    assert not (folder / "results").exists()
    frames = [line for line in ended.stderr.splitlines() if line.startswith('  File "')]
    assert all(str(folder) in line for line in frames)
    assert last in "".join(frames)


def test_a_document_that_was_asked_for_says_why_there_is_nothing(folder: Path) -> None:
    ended = Command(folder).run("compare", "--workload", "mine:gives_up", "--json", "-")
    assert ended.returncode == 3
    (folder / "run.json").write_text(ended.stdout)
    assert set(kinds(read_run(folder / "run.json")).values()) == {"raised"}


# Files beside the function that hide modules


@pytest.mark.parametrize(
    ("name", "what"),
    usually("types.py", among=[("types.py", "a module of the standard library"), ("concbench.py", "concbench itself")]),
)
def test_a_file_that_hides_a_module_from_hosts_is_named(folder: Path, name: str, what: str) -> None:
    (folder / name).write_text("mine = True\n")
    (folder / "test").mkdir()
    (folder / "test" / "__init__.py").write_text("")  # which hides a module, too, that nobody imports
    assert refused(folder, "--workload", "mine.py:square") == f"{name} in {folder} hides {what}: rename it"


def test_a_file_that_is_imported_in_the_place_of_a_module_is_warned_of(folder: Path) -> None:
    (folder / "queue.py").write_text("mine = True\n")
    (folder / "test.py").write_text((folder / "mine.py").read_text())
    _, err = compared(folder, "--workload", "test.py:square", strategies=("serial",))
    assert err.count(" hides ") == 1
    assert f"Warning: queue.py in {folder} hides a module of the standard library: rename it" in err


# What functions return that people really have

REAL = """\
import random
import sqlite3

import numpy as np
import pandas as pd


def arrays(number):
    return {"mean": np.array([number, float("nan")]), "parts": (np.arange(3), [pd.Series([1.0, None])])}


def frames(number):
    import polars as pl

    return pd.DataFrame({"a": [number, None], "b": ["x", None]}), pl.DataFrame({"a": [number, None]})


def nothing_compares(number):
    return (step for step in range(number))


def connections(number):
    return sqlite3.connect(":memory:")


def any_array(number):
    return np.random.default_rng().random(3)


def between(number, result):
    return ((result >= 0) & (result < 1)).all()


def each_between(number, result):
    return (result >= 0) & (result < 1)


def tensors(number):
    import torch

    return torch.tensor([number, float("nan")])


def large(number):
    return np.full(2_000_000, number)


def locks():
    import threading

    return [threading.Lock(), threading.Lock()]


def is_free(lock):
    return not lock.locked()
"""
EVERY_WAY = ("serial", "threadpool-map", "pool-map", "pool-imap-unordered")


@pytest.fixture
def real(tmp_path: Path) -> Path:
    pytest.importorskip("pandas", reason="needs numpy and pandas: pip install numpy pandas")
    pytest.importorskip("polars", reason="needs polars: pip install polars")
    (tmp_path / "real.py").write_text(REAL)
    return tmp_path


@pytest.mark.parametrize("function", usually("arrays", among=["arrays", "frames"]))
def test_a_function_that_returns_arrays_and_frames_is_measured_and_verified_by_all_strategies(
    real: Path, function: str
) -> None:
    run, said = compared(real, "--workload", f"real.py:{function}", strategies=EVERY_WAY)
    assert kinds(run) == {}
    assert "counted" not in said


@pytest.mark.thorough
def test_a_function_that_returns_tensors_is_measured_and_verified(real: Path) -> None:
    pytest.importorskip("torch", reason="needs a CPU build of torch, which is too large for the dev extra")
    run, said = compared(real, "--workload", "real.py:tensors", strategies=("serial", "threadpool-map"))
    assert kinds(run) == {}
    assert "counted" not in said


@pytest.mark.thorough
@pytest.mark.parametrize("function", ["nothing_compares", "connections"])
def test_results_that_can_not_be_pickled_are_counted_in_threads_and_unpicklable_between_processes(
    real: Path, function: str
) -> None:
    ways = (*EVERY_WAY, "process-queue", "executor-processes")
    run, said = compared(real, "--workload", f"real.py:{function}", status=3, strategies=ways)
    moving = ("pool-map", "pool-imap-unordered", "process-queue", "executor-processes")
    assert kinds(run) == dict.fromkeys(moving, "unpicklable")
    assert len(set(messages(run).values())) == 1
    assert said.count("only threads, coroutines and serial can hand it over, and there results are only counted") == 1


@pytest.mark.thorough
def test_random_arrays_are_counted_everywhere(real: Path) -> None:
    run, said = compared(real, "--workload", "real.py:any_array", strategies=EVERY_WAY)
    assert kinds(run) == {}
    assert "real.py:any_array does not return the same for the same item, so its results are only counted" in said


@pytest.mark.thorough
def test_random_arrays_are_checked_by_expect_everywhere(real: Path) -> None:
    run, said = compared(real, "--workload", "real.py:any_array", "--expect", "real.py:between", strategies=EVERY_WAY)
    assert kinds(run) == {}
    assert "counted" not in said


@pytest.mark.thorough
def test_an_expect_function_that_returns_an_array_is_a_sentence(real: Path) -> None:
    said = refused(real, "--workload", "real.py:any_array", "--expect", "real.py:each_between")
    assert said == (
        "--expect returned a ndarray of shape (3,) for item 0, 0, not True or False: let it return "
        "numpy.array_equal(...), or end what it returns with .all()"
    )


@pytest.mark.thorough
def test_results_too_large_to_keep_are_counted_and_one_sentence_says_so(real: Path) -> None:
    run, said = compared(real, "--workload", "real.py:large", "--items", "4", strategies=("serial", "threadpool-map"))
    assert kinds(run) == {}
    assert "real.py:large returns more than 32 MiB for these items" in said
    assert said.count("only counted") == 1


@pytest.mark.thorough
def test_items_that_can_not_be_pickled_are_run_where_nothing_is_moved(real: Path) -> None:
    words = ("--workload", "real.py:is_free", "--items", "real.py:locks")
    run, _ = compared(real, *words, status=3, strategies=("serial", "threadpool-map", "pool-map"))
    assert kinds(run) == {"pool-map": "unpicklable"}


def test_an_item_that_hangs_is_named_in_every_row_after_one_time_out(folder: Path) -> None:
    run, _ = compared(folder, "--workload", "mine.py:stuck", "--timeout", "1", status=3)
    assert set(messages(run).values()) == {
        "mine.py:stuck was still busy with item 5 after 1 s (--timeout), called by itself before anything was measured"
    }
