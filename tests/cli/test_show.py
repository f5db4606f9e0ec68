"""What `concbench show` draws with --timeline and --plot, and what a mistake with them is told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from concbench.cli.main import cli
from concbench.model import Part
from concbench.runs.exporting import formats
from concbench.runs.writing import write_run
from tests.example_run import example_run
from tests.report.runs import hostile_run
from tests.report.sharing import facts_run, messages_run
from tests.runs.blocks_run import blocks_run, written
from tests.traces import case_of, dealt, run_of, trace_of

CONCBENCH = Path(sys.executable).with_name("concbench")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pool = trace_of(dealt([0.02] * 100, 4, 7, begin=0.01), 4, start=0.01, stop=0.005)
    thread = trace_of([(0.0, 0.02, number) for number in range(100)], 100)
    run = run_of(case_of(pool, "pool-map", task_time=0.02), case_of(thread, "thread", task_time=0.02))
    run.cases.append(example_run().cases[2])
    run.parts = [Part(name="short", title="Tasks that sleep", reference=None)]
    for case in run.cases[:2]:
        case.median = example_run().cases[1].median
    write_run(run, Path("traced.json"))


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
    assert drawn("traced.json", "--timeline").count("A column shows") == 1
    run = example_run()
    for case in run.cases:
        case.trace = None
    write_run(run, Path("run.json"))
    text = drawn("run.json", "--timeline")
    assert "A column shows" not in text
    assert "Not traced: process, pool-map: the file has no trace of it" in text


def test_an_output_without_block_letters_gets_plain_ones() -> None:
    ended = installed("traced.json", "--timeline", "--plot", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ended.returncode == 0, ended.stderr
    assert "\\u25" not in ended.stdout
    assert any(line.startswith("worker 1 ") and "##" in line for line in ended.stdout.splitlines())


# Bars


def test_a_plot_has_bars_of_the_times_and_below_where_they_went() -> None:
    lines = drawn("traced.json", "--plot").splitlines()
    assert any(line.startswith("pool-map |█") and line.endswith("81.8 ms ±2%") for line in lines)
    assert any(line.startswith("pool-map |+###") and line.endswith("81.8 ms, work 87%") for line in lines)
    assert "ray: unavailable: ray is not installed; try: pip install 'concbench[ray]'" in lines
    assert any(line.startswith("+ start  l lead-in  # work") for line in lines)
    assert max(map(len, lines)) <= 100


def test_where_nothing_was_traced_there_are_only_bars() -> None:
    write_run(messages_run(), Path("messages.json"))
    text = drawn("messages.json", "--plot")
    assert "12.3 µs" in text
    assert "Where the time" not in text


def test_a_plot_goes_before_a_timeline_where_both_are_wished_for() -> None:
    text = drawn("traced.json", "--timeline", "--plot")
    assert text.index("Where the time") < text.index("worker 1 ")
    assert text.count("Tasks that sleep") == 1


def test_a_file_of_another_tool_has_bars() -> None:
    written(formats.get("pyperf")(blocks_run()), Path("pyperf.json"))
    result = concbench("pyperf.json", "--plot")
    assert result.exit_code == 0
    assert "short/process  |█" in result.stdout
    assert "Read from a file of pyperf" in result.stderr


def test_colours_say_nothing_that_letters_do_not() -> None:
    coloured, plain = concbench("traced.json", "--plot", color=True).stdout, drawn("traced.json", "--plot")
    assert COLOUR.search(coloured)
    assert COLOUR.sub("", coloured) == plain


@pytest.mark.parametrize("change", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_no_colours_gets_none(change: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    assert "\x1b" not in concbench("traced.json", "--plot", "--timeline", color=True).output


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
    words = ("traced.json", "--plot", "--case")
    assert "--case: there is no case 'short/pool-mapp'; did you mean 'short/pool-map'?" in mistake(
        *words, "short/pool-mapp"
    )
    assert "known: short/pool-map, short/thread, short/ray" in mistake(*words, "xyz")


def test_options_without_a_meaning_are_mistakes() -> None:
    assert "--case chooses what is drawn: add --timeline or --plot" in mistake("traced.json", "--case", "thread")
    for flag in ("--timeline", "--plot"):
        assert "--format and --why have no place beside them" in mistake("traced.json", flag, "--format", "html")


# Anything else


def test_a_run_without_cases_has_nothing_to_draw() -> None:
    write_run(facts_run(), Path("facts.json"))
    result = concbench("facts.json", "--timeline", "--plot")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "There is nothing to draw." in result.stderr


def test_nothing_in_a_file_reaches_the_terminal_unescaped() -> None:
    write_run(hostile_run(), Path("hostile.json"))
    result = concbench("hostile.json", "--timeline", "--plot")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout + result.stderr
    assert "\u202e" not in result.stdout + result.stderr
