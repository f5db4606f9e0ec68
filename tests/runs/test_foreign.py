"""What reading any tool's file promises: the same times, or an error of one line that says what to do."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from math import fsum, isclose
from pathlib import Path
from typing import Any

import pyperf  # type: ignore[import-untyped]  # it has none
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concbench.model.run import Run
from concbench.runs import foreign
from concbench.runs.checking import faults
from concbench.runs.export import exported
from concbench.runs.foreign import READERS, is_foreign, read_any
from concbench.runs.reading import UnreadableRun
from concbench.runs.writing import encode_run
from tests.builders import example_run
from tests.runs.any_run import json_values, runs
from tests.runs.blocks_run import Times, blocks_run, run_with, times_by_block, times_of, written


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("foreign") / "foreign.json"


def document_of(tool: str, run: Run | None = None) -> Any:
    return json.loads(exported(run or blocks_run(), tool))


def imported(document: object, file: Path) -> Run:
    """A document as a run, which has no fault."""
    run = read_any(written(json.dumps(document), file))
    assert next(faults(run), None) is None
    return run


def complaint(content: object, file: Path) -> str:
    """What reading a file ends with: one line, that begins with the file's name."""
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(UnreadableRun) as caught:
        read_any(file)
    text = str(caught.value)
    assert text.isprintable()
    assert len(text) < 500
    return text.removeprefix(str(file)).strip()


def with_value(tool: str, *path: str | int, value: object) -> Any:
    """An exported document with the value at `path` replaced."""
    document = document_of(tool)
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return document


# What is read


@settings(max_examples=20)
@given(run=runs())
def test_a_run_document_is_read_as_what_it_is(run: Run, file: Path) -> None:
    file.write_bytes(encode_run(run))
    assert read_any(file) == run


@given(first=times_by_block, second=times_by_block)
def test_what_is_exported_to_pyperf_comes_back_with_the_same_blocks(first: Times, second: Times, file: Path) -> None:
    run = imported(document_of("pyperf", run_with({"process": first, "pool-map": second})), file)
    assert [times_of(result) for result in run.results] == [first, second]
    assert run.blocks == max(len(first), len(second))


@given(blocks=times_by_block)
def test_other_tools_get_all_times_back_as_one_block_or_as_a_block_each(blocks: Times, file: Path) -> None:
    run = run_with({"process": blocks})
    times = [time for block in blocks for time in block]
    assert times_of(imported(document_of("pytest-benchmark", run), file).results[0]) == [times]
    assert times_of(imported(document_of("hyperfine", run), file).results[0]) == [[time] for time in times]


@pytest.mark.parametrize("tool", READERS)
def test_a_foreign_file_becomes_a_run_of_one_table_named_like_its_tool(tool: str, file: Path) -> None:
    run = imported(document_of(tool), file)
    assert is_foreign(run)
    assert not is_foreign(example_run())
    assert run.suite == tool
    assert [table.name for table in run.tables] == [tool]
    assert run.tables[0].reference is None
    assert [result.case.id for result in run.results] == [f"{tool}/short/process", f"{tool}/short/pool-map"]
    assert [result.case.label for result in run.results] == ["short/process", "short/pool-map"]
    for result in run.results:
        case = result.case
        assert case.metric == "wall"
        assert case.workload.name == case.label
        assert result.median is None
        assert all(found.start == found.stop == 0 and found.run == found.wall for found in result.samples)
        assert all(found.cpu is None for found in result.samples)
    assert isclose(run.seconds, fsum(found.wall for result in run.results for found in result.samples))


@pytest.mark.parametrize("tool", ["pyperf", "pytest-benchmark"])
def test_what_a_file_says_of_the_machine_is_kept(tool: str, file: Path) -> None:
    run = imported(document_of(tool), file)
    machine = run.environment
    assert (machine.implementation, machine.python, machine.logical_cores) == ("CPython", "3.13.5", 4)
    assert machine.cpu_model == "Example CPU @ 2.40 GHz"
    assert run.started == "2026-11-23T04:55:00+00:00"


def test_a_file_without_a_date_is_as_old_as_itself(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(document_of("hyperfine")).encode())  # a byte order mark is skipped
    os.utime(file, (1e9, 1e9))
    assert read_any(file).started == datetime.fromtimestamp(1e9, UTC).isoformat()
    broken = document_of("pytest-benchmark") | {"datetime": "yesterday"}
    assert datetime.fromisoformat(imported(broken, file).started).year >= 2024


