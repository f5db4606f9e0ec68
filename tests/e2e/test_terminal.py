"""What a terminal shows: progress while it measures, tables that fit, and colours."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from concbench.runs.writing import write_run
from tests.builders import example_run
from tests.busy import other_lines
from tests.e2e.command import COLOUR, SEQUENCE, TINY, on_terminal, screen, usually

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
COMPARE = ("compare", "--workload", "sleep", "--strategy", "serial", "--strategy", "thread", *TINY)
PROGRESS = "block 1 of 1, "


def lines_of(sent: str) -> list[str]:
    return SEQUENCE.sub("", sent).replace("\r\n", "\n").split("\n")


@pytest.mark.parametrize("stdout", usually(False, among=[True, False]))
def test_progress_is_shown_on_stderr_and_erased_at_the_end(stdout: bool, tmp_path: Path) -> None:
    seen = on_terminal(COMPARE, tmp_path, stdout=stdout)
    assert seen.status == 0
    assert PROGRESS in seen.err
    assert PROGRESS not in seen.out
    left = other_lines("\n".join(screen(seen.err))).split("\n")
    assert not any("block 1 of 1" in line for line in left)
    assert not any("sleep/serial" in line for line in left)
    assert next(filter(None, left)).startswith("start+run+stop: ")
    assert any(line.startswith("2 samples in 1 block, ") for line in left)


@pytest.mark.thorough
def test_the_cursor_is_visible_again(tmp_path: Path) -> None:
    seen = on_terminal(COMPARE, tmp_path)
    assert "\x1b[?25l" in seen.err
    assert seen.err.rindex("\x1b[?25h") > seen.err.rindex("\x1b[?25l")


@pytest.mark.parametrize("columns", usually(80, among=[40, 80]))
def test_progress_is_erased_on_a_narrow_terminal_too(columns: int, tmp_path: Path) -> None:
    seen = on_terminal(COMPARE, tmp_path, columns=columns)
    drawn = [line for line in re.split(r"[\r\n]+", SEQUENCE.sub("", seen.err)) if "block 1" in line or "sleep/" in line]
    assert drawn
    assert max(map(len, drawn)) <= columns  # a longer line would be wrapped, and then erased in part
    assert not any("sleep/serial" in line for line in screen(seen.err))


@pytest.mark.parametrize(
    ("words", "env", "stderr"),
    [
        ((), {}, False),
        *usually(among=[((), {"CI": "1"}, True), ((), {"TERM": "dumb"}, True), (("--quiet",), {}, True)]),
    ],
    ids=["stderr is a pipe", "CI", "dumb terminal", "quiet"],
)
def test_there_is_no_progress_where_nobody_watches(
    words: tuple[str, ...], env: dict[str, str], stderr: bool, tmp_path: Path
) -> None:
    seen = on_terminal((*COMPARE, *words), tmp_path, env=env, stderr=stderr)
    assert seen.status == 0
    assert PROGRESS not in seen.err
    assert "\x1b" not in seen.err
    assert "thread" in seen.out


def test_verbose_without_a_terminal_tells_a_line_a_block(tmp_path: Path) -> None:
    seen = on_terminal((*COMPARE, "--verbose"), tmp_path, stderr=False)
    assert seen.err.startswith("block 1 of 1, about ")
    assert "\x1b" not in seen.err


@pytest.mark.thorough
def test_without_colours_progress_has_none_either(tmp_path: Path) -> None:
    seen = on_terminal(COMPARE, tmp_path, env={"NO_COLOR": "1"})
    assert PROGRESS in seen.err
    assert not COLOUR.search(seen.out + seen.err)


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_tables_and_claims_fit_the_terminal(columns: int, tmp_path: Path) -> None:
    write_run(example_run(), tmp_path / "run.json")
    shown = on_terminal(("show", "run.json"), tmp_path, columns=columns)
    listed = on_terminal(("list",), tmp_path, columns=columns)
    for seen in (shown, listed):
        assert seen.status == 0
        assert max(map(len, lines_of(seen.out))) <= columns


@pytest.mark.parametrize(("columns", "tables"), [(80, 2), (120, 1)])
def test_a_wide_terminal_has_a_table_in_one_piece(columns: int, tables: int, tmp_path: Path) -> None:
    write_run(example_run(), tmp_path / "run.json")
    lines = lines_of(on_terminal(("show", "run.json"), tmp_path, columns=columns).out)
    assert sum(line.startswith("strategy") for line in lines) == tables


def test_where_stdout_is_a_file_the_width_of_the_terminal_does_not_matter(tmp_path: Path) -> None:
    write_run(example_run(), tmp_path / "run.json")
    narrow, wide = (on_terminal(("show", "run.json"), tmp_path, columns=columns, stdout=False) for columns in (40, 200))
    assert narrow.out == wide.out


def test_colours_are_on_the_terminal_only(tmp_path: Path) -> None:
    write_run(example_run(), tmp_path / "run.json")
    terminal = on_terminal(("show", "run.json"), tmp_path)
    pipe = on_terminal(("show", "run.json"), tmp_path, stdout=False)
    assert "\x1b[32m\x1b[1mCONFIRMED\x1b[0m:" in terminal.out
    assert "\x1b" not in pipe.out
    assert lines_of(terminal.out) == pipe.out.split("\n")
