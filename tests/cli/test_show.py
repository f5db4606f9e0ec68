"""What `concbench show` draws with --timeline, and what it answers to mistakes with that."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from concbench.cli.main import cli
from concbench.runs.export import exported
from concbench.runs.writing import write_run
from tests.builders import dealt, example_run, hostile_run, run, trace_of, traced
from tests.recorded import straggling
from tests.report.runs import facts_run
from tests.runs.blocks_run import blocks_run, written

CONCBENCH = Path(sys.executable).with_name("concbench")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pool = trace_of(dealt([0.02] * 100, 4, 7, begin=0.01), 4, start=0.01, stop=0.005)
    thread = trace_of([(0.0, 0.02, number) for number in range(100)], 100)
    results = [
        traced("short/pool-map", pool, task_time=0.02),
        traced("short/thread", thread, task_time=0.02),
        example_run().results[2],
    ]
    write_run(run(results, titles={"short": "Tasks that sleep"}, comparisons=[]), Path("traced.json"))

    write_run(straggling(), Path("program.json"))


def concbench(*words: str, color: bool = False) -> Result:
    return CliRunner().invoke(cli, ["show", *words], color=color)


def drawn(*words: str) -> str:
    result = concbench(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def mistake(*words: str) -> str:
    result = concbench(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return " ".join(result.stderr.split())


def installed(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(CONCBENCH), "show", *words],
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


# Timelines


def test_a_timeline_replaces_the_table() -> None:
    lines = drawn("traced.json", "--timeline").splitlines()
    assert lines[0].startswith("Tasks that sleep: 100 tasks of 20.0 ms")
    assert not any(line.startswith("strategy") for line in lines)
    assert sum(line.startswith("worker ") for line in lines) == 4 + 15
    assert "short/pool-map: 575 ms (start 10.0 ms, run 560 ms, stop 5.00 ms); 100 tasks, 4 workers" in lines
    assert "Not traced: ray: failed (unavailable)." in lines
    assert max(map(len, lines)) <= 100


def test_the_legend_is_there_once_and_only_where_there_is_a_timeline() -> None:
    assert drawn("traced.json", "--timeline").count("Each column shows") == 1
    found = example_run()
    write_run(replace(found, results=[replace(each, trace=None) for each in found.results]), Path("run.json"))
    text = drawn("run.json", "--timeline")
    assert "Each column shows" not in text
    assert "Not traced: process, pool-map: the file has no trace of it" in " ".join(text.split())


def test_an_output_without_block_letters_gets_plain_ones() -> None:
    ended = installed("traced.json", "--timeline", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ended.returncode == 0, ended.stderr
    assert "\\u25" not in ended.stdout
    assert any(line.startswith("worker 1 ") and "##" in line for line in ended.stdout.splitlines())


def test_a_file_of_another_tool_is_read_and_its_tool_named() -> None:
    written(exported(blocks_run(), "pyperf"), Path("pyperf.json"))
    result = concbench("pyperf.json")
    assert result.exit_code == 0
    assert "short/process" in result.stdout
    assert "Read from a file of pyperf" in result.stderr
    assert "Not traced: short/process" in concbench("pyperf.json", "--timeline").stdout


@pytest.mark.parametrize("change", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_no_colours_gets_none(change: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" in concbench("traced.json", "--timeline", color=True).output
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    assert "\x1b" not in concbench("traced.json", "--timeline", color=True).output


# Which cases


@pytest.mark.parametrize("pattern", ["short/pool-map", "pool-map", "*/pool-*"])
def test_cases_are_chosen_by_id_by_row_or_by_pattern(pattern: str) -> None:
    text = drawn("traced.json", "--timeline", "--case", pattern)
    assert "short/pool-map: " in text
    assert "short/thread" not in text
    assert "ray" not in text


def test_several_cases_can_be_chosen_and_keep_their_order() -> None:
    text = drawn("traced.json", "--timeline", "--case", "thread", "--case", "pool-map")
    assert text.index("short/pool-map: ") < text.index("short/thread: ")


def test_a_case_that_is_not_there_is_answered_with_the_nearest() -> None:
    words = ("traced.json", "--timeline", "--case")
    assert "--case: there is no case 'short/pool-mapp'; did you mean 'short/pool-map'?" in mistake(
        *words, "short/pool-mapp"
    )
    assert "known: short/pool-map, short/thread, short/ray" in mistake(*words, "xyz")


def test_options_without_a_meaning_are_mistakes() -> None:
    assert "--case chooses what --timeline draws: add --timeline" in mistake("traced.json", "--case", "thread")
    assert "it can't be combined with --format or --why" in mistake("traced.json", "--timeline", "--format", "html")


# Anything else


def test_a_run_without_cases_has_nothing_to_draw() -> None:
    write_run(facts_run(), Path("facts.json"))
    result = concbench("facts.json", "--timeline")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "There is nothing to draw." in result.stderr


def test_nothing_in_a_file_reaches_the_terminal_unescaped() -> None:
    write_run(hostile_run(), Path("hostile.json"))
    result = concbench("hostile.json", "--timeline")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout + result.stderr
    assert "\u202e" not in result.stdout + result.stderr


# Traced programs


def test_a_traced_program_is_drawn_by_region() -> None:
    text = drawn("program.json", "--timeline")
    assert text.index("ProcessPoolExecutor at job.py:41, 2 processes: 4 tasks") < text.index("Semaphore at job.py:50")
    one = drawn("program.json", "--timeline", "--region", "job.py:12")
    assert one.startswith("ThreadPoolExecutor at job.py:12")
    assert "Semaphore" not in one


def test_a_region_that_there_is_not_is_a_mistake_that_names_those_that_there_are() -> None:
    assert "there is no region 'x.py'; known: ProcessPoolExecutor at job.py:41" in mistake(
        "program.json", "--timeline", "--region", "x.py"
    )
    assert "--region chooses what --timeline draws" in mistake("program.json", "--region", "x.py")
    assert "--region is for traced programs" in mistake("program.json", "--timeline", "--case", "x")
    assert "--region is for traced programs" in mistake("traced.json", "--timeline", "--region", "x")


def test_a_traced_program_is_shown_as_it_was_when_it_was_traced() -> None:
    text = drawn("program.json", "--why")
    assert "Where the tasks of job.py --fast ran" in text
    assert "The slowest tasks" in text