def test_what_pyperf_itself_writes_is_read_without_its_warm_ups_and_calibrations(tmp_path: Path) -> None:
    about = {"name": "sort", "unit": "second"}
    calibration = pyperf.Run([], [(1, 0.5)], {**about, "calibrate_loops": 8}, collect_metadata=False)
    found = [pyperf.Run(values, [(8, 0.9)], about, collect_metadata=False) for values in ([0.1, 0.2], [0.3, 0.4])]
    suite = pyperf.BenchmarkSuite([pyperf.Benchmark([calibration, *found])])
    path = tmp_path / "sort.json"
    suite.dump(str(path))
    run = read_any(path)
    assert [result.case.label for result in run.results] == ["sort"]
    assert times_of(run.results[0]) == [[0.1, 0.2], [0.3, 0.4]]


def test_version_2_of_hyperfine_is_read_with_the_cpu_time_of_each_sample(file: Path) -> None:
    measurements: list[dict[str, Any]] = [
        {name: {"value": value, "unit": "second"} for name, value in times.items()}
        for times in (
            {"time_wall_clock": 1.5, "time_cpu": 0.0},
            {"time_wall_clock": 1.25, "time_user": 0.25, "time_system": 0.5},
            {"time_wall_clock": 1.0},
        )
    ]
    document = {
        "schema_version": 2,
        "metadata": {"hyperfine_version": "2.0.0", "start_time": "2026-11-23T04:55:00Z"},
        "primary_metric": "time_wall_clock",
        "results": [{"command": "sleep 1", "name": "one second", "measurements": measurements}],
    }
    run = imported(document, file)
    assert run.results[0].case.label == "one second"
    assert run.started == "2026-11-23T04:55:00+00:00"
    assert [(found.block, found.wall, found.cpu) for found in run.results[0].samples] == [
        (0, 1.5, 0.0),
        (1, 1.25, 0.75),
        (2, 1.0, None),
    ]
    measurements[1]["time_wall_clock"]["value"] = 0.0
    assert "at $.results[0].measurements[1].time_wall_clock.value: Expected" in complaint(document, file)
    measurements[1] = {"exit_code": 0}
    assert "it has no wall-clock time: measure with" in complaint(document, file)


def test_benchmarks_of_one_name_are_numbered(file: Path) -> None:
    results = [{"command": name, "times": [1]} for name in ("make", "make", "make", "")]
    run = imported(document_of("hyperfine") | {"results": results}, file)
    assert [result.case.label for result in run.results] == ["make", "make (2)", "make (3)", "unnamed"]


def test_a_benchmark_that_was_not_measured_is_left_out(file: Path) -> None:
    document = document_of("pytest-benchmark")
    document["benchmarks"][0]["stats"]["data"] = []
    assert [result.case.label for result in imported(document, file).results] == ["short/pool-map"]


def test_pytest_benchmark_comes_with_a_warning_on_its_single_process(file: Path) -> None:
    assert "one process" in imported(document_of("pytest-benchmark"), file).warnings[0]
    assert imported(document_of("pyperf"), file).warnings == []


# Files that are none


def test_a_broken_run_document_is_an_error_of_that_and_not_an_unknown_file(file: Path) -> None:
    document = json.loads(encode_run(example_run()))
    document["results"][0]["samples"][1]["wall"] = -1
    assert complaint(document, file).startswith(
        "is not a valid run (at $.results[0].samples[1].wall: Expected `float` >= 1e-12)"
    )
    assert "was written by a newer concbench" in complaint({"schema": 99, "results": []}, file)


def test_the_error_for_an_unknown_file_names_the_tools_that_can_be_read(file: Path) -> None:
    assert complaint({"runs": []}, file) == (
        "is not a run document of concbench, nor a file of pytest-benchmark, pyperf or hyperfine "
        "(it has none of their keys): give a file that one of them wrote"
    )


TIMES: dict[str, tuple[str | int, ...]] = {
    "hyperfine": ("results", 1, "times", 3),
    "pyperf": ("benchmarks", 1, "runs", 2, "values", 3),
    "pytest-benchmark": ("benchmarks", 1, "stats", "data", 3),
}
"""Where one of the times is."""


