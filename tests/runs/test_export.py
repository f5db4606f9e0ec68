"""What exporting promises: above all, that the tools whose formats these are read them themselves."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyperf  # type: ignore[import-untyped]  # it has none
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pytest_benchmark.stats import Stats

from concbench.model.result import Interval
from concbench.model.run import Run
from concbench.runs.export import FORMATS, UnexportableRun, exported, left_out, timings, write_export
from concbench.runs.formats.comma_separated import cell
from concbench.runs.formats.pytest_benchmark import statistics
from concbench.runs.writing import UnwritableRun
from tests.builders import MIB, example_run, failed_run, hostile_run, result
from tests.report.runs import facts_run, messages_run
from tests.runs.any_run import runs
from tests.runs.blocks_run import blocks_run, run_with, steady, times_by_block, written

OF_SAMPLES = [name for name in FORMATS if name != "chrome-trace"]
JSON = [name for name in OF_SAMPLES if name not in ("csv", "markdown")]


def decoded(form: str, run: Run) -> Any:
    """What an export of a run says, decoded."""
    text = exported(run, form)
    if form == "csv":
        return list(csv.DictReader(text.splitlines()))
    return text if form == "markdown" else json.loads(text)


def tool(*words: str, folder: Path) -> str:
    """What another tool answers, which must be content; in a folder of its own, where it finds no configuration."""
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Failed to load" not in done.stderr
    return done.stdout


# The tools themselves


def test_pytest_benchmark_itself_compares_what_is_exported(tmp_path: Path) -> None:
    for name in ("before", "after"):
        written(exported(blocks_run(), "pytest-benchmark"), tmp_path / f"{name}.json")
    text = tool(
        str(Path(sys.executable).with_name("pytest-benchmark")), "compare", "before.json", "after.json", folder=tmp_path
    )
    assert "benchmark 'short': 4 tests" in text
    assert len(re.findall(r"short/pool-map .*\(1\.0\)", text)) == 2
    assert re.search(r"short/process .* 12 +1$", text, re.MULTILINE)


def test_pyperf_itself_reads_and_compares_what_is_exported(tmp_path: Path) -> None:
    path = written(exported(blocks_run(), "pyperf"), tmp_path / "before.json")
    process, pool = pyperf.BenchmarkSuite.load(str(path)).get_benchmarks()
    assert (process.get_name(), process.get_nrun(), process.get_unit()) == ("short/process", 3, "second")
    assert process.get_values() == tuple(timings(blocks_run())[0].times)
    assert pool.median() == pytest.approx(timings(blocks_run())[1].estimate.estimate)
    assert process.get_metadata()["python_version"] == "3.13.5"
    slower = run_with({"process": steady(0.8), "pool-map": steady(0.08)})
    written(exported(slower, "pyperf"), tmp_path / "after.json")
    text = tool(sys.executable, "-m", "pyperf", "compare_to", "before.json", "after.json", folder=tmp_path)
    found = r"^short/process: Mean \+- std dev: \[before\] 414 ms .* -> \[after\] 828 ms .*: 2.00x slower$"
    assert re.search(found, text, re.MULTILINE)
    assert "hidden because not significant (1): short/pool-map" in text
    assert "ERROR" not in text


@given(run=runs())
def test_pyperf_itself_reads_any_run_that_can_be_exported(run: Run) -> None:
    try:
        text = exported(run, "pyperf")
    except UnexportableRun:
        return
    assert len(pyperf.BenchmarkSuite.loads(text)) == sum(bool(result.samples) for result in run.results)


@given(times=st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=13))
def test_the_statistics_are_those_of_pytest_benchmark_itself(times: list[float]) -> None:
    oracle = Stats()  # type: ignore[no-untyped-call]  # it has no types
    oracle.data = times
    ours = statistics(times)
    expected = oracle.as_dict()  # type: ignore[no-untyped-call]  # as above
    assert list(ours) == [*expected, "data", "iterations"]
    # Older versions of it take the highest datum within the fence to be the first one beyond.
    assert {**ours, "hd15iqr": 0} == {**expected, "hd15iqr": 0, "data": times, "iterations": 1}


# What each says


def test_every_measured_case_is_exported_and_the_others_can_be_named() -> None:
    for form in OF_SAMPLES:
        text = exported(example_run(), form)
        assert "pool-map" in text
        assert "ray" not in text
    assert [result.case.id for result in left_out(example_run())] == ["short/ray"]


def test_bencher_gets_latency_and_cpu_in_nanoseconds_and_memory_in_bytes() -> None:
    document = decoded("bmf", example_run())
    assert document["short/pool-map"] == {
        "latency": {
            "value": pytest.approx(81.8e6),
            "lower_value": pytest.approx(80.1e6),
            "upper_value": pytest.approx(83.4e6),
        },
        "cpu": {"value": pytest.approx(0.14e9, rel=0.1)},
        "memory": {"value": 31 * MIB},
    }
    assert set(document["short/process"]) == {"latency", "cpu"}


def test_what_is_exported_is_the_metric_of_the_case() -> None:
    run = messages_run()
    assert decoded("bmf", run)["16B/os-pipe"]["latency"]["value"] == pytest.approx(12_300)
    assert "cpu" not in decoded("bmf", run)["16B/os-pipe"]  # that of a whole sample, not of a round trip
    assert decoded("hyperfine", run)["results"][0]["median"] == pytest.approx(12.3e-6, rel=0.02)
    assert decoded("github-action-benchmark", run)[0]["unit"] == "ns"
    assert "| os-pipe | 12.300 | " in decoded("markdown", run)


def test_github_action_benchmark_gets_a_unit_that_never_changes() -> None:
    first, second = decoded("github-action-benchmark", example_run())
    assert first == {
        "name": "short/process",
        "unit": "ms",
        "value": 413.0,
        "range": "± 8",
        "extra": "samples: 8\nblocks: 4\n± is half a 95 % interval over blocks",
    }
    assert second["unit"] == "ms"


def test_hyperfine_gets_every_time_and_the_sum_of_cpu_seconds() -> None:
    first = decoded("hyperfine", blocks_run())["results"][0]
    times = timings(blocks_run())[0].times
    assert first["times"] == times
    assert first["mean"] == pytest.approx(sum(times) / 12)
    assert (first["min"], first["max"]) == (min(times), max(times))
    assert first["user"] == pytest.approx(2 * first["mean"])
    assert first["exit_codes"] == [0] * 12


def test_a_single_sample_has_no_deviation_and_no_bounds() -> None:
    run = run_with({"serial": [[0.5]]})
    assert decoded("hyperfine", run)["results"][0]["stddev"] is None
    assert decoded("pytest-benchmark", run)["benchmarks"][0]["stats"]["stddev"] == 0
    assert decoded("bmf", run)["short/serial"]["latency"] == {"value": 0.5e9}
    assert "range" not in decoded("github-action-benchmark", run)[0]
    assert "| serial | 500.000 | - | 1 |" in decoded("markdown", run)


def test_csv_has_a_row_for_each_sample_with_its_phases() -> None:
    rows = decoded("csv", blocks_run())
    assert len(rows) == 24
    assert [row["block"] + row["round"] for row in rows[:5]] == ["00", "01", "02", "03", "10"]
    assert rows[0]["case"] == "short/process"
    assert float(rows[0]["wall"]) == 0.4
    assert rows[0]["each"] == rows[0]["lost"] == rows[0]["left"] == ""


def test_csv_says_what_a_command_left_running() -> None:
    made = result("commands/make", [[0.4, 0.5]], experiment="commands", sample={"left": 2})
    assert [row["left"] for row in decoded("csv", replace(blocks_run(), results=[made]))] == ["2", "2"]


def test_markdown_has_a_table_for_each_in_a_unit_that_fits_it() -> None:
    text = decoded("markdown", example_run())
    assert text.startswith(
        "### 100 CPU tasks of 1 ms on 2 workers\n\n| case | median [ms] | 95 % interval [ms] | × process | samples |\n"
    )
    assert "| process | 413.000 | 405.000 – 421.000 | 1 | 8 |" in text  # noqa: RUF001
    assert "| pool-map | 81.800 | 80.100 – 83.400 | 0.198 | 8 |" in text  # noqa: RUF001
    assert decoded("markdown", messages_run()).count("### ") == 2


def test_an_absurdly_wide_interval_leaves_the_document_sound() -> None:
    run = example_run()
    wide = Interval(estimate=0.5, low=1e-308, high=1.7e308, confidence=0.95, blocks=2)
    results = [replace(run.results[0], median=wide), *run.results[1:]]
    run = replace(run, results=results, comparisons=[replace(run.comparisons[0], ratio=wide)])
    assert "upper_value" not in decoded("bmf", run)["short/process"]["latency"]
    assert max(map(len, decoded("markdown", run).splitlines())) < 120
    assert decoded("github-action-benchmark", run)


# Nothing to export


@pytest.mark.parametrize("form", FORMATS)
def test_a_run_without_a_measured_case_says_why_it_can_not_be_exported(form: str) -> None:
    with pytest.raises(UnexportableRun, match="none of its 3 cases was measured: see why with"):
        exported(failed_run(), form)
    with pytest.raises(UnexportableRun, match="it holds only facts, which have no times"):
        exported(facts_run(), form)
    with pytest.raises(UnexportableRun, match="it has no cases"):
        exported(replace(example_run(), results=[]), form)


# Hostile text


@pytest.mark.parametrize("form", OF_SAMPLES)
def test_no_format_lets_control_characters_through(form: str) -> None:
    text = exported(hostile_run(), form)
    assert all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize("form", OF_SAMPLES)
def test_text_that_utf_8_can_not_carry_is_spelled_out(form: str) -> None:
    run = run_with({"lone \udc80": [[0.1]]})
    assert "lone \\udc80" in exported(run, form).replace("\\\\", "\\").replace("&#92;", "\\")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "a;=1"])  # noqa: RUF001
def test_a_spreadsheet_sees_no_formula(name: str) -> None:
    run = run_with({"serial": [[0.1]]})
    hostile = replace(run.results[0], case=replace(run.results[0].case, subject=name, group=name))
    row = decoded("csv", replace(run, results=[hostile]))[0]
    for found in (row["subject"], row["table"]):
        assert not re.search(r"(^|;)\s*[=+\-@＝]", found)  # noqa: RUF001
        assert found == cell(name)
    assert cell("pool-map") == "pool-map"


visible = st.characters(codec="utf-8", exclude_categories=["C", "Z"])


@given(label=st.text(visible | st.sampled_from("`*_[]|<>&\\~#$!@"), min_size=1))
def test_markdown_shows_a_hostile_name_as_it_is(label: str) -> None:
    run = run_with({label: [[0.1]]}, title=label)
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(exported(run, "markdown"))
    cells = [token.children or [] for token in tokens if token.type == "inline"]
    assert {child.type for cell_ in cells for child in cell_} <= {"text", "text_special"}
    shown = ["".join(child.content for child in cell_) for cell_ in cells]
    assert len(shown) == 1 + 5 + 5  # a title, a header, a row
    assert shown[0] == shown[6] == label
    assert shown[4] == f"× {label}"


def test_names_that_would_look_alike_are_told_apart() -> None:
    run = run_with({"a\nb": [[0.1]], "a\\nb": [[0.2]], "a\\nb ": [[0.3]]})
    assert list(decoded("bmf", run)) == ["short/a\\nb", "short/a\\nb (2)", "short/a\\nb (3)"]
    suite = pyperf.BenchmarkSuite.loads(exported(run, "pyperf"))
    assert len(set(suite.get_benchmark_names())) == 3


@given(run=runs(), form=st.sampled_from(OF_SAMPLES))
def test_any_run_is_exported_or_said_to_hold_nothing(run: Run, form: str) -> None:
    measured = [result for result in run.results if result.samples]
    if not measured:
        with pytest.raises(UnexportableRun):
            exported(run, form)
        return
    text = exported(run, form)
    text.encode()
    if form in JSON:
        assert "null" not in [json.dumps(figure) for figure in _figures(json.loads(text))]
    if form == "csv":
        assert len(list(csv.DictReader(text.splitlines()))) == sum(len(result.samples) for result in measured)


def _figures(document: Any) -> list[Any]:
    """All measures of a document in Bencher's format; of any other, nothing."""
    if not isinstance(document, dict) or "version" in document or "results" in document:
        return []
    return [value for measures in document.values() for metric in measures.values() for value in metric.values()]


