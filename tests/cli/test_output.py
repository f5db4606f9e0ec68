"""What goes to stdout, what to stderr, and what quiet and verbose leave out and add."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from concbench.cli.options import Output
from concbench.cli.output import show, show_saved
from concbench.cli.streams import stdout_width
from concbench.model.result import Failure
from concbench.model.run import Run
from concbench.report.terminal import WIDTH
from tests.builders import example_run, hostile_run


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    return Printed(capsys)


class Printed:
    """What a run prints to stdout and to stderr."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, run: Run, output: Output) -> tuple[str, str]:
        show(run, output)
        captured = self.capsys.readouterr()
        return captured.out, captured.err


def test_tables_and_claims_are_results_and_all_else_is_not(printed: Printed) -> None:
    out, err = printed(example_run(), Output())
    assert "pool-map" in out
    assert "CONFIRMED: a pool beats" in out
    assert "Warning: the load was 1.3" in err
    assert "16 samples in 4 blocks" in err
    assert "Warning" not in out
    assert "samples in" not in out


def test_quiet_prints_the_tables_only(printed: Printed) -> None:
    out, err = printed(example_run(), Output(quiet=True))
    assert "pool-map" in out
    assert "CONFIRMED" not in out
    assert "samples" not in err


def test_verbose_adds_the_machine_and_the_settings(printed: Printed) -> None:
    usual, verbose = printed(example_run(), Output()), printed(example_run(), Output(verbose=True))
    assert usual[0] == verbose[0]
    assert verbose[1].startswith(usual[1])
    assert "Example CPU" in verbose[1].removeprefix(usual[1])
    assert "chunksize 13" in verbose[1]


def test_with_the_document_on_stdout_nothing_else_is(printed: Printed) -> None:
    out, err = printed(example_run(), Output(json="-"))
    assert out == ""
    assert "Warning: the load was 1.3" in err


def test_a_traceback_is_shown_on_stderr(printed: Printed) -> None:
    run = example_run()
    failure = Failure(kind="raised", message="no", traceback="Traceback:\nLookupError")
    out, err = printed(replace(run, results=[replace(run.results[0], failure=failure), *run.results[1:]]), Output())
    assert "Raised by the task, in short/process:\n  Traceback:\n  LookupError" in err
    assert "LookupError" not in out


@pytest.mark.parametrize("form", ["text", "github", "html"])
def test_nothing_in_a_file_reaches_the_terminal_unescaped(printed: Printed, form: str) -> None:
    for text in printed(hostile_run(), Output(form=form, verbose=True)):
        text = re.sub(r"\x1b\[(?:0|1|3[1-3])m", "", text)
        assert "\\x1b[31mred" in html.unescape(text)
        assert all(line.isprintable() for line in text.split("\n"))


def test_a_format_for_documents_has_an_empty_line_between_title_and_table(printed: Printed) -> None:
    out, _ = printed(example_run(), Output(form="github", quiet=True))
    title, empty, header = out.splitlines()[:3]
    assert title
    assert not empty
    assert header.startswith("|")


def test_where_a_run_was_saved_is_told_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    show_saved([Path("a.json"), Path("b.json")])
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "Saved a.json\nSaved b.json\n")


def test_where_stdout_is_no_terminal_tables_have_100_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert stdout_width() == WIDTH == 100
    assert capsys.readouterr().out == ""


def test_the_largest_loss_is_explained_below_its_table(printed: Printed) -> None:
    out, _ = printed(example_run(), Output())
    assert "pool-map took 81.8 ms (ideal 50.0 ms)" in out
    assert "lead-in" not in out.partition("pool-map took 81.8 ms")[0]


def test_why_adds_where_the_time_of_every_case_went(printed: Printed) -> None:
    out, err = printed(example_run(), Output(why=True))
    assert "strategy   median  start  lead-in  work  stretch  gaps  tail  return  stop" in out
    assert "Shares are from one traced sample each; recording added about 700 ns per task." in out
    assert "traced" not in err


def test_why_says_so_where_nothing_was_traced(printed: Printed) -> None:
    run = example_run()
    untraced = replace(run, results=[replace(each, trace=None) for each in run.results])
    out, err = printed(untraced, Output(why=True))
    assert "lead-in" not in out
    assert "nothing in this table was traced" in err
