"""What the benchmark of gates compares: two commits that differ by what is said, and both of them for every tool."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.gate_cells import CELLS, Cell, each_revision, write_project


def loops_of_each(folder: Path) -> list[int]:
    """The turns of the task's loop in each of the two commits."""
    return [int(re.findall(r"LOOPS = (\d+)", (folder / "work.py").read_text())[0]) for _ in each_revision(folder)]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_second_commit_has_the_longer_loop(cell: Cell, tmp_path: Path) -> None:
    write_project(tmp_path / "project", cell, 0.1)
    before, after = loops_of_each(tmp_path / "project")
    assert before == cell.loops
    assert after == round(cell.loops * (1 + 0.1 / cell.share))


def test_without_a_change_both_are_alike(tmp_path: Path) -> None:
    write_project(tmp_path / "project", CELLS[0], 0.0)
    before, after = loops_of_each(tmp_path / "project")
    assert before == after
