"""What the commands answer: with which exit status, on which stream, and what is said of a mistake."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from concbench import __version__
from concbench.cli.main import COMMANDS
from concbench.runs.reading import read_run
from concbench.runs.writing import write_run
from concbench.strategies.strategy import strategies
from concbench.suites.suite import suites
from concbench.workloads.workload import workloads
from tests.builders import example_run
from tests.busy import other_lines
from tests.cli.calling import concbench, mistake
from tests.report.runs import facts_run

TINY = ("--blocks", "1", "--rounds", "1", "--tasks", "2")
COMPARE = ("compare", "--workload", "sleep", "--strategy", "serial", *TINY)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# Help


def test_every_command_has_help_with_examples_that_call_it() -> None:
    for name in COMMANDS:
        result = concbench(name, "--help")
        assert result.exit_code == 0
        examples = result.stdout.partition("Examples:\n")[2].split("\n\n")[0].splitlines()
        assert examples
        assert all(line.startswith(f"    concbench {name}") for line in examples)
        assert max(map(len, result.stdout.splitlines())) <= 80


def test_help_lists_the_commands_and_the_exit_statuses() -> None:
    text = concbench("--help").stdout
    assert all(f"  {name} " in text for name in COMMANDS)
    assert all(f"\n    {status:<3}  " in text for status in (0, 1, 2, 3, 130))
    assert concbench("-h").stdout == text


def test_the_version() -> None:
    assert concbench("--version").stdout == f"concbench, version {__version__}\n"


# Mistakes


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("runn",), "there is no command 'runn'; did you mean 'run'?"),
        (("foo",), "there is no command 'foo'; known: run, "),
        (("run", "pool-vs-proces"), "there is no suite 'pool-vs-proces'; did you mean 'pool-vs-process'?"),
        (("run", "xyz"), "there is no suite 'xyz'; known: "),
        (("run",), "Missing argument 'SUITE'"),
        (("run", "pool-vs-process", "--quik"), "--quick"),
        (("run", "pool-vs-process", "-q", "-v"), "contradict"),
        (("compare",), "none was given"),
        (("compare", "--workload", "slep"), "there is no workload 'slep'; did you mean 'sleep'?"),
        (
            ("compare", "--workload", "cpu", "--strategy", "thred"),
            "there is no strategy 'thred'; did you mean 'thread'?",
        ),
        (("compare", "--workload", "cpu", "--strategy", "thread", "--reference", "serial"), "in this comparison"),
        (("list", "strategy"), "'strategies'"),
        (("show", "missing.json"), "missing.json does not exist: check its name"),
        (("show",), "Missing argument 'FILE'"),
    ],
)
def test_a_mistake_is_named_and_the_nearest_name_suggested(words: tuple[str, ...], hint: str) -> None:
    assert hint in mistake(*words)
    assert not Path("results").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": 99}', b'{"schema": 1}'])
def test_a_file_that_is_no_run_is_a_mistake_that_names_it(content: bytes) -> None:
    Path("some.json").write_bytes(content)
    assert "Error: some.json " in mistake("show", "some.json")


def test_a_target_that_exists_is_refused_before_anything_is_measured() -> None:
    Path("mine.json").write_text("precious")
    # With this timeout, measuring would end with status 3.
    words = (*COMPARE, "--timeout", "1ns")
    assert "mine.json exists already" in mistake(*words, "--save", "mine.json")
    assert "mine.json exists already" in mistake(*words, "--json", "mine.json")
    assert Path("mine.json").read_text() == "precious"


# Listing


def test_everything_is_listed_with_what_it_is() -> None:
    text = concbench("list").stdout
    assert [line for line in text.splitlines() if line in ("Suites", "Workloads", "Strategies")] == [
        "Suites",
        "Workloads",
        "Strategies",
    ]
    words = set(text.split())
    assert words >= {*suites.all(), *workloads.all(), *strategies.all()}
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("kind", ["suites", "workloads", "strategies"])
def test_one_kind_can_be_listed(kind: str) -> None:
    text = concbench("list", kind).stdout
    assert text.startswith(f"{kind.capitalize()}\n")
    assert text.rstrip() in concbench("list").stdout


def test_a_listing_imports_no_machinery() -> None:
    program = """
import sys
from concbench.cli.main import cli
cli(["list"], standalone_mode=False)
print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    imported = {name for name in done.stderr.split() if name.startswith("concbench.")}
    rooms = {name.split(".")[1] for name in imported}
    assert rooms.isdisjoint({"api", "experiments", "facts", "gate", "stats"})
    assert {name for name in imported if name.startswith(("concbench.suites.", "concbench.workloads."))} == {
        *suites._modules.values(),
        "concbench.suites.suite",
        *workloads._modules.values(),
        "concbench.workloads.workload",
    }


