"""What `concbench diff` promises: a table of changes between two saved runs, and one line for each mistake."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from concbench.cli.main import cli
from concbench.runs.writing import write_run
from tests.analysis.test_changes import CASE, REFERENCE, run


def diff(*words: str) -> Result:
    return CliRunner().invoke(cli, ["diff", *words])


@pytest.fixture(autouse=True)
def saved_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(run(0.02), Path("before.json"))
    write_run(run(0.03, seed=5), Path("after.json"))


def test_what_has_become_slower_is_a_row_that_says_so() -> None:
    result = diff("before.json", "after.json", "--reference", REFERENCE)
    assert result.exit_code == 0, result.output
    rows = [line for line in result.stdout.splitlines() if line.startswith("work/pool-map")]
    assert [line.split()[-1] for line in rows] == ["REGRESSION", "REGRESSION", "same"]
    assert "2 of 6 figures worse" in result.stdout


def test_a_markdown_table_has_the_case_in_every_row() -> None:
    result = diff("before.json", "after.json", "--format", "github", "--quiet")
    rows = [line for line in result.stdout.splitlines() if line.startswith("| work/pool-map")]
    assert len(rows) == 3
    assert result.stdout.splitlines()[-1].startswith("|")


def test_a_reference_that_a_run_lacks_is_a_mistake_that_is_named() -> None:
    result = diff("before.json", "after.json", "--reference", "no/such")
    assert result.exit_code == 2
    assert "before.json has no figures of a case 'no/such'" in result.stderr


def test_what_is_no_run_is_a_mistake_that_is_named() -> None:
    Path("text.json").write_text("hello")
    result = diff("before.json", "text.json")
    assert result.exit_code == 2
    assert "text.json" in result.stderr
    assert "Traceback" not in result.output


def test_two_runs_without_a_case_in_common_can_not_be_compared() -> None:
    found = run(0.02)
    others = [replace(each, case=replace(each.case, row=f"other {each.case.row}")) for each in found.results]
    tables = [replace(table, reference=None) for table in found.tables]
    write_run(replace(found, results=others, tables=tables), Path("other.json"))
    result = diff("before.json", "other.json")
    assert result.exit_code == 2
    assert "no measured case in common" in result.stderr
    assert CASE in result.stderr
