"""What `concbench history` promises: trends of saved runs in every format, and a line for each mistake."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from concbench.cli import history as module
from concbench.cli.main import cli
from concbench.report.sections.history import BLOCKS, PLAIN_BLOCKS
from concbench.runs.index import NAME
from concbench.runs.writing import write_run
from tests.analysis.test_history import run_of

CONCBENCH = Path(sys.executable).with_name("concbench")
RUNS = 24


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def save(folder: str = "results", runs: int = RUNS) -> None:
    """A run a day, of which the later half is a tenth slower."""
    generator = random.Random(8)
    for day in range(runs):
        level = 1.1 if day >= runs // 2 else 1.0
        write_run(run_of(day, level * generator.lognormvariate(0, 0.02)), Path(folder) / f"run-{day:03}.json")


def concbench(*words: str) -> Result:
    return CliRunner().invoke(cli, ["history", *words])


def installed(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(CONCBENCH), "history", *words],
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def mistake(*words: str) -> str:
    result = concbench(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def test_the_installed_command_shows_the_runs_in_results() -> None:
    save()
    ended = installed()
    assert ended.returncode == 0
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("2 change points in 2 series of 24 runs. The latest, on 2026-01-13 (revision 000000c):")
    title = "pool-vs-process on Example CPU @ 2.40 GHz, 2 usable cores, CPython 3.13.5: 24 runs,"
    assert any(line.startswith(title) for line in lines)
    assert max(map(len, lines)) <= 100
    assert ended.stdout.count("000000c") == 3
    assert "24 runs, 2 series. Left out: 24 failed cases." in ended.stderr
    assert any(letter in BLOCKS for letter in ended.stdout)


def test_an_output_that_has_no_blocks_gets_plain_letters() -> None:
    save()
    ended = installed(PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ended.returncode == 0
    assert "\\u2581" not in ended.stdout
    row = next(line for line in ended.stdout.splitlines() if line.startswith("short/process"))
    assert any(sum(word.count(letter) for letter in PLAIN_BLOCKS) > 10 for word in row.split())


def test_json_on_stdout_is_pure() -> None:
    save()
    Path("results/broken.json").write_text("{")
    ended = installed("--json", "-", "--case", "*/pool-map")
    assert ended.returncode == 0
    document = json.loads(ended.stdout)
    (series,) = document["series"]
    assert series["kind"]["case"] == "short/pool-map"
    assert len(series["points"]) == document["runs"] == RUNS
    assert document["answer"].startswith("1 change point in 1 series of 24 runs.")
    assert series["steps"][0]["at"] == 12
    assert series["steps"][0]["ratio"]["estimate"] == pytest.approx(1.1, abs=0.03)
    assert len(ended.stderr.splitlines()) == 1


def test_json_in_a_file_overwrites_none() -> None:
    save(runs=2)
    result = concbench("--json", "series.json")
    assert result.exit_code == 0
    assert "short/process" in result.stdout
    assert json.loads(Path("series.json").read_bytes())["runs"] == 2
    assert "exists already" in mistake("--json", "series.json")
    assert "can't be written" in mistake("--json", "no/such/folder.json")


def test_runs_can_be_named_one_by_one_and_none_counts_twice() -> None:
    save("a", runs=4)
    result = concbench("a/run-000.json", "a", "./a/run-001.json")
    assert result.exit_code == 0
    assert "4 runs, 2 series" in result.stderr
    assert "duplicate" not in result.stderr


def test_files_that_are_no_runs_are_warned_of_and_skipped() -> None:
    save(runs=3)
    Path("results/a.json").write_text("[]")
    Path("results/b.json").write_text("{")
    Path("results/notes.txt").write_text("not asked for")
    result = concbench()
    assert result.exit_code == 0
    warnings = [line for line in result.stderr.splitlines() if line.startswith("Warning: ")]
    assert [Path(line.split()[1]).name for line in warnings] == ["a.json", "b.json"]
    assert "3 runs" in result.stderr


def test_where_nothing_can_be_read_that_is_a_mistake() -> None:
    Path("results").mkdir()
    assert "results has no saved runs" in mistake()
    Path("results/a.json").write_text("[]")
    text = mistake()
    assert "Warning: results/a.json is not a concbench run document" in text
    assert "none of these files is a readable run" in text


def test_a_path_that_does_not_exist_is_named() -> None:
    assert "results can't be read (No such file or directory): measure something first" in mistake()
    save(runs=2)
    assert "nowhere can't be read" in mistake("results", "nowhere")
    assert "can't be read" in mistake("a" * 5000)


def test_a_suite_or_a_case_that_is_not_there_is_a_mistake() -> None:
    save(runs=2)
    assert "there are no runs of 'pipes', only of pool-vs-process" in mistake("--suite", "pipes")
    assert "no case matches 'cpu/*'; there are short/pool-map, short/process" in mistake("--case", "cpu/*")


def test_runs_of_which_nothing_is_left_are_reported() -> None:
    write_run(replace(run_of(0), complete=False), Path("results/a.json"))
    result = concbench()
    assert (result.exit_code, result.stdout) == (0, "")
    assert "There is nothing to show." in result.stderr
    assert "Left out: 1 incomplete run." in result.stderr


def test_a_format_for_documents_has_an_empty_line_between_title_and_table() -> None:
    save(runs=2)
    lines = concbench("--format", "github").stdout.splitlines()
    header = next(at for at, line in enumerate(lines) if line.startswith("| case"))
    assert not lines[header - 1]
    assert lines[header - 2]


def test_the_next_history_reads_an_index_that_is_no_run_itself() -> None:
    save()
    first = installed()
    assert [file.name for file in Path("results").iterdir() if file.suffix != ".json"] == [NAME]
    assert installed().stdout == first.stdout
    assert f"{RUNS} runs" in first.stderr
    assert "Warning" not in first.stderr


@pytest.mark.parametrize("command", [["show"], ["export", "--to", "csv"], ["diff", "results/run-000.json"], ["report"]])
def test_an_index_is_refused_as_a_run(command: list[str]) -> None:
    save()
    concbench()
    result = CliRunner().invoke(cli, [*command, f"results/{NAME}"])
    assert result.exit_code == 2
    assert f"results/{NAME} is not a concbench run document" in result.stderr


def test_series_of_a_single_run_are_shown_if_asked_for() -> None:
    save(runs=1)
    short, long = concbench(), concbench("--all")
    assert "Not shown: 2 series of a single run (--all shows them)." in short.stderr
    assert "short/process" not in short.stdout
    assert "short/process" in long.stdout


def test_cpu_time_is_another_history() -> None:
    save(runs=3)
    wall, cpu = concbench(), concbench("--metric", "cpu")
    assert wall.stdout != cpu.stdout
    assert "Figures are CPU time of a sample." in cpu.stderr


def test_progress_is_shown_on_a_terminal_where_there_are_many_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    files = [Path(str(number)) for number in range(module.MANY + 1)]
    assert list(module.progress(files)) == files
    out, err = capsys.readouterr()
    assert out == ""
    assert "Reading" in err
    assert list(module.progress(files[1:])) == files[1:]
    monkeypatch.setenv("CI", "1")
    assert list(module.progress(files)) == files
    assert capsys.readouterr() == ("", "")
