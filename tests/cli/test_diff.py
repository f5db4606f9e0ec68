"""What `concbench diff` promises: a table of changes between two saved runs, and one line for each mistake."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from concbench.cli.main import cli
from concbench.runs.writing import write_run
from tests.analysis.test_changes import CASE, REFERENCE, run
from tests.recorded import straggling


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


# Files of other tools, as the tools wrote them


FILES = Path(__file__).parents[1] / "runs" / "files"


def files_of(tool: str) -> tuple[str, str]:
    return str(FILES / f"{tool}-old.json"), str(FILES / f"{tool}-new.json")


def cells(output: str) -> dict[str, list[str]]:
    """The rows of a table in Markdown, by the first cell."""
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in output.splitlines() if "|" in line]
    return {row[0]: row[1:] for row in rows[2:]}


def test_pytest_benchmarks_single_process_has_changes_in_per_cent_and_no_interval() -> None:
    result = diff(*files_of("pytest-benchmark"), "--format", "github")
    assert result.exit_code == 0, result.output
    rows = cells(result.stdout)
    assert {name.partition("::")[2]: row[-1] for name, row in rows.items()} == {
        "test_sort": "REGRESSION",
        "test_sum": "undecided",
        "test_shuffle": "new",
        "test_reverse": "gone",
    }
    (changed,) = (row for name, row in rows.items() if name.endswith("test_sum"))
    assert changed[3].endswith("%")
    assert [row[4] for row in rows.values()] == ["-"] * 4
    assert "There is no interval: pytest-benchmark runs all rounds of a benchmark in one process" in result.output


def test_pyperfs_processes_are_what_an_interval_is_over() -> None:
    result = diff(*files_of("pyperf"), "--format", "github")
    rows = cells(result.stdout)
    assert {name: row[-1] for name, row in rows.items()} == {
        "sort": "undecided",
        "sum": "undecided",
        "min": "new",
        "max": "gone",
    }
    assert " to +" in rows["sort"][4]
    assert "Intervals (95 %) are over processes" in result.output


def test_hyperfines_runs_are_processes_that_the_machine_may_have_drifted_between() -> None:
    result = diff(*files_of("hyperfine"))
    assert result.exit_code == 0, result.output
    assert [line.split()[-1] for line in result.stdout.splitlines() if line.startswith("s")] == [
        "undecided",
        "REGRESSION",
    ]
    assert "Intervals (95 %) are over runs: each run is a process." in result.stdout
    assert "don't name their machine" in " ".join(result.stdout.split())


def test_a_benchmark_of_another_tool_can_be_the_reference_by_its_own_name() -> None:
    result = diff(*files_of("pyperf"), "--reference", "sum")
    assert "Times are multiples of sum's." in " ".join(result.stdout.split())


def test_files_of_two_tools_are_refused_with_what_each_is() -> None:
    result = diff(files_of("pyperf")[0], files_of("hyperfine")[1])
    assert result.exit_code == 2
    assert "pyperf-old.json is a file of pyperf, and " in result.stderr
    assert "hyperfine-new.json is a file of hyperfine: these measure in different ways" in result.stderr
    assert "is a run of concbench: these measure" in diff(files_of("pyperf")[0], "before.json").stderr


def test_another_machine_is_warned_of() -> None:
    first, second = (json.loads(Path(name).read_text()) for name in files_of("pytest-benchmark"))
    second["machine_info"]["cpu"]["brand_raw"] = "Another CPU"
    for name, document in (("a.json", first), ("b.json", second)):
        Path(name).write_text(json.dumps(document))
    assert (
        "Warning: the machine differs: AMD EPYC in the base, Another CPU in the head" in diff("a.json", "b.json").stderr
    )


def test_two_runs_without_a_case_in_common_can_not_be_compared() -> None:
    found = run(0.02)
    others = [replace(each, case=replace(each.case, row=f"other {each.case.row}")) for each in found.results]
    tables = [replace(table, reference=None) for table in found.tables]
    write_run(replace(found, results=others, tables=tables), Path("other.json"))
    result = diff("before.json", "other.json")
    assert result.exit_code == 2
    assert "no measured case in common" in result.stderr
    assert CASE in result.stderr


# Traces of programs


def test_two_traces_are_compared_by_place() -> None:
    write_run(straggling(), Path("one.json"))
    result = diff("one.json", "one.json")
    assert result.exit_code == 0, result.output
    assert "About as long: it took 2.60 s after 2.60 s." in result.stdout
    assert "ProcessPoolExecutor at job.py:41" in result.stdout
    assert "no interval" in result.stderr
    assert "interval" not in diff("one.json", "one.json", "--quiet").output


def test_a_trace_is_compared_with_traces_only() -> None:
    write_run(straggling(), Path("one.json"))
    for words in (("one.json", "after.json"), ("before.json", "one.json")):
        result = diff(*words)
        assert result.exit_code == 2
        assert "is no trace of a program" in result.stderr
    assert diff("one.json", "one.json", "--reference", REFERENCE).exit_code == 2
    assert diff("one.json", "one.json", "--format", "csv").exit_code == 2
