"""Options with several values, as a user gives them: measured, saved, shown and drawn; or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from concbench.runs.reading import read_run
from tests.e2e.command import concbench

COMPARE = ("compare", "--workload", "cpu", "--strategy", "serial", "--strategy", "threadpool-map")
TINY = ("--rounds", "1", "--blocks", "2")


@pytest.mark.thorough
def test_a_range_of_lengths_is_measured_saved_shown_again_and_drawn(tmp_path: Path) -> None:
    words = ("--tasks", "4", "--task-time", "10us:1ms:log", *TINY, "--save", "run.json")
    measured = concbench(*COMPARE, *words, folder=tmp_path)
    assert measured.returncode == 0, measured.stderr.decode()
    text = measured.stdout.decode()
    assert "By the length of a task: cpu, 4 tasks" in text
    for length in ("10.0 µs", "32.0 µs", "100 µs", "320 µs", "1.00 ms"):
        assert f"\n{length}  " in text
    assert "threadpool-map" in text.rpartition("\n\n")[2]
    run = read_run(tmp_path / "run.json")
    assert run.axes == ["task_time"]
    assert [table.name for table in run.tables] == ["cpu 10us", "cpu 32us", "cpu 100us", "cpu 320us", "cpu 1ms"]
    assert len(run.results) == 10
    assert {comparison.reference.partition("/")[0] for comparison in run.comparisons} == {
        table.name for table in run.tables
    }
    assert [(crossing.axis, len(crossing.sizes)) for crossing in run.crossings] == [("task_time", 5)]
    assert concbench("show", "run.json", folder=tmp_path).stdout == measured.stdout
    drawn = concbench("report", "run.json", "--format", "svg", "--chart", "sweep-task_time-serial", folder=tmp_path)
    assert drawn.returncode == 0, drawn.stderr.decode()
    assert (tmp_path / "report-charts" / "sweep-task_time-serial.svg").exists()


@pytest.mark.thorough
def test_lists_of_workers_and_chunksizes_go_each_with_each(tmp_path: Path) -> None:
    words = ("--workers", "1,2", "--chunksize", "1,auto", "--tasks", "4", "--task-time", "10us", *TINY)
    result = concbench(*COMPARE, *words, "--save", "run.json", folder=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    run = read_run(tmp_path / "run.json")
    assert [result.case.label for result in run.results] == [
        "serial",
        *(f"threadpool-map workers {workers} chunksize {size}" for workers in (1, 2) for size in ("1", "auto")),
    ]
    assert b"By the number of workers" in result.stdout
    assert b"By the chunksize" in result.stdout


@pytest.mark.thorough
def test_a_suite_takes_them_and_leaves_out_the_claims_on_its_own_sizes(tmp_path: Path) -> None:
    words = ("--workers", "1,2", "--tasks", "3", "--task-time", "10us", *TINY, "--save", "run.json")
    result = concbench("run", "pool-vs-process", *words, folder=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    assert b"2 claims of the suite are about its own sizes and settings" in result.stderr
    run = read_run(tmp_path / "run.json")
    assert run.claims == []
    assert "sleep/pool-map workers 2" in {result.case.id for result in run.results}


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--workers", "8:1"), "Invalid value for '--workers': '8:1' runs backwards: write 1:8"),
        (("--task-time", "1ms:1s"), "'1ms:1s' has no step: write 1ms:1s:log"),
        (("--tasks", "1,,2"), "'1,,2' has an empty place"),
        (("--chunksize", "1:4,8"), "mixes a list and a range"),
        (("--payload", "auto"), "'auto' is not a size"),
        (
            ("--workers", "1:64", "--tasks", "1:64", "--chunksize", "1:64"),
            "make 262,208 cases, and a run has at most 400",
        ),
    ],
)
def test_a_mistake_is_told_before_anything_is_measured(words: tuple[str, ...], hint: str, tmp_path: Path) -> None:
    result = concbench(*COMPARE, *words, folder=tmp_path)
    assert result.returncode == 2
    assert hint in " ".join(result.stderr.decode().split())
    assert list(tmp_path.iterdir()) == []


def test_items_and_several_counts_of_tasks_contradict_each_other(tmp_path: Path) -> None:
    words = ("--workload", "json:dumps", "--items", "10", "--tasks", "10,100")
    result = concbench("compare", *words, folder=tmp_path)
    assert result.returncode == 2
    assert b"--items and --tasks both say how many" in result.stderr