@pytest.mark.parametrize("tool", READERS)
@pytest.mark.parametrize("value", ["-0.1", "0", "1e10", '"0.1"', "null", "true", "[]", "NaN", "Infinity", "1e999"])
def test_a_time_that_is_none_is_an_error_with_its_place(tool: str, value: str, file: Path) -> None:
    path = TIMES[tool]
    place = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    text = complaint(json.dumps(with_value(tool, *path, value="here")).replace('"here"', value).encode(), file)
    if value in ("NaN", "Infinity", "1e999"):
        assert f"is not a valid file of {tool}" in text or "not valid JSON" in text
        return
    assert text.startswith(f"is not a valid file of {tool} (at {place}: Expected `float`")
    assert text.endswith("): restore it from a copy, or measure again")


@pytest.mark.parametrize(
    ("tool", "path", "value", "text"),
    [
        ("hyperfine", ("results",), {}, "at $.results: Expected `array`, got `object`"),
        ("hyperfine", ("results", 0, "command"), 1, "at $.results[0].command: Expected `str`, got `int`"),
        ("hyperfine", ("results", 0, "times"), None, "at $.results[0]: it has no times of the single runs: export it"),
        ("hyperfine", ("results",), [], "it has no measured benchmark: name another file"),
        ("pyperf", ("version",), "7.0", "at $.version: Invalid enum value '7.0'"),
        ("pyperf", ("benchmarks", 0, "runs"), 3, "at $.benchmarks[0].runs: Expected `array`, got `int`"),
        ("pyperf", ("metadata", "unit"), "byte", "at $.benchmarks[0]: the unit is 'byte', not the second"),
        ("pyperf", ("metadata", "cpu_count"), -4, "at $.metadata.cpu_count: Expected `int` >= 0"),
        ("pyperf", ("benchmarks", 0, "metadata"), {}, "at $.benchmarks[0]: it has no name: add one with"),
        ("pyperf", ("benchmarks", 0, "runs", 1, "values"), "x", "at $.benchmarks[0].runs[1].values: Expected `array`"),
        ("pytest-benchmark", ("benchmarks", 0, "stats"), {}, "at $.benchmarks[0].stats: it has no times of the single"),
        ("pytest-benchmark", ("benchmarks", 0, "fullname"), None, "at $.benchmarks[0].fullname: Expected `str`"),
        ("pytest-benchmark", ("machine_info",), 1, "at $.machine_info: Expected `object`, got `int`"),
        ("pytest-benchmark", ("benchmarks",), [], "it has no measured benchmark: name another file"),
    ],
)
def test_what_is_wrong_in_a_foreign_file_is_named_with_its_place(
    tool: str, path: tuple[str | int, ...], value: object, text: str, file: Path
) -> None:
    found = complaint(with_value(tool, *path, value=value), file)
    assert f"({text}" in found
    assert tool in found


def test_more_samples_than_can_be_held_are_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "MOST_SAMPLES", 23)
    assert "it has 24 samples, and at most 23 are read: measure fewer rounds" in complaint(document_of("pyperf"), file)
    monkeypatch.setattr(foreign, "MOST_VALUES", 30)
    assert complaint(document_of("pytest-benchmark"), file).startswith("holds over 30 values, the most that are read")


@pytest.mark.parametrize("key", ["results", "benchmarks", "machine_info", "other"])
def test_deep_nesting_is_refused(key: str, file: Path) -> None:
    depth = 200_000
    assert complaint(b'{"results": 1, "%s": %s%s}' % (key.encode(), b"[" * depth, b"]" * depth), file)


def test_hostile_text_is_escaped_and_cut_in_a_complaint(file: Path) -> None:
    text = complaint(with_value("pyperf", "metadata", "unit", value="\x1b[31m" + "x" * 10_000), file)
    assert "\\x1b[31mxxx" in text


@given(value=json_values, path=st.sampled_from(sorted(TIMES.items())), depth=st.integers(1, 6))
def test_any_value_anywhere_is_read_or_refused_in_a_line(
    value: object, path: tuple[str, tuple[str | int, ...]], depth: int, file: Path
) -> None:
    tool, steps = path
    written(json.dumps(with_value(tool, *steps[:depth], value=value)), file)
    try:
        run = read_any(file)
    except UnreadableRun as error:
        assert str(error).isprintable()
    else:
        assert next(faults(run), None) is None