def test_what_this_interpreter_lacks_is_listed_with_the_reason() -> None:
    text = " ".join(concbench("list", "strategies").stdout.split())
    for name, strategy in strategies.all().items():
        why = strategy.missing()
        assert (f"{name} NOT AVAILABLE: {why}." in text) == (why is not None)


# Showing


def test_a_saved_run_is_shown_in_any_format_and_order() -> None:
    write_run(example_run(), Path("run.json"))
    result = concbench("show", "run.json", "--format", "github", "--sort", "time")
    assert result.exit_code == 0
    rows = [line.split()[1].strip("*") for line in result.stdout.splitlines() if line.startswith("| ")]
    assert rows == ["strategy", "pool-map", "process", "ray"]


def test_the_figures_are_comma_separated_values_in_seconds_and_bytes() -> None:
    write_run(example_run(), Path("run.json"))
    result = concbench("show", "run.json", "--format", "csv")
    assert result.exit_code == 0
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert [row["case"] for row in rows] == ["process", "pool-map", "ray"]
    process, pool, ray = rows
    assert (process["ratio"], pool["verdict"], ray["median"]) == ("", "faster", "")
    assert float(pool["ratio_low"]) < float(pool["ratio"]) < float(pool["ratio_high"]) < 1
    assert float(pool["median"]) == example_run().results[1].median.estimate  # type: ignore[union-attr]  # it has one
    assert ray["problem"].startswith("unavailable: ")
    assert "seed 20261123" in result.stderr


def test_statements_and_changes_are_comma_separated_values_too() -> None:
    write_run(facts_run(), Path("facts.json"))
    rows = list(csv.DictReader(concbench("show", "facts.json", "--format", "csv").stdout.splitlines()))
    assert [row["holds"] for row in rows].count("False") == 3
    write_run(example_run(), Path("run.json"))
    changes = list(csv.DictReader(concbench("diff", "run.json", "run.json", "--format", "csv").stdout.splitlines()))
    assert {row["ratio"] for row in changes} == {"1.0"}
    assert next(iter(csv.reader(concbench("history", "run.json", "--format", "csv").stdout.splitlines())))


def test_markdown_is_the_whole_report_on_stdout() -> None:
    write_run(example_run(), Path("run.json"))
    result = concbench("show", "run.json", "--format", "markdown")
    assert result.stderr == ""
    assert result.stdout.startswith("Warning: the load was 1.3")
    assert "\n### How it was measured\n" in result.stdout
    assert "| **pool-map** " in result.stdout
    assert "**CONFIRMED:** " in result.stdout


@pytest.mark.parametrize(
    ("given", "hint"),
    [("markdwon", "did you mean 'markdown'?"), ("CSV", "known: "), ("githb", "did you mean 'github'?")],
)
def test_an_unknown_format_names_the_nearest(given: str, hint: str) -> None:
    write_run(example_run(), Path("run.json"))
    result = concbench("show", "run.json", "--format", given)
    assert result.exit_code == 2
    assert f"there is no format {given!r}; {hint}" in " ".join(result.stderr.split())


# Measuring


def test_a_comparison_is_printed_and_saved() -> None:
    result = concbench(*COMPARE, "--save", "mine")
    assert result.exit_code == 0
    assert "serial" in result.stdout
    assert f"Saved {Path('results/mine.json')}\n" in result.stderr
    run = read_run(Path("results/mine.json"))
    assert [result.case.subject for result in run.results] == ["serial"]


def test_a_run_document_on_stdout_is_pure_json_and_no_file_is_left() -> None:
    result = concbench(*COMPARE, "--json", "-")
    assert result.exit_code == 0
    assert list(Path().iterdir()) == []
    Path("run.json").write_bytes(result.stdout_bytes)
    assert read_run(Path("run.json")).suite == "compare-sleep"


def test_a_case_that_times_out_ends_with_status_3_and_is_saved() -> None:
    result = concbench(*COMPARE, "--task-time", "20s", "--timeout", "50ms", "--save", "late.json")
    assert result.exit_code == 3
    assert "serial  timeout: " in result.stdout
    assert read_run(Path("late.json")).results[0].failure is not None


def test_an_option_that_means_nothing_is_warned_of_on_stderr() -> None:
    result = concbench(*COMPARE, "--chunksize", "3")
    assert result.exit_code == 0
    assert "Warning: --chunksize has no effect" in result.stderr


def test_quiet_leaves_the_tables_only() -> None:
    result = concbench(*COMPARE, "--quiet")
    assert result.stdout.splitlines()[0].startswith("Sleeping")
    assert other_lines(result.stderr) == ""
