"""Threads of libraries, as a user asks for them: each number is a row, for functions and for commands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from concbench.runs.reading import read_run
from tests.e2e.command import ONCE, concbench

PRODUCT = """
import numpy as np


def product(number):
    return float((np.ones((20, 20)) @ np.full((20, 20), number))[0, 0])
"""
NOTE = "import os; print(os.environ.get('OMP_NUM_THREADS'), file=open('notes', 'a'))"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(PRODUCT)
    return tmp_path


def test_each_number_of_threads_and_of_workers_is_a_row(folder: Path) -> None:
    words = ("--workers", "1,2", "--inner-threads", "1,auto", "--strategy", "executor-threads", "--save", "run.json")
    ended = concbench("compare", "--workload", "mine.py:product", "--items", "4", *words, *ONCE, folder=folder)
    assert ended.returncode == 0, ended.stderr.decode()
    run = read_run(folder / "run.json")
    assert [result.case.label for result in run.results] == [
        f"executor-threads workers {workers} inner-threads {threads}" for workers in (1, 2) for threads in ("1", "auto")
    ]
    assert [result.case.settings.inner_threads for result in run.results] == [1, None, 1, None]
    text = " ".join(ended.stdout.decode().split())
    assert "By the threads that libraries may use" in text
    assert "1 thread with --inner-threads 1" in " ".join(ended.stderr.decode().split())


@pytest.mark.thorough
def test_commands_find_the_number_in_their_environment(folder: Path) -> None:
    command = f'{sys.executable} -c "{NOTE}"'
    ended = concbench("compare", "--command", command, "--inner-threads", "1,3", *ONCE, folder=folder)
    assert ended.returncode == 0, ended.stderr.decode()
    assert set((folder / "notes").read_text().split()) == {"1", "3"}


def test_what_has_no_such_libraries_is_warned_of(folder: Path) -> None:
    ended = concbench("compare", "--channel", "pipe", "--inner-threads", "1,2", *ONCE, folder=folder)
    assert ended.returncode == 0, ended.stderr.decode()
    assert b"--inner-threads has no effect" in ended.stdout + ended.stderr
