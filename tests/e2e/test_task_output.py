"""What tasks print goes to stderr, or to a file of the user's, and never to stdout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.busy import other_lines
from tests.e2e.command import ONCE, Command

STRATEGIES = ("serial", "thread", "process", "pool-map", "executor-processes")
NAMED = [word for name in STRATEGIES for word in ("--strategy", name)]


def compare(folder: Path, *arguments: str) -> tuple[str, str]:
    command = Command(folder)
    ended = command.run("compare", "--workload", "prints", *NAMED, *ONCE, *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout, ended.stderr


@pytest.mark.thorough
def test_without_a_file_it_goes_to_stderr(tmp_path: Path) -> None:
    stdout, stderr = compare(tmp_path)
    assert "printed by task 7" in stderr
    assert "grumbled by task 7" in stderr
    assert "by task" not in stdout


def test_with_a_file_it_goes_there_and_stderr_is_concbenchs_own(tmp_path: Path) -> None:
    stdout, stderr = compare(tmp_path, "--task-output", "printed.txt")
    text = (tmp_path / "printed.txt").read_text()
    # A warm-up, a sample and at least one sample for the watch: in every one of them, each task prints.
    for number in range(8):
        assert text.count(f"printed by task {number}") >= 3 * len(STRATEGIES)
        assert text.count(f"grumbled by task {number}") >= 3 * len(STRATEGIES)
    assert "by task" not in stdout
    assert "by task" not in stderr


@pytest.mark.thorough
def test_a_file_is_appended_to(tmp_path: Path) -> None:
    file = tmp_path / "printed.txt"
    file.write_text("from before\n")
    compare(tmp_path, "--task-output", str(file))
    assert file.read_text().startswith("from before\n")
    assert "printed by task 0\n" in file.read_text()


@pytest.mark.thorough
def test_quiet_is_no_reason_to_swallow_what_tasks_print(tmp_path: Path) -> None:
    stdout, stderr = compare(tmp_path, "--quiet")
    assert "printed by task 7" in stderr
    assert (
        re.sub(r"(printed|grumbled) by task \d|\n", "", other_lines(stderr)) == ""
    )  # threads may print into each other's lines
    assert "by task" not in stdout