@given(blocks=times_by_block)
def test_times_are_exported_in_the_order_of_blocks_and_rounds(blocks: list[list[float]]) -> None:
    run = run_with({"serial": blocks})
    result = run.results[0]
    run = replace(run, results=[replace(result, samples=result.samples[::-1])])
    assert timings(run)[0].blocks == blocks
    assert decoded("hyperfine", run)["results"][0]["times"] == [time for block in blocks for time in block]


# Writing


def test_an_export_is_written_whole_and_never_over_another_file_unasked(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "run.csv"
    write_export("one", path, overwrite=False)
    with pytest.raises(UnwritableRun, match=r"run\.csv already exists: name another file, or overwrite it with"):
        write_export("two", path, overwrite=False)
    assert path.read_text() == "one"
    write_export("three", path, overwrite=True)
    assert path.read_text() == "three"
    assert [found.name for found in path.parent.iterdir()] == ["run.csv"]


def test_what_can_not_be_written_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnwritableRun, match="is a folder: name a file in it"):
        write_export("", tmp_path, overwrite=True)
    with pytest.raises(UnwritableRun, match="can't be the name of a file"):
        write_export("", tmp_path / "a\0b", overwrite=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(UnwritableRun, match="a part of the path is a file where a folder should be"):
        write_export("", tmp_path / "file" / "run.csv", overwrite=True)
