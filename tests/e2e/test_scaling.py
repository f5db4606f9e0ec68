"""`concbench run scaling`, as a user runs it: the laws below the table, in the document, and in what is shown of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from concbench.runs.reading import read_run
from tests.e2e.command import ONCE, Command


@pytest.mark.thorough
def test_the_laws_are_measured_saved_and_shown_again(tmp_path: Path) -> None:
    command = Command(tmp_path)
    words = ("--quick", *ONCE, "--tasks", "64", "--save", "mine")
    measured = command.run("run", "scaling", *words)
    assert measured.returncode == 0, measured.stderr
    assert "--quick leaves out 6 rows of sleep" in measured.stderr
    run = read_run(tmp_path / "results" / "mine.json")
    (usl,) = (scaling for scaling in run.scalings if scaling.law == "usl" and scaling.table == "sleep")
    assert [each.workers for each in usl.predictions] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert [each.workers for each in usl.predictions if each.held_out] == [4, 16, 64]
    shown = command.run("show", "results/mine.json")
    assert shown.stdout == measured.stdout
    flat = " ".join(shown.stdout.split())
    assert "† held out: the laws were fitted without it" in flat
    assert "Fitted without 4, 16, 64 workers: the universal scalability law is off by " in flat
    assert "| 4 † " in command.run("show", "results/mine.json", "--format", "github").stdout
