"""`concbench compare --shared`: what all tasks read, given to workers in each way, side by side."""

from __future__ import annotations

import signal
from contextlib import chdir
from pathlib import Path

import pytest

from tests.cli.calling import concbench, mistake
from tests.e2e.command import ONCE, Command, end
from tests.e2e.test_nothing_shared_is_left import SHARED, shared_by
from tests.measure.process_tree import carrying, wait_until

LOOKS_UP = """\
import multiprocessing
import time
from array import array


def table():
    return array("d", [number / 2 for number in range(100_000)])


def look_up(number, table):
    return table[number]


def words():
    return {"one": 1, "two": 2}


def count(number, words):
    return len(words) + number


def nothing():
    pass


def fails():
    raise LookupError("no data")


async def later():
    return [1]


def stuck(number, table):
    while multiprocessing.current_process().name != "MainProcess":
        time.sleep(1.0)
    return table[number]
"""


@pytest.fixture
def command(tmp_path: Path) -> Command:
    (tmp_path / "mine.py").write_text(LOOKS_UP)
    return Command(tmp_path)


def test_every_way_is_a_row(command: Command) -> None:
    ended = command.run("compare", "--workload", "mine.py:look_up", "--shared", "mine.py:table", *ONCE, "--save")
    assert ended.returncode == 0, ended.stderr
    ways = ("pickled", "initializer", "inherited", "shared-memory", "memory-map")
    rows = ["serial", "executor-threads", *(f"pool-map {way}" for way in ways)]
    assert {result.case.row for result in command.saved().results} == set(rows)
    assert all(row in ended.stdout for row in rows)
    assert "mine.py:table takes" in ended.stderr + ended.stdout


def test_what_can_not_be_done_is_a_row_that_says_why(command: Command) -> None:
    shared = ("--workload", "mine.py:count", "--shared", "mine.py:words", "--start-method", "spawn")
    ended = command.run("compare", *shared, "--strategy", "pool-map", *ONCE)
    assert ended.returncode == 0, ended.stderr
    unfolded = " ".join(ended.stdout.split())
    assert "most of this dict is neither" in unfolded
    assert "use --start-method fork" in unfolded


@pytest.mark.parametrize(
    ("shared", "status", "message"),
    [
        ("mine.py:nothing", 2, "mine.py:nothing returns None: return what all tasks are to read"),
        ("mine.py:later", 2, "mine.py:later is an async def"),
        ("mine.py:fails", 3, "mine.py:fails, which makes what all tasks read, raised LookupError: no data"),
        ("mine.py:tabel", 2, "did you mean 'table'?"),
        ("mine.py", 2, "--shared: 'mine.py' names no function"),
    ],
)
def test_a_mistake_is_named_before_anything_is_measured(
    command: Command, shared: str, status: int, message: str
) -> None:
    with chdir(command.folder):
        ended = concbench("compare", "--workload", "mine.py:look_up", "--shared", shared, *ONCE)
    assert ended.exit_code == status
    assert message in " ".join(ended.stderr.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--workload", "cpu", "--sharing", "pickled"), "the tasks of the workload cpu share no object"),
        (("--workload", "cpu", "--shared", "mine.py:table"), "--shared needs a function of yours"),
        (("--workload", "mine.py:count", "--sharing", "pickled"), "--sharing needs --shared"),
        (("--channel", "pipe", "--sharing", "pickled"), "--sharing needs --workload"),
    ],
)
def test_options_that_do_not_go_together_are_refused(words: tuple[str, ...], message: str) -> None:
    assert message in mistake("compare", *words)


@pytest.mark.skipif(not SHARED.exists(), reason="shared memory has no files here")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "sigkill"])
def test_shared_memory_is_unlinked_however_it_ends(command: Command, number: signal.Signals) -> None:
    names: set[Path] = set()

    def is_mapped() -> bool:
        for pid in carrying(command.token):
            names.update(name for name in shared_by(pid) if name.name.startswith("psm_"))
        return bool(names)

    words = ("--workload", "mine.py:stuck", "--shared", "mine.py:table", "--strategy", "pool-map")
    with command.started("compare", *words, "--sharing", "shared-memory", "--blocks", "100") as process:
        wait_until(is_mapped, "shared memory is mapped")
        process.send_signal(number)
        end(process)
    wait_until(lambda: not command.left() and not any(name.exists() for name in names), "nothing is left")
