"""What `concbench export` answers, and what `concbench show` makes of another tool's file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from concbench.runs.export import FORMATS, exported
from concbench.runs.writing import write_run
from tests.builders import HOSTILE, example_run, failed_run
from tests.cli.calling import concbench, mistake
from tests.runs.blocks_run import blocks_run, run_with, steady, written


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(example_run(), Path("run.json"))


# Exporting


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_goes_to_stdout_and_nothing_else_does(form: str) -> None:
    result = concbench("export", "run.json", "--to", form)
    assert result.exit_code == 0
    assert result.stdout == exported(example_run(), form)


def test_cases_without_samples_are_named_on_stderr() -> None:
    result = concbench("export", "run.json", "--to", "csv")
    assert result.stderr == "Warning: left out, because they have no samples: short/ray\n"
    write_run(run_with({f"absent-{number}": [] for number in range(7)} | {"serial": [[0.1]]}), Path("many.json"))
    assert concbench("export", "many.json", "--to", "csv").stderr.endswith("short/absent-4 and 3 more\n")


def test_an_export_is_written_to_a_file_and_overwrites_it_only_by_force() -> None:
    assert concbench("export", "run.json", "--to", "markdown", "-o", "table.md").stdout == ""
    assert Path("table.md").read_text(encoding="utf-8") == exported(example_run(), "markdown")
    text = mistake("export", "run.json", "--to", "csv", "-o", "table.md")
    assert "table.md already exists: name another file, or overwrite it with --force" in text
    assert Path("table.md").read_text(encoding="utf-8").startswith("###")
    assert concbench("export", "run.json", "--to", "csv", "-o", "table.md", "--force").exit_code == 0
    assert Path("table.md").read_text(encoding="utf-8").startswith("table,case,")


def test_every_format_is_in_the_help() -> None:
    text = concbench("export", "--help").stdout
    assert all(f"\n    {name} " in text for name in [*FORMATS, "decision"])


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("run.json", "--to", "pyperv"), "there is no format 'pyperv'; did you mean 'pyperf'?"),
        (("run.json", "--to", "pytest"), "there is no format 'pytest'; did you mean 'pytest-benchmark'?"),
        (("run.json", "--to", "xyz"), "there is no format 'xyz'; known: "),
        (("run.json", "--to", "decisions"), "there is no format 'decisions'; did you mean 'decision'?"),
        (("run.json",), "Missing option '--to'"),
        (("gone.json", "--to", "csv"), "gone.json does not exist: check its name"),
        (("failed.json", "--to", "csv"), "failed.json can't be exported: none of its 3 cases was measured"),
        (("run.json", "--to", "csv", "-o", "."), ". is a folder: name a file in it"),
    ],
)
def test_a_mistake_is_named(words: tuple[str, ...], hint: str) -> None:
    write_run(failed_run(), Path("failed.json"))
    assert hint in mistake("export", *words)


def test_a_file_of_another_tool_is_exported_with_intervals() -> None:
    written(exported(blocks_run(), "pyperf"), Path("pyperf.json"))
    document = json.loads(concbench("export", "pyperf.json", "--to", "bmf").stdout)
    latency = document["pyperf/short/process"]["latency"]
    assert latency["lower_value"] < latency["value"] < latency["upper_value"]
    assert 0.4e9 < latency["value"] < 0.43e9


# Showing


@pytest.mark.parametrize("tool", ["hyperfine", "pyperf", "pytest-benchmark"])
def test_a_file_of_another_tool_is_shown_as_a_table(tool: str) -> None:
    written(exported(blocks_run(), tool), Path("foreign.json"))
    result = concbench("show", "foreign.json")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"Measured with {tool}: ")
    assert any(line.startswith("short/process ") and "41" in line and " ms" in line for line in lines)
    assert any(line.startswith("short/pool-map ") for line in lines)
    assert max(map(len, lines)) <= 100
    assert f"Read from a file of {tool}: 24 samples in " in result.stderr
    assert ("±" in result.stdout) == (tool != "pytest-benchmark")
    assert "unknown" not in result.stderr


def test_a_file_of_another_tool_is_sorted_and_formatted_as_any() -> None:
    written(exported(blocks_run(), "hyperfine"), Path("foreign.json"))
    result = concbench("show", "foreign.json", "--sort", "memory", "--format", "github", "--verbose")
    assert result.exit_code == 0
    assert "| short/pool-map |" in " ".join(result.stdout.split())


def test_hostile_names_of_another_tool_are_harmless_on_a_terminal() -> None:
    document = json.loads(exported(run_with({"serial": steady(0.1)}), "hyperfine"))
    document["results"][0]["command"] = HOSTILE
    written(json.dumps(document), Path("foreign.json"))
    result = concbench("show", "foreign.json")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout + result.stderr
    assert "\u202e" not in result.stdout


def test_a_file_of_no_known_tool_is_a_mistake_that_names_it() -> None:
    Path("other.json").write_text('{"some": "thing"}')
    assert "other.json is not a run document of concbench, nor a file of pytest-benchmark" in mistake(
        "show", "other.json"
    )
